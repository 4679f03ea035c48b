/* daemon/workers/tryout.h - a source that is not there yet: what its selectors find on a page, by
 * the fetch room's manners and in a worker of its own. Nothing of it is kept. */
#ifndef HUIYING_DAEMON_TRYOUT_H
#define HUIYING_DAEMON_TRYOUT_H

#include "base/problems.h"
#include "daemon/workers/page_get.h"

struct tryout;

struct tryout_conf {
    const char *worker;            /* path of huiying-worker */
    const struct fetch_conf *fetch; /* of the house; its agent, guard, spacing and authority hold */
};

/* What a try has found. */
struct tryout_found {
    const struct problems *problems; /* of the source's text, sorted; then the rest is empty */
    const struct source *source;     /* NULL: it has problems */
    struct page_refusal refusal;     /* of the list, or of the item's page; problem NULL: none */
    const char *death;               /* why its worker died, "zh (en)", static; or NULL */
    const json_t *list, *detail;     /* as trial_write() has them; NULL: not read */
};
/* Called once, from the thread of tries; err: 0, ERR_TIMEOUT, ERR_CLOSED, ERR_IO or ERR_NOMEM, with
 * nothing found. What `found` points to is borrowed for the call. */
typedef void tryout_done(void *arg, int err, const struct tryout_found *found);

/* NULL without memory. What conf names must outlive it. */
struct tryout *tryout_start(const struct tryout_conf *conf);
/* Try the source that the YAML text describes on the bytes of `page`; without any, on its own
 * address, and where it has items' pages read on that of its first item. One after the other. Never
 * blocks: 0, ERR_AGAIN (too many wait), ERR_CLOSED, ERR_NOMEM (done is not called then). Texts are
 * copied. Any thread. */
int tryout_ask(struct tryout *t, struct str yaml, struct str page, tryout_done *done, void *arg);
/* End the one under way and those that wait with ERR_CLOSED. Harmless on NULL. */
void tryout_stop(struct tryout *t);

#endif
