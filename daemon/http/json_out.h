/* daemon/http/json_out.h - members of JSON objects onto a buf: commas, names and escapes in one
 * place, so that no view can forget them. Failures latch in the buf. */
#ifndef HUIYING_DAEMON_HTTP_JSON_OUT_H
#define HUIYING_DAEMON_HTTP_JSON_OUT_H

#include "base/buf.h"

/* A comma unless the object or array was just opened. */
void json_out_next(struct buf *b);
/* "name": with its comma; the value follows. `name` is a literal of ours. */
void json_out_name(struct buf *b, const char *name);

void json_out_str(struct buf *b, const char *name, struct str value);
void json_out_text(struct buf *b, const char *name, const char *value); /* NULL: null */
void json_out_int(struct buf *b, const char *name, int64_t value);
void json_out_count(struct buf *b, const char *name, uint64_t value);
void json_out_bool(struct buf *b, const char *name, bool value);
void json_out_null(struct buf *b, const char *name);
/* 0 becomes null. */
void json_out_or_null(struct buf *b, const char *name, int64_t value);
/* RFC 3339 in UTC+8; 0 becomes null. */
void json_out_time(struct buf *b, const char *name, int64_t ms);

#endif
