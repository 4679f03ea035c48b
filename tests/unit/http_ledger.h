/* tests/unit/http_ledger.h - the ledger's thread, played: a command is held back for as long as a
 * case needs, all else is done at once. */
#ifndef HUIYING_TESTS_UNIT_HTTP_LEDGER_H
#define HUIYING_TESTS_UNIT_HTTP_LEDGER_H

#include <pthread.h>

#include "daemon/ledger/ledger.h"

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

void http_wait_for_command(void);
void http_finish_command(int status, const char *reason, uint64_t seq);
/* The same for sources; each[] has an outcome for every one of them. */
void http_finish_sources(int status, const char *reason, const int *each);

#endif
