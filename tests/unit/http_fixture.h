/* tests/unit/http_fixture.h - a town's API on real sockets over the memory store; only the ledger's
 * thread is played (http_ledger.h). */
#ifndef HUIYING_TESTS_UNIT_HTTP_FIXTURE_H
#define HUIYING_TESTS_UNIT_HTTP_FIXTURE_H

#include "tests/unit/unit.h"

#include <jansson.h>

#include "daemon/http/http.h"
#include "daemon/views/statistics.h"
#include "tests/unit/http_ledger.h"

/* Concerns c1, c2 (epidemic) and c3, opened by events 1 to 3; c1 has two items, one expired. */
extern struct http_town {
    struct config config;
    struct source source;
    struct roster *roster;
    struct store *store;
    struct ledger ledger;
    struct http *http;
    struct rulebook *book;
    struct statistics *statistics;
    char socket[128], dashboard[512], rules[512];
} http_town;

int http_setup(void **state);
int http_teardown(void **state);
#define CASE(f) cmocka_unit_test_setup_teardown(f, http_setup, http_teardown)

struct event http_event(uint64_t seq, enum event_type type, uint64_t concern, const char *topic,
                        const char *unit);

int http_connect(void); /* to the TCP side */
void http_send(int fd, const char *text, size_t n);
/* Read until `until` was seen (NULL: until the peer closes); the content ends in NUL. */
void http_read_until(int fd, const char *until, struct buf *out);
/* One exchange on the socket (local) or TCP: its status, and the whole answer in out. */
int http_ask(bool local, const char *head, const char *body, struct buf *out);
json_t *http_json(const struct buf *answer);
const char *http_text_at(const json_t *object, const char *a, const char *b);

#endif
