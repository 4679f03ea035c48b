/* store/reply.h - what is known of the page of a published reply. */
#ifndef HUIYING_STORE_REPLY_H
#define HUIYING_STORE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "classifiers/verdict.h"

enum store_reply_state {
    STORE_REPLY_WAITS,   /* not read yet */
    STORE_REPLY_THERE,   /* was there when it was read last */
    STORE_REPLY_GONE,    /* 404 or 410, twice */
    STORE_REPLY_CHANGED, /* says something else now, twice */
    STORE_REPLY_CLOSED,  /* cannot be read: robots.txt, the address guard, or it never answered */
    STORE_REPLY_STATES
};

enum { STORE_REPLY_TITLE = 501, STORE_REPLY_URL = 2001 }; /* with the NUL */

/* A page that a concern was replied to with: an answer, interim information or a promise that was
 * kept. It is read at its address, and again later: is it still there, and still the same? Of its
 * text there is a sketch, no word. A concern has as many as it was given, each by its address. */
struct store_reply {
    uint64_t concern;
    uint16_t round;    /* of the concern, in which it was given last */
    int64_t due;       /* ms of the next reading; 0: there is none */
    uint64_t address;  /* hash of its address, which tells it apart from the concern's others */
    int64_t since;     /* ms: when the reply was published here */
    int64_t checked;   /* ms of the last reading that found it; 0: none yet */
    int64_t published; /* ms, as the page says; 0 unknown */
    uint64_t content;  /* hash of title and text as they were first read; 0: none */
    uint32_t sketch[VERDICT_SKETCH]; /* of the same */
    uint8_t step;      /* readings of the schedule that are done */
    uint8_t tries;     /* failures in a row */
    uint8_t strikes;   /* readings in a row that missed it */
    uint8_t state;     /* enum store_reply_state */
    bool edited;       /* it was read with other words than at first */
    bool untitled;     /* it stands on the page of an item: its title is not kept */
    bool drop;         /* on input: forget it; concern and address are looked at alone */
    char title[STORE_REPLY_TITLE]; /* masked; "" none */
    char url[STORE_REPLY_URL];     /* not empty */
};

/* For qsort(): by rising since, then address as a signed number. */
static inline int store_reply_older(const void *a, const void *b)
{
    const struct store_reply *x = a, *y = b;
    int64_t p = (int64_t)x->address, q = (int64_t)y->address;

    return x->since == y->since ? (p > q) - (p < q) : (x->since > y->since) - (x->since < y->since);
}

#endif
