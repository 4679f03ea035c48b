/* daemon/routes/body.h - what a request brings as JSON, read strictly. MHD thread. */
#ifndef HUIYING_DAEMON_ROUTES_BODY_H
#define HUIYING_DAEMON_ROUTES_BODY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

struct exchange;

/* Its object or array, a new reference; NULL: it is none, names a member twice, or is empty. */
json_t *body_read(struct exchange *x);
/* A text that may be left out (STR_NONE), borrowed: false when it is something else, longer than
 * max bytes, or has a NUL in it. */
bool body_text(const json_t *object, const char *name, size_t max, struct str *out);

#endif
