/* daemon/routes/query.h - query parameters and the Host header, read strictly. An
 * absent parameter (NULL) is always fine. */
#ifndef HUIYING_DAEMON_ROUTES_QUERY_H
#define HUIYING_DAEMON_ROUTES_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct concern;
struct exchange;

/* Index among NULL-ended choices, or -1. */
int query_choice(const char *text, const char *const *choices);
/* NULL or an id of the form a-z, 0-9 and '-', shorter than SLUG_MAX. */
bool query_slug(const char *text);
/* NULL or an idempotency key: printable ASCII, so that it can be stored, compared and logged as
 * it is; shorter than STORE_KEY_MAX. */
bool query_key(const char *key);
#define QUERY_KEY_WRONG \
    "Idempotency-Key 应为 1 到 128 个可见 ASCII 字符 (1 to 128 visible ASCII)"
/* Whole number in [min, max]; *out keeps its value when absent. 0 or ERR_SYNTAX. */
int query_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* "KEY.ID" behind the letter of the list's order ('\0': it has one only); absent leaves both alone.
 * 0 or ERR_SYNTAX, for another order's too: its key would lead anywhere. */
int query_cursor(const char *text, char order, int64_t *key, uint64_t *id);
void query_cursor_put(struct buf *out, char order, int64_t key, uint64_t id);

/* The working days in force, or NULL. */
const struct calendar *query_calendar(struct exchange *x);
/* The caller may read the concern: all, or its unit, or one below it in the tree, leads or
 * assists, or stands in for the one that leads. */
bool query_own(struct exchange *x, const struct concern *c);
/* Or signs the text that waits for it (审签): its page and what stands there. */
bool query_reads(struct exchange *x, const struct concern *c);

/* A time (RFC 3339), or so long before `now` (ms): a whole number of m, h or d; *out keeps its
 * value when absent. 0 or ERR_SYNTAX. */
int query_since(const char *text, int64_t now, int64_t *out);

/* A Host header that names this machine's loopback and our port: localhost, 127.0.0.1 or [::1]; or
 * that of `site` ("https://HOST[:PORT]"; NULL: none), which a proxy passes on. A page of another
 * name that resolves to us (DNS rebinding) does not pass. */
bool query_host(const char *host, uint16_t port, const char *site);

#endif
