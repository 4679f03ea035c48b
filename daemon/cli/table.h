/* daemon/cli/table.h - lists for people: columns by display width, a row as soon as it is known. */
#ifndef HUIYING_DAEMON_CLI_TABLE_H
#define HUIYING_DAEMON_CLI_TABLE_H

#include <jansson.h>

#include "base/buf.h"

struct table_column {
    const char *title;
    int width; /* terminal columns; 0: the last one, as wide as it comes */
    void (*cell)(struct buf *out, const json_t *row);
};

/* Print one row of n columns; the titles when row is NULL. */
void table_row(const struct table_column *columns, size_t n, const json_t *row);
/* The titles, and each of an array. */
void table_rows(const struct table_column *columns, size_t n, const json_t *rows);

#endif
