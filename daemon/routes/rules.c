/* The rules in force, and loading others. */
#include <jansson.h>

#include "alerts/gate/gate.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/http/gone_units.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/rules_view.h"
#include "daemon/reload/staged_rules.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"
#include "daemon/routes/rules.h"

enum { FOLDER_MAX = 4096 };

enum MHD_Result routes_rules(struct exchange *x)
{
    struct buf b = BUF_INIT;
    const struct http_conf *conf = &x->side->http->conf;

    enum access_role role = x->caller.role;
    bool staff = role != ACCESS_PUBLIC && role != ACCESS_GUEST;
    buf_add_char(&b, '{');
    rules_view_status(&b, conf->rules, x->side->commands, staff);
    gone_units_put(x, &b);
    buf_add_char(&b, '}');
    return reply_json_same(x, &b, 0);
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

/* Of what is to be put in force, not of what waits for that. */
static const char *why_not_loaded(int err)
{
    switch (err) {
    case ERR_STALE:
        return "在用规则已换成别的：与新的对照后再装载 (other rules came in force meanwhile: compare with "
               "those, and load once more)";
    case ERR_EXISTS:
        return "已有待批的规则：先批准、不予批准或撤回 (rules wait for a second person already: decide on those "
               "first)";
    case ERR_LIMIT:
        return "页面上改过的事项过多，先并入规则文件 (too many topics were changed on the page: put them into "
               "the files first)";
    default: return NULL;
    }
}

static const char *why_not(const struct exchange *x, int err)
{
    bool decides = strstr(x->route->path, "/staged");
    const char *why = decides ? NULL : why_not_loaded(err);

    if (err == ERR_LIMIT && !strstr(x->route->path, "/edits"))
        return NULL;
    if (why)
        return why;
    if (err == ERR_AGAIN && decides)
        return "在用规则已变，对照已更新：看过再批；或存储现在写不进去 (other rules came in force since: look at "
               "the difference again, which is told anew; or the store cannot be written now)";
    switch (err) {
    case ERR_AGAIN:
        return "存储现在写不进去，或排队的过多；仍用原规则 (the store cannot be written now, or too many "
               "wait; the old rules stay in force)";
    case ERR_IO:
        return "用新规则的工作进程起不来；仍用原规则 (workers with the new rules do not start; the old "
               "rules stay in force)";
    case ERR_STALE:
        return "没有这样的待批规则 (no such rules wait for approval)";
    case ERR_EXISTS:
        return "待批规则由另一版本的程序编译，与本版本编译的不同，请重新装载后再批 (what waits was compiled "
               "by another version of the program, and this one makes other rules of it: load them "
               "once more)";
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

static enum MHD_Result refuse(struct exchange *x, int err)
{
    if (err == ERR_REFUSED)
        return reply_problem(x, 403, "second-person",
                             "两人核准：须是已知的人，批准的不是载入的那一位 (two persons put rules in "
                             "force: each has to be known, and not the same)");
    return reply_error(x, err, why_not(x, err));
}

enum MHD_Result rules_outcome(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (outcome.status && outcome.status != ERR_INVALID)
        return refuse(x, outcome.status);
    buf_add_char(&b, '{');
    if (outcome.status)
        reply_problem_members(&b, 422, "rules",
                              "规则有误，仍用原规则 (the rules have problems; the old ones stay in "
                              "force)");
    else
        json_out_text(&b, "status", done_as(x));
    json_out_next(&b);
    buf_add_str(&b, pending_answer(x->pending));
    gone_units_put(x, &b);
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
    enum MHD_Result result = MHD_YES;

    if (x->traced && x->pending)
        return rules_outcome(x);
    json_t *object = x->body.len ? body_read(x) : json_object();
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
    int err = ok && exchange_traced(x, &result) ? pending_rules(x, &order) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应为 {\"folder\"?}，绝对路径 (expected {\"folder\"?}, an absolute "
                             "path)");
    return err ? reply_error(x, err, NULL) : result;
}

/* Is this what waits, and is it his to decide? So far as can be known before it is begun. */
static int may_decide(struct exchange *x, const struct reload_order *order)
{
    struct staged_rules staged;
    int err = staged_rules_read(x->side->reader, &staged);

    if (err)
        return err;
    if (staged.denied || strcmp(staged.about.stage, order->stage) != 0)
        return ERR_STALE;
    bool his = order->verb == RELOAD_APPROVE && order->person == staged.person;
    return order->person && !his ? 0 : ERR_REFUSED;
}

static enum MHD_Result decide(struct exchange *x, enum reload_verb verb, const char *reason)
{
    const struct reload_order order = {.verb = verb, .stage = x->slug, .reason = reason,
                                       .person = caller_person(&x->caller),
                                       .name = x->caller.name};
    enum MHD_Result result;
    int err = may_decide(x, &order);

    if (err)
        return refuse(x, err);
    if (!exchange_traced(x, &result))
        return result;
    err = pending_rules(x, &order);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_rules_approve(struct exchange *x)
{
    return x->traced && x->pending ? rules_outcome(x) : decide(x, RELOAD_APPROVE, NULL);
}

/* {"reason"}, a text that a person writes: it passes the gate. */
enum MHD_Result routes_rules_deny(struct exchange *x)
{
    struct buf reason = BUF_INIT;
    const char *why = NULL;

    if (x->traced && x->pending)
        return rules_outcome(x);
    json_t *object = body_read(x);
    const json_t *text = json_object_get(object, "reason");
    bool ok = json_is_string(text) && json_string_length(text) && json_object_size(object) == 1;
    int err = ok ? gate_text(member_str(text), &reason, &why) : ERR_INVALID;
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
