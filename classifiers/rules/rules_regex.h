/* classifiers/rules/rules_regex.h - regular expressions of rules, tried within limits
 * (pcre2api). */
#ifndef HUIYING_CLASSIFIERS_RULES_REGEX_H
#define HUIYING_CLASSIFIERS_RULES_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    REGEX_BYTES_MAX = 500,
    REGEX_REACH = 200,      /* code points to each side of what called it */
    REGEX_BUDGET = 32 * 1024 /* code points that all tries on one item may look at */
};

struct regex;

/* Compile a folded pattern. NULL: it is not one, and *why gets PCRE2's own words (English) after
 * the place in code points; or it may match nothing at all (`empty` set); or memory ended (why
 * stays empty). */
struct regex *regex_new(struct str folded, bool *empty, struct buf *why);
void regex_free(struct regex *x);

enum { REGEX_NONE, REGEX_FOUND, REGEX_LIMIT };

/* First match in cp[0 .. n), which must be Unicode scalar values as fold_text() gives them:
 * REGEX_FOUND with its place, else REGEX_NONE; REGEX_LIMIT when it would have taken more steps,
 * depth or heap than a rule is given. ^ and $ are the ends of cp. */
int regex_try(const struct regex *x, const uint32_t *cp, size_t n, size_t *start, size_t *end);

/* Does it take more steps on cp[0 .. n) than a rule is given, however much depth and heap it had?
 * For who looks for such texts. */
bool regex_runs_away(const struct regex *x, const uint32_t *cp, size_t n);

#endif
