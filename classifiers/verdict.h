/* classifiers/verdict.h - what the worker says of one item: masked text, tags, places. */
#ifndef HUIYING_CLASSIFIERS_VERDICT_H
#define HUIYING_CLASSIFIERS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "feeds/item.h"

enum verdict_kind {
    VERDICT_REPORTED, /* tells of something: a notice, news of a campaign, a ruling */
    VERDICT_RAISED    /* somebody has the problem and asks for help */
};

enum verdict_request { /* 诉求类型 */
    REQUEST_ENQUIRY,    /* 咨询 */
    REQUEST_HELP,       /* 求助 */
    REQUEST_SUGGESTION, /* 建议 */
    REQUEST_COMPLAINT,  /* 投诉 */
    REQUEST_REPORT      /* 举报 */
};

struct verdict_hit { /* why: a rule's term and where it stands */
    struct str term; /* the rules' own */
    uint32_t start, end; /* UTF-8 bytes in title + "\n" + text, half-open */
};

struct verdict_tag {
    struct str topic; /* id, the rules' own */
    float score;      /* 0-1 */
    struct str grade; /* proposed: the topic's own or a higher one by its conditions */
    struct verdict_hit *hits;
    size_t nhits;
    bool model; /* the model says so, and no rule: there is no hit, score is its probability */
};

struct verdict_region {
    struct str code, name; /* 6, 9 or 12 digits; name without its parents */
};

enum { VERDICT_SKETCH = 16, VERDICT_TRAITS = 48, VERDICT_PROMISES = 3 };

/* A date by which a published reply says that something will be done. */
struct verdict_promise {
    int64_t due;       /* ms; 0 when working days are to be counted */
    uint16_t workdays; /* from the reply on; else 0 */
};

struct verdict {
    struct str identity; /* GUID, else normalised link, else content hash; never stored: the ledger
                            keeps a keyed hash of (source, identity) */
    /* By which an item is known again whose GUID changed: its normalised link, unless another item
     * of the feed has the same; a hash of its text (with its date when the text is short), unless
     * another has the same. Empty and 0: none. Kept as keyed hashes, as the identity is. */
    struct str alt_link;
    uint64_t alt_content;
    struct str link;     /* without user parts; may be empty */
    struct str title, text; /* masked; byte offsets equal the unmasked ones */
    int64_t published, modified; /* ms, 0 unknown */
    bool loose;          /* they may be others when they are read again later: see feeds/item.h */
    uint64_t content;    /* xxh3 of the masked title and text: an edit changes it */
    enum verdict_kind kind;
    enum verdict_request request;
    /* By falling score, those of rules first; of the model's only such as may stand alone. */
    struct verdict_tag *tags;
    size_t ntags;
    struct verdict_tag *proposed; /* by the model: for people to look at, no more */
    size_t nproposed;
    float doubt; /* 0-1: how near rules and model together are to the other opinion */
    struct verdict_region *regions;
    size_t nregions;
    /* Min-hash of folded 3-grams, set when tagged or no news (fingerprint.h). */
    uint32_t sketch[VERDICT_SKETCH];
    /* Hashed names, numbers and rare pairs (traits.h), of what is no news, and of tagged
     * news that raises a matter: what only reports joins as a copy alone. */
    uint32_t traits[VERDICT_TRAITS];
    struct str reply, reply_unit, reply_url; /* published official reply, masked; may be empty */
    int64_t reply_time;
    /* Of the reply, or of the item itself when it is the page of one (JOB_REPLY). */
    struct verdict_promise promises[VERDICT_PROMISES];
    uint8_t npromises;
    bool elsewhere; /* it names places, and none in or above the town's home: it opens no concern */
    uint32_t limits; /* regexes that gave up at a limit: they count as not found */
};

struct verdicts {
    struct arena *arena; /* owns everything */
    struct str rules;    /* version that judged */
    struct str format, encoding;
    struct verdict *list;
    size_t count;
    struct str *problems; /* English; of the feed as a whole */
    size_t nproblems;
    struct feed_hints hints;
    struct str next_url; /* the next page of a list; empty: none */
    bool few_authors;    /* see struct feed: it must not be a source */
};

/* What a verdict may hold at most: the judge keeps to it, the reader of an answer insists. */
enum {
    VERDICT_TITLE_MAX = 500,
    VERDICT_TEXT_MAX = 64 * 1024,
    VERDICT_LINK_MAX = 8192, /* also of an identity */
    VERDICT_HITS_MAX = 64,
    VERDICT_TAGS_MAX = 256,
    VERDICT_REGIONS_MAX = 16,
    VERDICT_COUNT_MAX = 100000,
    VERDICT_PROBLEMS_MAX = 1000
};

/* Empty verdicts with their arena, in which they lie themselves; NULL when memory is exhausted. */
struct verdicts *verdict_new(void);
void verdict_free(struct verdicts *v); /* harmless on NULL */
const char *verdict_kind_name(enum verdict_kind kind);          /* "raised" / "reported" */
const char *verdict_request_name(enum verdict_request request); /* "enquiry" … */
const char *verdict_request_zh(enum verdict_request request);   /* 咨询 … */
int verdict_kind_find(struct str name);    /* or -1 */
int verdict_request_find(struct str name); /* or -1 */

#endif
