/* tests/unit/http_fixture.h - a town's API on real sockets over the memory store; only the ledger's
 * thread is played, so that a command can be held back for as long as a case needs. */
#ifndef HUIYING_TESTS_UNIT_HTTP_FIXTURE_H
#define HUIYING_TESTS_UNIT_HTTP_FIXTURE_H

#include "tests/unit/unit.h"

#include <jansson.h>
#include <pthread.h>

#include "daemon/http/http.h"

struct ledger {
    int refuse; /* ledger_command() and ledger_trail() return it */
    struct ledger_signs signs;
    struct ledger_source source; /* what is known of source number 1 */
};

/* The command that waits for http_finish_command(). */
extern struct http_held {
    pthread_mutex_t lock;
    pthread_cond_t came;
    ledger_done *done;
    void *arg;
    enum command_act act;
    uint64_t concern;
    char url[128], by[SLUG_MAX], key[STORE_KEY_MAX];
    /* Of a command to sources: */
    ledger_sources_done *sources_done;
    enum ledger_source_act source_act;
    size_t nsources;
    char ids[4][SLUG_MAX]; /* the first ones */
} http_held;

/* Concerns c1, c2 (epidemic) and c3, opened by events 1 to 3; c1 has two items, one expired. */
extern struct http_town {
    struct config config;
    struct source source;
    struct roster *roster;
    struct store *store;
    struct ledger ledger;
    struct http *http;
    struct rulebook *book;
    char socket[128], dashboard[512], rules[512];
} http_town;

int http_setup(void **state);
int http_teardown(void **state);

void http_wait_for_command(void);
void http_finish_command(int status, const char *reason, uint64_t seq);
/* The same for sources; each[] has an outcome for every one of them. */
void http_finish_sources(int status, const char *reason, const int *each);
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
