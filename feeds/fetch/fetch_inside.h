/* feeds/fetch/fetch_inside.h - what the fetch thread (fetch.c) shares with those who write to it
 * and ask after it from other threads (fetch_post.c). */
#ifndef HUIYING_FEEDS_FETCH_INSIDE_H
#define HUIYING_FEEDS_FETCH_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/loop.h"
#include "feeds/fetch/letters.h"
#include "feeds/fetch/outbox.h"
#include "feeds/fetch/visit.h"
#include "feeds/fetch/waitlist.h"
#include "feeds/schedule/rounds.h"

struct fetch {
    const struct roster *roster;
    struct outbox *outbox;
    size_t max_transfers;
    pthread_t thread;
    bool running;
    struct loop *loop;
    struct visit_room room;
    struct rounds *rounds;
    struct letters *letters;
    struct waitlist *pages;
    atomic_uint_fast64_t begun[FETCH_PARTS]; /* the fetch thread writes them */
    atomic_uint told, obeyed;                /* fetch_begin_parts() */
};

/* Is this address asked here? Any thread. */
bool fetch_is_held(const struct fetch *f, const char *url);

#endif
