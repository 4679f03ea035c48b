/* What goes into and comes out of the fetch thread; it has no state. */
#include <stdlib.h>

#include "feeds/fetch.h"

void fetch_memory_clear(struct fetch_memory *m)
{
    free(m->etag);
    free(m->last_modified);
    free(m->reason);
    *m = (struct fetch_memory){0};
}

void fetch_fetched_free(struct fetched *f)
{
    if (!f)
        return;
    buf_free(&f->body);
    free(f->mime);
    free(f->etag);
    free(f->last_modified);
    free(f->final_url);
    free(f);
}

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    static const char *const names[] = {
        [FETCH_BODY] = "body",           [FETCH_UNCHANGED] = "unchanged", [FETCH_GONE] = "gone",
        [FETCH_DISALLOWED] = "disallowed", [FETCH_REFUSED] = "refused",   [FETCH_FAILED] = "failed",
    };

    return names[outcome];
}
