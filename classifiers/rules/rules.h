/* classifiers/rules/rules.h - operators' topics: YAML in, one sealed position-independent block
 * out. */
#ifndef HUIYING_CLASSIFIERS_RULES_H
#define HUIYING_CLASSIFIERS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/problems.h"
#include "base/str.h"

enum { RULES_DEADLINES_MAX = 4 };

/* What the rest of the house needs of a topic. Borrowed from the rules. */
struct rules_topic {
    struct str id;       /* slug: wage-arrears */
    struct str name_zh, name_en;
    struct str role;     /* of the responsible unit, resolved in units.yaml */
    struct str grade;    /* proposed: "ordinary", "larger", "major", "grave" */
    struct str deadlines[RULES_DEADLINES_MAX]; /* rule ids: accept-2h, ordinary-48h */
    size_t ndeadlines;
    bool assess;  /* waits for 研判 before it is dispatched */
    bool learned; /* the model's opinion alone opens concerns */
    bool no_emergency; /* a grave matter of it is no 突发事件 */
    /* Where it was read, for who checks it against other files; a compiled set does not say. */
    const char *file;
    int line, role_line, grade_line, deadlines_line, deadline_lines[RULES_DEADLINES_MAX];
};

struct lint;

/* A topic's text that stands for a file under dir/topics, which is left as it is: what a folder
 * would say with it. */
struct rules_edit {
    struct str file; /* its name; of no file there: one more topic. Problems name it alone, without
                        a folder */
    struct str text; /* YAML */
};

/* What a place of use brings to a folder of rules. */
struct rules_town {
    const char *places; /* its own gazetteer file, beside dir's and the shipped ones; or NULL */
    /* Told of each topic that was read, also of one that has problems: what is wrong with it by
     * other files can be said in the same go. Borrowed for the call; may be NULL. */
    void (*topic)(void *arg, const struct rules_topic *topic);
    void *arg;
    const struct lint *lint; /* ask for warnings too (lint.h); or NULL: none */
    const struct rules_edit *edit; /* or NULL: the files as they are */
};

struct rules; /* a compiled set; immutable, any thread */

/* Where the shipped rules lie (their topics are not read from there): cue and region data missing
 * in a compiled folder come from it, and its refusals always hold. Default: the installed ones.
 * Call before threads start. */
void rules_set_shipped(const char *dir);

/* Compile every *.yaml under dir/topics, with dir's cue, refusal and region data, adding all
 * problems (schema, lints that are errors: no unit, no deadline, refused terms with the reason,
 * duplicate ids). NULL when any problem was found or memory ended. */
struct rules *rules_compile(const char *dir, struct problems *problems);
/* The same with what a place of use adds. */
struct rules *rules_compile_town(const char *dir, const struct rules_town *town,
                                 struct problems *problems);

/* Run every topic's match and nomatch examples; each failure becomes a problem. Count run. */
size_t rules_run_examples(const struct rules *rules, const char *dir, struct problems *problems);

/* The same, topic by topic: how many examples it has, and how many of them come out otherwise.
 * `each` is called in the order of the files; what it is given lives as long as the call. */
struct rules_tried {
    struct str topic;
    size_t match, nomatch, match_wrong, nomatch_wrong;
};

size_t rules_try_examples(const struct rules *rules, const char *dir,
                          void (*each)(void *arg, const struct rules_tried *tried), void *arg,
                          struct problems *problems);

/* The same as rules_run_examples() with a text that stands for a file; NULL: none does. */
size_t rules_run_examples_edited(const struct rules *rules, const char *dir,
                                 const struct rules_edit *edit, struct problems *problems);

/* The file under dir/topics that has the topic of this id: its name into `file` and its text into
 * *text, whose owner the caller is. 0, ERR_NOTFOUND, ERR_NOMEM, or ERR_* of reading it. */
int rules_topic_file(const char *dir, struct str id, struct buf *file, struct buf *text);
/* Append the id that a topic's text says, when it is one: 0, ERR_NOTFOUND, ERR_NOMEM. */
int rules_topic_id(struct str text, struct buf *id);

/* The block, in a sealed memfd that any process can map read-only. The fd belongs to rules. */
int rules_fd(const struct rules *rules);
/* Append the block's bytes, and rules from such bytes: NULL when they are no block, whole and of
 * this version, or memory ends. 0 or ERR_NOMEM. */
int rules_write(const struct rules *rules, struct buf *out);
struct rules *rules_read(struct str block);
/* Map a block made by rules_fd() (another process's): NULL when it is not one, whole and of this
 * version. */
struct rules *rules_map(int fd);
void rules_free(struct rules *rules);

/* First 16 hex digits of the block's hash: the version that each verdict names. */
const char *rules_version(const struct rules *rules);
size_t rules_topics(const struct rules *rules);
struct rules_topic rules_topic(const struct rules *rules, size_t i);
/* Index of a topic by id, or -1. */
int rules_find(const struct rules *rules, struct str id);
/* Terms and patterns as the rule files write them: what a hit names (verdict_hit). */
size_t rules_terms(const struct rules *rules);
struct str rules_term(const struct rules *rules, size_t i);
/* Name of a place, without its parents, by its division code; empty when the gazetteers lack it.
 * Borrowed from the rules. */
struct str rules_region_name(const struct rules *rules, struct str code);

#endif
