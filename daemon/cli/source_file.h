/* daemon/cli/source_file.h - one source in a YAML file of its own, as commands take it. */
#ifndef HUIYING_DAEMON_CLI_SOURCE_FILE_H
#define HUIYING_DAEMON_CLI_SOURCE_FILE_H

#include "feeds/source/source.h"

/* Read the file, by the shipped presets where it names one: 0 and *out (release with free()), or
 * the exit status after every problem was told with its line. */
int source_file_load(const char *file, struct source **out);

#endif
