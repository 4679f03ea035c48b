/* classifiers/rules_block.h - how compiled rules lie in their one position-independent block. */
#ifndef HUIYING_CLASSIFIERS_RULES_BLOCK_H
#define HUIYING_CLASSIFIERS_RULES_BLOCK_H

#include <stdint.h>

#include "base/buf.h"
#include "classifiers/rules.h"

enum { BLOCK_VERSION = 2, BLOCK_PATTERN_GROUPS = 8, BLOCK_SOURCES = 4, BLOCK_WITHIN_MAX = 2000 };

/* Sets of terms after the topics. */
enum block_cue {
    BLOCK_RAISED,
    BLOCK_REPORTED,
    BLOCK_REQUESTS, /* five, in the order of enum verdict_request */
    BLOCK_CUES = BLOCK_REQUESTS + 5
};

enum block_what {
    BLOCK_ANY,   /* target unused: evidence by itself */
    BLOCK_GROUP, /* target: group of a pattern */
    BLOCK_NONE,  /* target unused: silences the set's hits in its sentence */
    BLOCK_PLACE  /* target: place; set unused */
};

enum block_field { BLOCK_BOTH, BLOCK_TITLE, BLOCK_TEXT };

struct block_text { /* in the strings section, NUL after it */
    uint32_t off, n;
};

struct block_set {
    struct block_text id, zh, en, role, grade, deadlines[RULES_DEADLINES_MAX];
    uint32_t ndeadlines;
    uint32_t first_pattern, npatterns;
    float threshold; /* of the score; unused by cues */
};

struct block_pattern {
    uint32_t set, first_group, ngroups;
    uint32_t within; /* code points from the start of its first hit to the end of its last */
    float weight;
};

struct block_group {
    uint32_t pattern;
};

struct block_term {
    struct block_text text; /* as the rule file writes it */
    uint32_t first_use, nuses;
};

struct block_use {
    uint32_t set, target;
    uint16_t what, field;
    float weight;
};

struct block_place {
    struct block_text code, name;
};

struct block_span {
    uint32_t off, count; /* bytes from the block's start; elements (strings, matcher: bytes) */
};

struct block_header {
    char magic[8];
    uint32_t version, header_size;
    uint64_t size;
    uint64_t checksum; /* xxh3 of everything after it: it ends where checked content begins */
    uint32_t ntopics, pad;
    float prior[BLOCK_SOURCES]; /* towards "raised": news, board, official, unknown */
    struct block_span strings, sets, patterns, groups, terms, uses, places, bycode, notbefore,
        matcher;
};

extern const char block_magic[8];

struct rules {
    int fd;
    size_t size;
    const struct block_header *head;
    const char *strings;
    const struct block_set *sets;
    const struct block_pattern *patterns;
    const struct block_group *groups;
    const struct block_term *terms;
    const struct block_use *uses;
    const struct block_place *places;
    const uint32_t *bycode; /* indices of places, in the order of their codes */
    const struct block_text *notbefore; /* what makes a place's name that of a street or dish */
    const void *matcher;
    char version[17];
};

/* Seal `block` into a memfd and map it. NULL: memory or descriptors ended, or it does not check. */
struct rules *block_seal(struct str block);

/* Index of the place with this code, or -1. */
int64_t block_place_find(const struct rules *r, struct str code);

static inline struct str block_str(const struct rules *r, struct block_text t)
{
    return (struct str){r->strings + t.off, t.n};
}

#endif
