#include "store/backend.h"

#include <sodium.h>
#include <stdio.h>

int backend_answer(const struct event *e)
{
    return e->type == EVENT_ANSWERED && e->act == ACT_REPLY ? (int)scope_of(e->code) : -1;
}

int backend_reopening(const struct event *e)
{
    if (e->type != EVENT_REOPENED)
        return -1;
    return e->code < REOPENINGS ? e->code : REOPENING_NONE;
}

bool backend_overdue(const struct concern *c)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met && c->clocks[i].stage == STAGE_OVERDUE &&
            (c->state != CONCERN_CLOSED || c->clocks[i].act == ACT_PROMISE))
            return true;
    return false;
}

void backend_new_identity(struct store *s)
{
    unsigned char r[16];

    randombytes_buf(s->hash_key, sizeof s->hash_key);
    randombytes_buf(r, sizeof r);
    r[6] = (r[6] & 0x0f) | 0x40; /* RFC 9562: version 4, variant 10 */
    r[8] = (r[8] & 0x3f) | 0x80;
    snprintf(s->epoch, sizeof s->epoch,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
             r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
             r[15]);
}
