/* store/item.h - one item as it is stored. */
#ifndef HUIYING_STORE_ITEM_H
#define HUIYING_STORE_ITEM_H

#include <stdbool.h>

#include "base/str.h"
#include "classifiers/verdict.h"
#include "store/mark.h"

/* On input all strings are borrowed for the call. */
struct store_item {
    unsigned char ident[STORE_IDENT]; /* keyed hash of (source, identity) */
    struct str source;                /* id */
    struct str link, title, text;     /* masked; title and text are dropped at `expires`, and come
                                         back empty then */
    struct str topic;                 /* best tag, or empty */
    struct str region;
    uint64_t content;                 /* hash of title and text as the list of items gives them: an
                                         edit changes it */
    uint64_t aliases[2];              /* keyed hashes by which it is known again when its identity
                                         changes; 0: none */
    int64_t published, found, expires;
    uint64_t concern;                 /* number, or 0 */
    uint32_t sketch[VERDICT_SKETCH];
    uint64_t rules;                   /* version that judged it (event_rules_number()), or 0 */
    uint8_t kind, request;            /* enum verdict_kind, verdict_request */
    struct str proposed;              /* best topic that only the model sees, or empty */
    uint16_t doubt;                   /* of its topics, 0 to STORE_DOUBT_MAX: for people's review */
    bool by_model;                    /* its topic is the model's, no rule's */
    uint8_t marked;                   /* STORE_MARKED_*: which of them somebody corrected */
    bool update;                      /* replaces the item with this ident, if there is one */
};

enum { STORE_DOUBT_MAX = 1000 };
enum { STORE_MARKED_REQUEST = 1, STORE_MARKED_KIND = 2 };
/* In the same place: its title, text and link were taken out, and do not come back. */
enum { STORE_REDACTED = 4 };
/* And there: the list that it stands in tells when it was published, the year too. */
enum { STORE_DATED = 8 };

#endif
