#include "daemon/cluster/answers.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/member.h"
#include "daemon/ledger/ledger.h"

enum { TAKE = 64 };

/* One that was asked for: under way, then done. */
struct answer {
    struct answers *of;
    char node[CLUSTER_NODE];
    json_int_t id;
    json_t *text; /* NULL: under way, or there was no memory for it */
    bool done;
    struct answer *next;
};

struct answers {
    struct ledger *ledger;
    pthread_mutex_t lock; /* of the list and what is in it */
    struct answer *list;
};

struct answers *answers_new(struct ledger *l)
{
    struct answers *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->ledger = l;
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

/* Takes `each`. */
static void finish(struct answer *one, int status, const char *reason, uint64_t seq, json_t *each)
{
    struct answers *a = one->of;
    json_t *text = json_pack("{s:I, s:i, s:I, s:s?, s:o*}", "id", one->id, "status", status, "seq",
                             (json_int_t)seq, "reason", reason, "each", each);

    pthread_mutex_lock(&a->lock);
    one->text = text;
    one->done = true;
    pthread_mutex_unlock(&a->lock);
}

static void done(void *arg, int status, const char *reason, uint64_t seq)
{
    finish(arg, status, reason, seq, NULL);
}

static void sources_done(void *arg, int status, const char *reason, const int *each, size_t count)
{
    json_t *list = each ? json_array() : NULL;

    for (size_t i = 0; list && i < count; i++)
        json_array_append_new(list, json_integer(each[i]));
    finish(arg, status, reason, 0, list);
}

static void take(void *arg, struct str mail)
{
    struct answers *a = arg;
    json_t *o = json_loadb(mail.p, mail.n, 0, NULL);
    const json_t *ask = json_object_get(o, "ask");
    const char *from = json_string_value(json_object_get(o, "from"));
    struct answer *one = NULL;

    /* An answer to what this machine asked while it followed is for nobody now. */
    if (json_is_string(ask) && from && strlen(from) < CLUSTER_NODE)
        one = calloc(1, sizeof *one);
    if (one) {
        one->of = a;
        one->id = json_integer_value(json_object_get(o, "id"));
        snprintf(one->node, sizeof one->node, "%s", from);
        pthread_mutex_lock(&a->lock);
        one->next = a->list;
        a->list = one;
        pthread_mutex_unlock(&a->lock);
        int err = ledger_forwarded(a->ledger, member_get(o, "epoch"), member_str(ask), done,
                                   sources_done, one);
        if (err)
            done(one, err, NULL, 0);
    }
    json_decref(o);
}

/* Taken out of the list: one that is done, or NULL. */
static struct answer *next_done(struct answers *a)
{
    pthread_mutex_lock(&a->lock);
    struct answer **at = &a->list, *one;
    while ((one = *at) && !one->done)
        at = &one->next;
    if (one)
        *at = one->next;
    pthread_mutex_unlock(&a->lock);
    return one;
}

static void answer_free(struct answer *one)
{
    json_decref(one->text);
    free(one);
}

/* One that cannot be sent is not tried again: who asked is told that nothing is known, and the same
 * key gives the outcome. */
static int send(struct cluster *c, struct answer *one)
{
    char *text = one->text ? json_dumps(one->text, JSON_COMPACT) : NULL;
    int err = text ? cluster_mail(c, one->node, str_from(text)) : ERR_NOMEM;

    if (err)
        log_warn("cluster.answer", "node=%s err=%s", one->node, err_name(err));
    free(text);
    return err;
}

int answers_serve(struct answers *a, struct cluster *c)
{
    struct answer *one;
    int err = 0;

    while (!err && (one = next_done(a))) {
        err = send(c, one);
        answer_free(one);
    }
    return err ? err : cluster_collect(c, TAKE, take, a);
}

void answers_free(struct answers *a)
{
    struct answer *one;

    if (!a)
        return;
    while ((one = a->list)) {
        a->list = one->next;
        answer_free(one);
    }
    pthread_mutex_destroy(&a->lock);
    free(a);
}
