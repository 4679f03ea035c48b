#include <jansson.h>

#include "alerts/command_json.h"
#include "alerts/deadlines/clocks.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/body.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "store/store.h"

/* "open": the clocks that still ask for something to be published, so that who published one thing
 * learns what it was not. */
static void put_open(struct exchange *x, struct buf *b)
{
    static const enum act published[] = {ACT_FIRST_INFO, ACT_BRIEFING, ACT_REPLY, ACT_PROMISE};
    struct concern c = {0};

    if (store_concern(x->side->reader, x->concern, &c))
        return; /* what was done is told all the same */
    json_out_name(b, "open");
    buf_add_char(b, '[');
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const struct concern_clock *clock = clocks_running(&c, published[i]);
        if (!clock)
            continue;
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "act", event_act_name(clock->act));
        json_out_text(b, "act_zh", event_act_zh(clock->act));
        json_out_time(b, "due", clock->due);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
    concern_clear(&c);
}

/* The act that the route's path ends with. */
static enum command_act act_of(const struct route *route)
{
    return (enum command_act)command_find(str_from(strrchr(route->path, '/') + 1));
}

/* What was done: of the lead's 延期 and 无需回应 that is the asking alone. */
static void put_event(struct exchange *x, struct buf *b, uint64_t seq)
{
    struct event e;

    if (!seq || store_events_after(x->side->reader, seq - 1, &e, 1) != 1 || e.seq != seq)
        return; /* as in put_open() */
    json_out_text(b, "event", event_type_name(e.type));
    json_out_text(b, "event_zh", event_type_zh(e.type));
}

/* Outcome of a finished command: {"status":"ok","concern","seq","event","event_zh"}; seq null:
 * nothing to change. */
static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[24];

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason);
    concern_format_id(x->concern, id);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "concern", id);
    json_out_or_null(&b, "seq", (int64_t)outcome.seq);
    put_event(x, &b, outcome.seq);
    if (act_of(x->route) == COMMAND_PROGRESS)
        put_open(x, &b);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
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
 * coordinator's for the coordinating one, an operator's and the socket as the local operator. */
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
    command->by = member_str(unit);
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

    if (x->pending)
        return tell(x);
    if (!query_key(key))
        return reply_problem(x, 422, err_name(ERR_INVALID), QUERY_KEY_WRONG);
    command.key = str_from(key);
    command.grouping = x->caller.role == ACCESS_OPERATOR;
    json_t *object = x->body.len ? body_read(x) : json_object();
    if (!object)
        return reply_problem(x, 400, "json", "请求体不是 JSON 对象 (the body is not a JSON object)");
    const char *wrong = read_command(x, object, &command);
    /* An operator regroups as such, in no unit's name. */
    bool foreign = (caller_own(x) && !str_is(command.by, caller_own(x))) ||
                   (x->caller.role == ACCESS_OPERATOR && command.by.n);
    int err = wrong || foreign ? 0 : pending_submit(x, &command);
    json_decref(object);
    if (wrong)
        return refuse_members(x, command.act, wrong);
    if (foreign)
        return reply_not_own(x);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
