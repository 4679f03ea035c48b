/* tests/unit/store_samples.h - batches for the store's tests. */
#ifndef HUIYING_TESTS_STORE_SAMPLES_H
#define HUIYING_TESTS_STORE_SAMPLES_H

#include "store/store.h"

enum { SAMPLES_UNITS = 3, SAMPLES_MAX = 64 };

/* What a ledger would know: where the next batch begins. Zero-initialise, set `random`. */
struct samples {
    uint64_t random, head, units[SAMPLES_UNITS], concern_count;
    unsigned next_ident;
};

/* A batch with the arrays it points to. */
struct samples_batch {
    struct store_batch batch;
    struct store_item items[SAMPLES_MAX];
    struct event events[SAMPLES_MAX];
    struct concern concerns[SAMPLES_MAX];
    const struct concern *concern_list[SAMPLES_MAX];
    struct store_source sources[2];
    struct store_cursor cursors[2];
    struct store_command commands[2];
    struct store_mark marks[2];
    struct store_note notes[2];
    struct store_move moves[2];
    char text[SAMPLES_MAX][64];
};

uint32_t samples_random(struct samples *s, uint32_t below);
/* A name of `unit` (0 to SAMPLES_UNITS - 1). */
const char *samples_unit(unsigned unit);
struct store_item samples_item(unsigned number, const char *text);
struct concern samples_concern(uint64_t id, enum concern_state state, int64_t due);
struct event samples_event(uint64_t seq, uint64_t concern);
/* Fill *to with a random batch that continues s, and move s past it. Some idents and concerns
 * repeat (as updates). */
void samples_batch(struct samples *s, struct samples_batch *to);
/* A new folder for one test; samples_remove() it. */
char *samples_folder(void);
void samples_remove(const char *folder);

#endif
