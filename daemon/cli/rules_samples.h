/* daemon/cli/rules_samples.h - what the workbench reads: rules, labelled files, map. */
#ifndef HUIYING_DAEMON_CLI_RULES_SAMPLES_H
#define HUIYING_DAEMON_CLI_RULES_SAMPLES_H

#include "classifiers/workbench/samples.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/places.h"
#include "daemon/cli/rules_edited.h"

struct rules_samples {
    struct samples *samples;
    struct rules *rules; /* NULL: none were asked for */
    struct samples_map map;
    char dir[PLACES_MAX]; /* of the rules */
    struct rules_edited edited;
};

/* Read the labelled files ("-" without any), with --marks what operators said: 0, or the exit
 * status after every problem was told. */
int rules_samples_read(const struct cli_args *args, struct rules_samples *out);
/* The same, and compile the command's --rules and read its --map; `edits`: it has --topic and
 * --edit, which hold. */
int rules_samples_open(const struct cli_args *args, bool edits, struct rules_samples *out);
void rules_samples_close(struct rules_samples *r);

/* The first line or so of a sample, for a table: at most `width` columns, in one line. */
void rules_samples_brief(struct buf *out, const struct sample *s, int width);
/* Name of a label; "无 none" below 0. */
struct str rules_samples_label(const struct samples *s, int label);

#endif
