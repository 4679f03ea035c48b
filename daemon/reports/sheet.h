/* daemon/reports/sheet.h - a report as a page that prints, or as plain text for mail and terminals:
 * the same calls write either. */
#ifndef HUIYING_DAEMON_REPORTS_SHEET_H
#define HUIYING_DAEMON_REPORTS_SHEET_H

#include "daemon/public/frame.h"

struct sheet {
    struct frame frame;
    bool text; /* plain */
    struct buf *b;
    size_t cells; /* of the row that is being written */
};

/* By ?format: "html" (without it too) or "text". NULL, or what is wrong. `up` as frame_read(). */
const char *sheet_read(struct exchange *x, struct buf *b, const char *up, struct sheet *out);
/* `own` as frame_begin(). */
void sheet_begin(struct sheet *s, struct str title, const char *own);
void sheet_heading(struct sheet *s, const char *text);
void sheet_line(struct sheet *s, struct str text);
/* A list of facts: begin, any number of name and value, end. */
void sheet_begin_facts(struct sheet *s);
void sheet_fact(struct sheet *s, const char *name, struct str value);
void sheet_end_facts(struct sheet *s);
/* A table: `columns` are its headings; then each cell of each row. */
void sheet_begin_table(struct sheet *s, const char *const *columns, size_t n);
void sheet_cell(struct sheet *s, struct str value);
/* The id of a concern, which links to its page. */
void sheet_cell_concern(struct sheet *s, uint64_t concern);
void sheet_end_row(struct sheet *s);
void sheet_end_table(struct sheet *s);
/* End and send it. Takes the buffer. */
enum MHD_Result sheet_send(struct sheet *s);

#endif
