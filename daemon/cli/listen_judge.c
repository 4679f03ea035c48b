#include "daemon/cli/listen.h"

enum listen_step listen_judge(const json_t *event, uint64_t *last, bool *known)
{
    const json_t *unitseq = json_object_get(event, "unitseq");

    if (!json_object_get(event, "specversion") || !json_is_integer(unitseq))
        return LISTEN_OTHER;
    uint64_t seq = (uint64_t)json_integer_value(unitseq);
    if (*known && seq <= *last)
        return LISTEN_REPEATED;
    if (*known && seq != *last + 1)
        return LISTEN_GAP;
    *known = true;
    *last = seq;
    return LISTEN_PRINT;
}
