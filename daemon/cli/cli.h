/* daemon/cli/cli.h - the command huiying: one table of commands, one way to read options. */
#ifndef HUIYING_DAEMON_CLI_CLI_H
#define HUIYING_DAEMON_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <sysexits.h>

#include "base/buf.h"

struct json_t;

enum { CLI_OPTIONS = 12 };

struct cli_option {
    const char *name;     /* without "--"; NULL ends */
    const char *argument; /* what follows it, or NULL: a flag */
    const char *help;     /* zh (en) */
};

struct cli_args {
    const struct cli_command *command;
    const char *values[CLI_OPTIONS]; /* by place in the command's options; NULL absent, "" a flag */
    char **rest;                     /* what is not an option */
    int count;
};

struct cli_command {
    const char *name;  /* "parse", or "rules check": group and verb */
    const char *usage; /* what follows the name */
    const char *help;  /* zh (en) */
    const struct cli_option *options;
    int least, most;   /* arguments besides options */
    int (*run)(const struct cli_args *args); /* exit status, sysexits.h */
};

/* Run argv by the table (name NULL ends): exit status. Reads nothing but argv. */
int cli_run(const struct cli_command *table, int argc, char **argv);
/* All of them, in the order of the help. */
extern const struct cli_command cli_commands[];

/* An option's value; NULL when it was not given. `name` is in the command's table. */
const char *cli_value(const struct cli_args *args, const char *name);
/* The i-th argument, or "-" (standard input) when there are fewer. */
const char *cli_file(const struct cli_args *args, int i);

/* "huiying: …" on standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "huiying: FILE:LINE: …"; "-" is shown as <stdin>; line 0 is left out. */
void cli_error_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Read a whole FILE ("-": stdin) of at most max bytes, or say why not: 0 or the exit status. */
int cli_read(const char *file, size_t max, struct buf *out);

/* Write to standard output. A reader that left ends the program quietly, as SIGPIPE would; another
 * failure is told and ends it with EX_IOERR. */
void cli_print(struct str text);
void cli_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line of JSON. */
void cli_json(const struct json_t *value);
void cli_flush(void);
/* Bytes until the width (terminal columns) is reached: text, then spaces. */
void cli_pad(struct buf *line, struct str text, int width);

#endif
