#include "daemon/http/pending.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"

/* Two owners, the request and the ledger, each of which may leave first. */
struct pending {
    struct http *http;
    struct MHD_Connection *conn; /* suspended; NULL once resumed or gone */
    bool request, ledger;        /* owners left */
    struct pending_outcome outcome;
    struct pending *prev, *next;
};

/* Process-wide, not in struct http: a stalled ledger may finish a command after http_stop(). */
static pthread_mutex_t pending_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pending *pending_list;

/* With the lock held. */
static void release(struct pending *p)
{
    if (p->request || p->ledger)
        return;
    if (p->prev)
        p->prev->next = p->next;
    else
        pending_list = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p);
}

/* With the lock held. */
static void wake(struct pending *p)
{
    if (p->conn)
        MHD_resume_connection(p->conn);
    p->conn = NULL;
}

static void finished(void *arg, int status, const char *reason, uint64_t seq)
{
    struct pending *p = arg;
    struct str text = str_from(reason);

    pthread_mutex_lock(&pending_lock);
    if (!p->outcome.done) {
        size_t n = utf8_cut(text, PENDING_REASON - 1);
        if (n)
            memcpy(p->outcome.reason, text.p, n);
        p->outcome.reason[n] = '\0';
        p->outcome.status = status;
        p->outcome.seq = seq;
        p->outcome.done = true;
    }
    wake(p);
    p->ledger = false;
    release(p);
    pthread_mutex_unlock(&pending_lock);
}

int pending_submit(struct exchange *x, const struct command *command)
{
    struct http *h = x->side->http;
    struct pending *p = calloc(1, sizeof *p);

    if (!p)
        return ERR_NOMEM;
    *p = (struct pending){.http = h, .conn = x->conn, .request = true, .ledger = true};
    pthread_mutex_lock(&pending_lock);
    if (atomic_load(&h->stopping)) {
        pthread_mutex_unlock(&pending_lock);
        free(p);
        return ERR_CLOSED;
    }
    p->next = pending_list;
    if (pending_list)
        pending_list->prev = p;
    pending_list = p;
    MHD_suspend_connection(x->conn);
    pthread_mutex_unlock(&pending_lock);

    x->pending = p;
    int err = ledger_command(h->conf.ledger, command, finished, p);
    if (err)
        finished(p, err, NULL, 0);
    return 0;
}

void pending_outcome(struct pending *p, struct pending_outcome *out)
{
    pthread_mutex_lock(&pending_lock);
    *out = p->outcome;
    pthread_mutex_unlock(&pending_lock);
}

void pending_leave(struct pending *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&pending_lock);
    p->conn = NULL;
    p->request = false;
    release(p);
    pthread_mutex_unlock(&pending_lock);
}

void pending_abandon(struct http *h)
{
    pthread_mutex_lock(&pending_lock);
    for (struct pending *p = pending_list; p; p = p->next) {
        if (p->http != h || p->outcome.done)
            continue;
        p->outcome.done = true;
        p->outcome.status = ERR_CLOSED;
        wake(p);
    }
    pthread_mutex_unlock(&pending_lock);
}
