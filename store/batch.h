/* store/batch.h - all that one transaction may write. */
#ifndef HUIYING_STORE_BATCH_H
#define HUIYING_STORE_BATCH_H

#include "alerts/concern.h"
#include "alerts/event.h"
#include "alerts/heat/burst.h"
#include "feeds/source/source.h"
#include "store/account.h"
#include "store/correction.h"
#include "store/item.h"
#include "store/page.h"
#include "store/polled.h"
#include "store/publication.h"
#include "store/reply.h"
#include "store/shared.h"
#include "store/survey.h"
#include "store/trail.h"

enum { STORE_KEY_MAX = 129 };

/* How long an idempotency key is remembered (ms). */
#define STORE_COMMAND_KEEP (7 * 24 * 3600 * INT64_C(1000))

/* How far a receiver has acked. A stored cursor never moves back: the highest unitseq stays. */
struct store_cursor {
    char unit[SLUG_MAX], receiver[SLUG_MAX];
    uint64_t unitseq;
};

/* Outcome of a command under its idempotency key (not empty). Forgotten by store_expire()
 * STORE_COMMAND_KEEP after `at`; the same key again replaces it. */
struct store_command {
    char key[STORE_KEY_MAX];
    int status;
    uint64_t seq; /* of its first event, 0 none */
    int64_t at;
    char reason[160];
};

/* Steps of arrivals that are kept, back from the latest one of a batch. */
enum { STORE_ARRIVALS_KEPT = BURST_WEEKS_KEPT * 7 * 24 };

/* What a person wrote with a command, as the gate passed it. */
struct store_note {
    uint64_t seq; /* of the event of the same batch that it belongs to (event.noted) */
    struct str text;
};

/* Items that belong to another concern from now on. */
struct store_move {
    bool all; /* those of `from`; else the one of `ident`, if it is one of them */
    unsigned char ident[STORE_IDENT];
    uint64_t from, to; /* numbers, not 0 */
};

/* Another keyed hash by which an item is known again, beside those of its last update. */
struct store_alias {
    uint64_t alias; /* not 0 */
    unsigned char ident[STORE_IDENT]; /* of the item; one that is not stored is passed over */
};

/* One transaction. All or nothing; events must continue head without a gap, unitseqs likewise. */
struct store_batch {
    const struct store_item *items;
    size_t nitems;
    const struct event *events;
    size_t nevents;
    const struct concern *const *concerns; /* upserted whole */
    size_t nconcerns;
    const struct store_source *sources;
    size_t nsources;
    const struct store_cursor *cursors;
    size_t ncursors;
    const struct store_command *commands;
    size_t ncommands;
    const struct store_page *pages; /* upserted whole, or dropped, in this order */
    size_t npages;
    const unsigned char (*blanks)[STORE_IDENT]; /* items whose title and text go at once; what is
                                                   not stored is passed over */
    size_t nblanks;
    const unsigned char (*redacts)[STORE_IDENT]; /* items whose title, text, link and sketch go at
                                                    once and that keep none from then on, whatever
                                                    an update brings; their pages are forgotten. As
                                                    blanks */
    size_t nredacts;
    const struct source *const *adds; /* sources to be remembered, replacing what has their id */
    size_t nadds;
    const struct str *removes; /* ids of sources to be forgotten, with what was polled of them
                                  (items and their pages stay); done before `adds` and `sources` */
    size_t nremoves;
    const struct store_mark *marks; /* one an item and aspect: it replaces an earlier one. A request
                                       or kind becomes the item's too; done after `items` */
    size_t nmarks;
    const struct store_note *notes; /* by rising seq */
    size_t nnotes;
    const struct burst_row *arrivals; /* in steps of BURST_STEP; a row of the same step and topic is
                                         replaced; what is no longer kept is forgotten */
    size_t narrivals;
    const struct store_move *moves; /* in this order, after `items` */
    size_t nmoves;
    const struct store_reply *replies; /* upserted whole, or dropped */
    size_t nreplies;
    const struct account *accounts; /* upserted whole; a disabled one loses its tokens */
    size_t naccounts;
    const struct account_token *tokens; /* upserted whole, or dropped; done after `accounts` */
    size_t ntokens;
    const struct trail_row *trail; /* appended, without seq and hash */
    size_t ntrail;
    const struct store_alias *aliases; /* done after `items` */
    size_t naliases;
    const struct store_publication *publications; /* in this order, each beside its events */
    size_t npublications;
    const struct store_survey *surveys; /* upserted whole */
    size_t nsurveys;
    const struct store_correction *corrections; /* upserted whole */
    size_t ncorrections;
    const struct store_shared *shared; /* each replaced whole, or dropped */
    size_t nshared;
    uint64_t rules;     /* version in force, 0: unchanged */
    uint64_t published; /* PUB cursor, 0: unchanged */
    int64_t forgotten_before; /* as in store_counts, of a copy; 0: unchanged */
};

#endif
