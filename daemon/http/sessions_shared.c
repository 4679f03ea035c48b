#include "daemon/http/sessions_shared.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "store/cluster.h"

static_assert((int)SESSIONS_EACH == (int)CLUSTER_KEPT_EACH, "the same promise in both places");

struct sessions_shared {
    pthread_mutex_t lock; /* of the connection */
    struct cluster *cluster;
};

int sessions_shared_new(const struct cluster_conf *conf, struct sessions_shared **out)
{
    struct sessions_shared *s = calloc(1, sizeof *s);
    int err = s ? cluster_open(conf, &s->cluster) : ERR_NOMEM;

    *out = NULL;
    if (err) {
        free(s);
        return err;
    }
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return 0;
}

void sessions_shared_free(struct sessions_shared *s)
{
    if (!s)
        return;
    cluster_close(s->cluster);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void name_of(const unsigned char hash[static SESSIONS_HASH],
                    char out[static 2 * SESSIONS_HASH + 1])
{
    sodium_bin2hex(out, 2 * SESSIONS_HASH + 1, hash, SESSIONS_HASH);
}

int sessions_shared_open(struct sessions_shared *s, const unsigned char hash[static SESSIONS_HASH],
                         const struct session *session)
{
    char name[2 * SESSIONS_HASH + 1], value[SLUG_MAX + 24];

    name_of(hash, name);
    int n = snprintf(value, sizeof value, "%lld %s", (long long)session->changed, session->account);
    const struct cluster_kept kept = {name, session->account, {value, (size_t)n},
                                      SESSIONS_IDLE_MS, SESSIONS_LAST_MS};
    pthread_mutex_lock(&s->lock);
    int err = cluster_keep(s->cluster, &kept);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int read_value(struct str value, struct session *out)
{
    size_t space = str_find(value, STR(" "), 0);
    long long changed;

    if (space == (size_t)-1 || value.n - space > sizeof out->account ||
        str_int((struct str){value.p, space}, INT64_MIN, INT64_MAX, &changed))
        return ERR_CORRUPT;
    out->changed = changed;
    memcpy(out->account, value.p + space + 1, value.n - space - 1);
    return 0;
}

int sessions_shared_find(struct sessions_shared *s, const unsigned char hash[static SESSIONS_HASH],
                         bool use, struct session *out)
{
    char name[2 * SESSIONS_HASH + 1];
    struct cluster_left left = {0};
    struct buf value = BUF_INIT;

    *out = (struct session){.account = ""};
    name_of(hash, name);
    pthread_mutex_lock(&s->lock);
    int err = cluster_look(s->cluster, name, use ? SESSIONS_IDLE_MS : 0, &left, &value);
    pthread_mutex_unlock(&s->lock);
    if (!err)
        err = read_value(buf_str(&value), out);
    buf_free(&value);
    out->idle_left = left.idle;
    out->last_left = left.last;
    return err;
}

void sessions_shared_close(struct sessions_shared *s,
                           const unsigned char hash[static SESSIONS_HASH], const char *account)
{
    char name[2 * SESSIONS_HASH + 1];

    name_of(hash, name);
    pthread_mutex_lock(&s->lock);
    int err = cluster_forget(s->cluster, name, account);
    pthread_mutex_unlock(&s->lock);
    if (err)
        log_warn("http.session", "err=%s note=\"it ends by itself\"", err_name(err));
}
