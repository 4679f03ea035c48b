/* classifiers/rules/rules_tree.h - conditions of rules over the hits of one text. */
#ifndef HUIYING_CLASSIFIERS_RULES_TREE_H
#define HUIYING_CLASSIFIERS_RULES_TREE_H

#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_eval.h"
#include "classifiers/text/fold.h"

struct tree_mark { /* one use of one hit */
    uint32_t hit, use;     /* use: of uses_table() */
    uint32_t target, root; /* of the use, as what and role */
    uint8_t what, role;
    bool counts; /* it is part of what was decided */
    bool near;   /* it stood in a window of its pattern */
    bool silent; /* something vetoes its set in its sentence */
};

struct tree_found { /* what a regex found */
    uint32_t regex, start, end; /* folded code points */
    bool counts;
};

struct trees; /* scratch over one set of rules; one per thread */

struct trees *trees_new(const struct rules *rules); /* rules must outlive it */
void trees_free(struct trees *t);

/* Begin a text; what is passed must live until the next. */
void trees_item(struct trees *t, const struct fold *f, const struct matcher_hits *hits,
                const struct eval_about *about);
/* Where the text's sentences end, rising, and how many ends stand before each hit: before any mark
 * is fed; they must live as long. */
void trees_sentences(struct trees *t, const uint32_t *stops, size_t n, const uint32_t *sentence);
/* Forget what was fed: another set of the text, or another sentence, begins. */
void trees_turn(struct trees *t);
/* Does the scope hold for this text? */
bool trees_scope(struct trees *t, uint32_t scope);
/* Give marks[mark], whose use is neither BLOCK_ANY nor BLOCK_NONE, to its tree. By rising start
 * of the hits. 0 or ERR_NOMEM. */
int trees_feed(struct trees *t, struct tree_mark *marks, uint32_t mark);
/* The same of those n marks of list[] that count for something and are not silent. */
int trees_feed_heard(struct trees *t, struct tree_mark *marks, const uint32_t *list, size_t n);
/* The roots that were fed since trees_turn(). */
size_t trees_touched(const struct trees *t, const uint32_t **roots);
/* Is it met by what was fed? *title: by what stands in the title. */
bool trees_met(struct trees *t, uint32_t root, bool *title);
/* After trees_met() said yes: note which marks, of which list[] holds all that are neither
 * BLOCK_ANY nor BLOCK_NONE, and which finds of its regexes made it so. */
void trees_count(struct trees *t, uint32_t root, struct tree_mark *marks, const uint32_t *list,
                 size_t n);
/* What regexes found in this text. */
size_t trees_finds(const struct trees *t, const struct tree_found **found);
/* How often a regex of this text ran into a limit. */
uint32_t trees_limits(const struct trees *t);

#endif
