/* daemon/http/kept.h - answers that many ask for, written once: while nothing that they tell of has
 * changed, whoever may see one gets the same bytes. */
#ifndef HUIYING_DAEMON_HTTP_KEPT_H
#define HUIYING_DAEMON_HTTP_KEPT_H

#include "base/buf.h"

struct encoding_spell;
struct kept;
struct kept_body;
struct rule_set;

enum {
    KEPT_MS = 100,                 /* no body is older: each tells the time, and what is left */
    KEPT_BODIES = 64,              /* at most, */
    KEPT_BYTES = 16 * 1024 * 1024  /* and so much of them; the longest unused go first */
};

/* NULL without memory. All of it belongs to one thread. */
struct kept *kept_new(void);
/* Harmless on NULL. Bodies that somebody holds live on until they are let go. */
void kept_free(struct kept *k);

/* From here on this head of the ledger, these rules (held as long) and this instant (ms) are the
 * present ones: what was kept of others is forgotten. */
void kept_at(struct kept *k, uint64_t head, struct rule_set *rules, int64_t now);
/* The body kept under `key`, which says all that it depends on besides, for kept_let_go(); or
 * NULL. */
struct kept_body *kept_find(struct kept *k, struct str key);
/* Keep this one, whose memory is taken over (body is empty after), and hold it likewise. Its media
 * type is borrowed for good. NULL without memory, also when `body` ran out of it. One too large to
 * be kept is only held. */
struct kept_body *kept_put(struct kept *k, struct str key, struct buf *body, const char *mime);
const char *kept_mime(const struct kept_body *body);
/* When what it says changes by itself: for who made it to tell (nothing does, else), and for who
 * sends it. */
struct encoding_spell *kept_spell(struct kept_body *body);
/* Its bytes, borrowed while it is held: as gzip, made at the first call, with *gzip, which is
 * cleared when it would be no shorter. */
struct str kept_bytes(struct kept_body *body, bool *gzip);
/* MHD_ContentReaderFreeCallback too: arg is a struct kept_body. */
void kept_let_go(void *arg);

#endif
