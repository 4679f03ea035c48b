#include "daemon/views/statistics_surveys.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { LEAST = 64 };

struct statistics_surveys {
    struct statistics_survey *slots; /* open addressing; at most half are taken */
    size_t nslots, count;
};

struct statistics_surveys *statistics_surveys_new(void)
{
    return calloc(1, sizeof(struct statistics_surveys));
}

void statistics_surveys_forget(struct statistics_surveys *s)
{
    free(s->slots);
    *s = (struct statistics_surveys){0};
}

void statistics_surveys_free(struct statistics_surveys *s)
{
    if (!s)
        return;
    free(s->slots);
    free(s);
}

static struct statistics_survey *slot_of(const struct statistics_surveys *s, uint64_t concern)
{
    size_t at = (size_t)(concern * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (s->nslots - 1);

    while (s->slots[at].concern && s->slots[at].concern != concern)
        at = (at + 1) & (s->nslots - 1);
    return &s->slots[at];
}

void statistics_surveys_find(const struct statistics_surveys *s, uint64_t concern,
                             struct statistics_survey *out)
{
    *out = (struct statistics_survey){0};
    if (s->nslots)
        *out = *slot_of(s, concern);
}

static int grow(struct statistics_surveys *s)
{
    struct statistics_surveys more = {.nslots = s->nslots ? s->nslots * 2 : LEAST,
                                      .count = s->count};

    more.slots = calloc(more.nslots, sizeof *more.slots);
    if (!more.slots)
        return ERR_NOMEM;
    for (size_t i = 0; i < s->nslots; i++)
        if (s->slots[i].concern)
            *slot_of(&more, s->slots[i].concern) = s->slots[i];
    free(s->slots);
    *s = more;
    return 0;
}

int statistics_surveys_put(struct statistics_surveys *s, const struct statistics_survey *survey)
{
    if (s->count >= s->nslots / 2 && grow(s))
        return ERR_NOMEM;
    struct statistics_survey *slot = slot_of(s, survey->concern);
    s->count += slot->concern == 0;
    *slot = *survey;
    return 0;
}
