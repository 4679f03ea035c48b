/* daemon/http/html_out.h - pieces of the plain pages that need no script: what is put into them is
 * escaped. */
#ifndef HUIYING_DAEMON_HTTP_HTML_OUT_H
#define HUIYING_DAEMON_HTTP_HTML_OUT_H

#include "base/buf.h"

/* Text, escaped for element content and for attribute values in double quotes. */
void html_out_str(struct buf *b, struct str text);
void html_out_text(struct buf *b, const char *text); /* NULL: nothing */
/* A text of several lines as paragraphs; empty lines are passed over. */
void html_out_paragraphs(struct buf *b, struct str text);
/* A time of day in UTC+8: "2026-01-01 17:30". */
void html_out_time(struct buf *b, int64_t ms);
/* Bytes as hex digits. */
void html_out_hex(struct buf *b, const unsigned char *bytes, size_t n);

#endif
