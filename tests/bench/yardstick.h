/* tests/bench/yardstick.h - what a competent straightforward pipeline costs: libxml2 trees, a stock
 * matcher, SQLite, one PUB message an item, one thread. It parses a feed, turns each description
 * into text, looks the GUID up, matches title and text, stores the item with its text and, when it
 * matched, an event (JSON, CloudEvents in outline) that it publishes at once, by itself. It commits
 * once a feed, WAL and synchronous=FULL as ours, after the feed's items are published. It has no
 * masking, sandbox, grouping, routing or deadlines, and knows 25 terms; it publishes before it
 * commits, so that a crash can announce what is not stored.
 *
 * With duties it does those of duties.h too, keeps a row of the unit's outbox with each event, and
 * publishes after the commit. It still has no sandbox (a process apart, and both ways to it), no
 * evaluation of rules, kind, request, streets, model, grouping, routing, deadlines or concerns, no
 * folding of letters, and no second names by which an item is known when its GUID changes. */
#ifndef HUIYING_BENCH_YARDSTICK_H
#define HUIYING_BENCH_YARDSTICK_H

#include "alerts/bus/keys.h"
#include "base/buf.h"

struct yardstick_conf {
    const char *dir;      /* scratch, on the same file system as the other contestant's */
    const char *endpoint; /* tcp://…, CURVE */
    const struct key_pair *server;
    const char *const *terms; /* UTF-8 literals */
    size_t nterms;
    int ready_fd; /* readable when the subscriber has joined */
    bool duties;
};

struct yardstick;

/* Compile the terms, open the store and the socket, and wait for the subscriber; NULL: failed. */
struct yardstick *yardstick_open(const struct yardstick_conf *conf);
/* Run all bodies through it in this process: items that matched, or negative ERR_*. */
long long yardstick_run(struct yardstick *y, const struct buf *bodies, size_t n);
/* The last checkpoint is a cost of storing, the last messages' sending one of publishing. */
void yardstick_close(struct yardstick *y);

#endif
