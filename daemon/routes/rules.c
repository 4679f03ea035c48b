/* The rules in force, and loading others. */
#include <jansson.h>

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

    rules_view_status(&b, conf->rules, x->side->commands, conf->config->places);
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
    default: return NULL;
    }
}

static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status && outcome.status != ERR_INVALID)
        return reply_error(x, outcome.status, why_not(outcome.status));
    buf_add_char(&b, '{');
    if (outcome.status)
        reply_problem_members(&b, 422, "rules",
                              "规则有误，仍用原规则 (the rules have problems; the old ones stay in "
                              "force)");
    else
        json_out_text(&b, "status", "ok");
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
    int err = ok ? pending_rules(x, json_string_value(json_object_get(object, "folder"))) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "应为 {\"folder\"?}，绝对路径 (expected {\"folder\"?}, an absolute "
                             "path)");
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
