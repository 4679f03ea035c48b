/* classifiers/rules/draft.h - rules while they are read: terms and what each is used for. */
#ifndef HUIYING_CLASSIFIERS_DRAFT_H
#define HUIYING_CLASSIFIERS_DRAFT_H

#include "base/arena.h"
#include "base/conf.h"
#include "classifiers/rules/refuse.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/text/fold.h"

struct draft_mark { /* where something was written */
    const char *file; /* lives as long as the draft */
    int line;
};

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
    struct draft_mark at;
};

struct draft_set {
    struct str id, zh, en, role, deadlines[RULES_DEADLINES_MAX];
    uint32_t ndeadlines, grade, scope;
    float threshold;
    bool assess, learned, no_emergency;
    const char *file;
    int line, threshold_line, valid_line;
    bool match, nomatch; /* has such examples */
};

struct draft_regex {
    struct str written, folded;
    uint32_t node;
};

struct draft_words { /* a list of terms that topics share */
    struct str name;
    struct conf_doc *doc;
    const struct conf_node **terms; /* those that may be used */
    size_t n;
    bool used;
};

struct draft_place {
    struct str code, name;
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
    struct draft_list terms, uses, sets, scopes, codes, roots, nodes, patterns, groups, regexes,
        places, notbefore, notfull, behind, streets, street_tails, street_ends, words;
    struct draft_list node_marks, root_marks; /* of each node, of each root */
    const char *dir; /* being read */
    const char *file; /* the latest name that draft_mark() gave */
    struct draft_list table; /* hash of terms: 1 + index, 0 free */
    struct draft_list codes_known; /* the same of places' codes */
    struct fold fold; /* scratch */
    struct buf model; /* a file of learn.h; empty: none */
    float prior[BLOCK_SOURCES], request_prior[BLOCK_CUES - BLOCK_REQUESTS];
    float forms[BLOCK_CUES][BLOCK_FORMS];
    uint32_t ntopics;
    bool nomem;
};

#define DRAFT_AT(d, what, type, i) (&((type *)(d)->what.list)[i])

/* One more zeroed element of `size` bytes at the list's end, or NULL (nomem latched). */
void *draft_more(struct draft *d, struct draft_list *list, size_t size);
struct draft *draft_new(struct problems *problems);
void draft_free(struct draft *d);

/* Where this node stands, told after its document is closed too. */
struct draft_mark draft_mark(struct draft *d, const struct conf_node *at);
/* Index of the term with this folded spelling, or -1. */
int64_t draft_find(const struct draft *d, const uint32_t *cp, size_t n);

/* Put a text to a use. Too short, too long, refused and duplicate terms become problems. */
void draft_add_text(struct draft *d, const struct conf_node *at, struct str text,
                    struct block_use use);
/* The same for a term of a shared list: what the set has already is left as it is. */
void draft_add_shared(struct draft *d, const struct conf_node *at, struct str text,
                      struct block_use use);
/* Length and refusals alone: may this be a term? `f`: its folded form. */
bool draft_check_term(struct draft *d, const struct conf_node *at, struct str text,
                      const struct fold *f, bool place);
/* Index of the term that folds to the same, or -1. */
int64_t draft_find_term(struct draft *d, struct str text);
/* The field that the form's key `in` names; both when it has none. */
uint8_t draft_field(const struct conf_node *form);
/* Tells it when the list is empty. */
bool draft_empty_list(struct draft *d, const struct conf_node *list);

/* draft_terms.c: read the keys any, all and none of `map` into set. */
void draft_add_terms(struct draft *d, const struct conf_node *map, uint32_t set);

/* draft_form.c: one form under any, none or grades, see huiying-rules(5). */
void draft_add_form(struct draft *d, const struct conf_node *node, uint32_t set,
                    enum block_role role, enum block_grade grade);
/* A pattern that must be met on the whole text, as `all` asks. */
void draft_add_pattern(struct draft *d, const struct conf_node *groups, uint32_t set,
                       int64_t within, double weight);

/* draft_scope.c: keys regions, sources and valid of `map`: index of the scope, 0: none. */
uint32_t draft_scope(struct draft *d, const struct conf_node *map);

/* draft_words.c: read a folder's own lists; find one, there or among the shipped; NULL: none,
 * which is told at `at`. */
void draft_load_words(struct draft *d);
const struct draft_words *draft_words_find(struct draft *d, const struct conf_node *at);
void draft_words_free(struct draft *d);

/* draft_regex.c: check and fold the pattern of the form `node` for the node of that index, whose
 * literals are put to `use`. */
void draft_add_regex(struct draft *d, const struct conf_node *form, uint32_t node,
                     struct block_use use);

/* draft_keys.c: schema of a form; rows for any, all and none, and those of a scope. */
extern const struct conf_key draft_form_key, draft_form_keys[], draft_all_key;
#define DRAFT_TERM_ROWS                                                                            \
    {.name = "any", .forms = CONF_LIST, .element = &draft_form_key},                               \
        {.name = "all", .forms = CONF_LIST, .element = &draft_all_key},                            \
    {                                                                                              \
        .name = "none", .forms = CONF_LIST, .element = &draft_form_key                             \
    }
extern const struct conf_key draft_code_key, draft_source_key, draft_valid_keys[];
#define DRAFT_SCOPE_ROWS                                                                           \
    {.name = "regions", .forms = CONF_LIST, .element = &draft_code_key},                           \
        {.name = "sources", .forms = CONF_LIST, .element = &draft_source_key},                     \
    {                                                                                              \
        .name = "valid", .forms = CONF_MAP, .keys = draft_valid_keys                               \
    }
/* Of a topic's file. */
extern const struct conf_key draft_topic_keys[];

/* rules_load.c: read a whole rules folder into the draft. */
void draft_load(struct draft *d, const char *dir);
/* regions_load.c: one gazetteer file; when all are read, mark the names that only count behind
 * their parents'. */
void draft_load_places(struct draft *d, const char *path);
void draft_mark_behind(struct draft *d);
/* regions_index.c: the streets' part of the block. */
void draft_index_streets(struct draft *d, struct buf *buckets, struct buf *tails, struct buf *ends);
/* cues.c: the cue file. */
void draft_load_cues(struct draft *d, const char *path);
/* rules_compile.c: the block; 0 or ERR_NOMEM. */
int draft_compile(struct draft *d, struct buf *out);

/* The shipped file or folder `name`, into out: false when it is not there. */
bool draft_shipped(const char *name, char *out, size_t size);
/* The sorted *.yaml of a folder: count, or -1 when it cannot be read. Free each and the list. */
int draft_files(const char *dir, char ***out);
/* The topic files of dir's folder: as draft_files(), with the edit's name (if not NULL) in the
 * place of its file, or at the end. */
int draft_topics(const char *dir, const struct rules_edit *edit, char ***out);
/* One of them, from the edit when it is that. */
struct conf_doc *draft_topic_doc(const char *path, const struct rules_edit *edit,
                                 struct problems *problems);

#endif
