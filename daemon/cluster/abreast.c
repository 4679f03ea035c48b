#define _GNU_SOURCE
#include "daemon/cluster/abreast.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/cluster/keyring.h"

enum { LOOK_MS = 1000 };

struct abreast {
    struct abreast_conf conf;
    struct store *reader; /* the thread's */
    struct queue *calls;  /* closed: it is to end */
    int failing;
    pthread_t thread;
};

static void look(struct abreast *a)
{
    bool changed;
    int err = keyring_follow(a->reader, a->conf.keys_dir, &changed);

    if (changed)
        bus_reload_keys(a->conf.bus);
    reload_follow(a->conf.reload);
    if (err != a->failing)
        log_line(err ? LOG_WARN : LOG_INFO, "cluster.abreast", "err=%s",
                 err ? err_name(err) : "none");
    a->failing = err;
}

static void *run(void *arg)
{
    struct abreast *a = arg;
    void *call;

    pthread_setname_np(pthread_self(), "abreast");
    while (queue_take(a->calls, &call, 1, LOOK_MS) >= 0)
        look(a);
    return NULL;
}

static void free_it(struct abreast *a)
{
    store_close(a->reader);
    queue_free(a->calls);
    free(a);
}

int abreast_start(const struct abreast_conf *conf, struct abreast **out)
{
    struct abreast *a = calloc(1, sizeof *a);

    *out = NULL;
    if (!a)
        return ERR_NOMEM;
    a->conf = *conf;
    a->calls = queue_new(1);
    int err = a->calls ? store_reader(conf->store, &a->reader) : ERR_NOMEM;
    if (!err && pthread_create(&a->thread, NULL, run, a))
        err = ERR_NOMEM;
    if (err) {
        free_it(a);
        return err;
    }
    *out = a;
    return 0;
}

void abreast_stop(struct abreast *a)
{
    if (!a)
        return;
    queue_close(a->calls);
    pthread_join(a->thread, NULL);
    free_it(a);
}
