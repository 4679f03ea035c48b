/* daemon/reports/book.h - a report as a workbook (Office Open XML), a sheet for each part. */
#ifndef HUIYING_DAEMON_REPORTS_BOOK_H
#define HUIYING_DAEMON_REPORTS_BOOK_H

#include <stdint.h>

#include "base/buf.h"

struct book;

extern const char book_mime[];

/* An empty workbook of that title, made in memory alone; NULL: without memory or a descriptor.
 * `now` (ms) is when its properties say it was made. */
struct book *book_new(struct str title, const char *maker, int64_t now);
/* What follows stands in a sheet of its own. The name is cut to what one may be (31 characters). */
void book_begin_sheet(struct book *b, const char *name);
/* One cell behind the other; texts are never read as formulas. */
void book_text(struct book *b, struct str text);
void book_head(struct book *b, const char *text); /* bold */
void book_number(struct book *b, double value);
void book_rate(struct book *b, int per_mille); /* negative: an empty cell */
void book_end_row(struct book *b);
/* The bytes of it into out: 0, ERR_NOMEM or ERR_IO. Frees the book in any case. */
int book_end(struct book *b, struct buf *out);
void book_free(struct book *b);

#endif
