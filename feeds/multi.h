/* feeds/multi.h - libcurl's transfers over a loop. libcurl 7.88 looks through all connections that
 * it keeps when one must go, and through a chain of them to find one again, so hosts are dealt out
 * to small multi handles, to more of them as connections grow in number; those of https are few,
 * since each keeps its own authorities in memory. Not thread-shared. */
#ifndef HUIYING_FEEDS_MULTI_H
#define HUIYING_FEEDS_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/loop.h"
#include "base/str.h"

struct multi;
struct multi_part; /* where the connections to a host are kept */

/* For at most `transfers` at once. NULL on failure. */
struct multi *multi_new(struct loop *loop, size_t transfers);
/* All transfers must have been removed. Harmless on NULL. */
void multi_free(struct multi *m);

/* Options that an easy handle needs once, to be moved by m: false on failure. */
bool multi_prepare(struct multi *m, CURL *easy);
/* Begin it, at the part where connections to host are; *part is for multi_remove(). 0 or ERR_*. */
int multi_add(struct multi *m, CURL *easy, struct str host, bool https, struct multi_part **part);
/* It need not have ended. */
void multi_remove(struct multi_part *part, CURL *easy);
/* How long a loop_wait() may last, at most `most` ms. */
int multi_wait_ms(struct multi *m, int most);
/* Do what time has come for. */
void multi_tick(struct multi *m);
/* One that has ended, removed: true, *easy and *code. Not inside a loop_wait(). */
bool multi_next(struct multi *m, CURL **easy, CURLcode *code);

#endif
