/* classifiers/rules/rules_block.h - how compiled rules lie in their one position-independent
 * block. */
#ifndef HUIYING_CLASSIFIERS_RULES_BLOCK_H
#define HUIYING_CLASSIFIERS_RULES_BLOCK_H

#include <stdint.h>

#include "base/buf.h"
#include "classifiers/rules/rules.h"

enum {
    BLOCK_VERSION = 10,
    BLOCK_PATTERN_GROUPS = 8,
    BLOCK_SOURCES = 4,
    BLOCK_WITHIN_MAX = 2000,
    BLOCK_MIN_MAX = 100,   /* the largest minimum count */
    BLOCK_NODES_MAX = 4096, /* of one root */
    BLOCK_STREET_MAX = 24, /* characters of a street's name */
    BLOCK_BUCKET_SHIFT = 50, /* of a hash: 14 bits are left */
    BLOCK_BUCKETS = 1 << 14,
    BLOCK_TAIL_BITS = 16,
    BLOCK_ENDS = 1 << 20,
    BLOCK_FIRSTS = 4096
};

/* Sets of terms after the topics. */
enum block_cue {
    BLOCK_RAISED,
    BLOCK_REPORTED,
    BLOCK_REQUESTS, /* five, in the order of enum verdict_request */
    BLOCK_CUES = BLOCK_REQUESTS + 5
};

/* How a text is built, see kind.h. */
enum block_form {
    FORM_FIRST_PERSON,
    FORM_QUESTION,
    FORM_ENDING_LE,
    FORM_NEGATION,
    FORM_AUTHORITY,
    FORM_DOCUMENT,
    FORM_BOOK_MARKS,
    FORM_SHARE,
    FORM_ENDING_BA,
    FORM_TOO,
    FORM_DONE,
    FORM_ANSWERED,
    FORM_OURS,
    FORM_PLEA,
    FORM_THANKS,
    FORM_WORDING_RAISED,
    FORM_WORDING_REPORTED,
    FORM_WORDING_ENQUIRY, /* five, in the order of enum verdict_request */
    FORM_WORDING_HELP,
    FORM_WORDING_SUGGESTION,
    FORM_WORDING_COMPLAINT,
    FORM_WORDING_REPORT,
    BLOCK_FORMS
};

enum block_what {
    BLOCK_ANY,   /* target unused: evidence by itself */
    BLOCK_NONE,  /* target unused: silences the set's hits in its sentence */
    BLOCK_GROUP, /* target: group of a pattern */
    BLOCK_LEAF,  /* target: node of kind NODE_TERM */
    BLOCK_NEEDS, /* target: node of kind NODE_REGEX, which is tried where this stands */
    BLOCK_PLACE  /* target: place; set: enum block_name */
};

/* What a term is to the place of a BLOCK_PLACE. */
enum block_name {
    NAME_OWN,    /* of a town's own file: counts wherever it stands */
    NAME_FULL,   /* 岳麓区 */
    NAME_ALIAS,  /* 岳麓 */
    NAME_BEHIND, /* a word besides: counts only right behind the name of a place above */
    NAME_NONE,   /* no place, though it holds the name of one; target unused */
    NAME_KINDS
};

enum block_field { BLOCK_BOTH, BLOCK_TITLE, BLOCK_TEXT };
enum block_grade { BLOCK_ORDINARY, BLOCK_LARGER, BLOCK_MAJOR, BLOCK_GRAVE, BLOCK_GRADES };

struct block_text { /* in the strings section, NUL after it */
    uint32_t off, n;
};

struct block_set {
    struct block_text id, zh, en, role, deadlines[RULES_DEADLINES_MAX];
    uint32_t ndeadlines, grade, scope;
    float threshold; /* of the score; unused by cues */
    uint32_t assess;  /* 1: waits for 研判 before it is dispatched */
    uint32_t learned; /* 1: the model's opinion alone is enough */
    uint32_t no_emergency; /* 1: a grave matter of it is no 突发事件 */
};

/* Where and when something holds. The first one of a block holds always. */
struct block_scope {
    uint32_t first_code, ncodes; /* prefixes of division codes, one of which must fit; 0: any */
    uint32_t sources;            /* bits 1 << enum judge_source; 0: any */
    int32_t from, until;         /* days since 1970 in China, both included */
};

enum block_role { ROLE_ANY, ROLE_NONE, ROLE_GRADE };

/* A condition of more than one term: a tree of nodes, in the order of reading. */
struct block_root {
    uint32_t set, first_node, nnodes, role;
    uint32_t grade; /* ROLE_GRADE: proposed when it is met */
    float weight;
};

enum block_kind {
    NODE_TERM,  /* at least `min` hits of its terms */
    NODE_NEAR,  /* target: a pattern */
    NODE_REGEX, /* target: a regex */
    NODE_GROUP, /* at least `min` of its children: all for and, one for or */
    NODE_NOT,   /* none of its children */
    NODE_KINDS
};

struct block_node {
    uint32_t kind, root, target, min, scope;
    uint32_t size;    /* nodes of its sub-tree, itself included: its children follow it */
    uint32_t negated; /* stands under an odd number of NODE_NOT */
};

struct block_pattern {
    uint32_t node, first_group, ngroups;
    uint32_t within;   /* code points from the start of its first hit to the end of its last */
    uint32_t sentence; /* 1: within one sentence too */
};

struct block_group {
    uint32_t pattern;
};

struct block_regex {
    struct block_text written, folded; /* in the rule file; as PCRE2 gets it */
    uint32_t node;
};

struct block_term {
    struct block_text text; /* as the rule file writes it */
    uint32_t first_use, nuses;
    uint32_t nplaces; /* uses that are BLOCK_PLACE */
    uint32_t ntopics; /* uses by topics: of the others, cues have some that are everyday words */
};

struct block_use {
    uint32_t set, target, scope;
    uint32_t root; /* of its tree: BLOCK_GROUP, BLOCK_LEAF, BLOCK_NEEDS */
    uint8_t what, field;
    uint16_t role; /* what it comes to in the end */
    float weight;
};

struct block_place {
    struct block_text code, name;
};

/* Streets and towns are not terms: there are ten times as many as all the rest. They are looked up
 * by their names' hashes where a text holds the last two characters of one. */
struct block_street {
    uint64_t hash; /* regions_hash() of the folded name */
    uint32_t place;
    uint32_t bare; /* without its 镇 or 乡: counts only right behind its county or city */
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
    uint32_t nnotbefore, pad2; /* the others are for full names */
    /* Of either list a bit for each first code point: most places need no look at the words. */
    uint64_t firsts[2][BLOCK_FIRSTS / 64];
    float prior[BLOCK_SOURCES]; /* towards "raised": news, board, official, unknown */
    float request_prior[BLOCK_CUES - BLOCK_REQUESTS]; /* evidence for each before any word */
    float forms[BLOCK_CUES][BLOCK_FORMS]; /* evidence that each form is for each cue */
    struct block_span strings, sets, scopes, codes, roots, nodes, patterns, groups, regexes, terms,
        uses, named, places, bycode, notbefore, streets, buckets, tails, ends,
        matcher,
        model; /* a file of learn.h, or nothing */
};

extern const char block_magic[8];

struct rules {
    int fd;
    size_t size;
    const struct block_header *head;
    const char *strings;
    const struct block_set *sets;
    const struct block_scope *scopes;
    const struct block_text *codes;
    const struct block_root *roots;
    const struct block_node *nodes;
    const struct block_pattern *patterns;
    const struct block_group *groups;
    const struct block_regex *regexes;
    const struct block_term *terms;
    const struct block_use *uses;
    const uint8_t *named; /* of each term a bit: it has uses that are BLOCK_PLACE */
    const struct block_place *places;
    const uint32_t *bycode; /* indices of places, in the order of their codes */
    const struct block_text *notbefore; /* what makes a place's name that of a road or dish */
    const struct block_street *streets; /* by hash */
    const uint32_t *buckets; /* BLOCK_BUCKETS + 1: where the hashes with these first bits begin */
    const uint32_t *tails;   /* 1 << BLOCK_TAIL_BITS bits, as matcher_pairs() asks for them: the
                                last two characters of a street's name */
    const uint32_t *ends;    /* BLOCK_ENDS bits, see regions_end() and regions_whole() */
    const void *matcher;
    const void *model; /* head->model.count bytes */
    char version[17];
};

/* Seal `block` into a memfd and map it. NULL: memory or descriptors ended, or it does not check. */
struct rules *block_seal(struct str block);
/* rules_check.c: do all numbers in the sections of a block, which lie within it, point at what they
 * should? */
bool block_check(const struct rules *r);

extern const char *const block_grades[BLOCK_GRADES + 1]; /* their names, NULL after them */

/* Index of the place with this code, or -1. */
int64_t block_place_find(const struct rules *r, struct str code);

/* Not a cue's, nor the name of a place. */
static inline bool block_of_topic(const struct block_use *use, uint32_t ntopics)
{
    return use->what != BLOCK_PLACE && use->set < ntopics;
}

static inline bool block_names_place(const struct rules *r, uint32_t term)
{
    return r->named[term / 8] >> term % 8 & 1;
}

static inline struct str block_str(const struct rules *r, struct block_text t)
{
    return (struct str){r->strings + t.off, t.n};
}

#endif
