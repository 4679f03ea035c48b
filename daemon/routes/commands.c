#include <jansson.h>

#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

/* Outcome of a finished command: {"status":"ok","concern","seq"}; seq null: nothing to change. */
static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[24];

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason[0] ? outcome.reason : NULL);
    concern_format_id(x->concern, id);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "concern", id);
    if (outcome.seq)
        json_out_count(&b, "seq", outcome.seq);
    else
        json_out_null(&b, "seq");
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

static struct str text_member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return (struct str){json_string_value(value), json_string_length(value)};
}

/* Every member must be one of the two known ones, and text. */
static bool members_ok(json_t *object, bool url)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
        if (!json_is_string(value) ||
            (strcmp(name, "unit") != 0 && !(url && strcmp(name, "url") == 0)))
            return false;
    return true;
}

static const char *read_command(struct exchange *x, json_t *object, struct command *command)
{
    const char *key = exchange_header(x, "Idempotency-Key");
    bool url = command->act == COMMAND_ANSWER;

    if (!query_key(key))
        return QUERY_KEY_WRONG;
    if (!json_is_object(object) || !members_ok(object, url))
        return url ? "应为 {\"url\",\"unit\"?} (expected {\"url\",\"unit\"?})"
                   : "应为 {\"unit\"?} (expected {\"unit\"?})";
    command->key = str_from(key);
    command->by = text_member(object, "unit");
    command->url = text_member(object, "url");
    if (command->by.n && units_find(exchange_units(x), command->by) < 0)
        return "没有这个单位 (no such unit)";
    if (url && !command->url.n)
        return "缺少公开答复的网址 url (url of the published reply is missing)";
    return NULL;
}

static enum MHD_Result do_command(struct exchange *x, enum command_act act)
{
    struct command command = {.act = act, .concern = x->concern};
    json_error_t at;

    if (x->pending)
        return tell(x);
    json_t *object = x->body.len
                         ? json_loadb(x->body.data, x->body.len, JSON_REJECT_DUPLICATES, &at)
                         : json_object();
    if (!object)
        return reply_problem(x, 400, "json", "请求体不是 JSON 对象 (the body is not a JSON object)");
    const char *wrong = read_command(x, object, &command);
    int err = wrong ? 0 : pending_submit(x, &command);
    json_decref(object);
    if (wrong)
        return reply_problem(x, 422, err_name(ERR_INVALID), wrong);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_accept(struct exchange *x)
{
    return do_command(x, COMMAND_ACCEPT);
}

enum MHD_Result routes_answer(struct exchange *x)
{
    return do_command(x, COMMAND_ANSWER);
}
