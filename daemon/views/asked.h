/* daemon/views/asked.h - 问得最多: which terms of the rules the questions of the last thirty days are
 * about, as a hint where a policy wants to be explained once more (二次解读). A thread of its own
 * follows the stored items, some moments behind; terms are the rules' own words, never an item's.
 */
#ifndef HUIYING_DAEMON_ASKED_H
#define HUIYING_DAEMON_ASKED_H

#include "daemon/config/config.h"
#include "daemon/reload/rulebook.h"
#include "store/store.h"

struct asked;

enum { ASKED_DAYS = 30, ASKED_WEEK = 7, ASKED_CONCERNS = 3, ASKED_TERM = 64 };

struct asked_row {
    char topic[SLUG_MAX];
    char term[ASKED_TERM];
    uint32_t count, week; /* questions in ASKED_DAYS and in ASKED_WEEK days */
    uint64_t concerns[ASKED_CONCERNS]; /* the last ones, newest first; 0: none */
};

/* Start the thread with a reader of `writer`, which outlives it, and the rules in force. NULL
 * without memory. */
struct asked *asked_start(const struct config *config, struct rulebook *book, struct store *writer);
void asked_stop(struct asked *a); /* harmless on NULL */
/* Another number whenever an item more was counted: see statistics_mark(). Any thread. */
uint64_t asked_mark(struct asked *a);
/* Up to max rows with at least `least` questions, by falling count: how many; ERR_AGAIN while the
 * items of the last days are being read at a start; ERR_NOMEM. Any thread. */
int asked_read(struct asked *a, uint32_t least, struct asked_row *out, size_t max);

#endif
