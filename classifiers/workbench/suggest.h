/* classifiers/workbench/suggest.h - terms that would find more of a topic, and those that find too
 * much. */
#ifndef HUIYING_CLASSIFIERS_SUGGEST_H
#define HUIYING_CLASSIFIERS_SUGGEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "classifiers/workbench/samples.h"

struct suggest_term {
    struct str text;
    size_t with, without; /* samples of the label, and others, that it stands in */
    double z; /* log-odds of the two, against a prior from both, in standard deviations */
};

struct suggest_terms {
    struct arena *arena; /* owns everything */
    struct suggest_term *list;
    size_t n;
};

/* Words and runs of 2 to 6 Chinese characters that samples with any of `labels` have more often
 * than others do (Monroe, Colaresi and Quinn 2008), best first, at most `most`: such as are
 * samples_common() among those samples, are not refused (refuse.h, by the shipped list and that of
 * the folder dir), hold nothing masked, and name no place. Of terms within each other that stand in
 * nearly the same samples the longest is kept. 0 or ERR_NOMEM; free with suggest_free(). */
int suggest_gains(const struct samples *s, uint64_t labels, const struct rules *rules,
                  const char *dir, size_t most, struct suggest_terms *out);
/* Terms that made the rules give the topic to samples without any of its labels, most often first;
 * `with`: how often they were right to. */
int suggest_costs(const struct samples *s, uint64_t labels, const struct rules *rules,
                  struct str topic, size_t most, struct suggest_terms *out);
void suggest_free(struct suggest_terms *t);
/* In which samples the term stands, folded as they are: stands[i] of each sample i. What the rules
 * make of the others does not depend on it. 0 or ERR_NOMEM. */
int suggest_stands(const struct samples *s, struct str term, bool *stands);

/* The element of a list that is this term, without indent and line break. 0 or ERR_NOMEM. */
int suggest_element(struct str term, double weight, struct buf *out);
/* The topic file `text` with one more term under `any`, comments and order kept: 0, ERR_UNSUPPORTED
 * when `any` is written on one line, or ERR_NOMEM. */
int suggest_insert(struct str text, struct str term, double weight, struct buf *out);
/* The text without the line of that term under `any`: ERR_NOTFOUND when it has none of its own. */
int suggest_remove(struct str text, struct str term, struct buf *out);
/* What changed between two texts of which one has lines that the other lacks, as a unified diff. */
int suggest_diff(const char *name, struct str before, struct str after, struct buf *out);

#endif
