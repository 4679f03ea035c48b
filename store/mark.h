/* store/mark.h - what is said of items' verdicts. */
#ifndef HUIYING_STORE_MARK_H
#define HUIYING_STORE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/event.h"

enum { STORE_IDENT = 16 }; /* bytes that an item is known by */

/* What somebody said of an item's verdict, or what its concern was dismissed for. No text, and
 * nobody's name. */
enum store_aspect {
    STORE_MARK_VERDICT, /* value 1: right, 0: wrong; topic: the item's at that time, or empty */
    STORE_MARK_TOPIC,   /* topic: the one that it should have */
    STORE_MARK_REQUEST, /* value: enum verdict_request */
    STORE_MARK_KIND,    /* value: enum verdict_kind */
    STORE_ASPECTS
};

struct store_mark {
    unsigned char ident[STORE_IDENT]; /* of the item */
    uint8_t aspect, value;
    char topic[SLUG_MAX];
    uint64_t rules; /* version whose verdict was looked at, or 0 */
    int64_t at;     /* ms */
    uint64_t concern; /* whose 无需回应 says so: its number; 0: a person does */
    uint8_t was;      /* with it, of a request or kind: the item's before */
    bool drop;        /* on input: forget what is said of this item and aspect, if anything is; a
                         request or kind is `was` again, and the rules' to say */
    /* From the item, on output; title and text are empty once they expired. */
    struct str source, item_topic, title, text;
    uint8_t kind, request;
};

#endif
