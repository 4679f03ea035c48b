#include <jansson.h>

#include "alerts/command_json.h"
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

/* The act that the route's path ends with. */
static enum command_act act_of(const struct route *route)
{
    return (enum command_act)command_find(str_from(strrchr(route->path, '/') + 1));
}

static enum MHD_Result refuse_members(struct exchange *x, enum command_act act, const char *wrong)
{
    struct buf detail = BUF_INIT;

    buf_add_text(&detail, wrong);
    buf_add_text(&detail, "；应为 ");
    command_json_expected(act, "unit", &detail);
    buf_add_char(&detail, '\0');
    enum MHD_Result result = reply_problem(x, 422, err_name(ERR_INVALID),
                                           buf_ok(&detail) ? detail.data : wrong);
    buf_free(&detail);
    return result;
}

/* In whose name an act is done that names no unit: a unit's account acts for its unit, the
 * coordinator's for the coordinating one, the socket as the local operator. */
static struct str default_by(struct exchange *x)
{
    const struct units *units = exchange_units(x);

    if (x->caller.role == ACCESS_COORDINATOR)
        return str_from(units->list[units->coordinator].id);
    return caller_own(x) ? str_from(caller_own(x)) : STR_NONE;
}

static const char *read_command(struct exchange *x, const json_t *object, struct command *command)
{
    static const char *const envelope[] = {"unit", NULL};
    const struct units *units = exchange_units(x);
    const json_t *unit = json_object_get(object, "unit");
    const char *wrong;

    if (!json_is_object(object))
        return "请求体不是 JSON 对象 (the body is not a JSON object)";
    if (unit && !json_is_string(unit))
        return "unit 应为单位编号 (unit is a unit's id)";
    command->by = (struct str){json_string_value(unit), json_string_length(unit)};
    if (!command->by.n)
        command->by = default_by(x);
    if (command->by.n && units_find(units, command->by) < 0)
        return "没有这个单位 (no such unit)";
    if (command_json_read(object, envelope, command, &wrong) == 0)
        wrong = NULL;
    for (size_t i = 0; !wrong && i < command->nunits; i++)
        if (units_find(units, command->units[i]) < 0)
            wrong = "units 中有不存在的单位 (units names a unit that there is not)";
    return wrong;
}

enum MHD_Result routes_act(struct exchange *x)
{
    struct command command = {.act = act_of(x->route), .concern = x->concern,
                              .person = caller_person(&x->caller)};
    const char *key = exchange_header(x, "Idempotency-Key");
    json_error_t at;

    if (x->pending)
        return tell(x);
    if (!query_key(key))
        return reply_problem(x, 422, err_name(ERR_INVALID), QUERY_KEY_WRONG);
    command.key = str_from(key);
    json_t *object = x->body.len
                         ? json_loadb(x->body.data, x->body.len, JSON_REJECT_DUPLICATES, &at)
                         : json_object();
    if (!object)
        return reply_problem(x, 400, "json", "请求体不是 JSON 对象 (the body is not a JSON object)");
    const char *wrong = read_command(x, object, &command);
    bool foreign = caller_own(x) && !str_is(command.by, caller_own(x));
    int err = wrong || foreign ? 0 : pending_submit(x, &command);
    json_decref(object);
    if (wrong)
        return refuse_members(x, command.act, wrong);
    if (foreign)
        return reply_not_own(x);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
