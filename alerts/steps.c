#include "alerts/steps.h"

#include "alerts/gate.h"
#include "base/err.h"

enum { BY_UNIT = 1, BY_COORDINATOR = 2, BY_OPERATOR = 4 };
#define BY_ANY (BY_UNIT | BY_COORDINATOR | BY_OPERATOR)

static const struct step {
    enum concern_state state;
    enum command_act act;
    unsigned who;
    bool needs_url;
    enum steps_outcome outcome;
    const char *refusal;
} table[] = {
    {CONCERN_OPEN, COMMAND_ACCEPT, BY_ANY, false, STEPS_DO, NULL},
    {CONCERN_OPEN, COMMAND_ANSWER, BY_ANY, true, STEPS_DO, NULL},
    {CONCERN_ACCEPTED, COMMAND_ACCEPT, BY_ANY, false, STEPS_REPEAT, NULL},
    {CONCERN_ACCEPTED, COMMAND_ANSWER, BY_ANY, true, STEPS_DO, NULL},
    {CONCERN_CLOSED, COMMAND_ACCEPT, BY_ANY, false, STEPS_REFUSE,
     "已办结，不能再签收 (already closed)"},
    {CONCERN_CLOSED, COMMAND_ANSWER, BY_ANY, true, STEPS_REFUSE,
     "已办结，不能再答复 (already closed)"},
};

static unsigned who(const struct concern *concern, struct str by, const char *coordinator)
{
    return (by.n ? 0u : BY_OPERATOR) | (str_is(by, concern->unit) ? BY_UNIT : 0u) |
           (str_is(by, coordinator) ? BY_COORDINATOR : 0u);
}

enum steps_outcome steps_decide(const struct concern *concern, const struct command *command,
                                const char *coordinator, int *err, const char **reason)
{
    const struct step *step = NULL;

    for (size_t i = 0; i < sizeof table / sizeof *table && !step; i++)
        if (table[i].state == concern->state && table[i].act == command->act)
            step = &table[i];
    *err = ERR_REFUSED;
    if (!step) {
        *err = ERR_INVALID;
        *reason = "没有这种操作 (no such act)";
        return STEPS_REFUSE;
    }
    if (!(who(concern, command->by, coordinator) & step->who)) {
        *reason = "只有责任单位或协调单位可以办理 (only the responsible or the coordinating unit may)";
        return STEPS_REFUSE;
    }
    if (step->needs_url && gate_reply_url(command->url, reason)) {
        *err = ERR_INVALID;
        return STEPS_REFUSE;
    }
    if (step->outcome == STEPS_REFUSE && step->needs_url && concern->reply_url &&
        str_is(command->url, concern->reply_url))
        return STEPS_REPEAT; /* the same answer sent again */
    *reason = step->refusal;
    return step->outcome;
}
