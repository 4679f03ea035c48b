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

enum { STORE_REPLY_TITLE = 501 }; /* with the NUL */

/* The page of a concern's published reply (concern.reply_url), which is read at its address, and
 * again later: is it still there, and still the same? Of its text there is a sketch, no word. */
struct store_reply {
    uint64_t concern;
    int64_t due;       /* ms of the next reading; 0: there is none */
    uint64_t address;  /* hash of the address that this is about */
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
    bool drop;         /* on input: forget it */
    char title[STORE_REPLY_TITLE]; /* masked; "" none */
    struct str url;    /* on output: the concern's reply_url, or empty */
};

#endif
