/* feeds/fetch/transfer_inside.h - a transfer in being: what the part that asks (transfer.c) shares
 * with those that listen (transfer_answer.c) and that look whether it takes too long
 * (transfer_late.c). */
#ifndef HUIYING_FEEDS_TRANSFER_INSIDE_H
#define HUIYING_FEEDS_TRANSFER_INSIDE_H

#include <curl/curl.h>

#include "feeds/fetch/multi.h"
#include "feeds/fetch/transfer.h"

struct transfer {
    struct transfer *next; /* idle ones */
    int64_t end;           /* on clock_mono(): until then it may take */
    int64_t marked;        /* when it was begun, connected, or had last brought enough */
    curl_off_t got;        /* bytes of the body until then */
    bool connected;
    struct transfer_pool *pool;
    struct transfer *older, *newer; /* those under way, for transfer_pool_free() */
    CURL *easy;
    CURLU *url; /* of this request: taken apart once; libcurl would write it anew, too */
    struct multi_part *part; /* while under way */
    struct buf lines;          /* of this request: headers, then where to connect; NUL-ended */
    struct curl_slist *nodes;  /* one for each of them, for libcurl */
    size_t nlines, cap_nodes;
    struct buf kept;           /* values of headers of the answer, NUL-ended */
    size_t kept_at[HEADER_COUNT]; /* where in there, + 1; 0: none */
    struct transfer_result result;
    size_t head, body_max;
    bool cut, too_big, refused, full, proxied;
    bool kept_open; /* its connection will be kept for another */
    bool counted;   /* its bytes on the wire are looked at, too */
};

struct transfer_pool {
    const struct fetch_conf *conf;
    const struct guard *guard;
    struct multi *multi;
    struct curl_slist *headers; /* of every request */
    struct transfer *idle, *active;
    size_t nidle;
    int64_t look; /* on clock_mono(): before then none of the active is looked at */
};

/* It begins, and may take `budget` ms in all. */
void transfer_late_begin(struct transfer *t, int64_t now, int64_t budget);
/* One under way that takes too long, NULL: none. */
struct transfer *transfer_late_next(struct transfer_pool *p);
/* The options by which t hears of its answer: false on failure. */
bool transfer_listen(struct transfer *t);
/* It has ended with this code: fill in what the result says beside body and headers. */
void transfer_conclude(struct transfer *t, CURLcode code);
/* Whether its connection is to be kept, where there is room, until it has ended: 0 or ERR_NOMEM. */
int transfer_keep_open(struct transfer *t, bool keep);
/* Whether its bytes on the wire are to be looked at beside those of the body: 0 or ERR_NOMEM. */
int transfer_count_wire(struct transfer *t, bool count);
/* For the next one: what is left of the answer goes. */
void transfer_clear(struct transfer *t);

#endif
