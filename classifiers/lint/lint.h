/* classifiers/lint/lint.h - what is most likely not meant in rules that are not wrong: warnings,
 * each with its line and what to do. */
#ifndef HUIYING_CLASSIFIERS_LINT_H
#define HUIYING_CLASSIFIERS_LINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct lint {
    int64_t now; /* ms; for dates that are past; 0: none is */
    /* Items to count hits in, or NULL: the next one, borrowed until the call after; false at the
     * end. They are masked here; nothing of them is kept or told. */
    bool (*next)(void *arg, struct str *title, struct str *text);
    void *arg;
    double share; /* of the items, above which a term is too common */
};

/* A term in fewer items is never called common. */
enum { LINT_COMMON_LEAST = 2 };

struct buf;
struct regex;

/* Can a text make this folded pattern take more steps than a rule is given? It is asked of texts
 * of 2 * REGEX_REACH code points made from its own parts; nothing is claimed without one that did.
 * *before and *pump get the text's beginning and what is repeated in it. False when memory ends. */
bool lint_regex_explodes(struct str folded, struct buf *before, struct buf *pump);

#endif
