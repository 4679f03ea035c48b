/* daemon/workers/page_get.h - one page of the open web, as the daemon's own fetch room gets it. */
#ifndef HUIYING_DAEMON_PAGE_GET_H
#define HUIYING_DAEMON_PAGE_GET_H

#include <jansson.h>

#include "feeds/fetch/fetch.h"

struct page_got {
    struct buf body;
    char *mime, *url; /* Content-Type; address after redirects. NULL: not told, as asked */
};

/* Why there is none. */
struct page_refusal {
    enum fetch_outcome outcome;
    int status;          /* HTTP's, 0: none */
    const char *problem; /* static "zh (en)", or NULL */
};

/* Get `url` as a page of the source, NULL for its own address, by a fetch room of its own: what
 * `conf` says of robots.txt, guard and time holds. `out` is an empty queue of the caller's; closing
 * it ends the wait. 0 and *got for page_got_clear(); ERR_REFUSED with *refusal; ERR_TIMEOUT,
 * ERR_CLOSED, ERR_IO, ERR_NOMEM. Any thread. */
int page_get(const struct fetch_conf *conf, const struct source *s, const char *url,
             struct queue *out, struct page_got *got, struct page_refusal *refusal);
void page_got_clear(struct page_got *got);

/* The address of the first item of a list that is kept (`list` as trial_write() has it), where the
 * source has its items' pages read; else NULL. Borrowed from `list`. */
const char *page_get_first(const struct source *s, const json_t *list);

#endif
