/* daemon/cluster/remote_text.h - outcomes of polls and letters as they go between machines: JSON
 * that names sources by their ids. Pure but for the roster; any thread. */
#ifndef HUIYING_DAEMON_REMOTE_TEXT_H
#define HUIYING_DAEMON_REMOTE_TEXT_H

#include "alerts/event.h"
#include "base/buf.h"
#include "feeds/fetch/fetch.h"
#include "feeds/fetch/letters.h"

/* Append an outcome without its body. `death`: of what a worker died of it, or NULL. 0 or
 * ERR_NOMEM. */
int remote_text_outcome(const struct roster *roster, const struct fetched *f, const char *death,
                        struct buf *out);
/* Read it: 0 with *out to be freed by fetch_fetched_free() and *death by free() (NULL: none);
 * ERR_NOTFOUND (no such source here), ERR_CORRUPT, ERR_NOMEM. `guest`: number of the source that is
 * in no list, which goes by its id too. */
int remote_text_read_outcome(struct str text, const struct roster *roster, uint32_t guest,
                             struct fetched **out, char **death);

/* A letter and what its reader has to know first. */
struct remote_letter {
    struct letter letter; /* a PAGE's page is owned: fetch_page_free() it */
    char id[SLUG_MAX];    /* of its source; "": of none */
    bool there;           /* letter.source is its number here */
    bool gone;            /* ADD, DROP: the source is one no longer */
    unsigned slot;        /* PAGE, without one: it is owed to this slot */
};
int remote_text_letter(const struct roster *roster, const struct letter *letter, struct buf *out);
/* What all are told of a page: that something is owed to this slot. Its address and title wait with
 * the slot alone: what is said to all stays long after the item has expired, or was erased. */
int remote_text_owed(unsigned slot, struct buf *out);
/* 0, ERR_CORRUPT or ERR_NOMEM. */
int remote_text_read_letter(struct str text, const struct roster *roster, uint32_t guest,
                            struct remote_letter *out);

#endif
