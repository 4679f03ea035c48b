/* daemon/cli/rules_edited.h - the options --topic and --edit: a text that stands for a topic's
 * file, before it is saved. */
#ifndef HUIYING_DAEMON_CLI_RULES_EDITED_H
#define HUIYING_DAEMON_CLI_RULES_EDITED_H

#include "classifiers/rules/rules.h"
#include "daemon/cli/cli.h"

struct rules_edited {
    struct buf file, text;
    struct rules_edit edit;       /* of them */
    const struct rules_edit *given; /* it, or NULL: the files as they are */
};

/* Read --edit, which takes the place of the file that the topic of --topic has in dir; without a
 * topic it is one more. 0, or the exit status after the reason was told; rules_edited_free() in
 * both cases. */
int rules_edited_read(const struct cli_args *args, const char *dir, struct rules_edited *out);
void rules_edited_free(struct rules_edited *e);

#endif
