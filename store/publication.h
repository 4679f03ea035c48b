/* store/publication.h - the texts of replies that the ledger itself publishes. */
#ifndef HUIYING_STORE_PUBLICATION_H
#define HUIYING_STORE_PUBLICATION_H

#include <stdint.h>

#include "alerts/event.h"

enum { STORE_PUBLICATION_HASH = 32 }; /* SHA-256 of the text */

enum store_publication_act { /* what a batch does to one */
    STORE_PUBLICATION_DRAFT,   /* it is new, and waits for 审签 */
    STORE_PUBLICATION_PUBLISH, /* edition and published are set; the text of the edition before it
                                  goes */
    STORE_PUBLICATION_DROP,    /* it was not approved: nothing is kept of it */
    STORE_PUBLICATION_BLANK    /* its text alone goes */
};

/* A text that waits (edition 0), that is published, or that was: of one that another edition
 * replaced, or that was blanked, the hash and the times stay. */
struct store_publication {
    uint64_t seq;      /* of its EVENT_DRAFTED, which is its number */
    uint64_t concern;
    uint16_t round;    /* of the concern, 0 the first */
    uint16_t edition;  /* of the round's reply, from 1; 0: it waits */
    char unit[SLUG_MAX]; /* that answers by it; "": it waits */
    int64_t drafted, published; /* ms; published 0: it waits */
    unsigned char hash[STORE_PUBLICATION_HASH];
    struct str text;   /* masked; empty: gone */
    enum store_publication_act act; /* on input: PUBLISH needs seq, concern, round, edition,
                                       unit and published, DROP and BLANK seq and concern */
};

#endif
