/* daemon/cli/rules_trial.h - rules with other texts of one topic, compiled and measured beside the
 * real ones, which stay as they are. */
#ifndef HUIYING_DAEMON_CLI_RULES_TRIAL_H
#define HUIYING_DAEMON_CLI_RULES_TRIAL_H

#include "base/buf.h"
#include "classifiers/workbench/evaluate.h"

struct rules_trial;

/* The rules of `dir`, in which other texts stand for the file of `topic`; to begin with that of
 * `edit`, when it is not NULL. NULL after the reason was told. */
struct rules_trial *rules_trial_open(const char *dir, struct str topic,
                                     const struct rules_edit *edit);
void rules_trial_close(struct rules_trial *t);

const char *rules_trial_path(const struct rules_trial *t); /* of the topic's real file */
struct str rules_trial_text(const struct rules_trial *t);  /* what it holds, or the edit does */

/* Measure the rules with `text` in that file's place: 0; ERR_REFUSED when they do not compile, of
 * which nothing is told; ERR_IO or ERR_NOMEM. With `map` of the real rules. */
int rules_trial_run(struct rules_trial *t, struct str text, const struct samples *s,
                    const struct samples_map *map, struct evaluation **out);
/* The same as evaluate_again() does it. */
int rules_trial_again(struct rules_trial *t, struct str text, const struct samples_map *map,
                      const struct evaluation *before, const bool *touches,
                      struct evaluation **out);
/* How many examples of topics those rules fail; SIZE_MAX without rules or memory. */
size_t rules_trial_failing(const struct rules_trial *t);

#endif
