/* The rules in force, and loading others. */
#include <jansson.h>

#include "alerts/gate.h"
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/rules_view.h"
#include "daemon/routes/routes.h"

enum { FOLDER_MAX = 4096 };

enum MHD_Result routes_rules(struct exchange *x)
{
    struct buf b = BUF_INIT;
    const struct http_conf *conf = &x->side->http->conf;

    enum access_role role = x->caller.role;
    bool staff = role != ACCESS_PUBLIC && role != ACCESS_GUEST;
    rules_view_status(&b, conf->rules, x->side->commands, staff, conf->config->places);
    return reply_json(x, &b);
}

/* The rules in force themselves, as workers map them: whoever tries others beside them has these,
 * whatever became of the folder that they were read from. */
enum MHD_Result routes_rules_block(struct exchange *x)
{
    struct buf b = BUF_INIT;

    int err = rules_write(exchange_rules(x), &b);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_text(x, &b, "application/octet-stream");
}

static const char *why_not(int err)
{
    switch (err) {
    case ERR_AGAIN:
        return "存储现在写不进去，或排队的过多；仍用原规则 (the store cannot be written now, or too many "
               "wait; the old rules stay in force)";
    case ERR_IO:
        return "用新规则的工作进程起不来；仍用原规则 (workers with the new rules do not start; the old "
               "rules stay in force)";
    case ERR_STALE:
        return "没有这样的待批规则 (no such rules wait for approval)";
    default: return NULL;
    }
}

/* What was asked for, for `status` of a good answer. */
static const char *done_as(const struct exchange *x)
{
    const char *path = x->route->path;

    if (str_find(pending_answer(x->pending), STR("\"staged\":\""), 0) != (size_t)-1)
        return "staged";
    return strstr(path, "/deny") ? "denied" : "ok";
}

static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status == ERR_REFUSED)
        return reply_problem(x, 403, "second-person",
                             "两人核准：须是已知的人，批准的不是载入的那一位 (two persons put rules in "
                             "force: each has to be known, and not the same)");
    if (outcome.status && outcome.status != ERR_INVALID)
        return reply_error(x, outcome.status, why_not(outcome.status));
    buf_add_char(&b, '{');
    if (outcome.status)
        reply_problem_members(&b, 422, "rules",
                              "规则有误，仍用原规则 (the rules have problems; the old ones stay in "
                              "force)");
    else
        json_out_text(&b, "status", done_as(x));
    json_out_next(&b);
    buf_add_str(&b, pending_answer(x->pending));
    buf_add_char(&b, '}');
    return outcome.status ? reply_problem_body(x, 422, &b) : reply_json(x, &b);
}

/* A path without NUL or line breaks that stands by itself, wherever the daemon was started. */
static bool is_folder(const json_t *folder)
{
    const char *text = json_string_value(folder);
    size_t n = json_string_length(folder);

    return text && n && n < FOLDER_MAX && text[0] == '/' && strlen(text) == n &&
           !strpbrk(text, "\r\n");
}

static bool body_ok(json_t *object)
{
    const json_t *folder = json_object_get(object, "folder");
    size_t known = folder ? 1 : 0;

    return json_is_object(object) && json_object_size(object) == known &&
           (!folder || json_is_null(folder) || is_folder(folder));
}

enum MHD_Result routes_rules_load(struct exchange *x)
{
    json_error_t at;

    if (x->pending)
        return tell(x);
    json_t *object = x->body.len
                         ? json_loadb(x->body.data, x->body.len, JSON_REJECT_DUPLICATES, &at)
                         : json_object();
    if (!object)
        return reply_problem(x, 400, "json", "请求体不是 JSON 对象 (the body is not a JSON object)");
    bool ok = body_ok(object);
    bool folder = json_is_string(json_object_get(object, "folder"));
    if (ok && folder && x->caller.role != ACCESS_SOCKET) {
        json_decref(object);
        return reply_problem(x, 403, "socket-only", "从别的目录载入只能用本机套接字 (a folder is named on "
                                                    "the Unix socket only)");
    }
    const struct reload_order order = {
        .verb = RELOAD_LOAD, .folder = json_string_value(json_object_get(object, "folder")),
        .person = caller_person(&x->caller), .name = x->caller.name};
    int err = ok ? pending_rules(x, &order) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应为 {\"folder\"?}，绝对路径 (expected {\"folder\"?}, an absolute "
                             "path)");
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

static enum MHD_Result decide(struct exchange *x, enum reload_verb verb, const char *reason)
{
    const struct reload_order order = {.verb = verb, .stage = x->slug, .reason = reason,
                                       .person = caller_person(&x->caller),
                                       .name = x->caller.name};
    int err = pending_rules(x, &order);

    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_rules_approve(struct exchange *x)
{
    return x->pending ? tell(x) : decide(x, RELOAD_APPROVE, NULL);
}

/* {"reason"}, a text that a person writes: it passes the gate. */
enum MHD_Result routes_rules_deny(struct exchange *x)
{
    struct buf reason = BUF_INIT;
    const char *why = NULL;

    if (x->pending)
        return tell(x);
    json_t *object = json_loadb(x->body.data ? x->body.data : "", x->body.len,
                                JSON_REJECT_DUPLICATES, NULL);
    const json_t *text = json_object_get(object, "reason");
    bool ok = json_is_string(text) && json_string_length(text) && json_object_size(object) == 1;
    int err = ok ? gate_text((struct str){json_string_value(text), json_string_length(text)},
                             &reason, &why)
                 : ERR_INVALID;
    json_decref(object);
    buf_add_char(&reason, '\0');
    err = err ? err : buf_ok(&reason) ? 0 : ERR_NOMEM;
    enum MHD_Result result =
        !ok   ? reply_problem(x, 422, err_name(ERR_INVALID),
                              "应为 {\"reason\"}，说明理由 (expected {\"reason\"})")
        : err ? reply_problem(x, reply_status(err), err_name(err), why)
              : decide(x, RELOAD_DENY, reason.data);
    buf_free(&reason);
    return result;
}
