/* What people said of replies, in the memory twin. */
#include "base/err.h"
#include "store/memory/memory.h"

static size_t find(const struct memory_state *m, uint64_t concern, uint16_t round)
{
    size_t i = 0;

    while (i < m->nsurveys && (m->surveys[i].concern != concern || m->surveys[i].round != round))
        i++;
    return i;
}

void memory_apply_survey(struct memory_state *m, const struct store_survey *survey)
{
    size_t at = find(m, survey->concern, survey->round);

    m->nsurveys += at == m->nsurveys;
    m->surveys[at] = *survey;
}

int memory_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out)
{
    struct memory_state *m = memory_lock(s);
    size_t at = find(m, concern, round);
    bool there = at < m->nsurveys;

    if (there)
        *out = m->surveys[at];
    memory_unlock(m);
    return there ? 0 : ERR_NOTFOUND;
}
