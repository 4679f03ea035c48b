/* daemon/cli/rules_marks.h - what operators said of verdicts, as labelled samples. */
#ifndef HUIYING_DAEMON_CLI_RULES_MARKS_H
#define HUIYING_DAEMON_CLI_RULES_MARKS_H

#include "classifiers/workbench/samples.h"

/* Add the marked items whose texts are still kept, of marks since then (corpus_since(); NULL: all),
 * from the daemon. The label of an item is the topic that it should have; or the one that it
 * had, if that is said to be right; else SAMPLES_NONE. What only its kind or request is said of has
 * the topic that it was given. 0, or the exit status after the reason was told. */
int rules_marks_read(struct samples *s, const char *since);

#endif
