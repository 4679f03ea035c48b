/* daemon/cli/rules_trial.h - rules with one topic file changed, compiled and measured beside the
 * real ones, which stay as they are. */
#ifndef HUIYING_DAEMON_CLI_RULES_TRIAL_H
#define HUIYING_DAEMON_CLI_RULES_TRIAL_H

#include "base/buf.h"
#include "classifiers/workbench/evaluate.h"

struct rules_trial;

/* A folder like `dir`, made of links in the temporary folder, except for the file of `topic`. NULL
 * after the reason was told. rules_trial_close() removes it. */
struct rules_trial *rules_trial_open(const char *dir, struct str topic);
void rules_trial_close(struct rules_trial *t);

const char *rules_trial_path(const struct rules_trial *t); /* of the topic's real file */
struct str rules_trial_text(const struct rules_trial *t);  /* what it holds */

/* Measure the rules with `text` in that file's place: 0; ERR_REFUSED when they do not compile, of
 * which nothing is told; ERR_IO or ERR_NOMEM. With `map` of the real rules. */
int rules_trial_run(struct rules_trial *t, struct str text, const struct samples *s,
                    const struct samples_map *map, struct evaluation **out);
/* How many examples of topics those rules fail; SIZE_MAX without rules or memory. */
size_t rules_trial_failing(const struct rules_trial *t);

#endif
