/* daemon/cli/lines.h - JSON Lines read one at a time, as they arrive. */
#ifndef HUIYING_DAEMON_CLI_LINES_H
#define HUIYING_DAEMON_CLI_LINES_H

#include <stdio.h>

#include "base/str.h"

struct lines {
    const char *name; /* of the file, for messages; "-" is standard input */
    FILE *from;
    char *text;
    size_t cap;
    int number; /* of the last line, from 1 */
    int status; /* for lines_close() */
};

/* "-" is standard input. 0, or the exit status after the reason was told. */
int lines_open(struct lines *l, const char *file);
/* The next line that is not blank, without its end: 1; 0 at the end of the file, or where it cannot
 * be read on, which is told. */
int lines_next(struct lines *l, struct str *line);
/* 0, or the exit status of a file that could not be read to its end: what was read is not all. */
int lines_close(struct lines *l);

#endif
