/* daemon/reports/sheet.h - a report as a page that prints, as plain text for mail and terminals, or
 * as a workbook, in Chinese or English: the same calls write each. Pairs of texts are in these. */
#ifndef HUIYING_DAEMON_REPORTS_SHEET_H
#define HUIYING_DAEMON_REPORTS_SHEET_H

#include "daemon/public/frame.h"

struct book;

struct sheet {
    struct frame frame;
    bool text;         /* plain */
    bool booked;       /* a workbook is asked for, which is */
    struct book *book; /* this one, from sheet_begin() on */
    char name[48];     /* under which it is saved */
    struct buf *b;
    const char *const (*columns)[2]; /* of the table that was begun: put with its first row */
    size_t ncolumns, rows;
    size_t cells; /* of the row that is being written */
};

/* By ?format: "html" (without it too), "text" or "xlsx". NULL, or what is wrong. `up` as
 * frame_read(). */
const char *sheet_read(struct exchange *x, struct buf *b, const char *up, struct sheet *out);
/* It is the one that the client has, or that is kept: *answered, as encoding_unchanged() and
 * keeping_known(). */
bool sheet_known(struct sheet *s, enum MHD_Result *answered);
/* `own` as frame_begin(): a workbook is saved under what it says. */
void sheet_begin(struct sheet *s, struct str title, const char *own);
/* A workbook has a sheet for what follows, whose name it is. */
void sheet_heading(struct sheet *s, const char *zh, const char *en);
void sheet_line(struct sheet *s, struct str text);
/* A list of facts: begin, any number of name and value, end. */
void sheet_begin_facts(struct sheet *s);
void sheet_fact(struct sheet *s, const char *zh, const char *en, struct str value);
void sheet_end_facts(struct sheet *s);
/* Figures that are read at a glance, of a page, not of a text: 新提出 11 件. `unit` in Chinese. */
void sheet_begin_tiles(struct sheet *s);
void sheet_tile(struct sheet *s, const char *const name[2], uint32_t n, const char *unit,
                bool bad);
void sheet_end_tiles(struct sheet *s);
/* A table: `columns` are its headings, borrowed until its end; then each cell of each row. Without
 * a row nothing of it is there but the end's 无。 On a phone a row of many cells is a block. */
void sheet_begin_table(struct sheet *s, const char *const (*columns)[2], size_t n);
void sheet_cell(struct sheet *s, struct str value);
void sheet_cell_count(struct sheet *s, uint32_t n);
/* A rate with its n: of a workbook two cells, of two columns. */
void sheet_cell_rate(struct sheet *s, int per_mille, uint32_t n);
/* The id of a concern, which links to its page. */
void sheet_cell_concern(struct sheet *s, uint64_t concern);
void sheet_end_row(struct sheet *s);
void sheet_end_table(struct sheet *s);
/* Tables, or what else, beside each other where there is room, on paper always. */
void sheet_begin_halves(struct sheet *s);
void sheet_end_halves(struct sheet *s);
/* End and send it, or, with an error, say that. Takes the buffer. */
enum MHD_Result sheet_end(struct sheet *s, int err);

#endif
