/* daemon/config/config_rules.h - a folder of rules as the town of a configuration has it: its own
 * places, units and deadlines. */
#ifndef HUIYING_DAEMON_CONFIG_RULES_H
#define HUIYING_DAEMON_CONFIG_RULES_H

#include "classifiers/lint/lint.h"
#include "daemon/config/config.h"

/* Compile the folder with the town's places, and check each topic against its units and deadlines
 * (those that could not be loaded are NULL, and not checked against). All problems are added; NULL
 * when there was one. */
struct rules *config_rules_compile(const struct config *c, const char *dir,
                                   struct problems *problems);
/* The same, and the topics' examples are run and what `lint` asks for is added as warnings: what a
 * reload asks of rules. *examples (may be NULL) receives how many were run. */
struct rules *config_rules_check(const struct config *c, const char *dir,
                                 const struct lint *lint, struct problems *problems,
                                 size_t *examples);
/* The same with a topic's text that stands for a file of the folder. */
struct rules *config_rules_check_edited(const struct config *c, const char *dir,
                                        const struct rules_edit *edit, const struct lint *lint,
                                        struct problems *problems, size_t *examples);

#endif
