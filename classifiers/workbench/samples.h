/* classifiers/workbench/samples.h - items with the labels that people gave them: what rules are
 * measured on and models are made of. */
#ifndef HUIYING_CLASSIFIERS_SAMPLES_H
#define HUIYING_CLASSIFIERS_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/problems.h"
#include "base/str.h"
#include "classifiers/rules/rules.h"

enum { SAMPLES_LABELS_MAX = 64, SAMPLES_MAX = 1000000 };

/* Law 6: what is learned from texts must stand in so many, from so many sources. */
enum { SAMPLES_ITEMS_LEAST = 5, SAMPLES_SOURCES_LEAST = 3 };

struct sample {
    struct str id;
    struct str title, text; /* masked */
    uint64_t source;        /* hash of the name of its source; 0: not told */
    uint64_t labels;        /* bit i: label i of the set; may be none */
    struct sample_about {   /* -1: not told */
        int8_t from;        /* enum source_kind of its source */
        int8_t kind;        /* enum verdict_kind that it should be given */
        int8_t request;     /* enum verdict_request likewise */
    } about;
};

/* The label of what has no topic: rules that give none are right there. */
#define SAMPLES_NONE "none"

struct samples { /* read-only outside samples.c */
    struct arena *arena; /* owns everything */
    struct sample *list;
    size_t n, cap;
    struct str labels[SAMPLES_LABELS_MAX];
    size_t nlabels;
    size_t unsourced; /* samples whose source is not told */
};

struct samples *samples_new(void); /* NULL when memory is exhausted */
void samples_free(struct samples *s);

/* Index of a label, which is added when it is new: ERR_LIMIT past SAMPLES_LABELS_MAX, ERR_NOMEM. */
int samples_label(struct samples *s, struct str name);
/* Add one; everything is copied, title and text are masked and cut as a worker does. Must be valid
 * UTF-8. `source` may be empty, `about` NULL: nothing is told. 0, ERR_LIMIT or ERR_NOMEM. */
int samples_add(struct samples *s, struct str id, struct str title, struct str text,
                struct str source, uint64_t labels, const struct sample_about *about);
/* Add one JSON line {"id","title","body"|"content_text","label"|"labels","source","kind",
 * "request"}: 0, ERR_SYNTAX with *problem set to static text, ERR_LIMIT or ERR_NOMEM. */
int samples_add_json(struct samples *s, struct str line, const char **problem);
/* Every sample has exactly one label. */
bool samples_single(const struct samples *s);
/* Is a thing that `items` samples of `sources` different told sources hold common enough to be
 * kept? Where no source is told at all, items alone decide. */
bool samples_common(const struct samples *s, size_t items, size_t sources);

/* Which labels each topic of the rules stands for. */
struct samples_map {
    uint64_t *labels; /* of each topic, in the order of the rules */
    size_t ntopics;
};

/* Read `topics: {TOPIC: LABEL | [LABEL, …]}` from path; NULL: a topic stands for the label that is
 * its id. Labels not met in the samples are added to them. 0, ERR_SYNTAX when problems were added,
 * or ERR_NOMEM. */
int samples_map_load(struct samples *s, const struct rules *rules, const char *path,
                     struct problems *problems, struct samples_map *out);
/* Call a label for which exactly one topic stands, which stands for no other, by the topic's id. */
void samples_map_rename(struct samples *s, const struct rules *rules, const struct samples_map *m);
void samples_map_free(struct samples_map *m);

#endif
