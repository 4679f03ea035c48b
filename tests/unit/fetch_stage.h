/* tests/unit/fetch_stage.h - one fetch thread over real sockets: peer, sources, queue. */
#ifndef HUIYING_TESTS_FETCH_STAGE_H
#define HUIYING_TESTS_FETCH_STAGE_H

#include "feeds/fetch/fetch.h"
#include "tests/helpers/peer.h"

enum { SOURCES_MAX = 64, WAIT_MS = 60000 };

/* One fetch thread, its peer and its sources. */
struct stage {
    struct peer *peer;
    struct roster *roster;
    char *urls[SOURCES_MAX];
    uint32_t count;
    struct fetch_conf conf;
    struct queue *out;
    struct fetch *fetch;
};

/* A peer, an empty roster and a conf that may be changed before stage_start(). */
void stage_open(struct stage *s);
/* The next source, "s0", "s1" …, polled at this fixed interval (ms). Takes url. */
void stage_source(struct stage *s, char *url, int64_t interval);
/* memory: one each, or NULL. capacity: of the queue. */
void stage_start(struct stage *s, const struct fetch_memory *memory, size_t capacity);
/* The next outcome; asserts that one comes. fetch_fetched_free() it. */
struct fetched *stage_take(struct stage *s);
/* The same, freed; its problem has these words, unless they are NULL. */
enum fetch_outcome stage_outcome(struct stage *s, const char *says);
/* The next outcome is this one, of this source. */
void stage_expect(struct stage *s, uint32_t source, enum fetch_outcome outcome);
/* Stop the thread alone, as at a restart: stage_start() may follow. */
void stage_halt(struct stage *s);
void stage_close(struct stage *s);

#endif
