/* daemon/public/charts.h - small pictures as SVG, coloured by the page's style sheet, with their
 * numbers as text beside or in them. */
#ifndef HUIYING_DAEMON_PUBLIC_CHARTS_H
#define HUIYING_DAEMON_PUBLIC_CHARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A horizontal bar for a table cell: so much of the whole; drawn for the eye only, the cell has the
 * number. Nothing when whole is 0. */
void charts_put_bar(struct buf *b, uint64_t part, uint64_t whole);

/* Columns side by side, each with the part of it that is filled (part <= whole). */
struct charts_column {
    char label[16];
    uint32_t part, whole;
};
enum { CHARTS_COLUMNS = 24 };
/* `says` describes it to who does not see it. At most CHARTS_COLUMNS. */
void charts_put_columns(struct buf *b, const struct charts_column *columns, size_t n,
                        const char *says);

#endif
