#define _GNU_SOURCE
#include "alerts/concern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

static const struct {
    const char *name, *zh;
} states[] = {
    [CONCERN_OPEN] = {"open", "待签收"},
    [CONCERN_ACCEPTED] = {"accepted", "办理中"},
    [CONCERN_CLOSED] = {"closed", "已办结"},
    [CONCERN_FOUND] = {"found", "待研判"},
    [CONCERN_DECLINED] = {"declined", "待改派"},
}, outcomes[] = {
    [OUTCOME_NONE] = {"", ""},
    [OUTCOME_ANSWERED] = {"answered", "已答复"},
    [OUTCOME_MERGED] = {"merged", "已并单"},
    [OUTCOME_DISMISSED] = {"dismissed", "无需回应"},
    [OUTCOME_HANDED_OUT] = {"handed-out", "已转有关机构"},
};

const char *concern_state_name(enum concern_state state)
{
    return states[state].name;
}

const char *concern_state_zh(enum concern_state state)
{
    return states[state].zh;
}

int concern_state_find(struct str name)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_is(name, states[i].name))
            return (int)i;
    return -1;
}

const char *concern_outcome_name(enum concern_outcome outcome)
{
    return outcomes[outcome].name;
}

const char *concern_outcome_zh(enum concern_outcome outcome)
{
    return outcomes[outcome].zh;
}

bool concern_party_active(const struct concern_party *p)
{
    return p->state != PARTY_LEFT && (p->lead || p->state != PARTY_DECLINED);
}

size_t concern_parties(const struct concern *c, struct concern_party out[static PARTIES_MAX])
{
    bool told = c->state != CONCERN_FOUND &&
                (c->state != CONCERN_CLOSED || c->outcome == OUTCOME_ANSWERED);

    if (c->nparties) {
        memcpy(out, c->parties, c->nparties * sizeof *out);
        return c->nparties;
    }
    if (!told)
        return 0;
    out[0] = (struct concern_party){.lead = true,
                                    .told = c->opened,
                                    .accepted = c->accepted,
                                    .answered = c->answered};
    out[0].state = c->answered ? PARTY_ANSWERED : c->accepted ? PARTY_ACCEPTED : PARTY_TOLD;
    memcpy(out[0].unit, c->unit, SLUG_MAX);
    return 1;
}

bool concern_involves(const struct concern *c, const char *unit)
{
    if (strcmp(c->unit, unit) == 0)
        return true;
    for (size_t i = 0; i < c->nparties; i++)
        if (strcmp(c->parties[i].unit, unit) == 0)
            return concern_party_active(&c->parties[i]);
    return false;
}

size_t concern_format_id(uint64_t id, char out[static 24])
{
    return (size_t)snprintf(out, 24, "c%" PRIu64, id);
}

uint64_t concern_parse_id(struct str text)
{
    long long id;

    if (text.n < 2 || text.p[0] != 'c' || text.p[1] < '1' || text.p[1] > '9' ||
        str_int((struct str){text.p + 1, text.n - 1}, 1, INT64_MAX, &id))
        return 0;
    return (uint64_t)id;
}

int concern_copy(struct concern *to, const struct concern *from)
{
    char *url = NULL;

    if (from->reply_url && !(url = strdup(from->reply_url)))
        return ERR_NOMEM;
    *to = *from;
    to->reply_url = url;
    return 0;
}

void concern_clear(struct concern *c)
{
    free(c->reply_url);
    c->reply_url = NULL;
}
