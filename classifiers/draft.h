/* classifiers/draft.h - rules while they are read: terms and what each is used for. */
#ifndef HUIYING_CLASSIFIERS_DRAFT_H
#define HUIYING_CLASSIFIERS_DRAFT_H

#include "base/arena.h"
#include "base/conf.h"
#include "classifiers/refuse.h"
#include "classifiers/rules_block.h"

struct draft_term {
    struct str text; /* as written first */
    uint32_t *cp;    /* folded */
    size_t n;
    size_t last_use; /* 1 + index of its latest use; 0: none */
};

struct draft_use {
    struct block_use use;
    uint32_t term;
    size_t previous; /* of the same term, as last_use */
    int line;
};

struct draft_set {
    struct str id, zh, en, role, grade, deadlines[RULES_DEADLINES_MAX];
    uint32_t ndeadlines, first_pattern, npatterns;
    float threshold;
    const char *file;
    int line;
};

struct draft_place {
    struct str code, name;
    int line;
};

struct draft_list { /* growing array; zero-initialise */
    void *list;
    size_t n, cap;
};

struct draft {
    struct arena *arena;
    struct problems *problems;
    const struct rules_town *town;
    struct refuse *refuse;
    struct draft_list terms, uses, sets, patterns, groups, places, notbefore;
    struct draft_list table; /* hash of terms: 1 + index, 0 free */
    float prior[BLOCK_SOURCES];
    uint32_t ntopics;
    bool nomem;
};

#define DRAFT_AT(d, what, type, i) (&((type *)(d)->what.list)[i])

/* One more zeroed element of `size` bytes at the list's end, or NULL (nomem latched). */
void *draft_more(struct draft *d, struct draft_list *list, size_t size);
struct draft *draft_new(struct problems *problems);
void draft_free(struct draft *d);

/* Put a term to a use; its text, weight and field come from `node` ("text" or a map). Too short,
 * too long, refused and duplicate terms become problems. */
void draft_add_term(struct draft *d, const struct conf_node *node, struct block_use use);
/* The same for a text that stands on its own. */
void draft_add_text(struct draft *d, const struct conf_node *at, struct str text,
                    struct block_use use);
/* Read the keys any, all and none of `map` into set. */
void draft_add_terms(struct draft *d, const struct conf_node *map, uint32_t set);

/* Schema of one term, and rows for any, all and none. */
extern const struct conf_key draft_term_key;
#define DRAFT_TERM_ROWS                                                                            \
    {.name = "any", .forms = CONF_LIST, .element = &draft_term_key},                               \
        {.name = "all", .forms = CONF_LIST, .element = &draft_all_key},                            \
    {                                                                                              \
        .name = "none", .forms = CONF_LIST, .element = &draft_term_key                             \
    }
extern const struct conf_key draft_all_key;

/* rules_load.c: read a whole rules folder into the draft. */
void draft_load(struct draft *d, const char *dir);
/* regions.c: one gazetteer file. */
void draft_load_places(struct draft *d, const char *path);
/* cues.c: the cue file. */
void draft_load_cues(struct draft *d, const char *path);
/* rules_compile.c: the block; 0 or ERR_NOMEM. */
int draft_compile(const struct draft *d, struct buf *out);

/* The shipped file or folder `name`, into out: false when it is not there. */
bool draft_shipped(const char *name, char *out, size_t size);
/* The sorted *.yaml of a folder: count, or -1 when it cannot be read. Free each and the list. */
int draft_files(const char *dir, char ***out);

#endif
