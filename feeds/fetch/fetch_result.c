/* What goes into and comes out of the fetch thread; it has no state. */
#include <stdlib.h>
#include <string.h>

#include "feeds/fetch/fetch.h"

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
    fetch_page_free(f->page);
    free(f);
}

void fetch_page_free(struct fetch_page *page)
{
    if (!page)
        return;
    free((char *)page->url);
    free((char *)page->title);
    free(page);
}

struct fetch_page *fetch_page_copy(const struct fetch_page *page)
{
    struct fetch_page *copy = malloc(sizeof *copy);

    if (!copy)
        return NULL;
    *copy = *page;
    copy->url = strdup(page->url);
    copy->title = page->title ? strdup(page->title) : NULL;
    if (copy->url && (copy->title || !page->title))
        return copy;
    fetch_page_free(copy);
    return NULL;
}

const int64_t fetch_late_bounds[FETCH_LATE] = {50,    250,    1000,   5000,   15000,
                                               60000, 300000, 900000, 3600000};

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    static const char *const names[] = {
        [FETCH_BODY] = "body",           [FETCH_UNCHANGED] = "unchanged", [FETCH_GONE] = "gone",
        [FETCH_DISALLOWED] = "disallowed", [FETCH_REFUSED] = "refused",   [FETCH_FAILED] = "failed",
    };

    return names[outcome];
}
