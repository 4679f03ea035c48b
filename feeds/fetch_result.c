/* What goes into and comes out of the fetch thread; it has no state. */
#include <stdlib.h>

#include "feeds/fetch.h"

void fetch_fetched_free(struct fetched *f)
{
    if (!f)
        return;
    buf_free(&f->body);
    free(f->mime);
    free(f->etag);
    free(f->last_modified);
    free(f->final_url);
    free(f->moved_to);
    if (f->page) {
        free((char *)f->page->url);
        free((char *)f->page->title);
    }
    free(f->page);
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
