/* feeds/fetch/multi.h - libcurl's transfers over a loop. libcurl 7.88 walks through the
 * connections that it keeps after each transfer, once a second, and when one must go, so that
 * hosts are dealt out to many small stores of connections (share handles). Those of https stay
 * with a few multi handles, since each keeps its own authorities in memory. Not thread-shared. */
#ifndef HUIYING_FEEDS_MULTI_H
#define HUIYING_FEEDS_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/loop.h"
#include "base/str.h"

struct multi;
struct multi_part; /* what moves the transfers of some hosts */

/* For at most `transfers` at once. NULL on failure. */
struct multi *multi_new(struct loop *loop, size_t transfers);
/* All transfers must have been removed. Harmless on NULL. */
void multi_free(struct multi *m);

/* Options that an easy handle needs once, to be moved by m: false on failure. */
bool multi_prepare(struct multi *m, CURL *easy);
/* Begin it, where connections to host are kept; *part is for multi_remove(). 0 or ERR_*. */
int multi_add(struct multi *m, CURL *easy, struct str host, bool https, struct multi_part **part);
/* Whether there is room for one more connection that is kept when its transfer has ended. */
bool multi_may_keep(const struct multi *m);
/* It need not have ended. */
void multi_remove(struct multi_part *part, CURL *easy);
/* How long a loop_wait() may last, at most `most` ms. */
int multi_wait_ms(struct multi *m, int most);
/* Do what time has come for. */
void multi_tick(struct multi *m);
/* One that has ended, removed: true, *easy and *code. Not inside a loop_wait(). */
bool multi_next(struct multi *m, CURL **easy, CURLcode *code);

#endif
