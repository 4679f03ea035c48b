#include "daemon/ledger/source_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "store/store.h"

struct source_table {
    pthread_mutex_t lock;
    struct source_entry *list;
    uint32_t count, cap;
    struct source_table_counts counts;
};

struct source_table *source_table_new(void)
{
    struct source_table *t = calloc(1, sizeof *t);

    if (t && pthread_mutex_init(&t->lock, NULL)) {
        free(t);
        return NULL;
    }
    return t;
}

void source_table_free(struct source_table *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t->list);
    free(t);
}

int source_table_grow(struct source_table *t, uint32_t count)
{
    int err = 0;

    pthread_mutex_lock(&t->lock);
    if (count > t->cap) {
        uint32_t cap = count < t->cap + t->cap / 2 ? t->cap + t->cap / 2 : count;
        struct source_entry *more = reallocarray(t->list, cap, sizeof *more);
        if (more) {
            t->list = more;
            t->cap = cap;
        }
        err = more ? 0 : ERR_NOMEM;
    }
    if (!err && count > t->count) {
        memset(&t->list[t->count], 0, (count - t->count) * sizeof *t->list);
        t->count = count;
    }
    pthread_mutex_unlock(&t->lock);
    return err;
}

struct source_entry source_table_get(struct source_table *t, uint32_t index)
{
    struct source_entry entry = {0};

    pthread_mutex_lock(&t->lock);
    if (index < t->count)
        entry = t->list[index];
    pthread_mutex_unlock(&t->lock);
    return entry;
}

/* Where it is counted; NULL: nowhere. */
static uint32_t *count_of(struct source_table *t, const struct source_entry *e)
{
    if (e->state == STORE_SOURCE_RETIRED)
        return &t->counts.retired;
    if (e->state == STORE_SOURCE_PAUSED)
        return &t->counts.paused;
    if (e->state == STORE_SOURCE_QUARANTINED || e->failures)
        return &t->counts.quarantined;
    return e->strikes >= STORE_SILENT ? &t->counts.silent : NULL;
}

void source_table_set(struct source_table *t, uint32_t index, const struct source_entry *entry)
{
    uint32_t *count;

    pthread_mutex_lock(&t->lock);
    if ((count = count_of(t, &t->list[index])))
        --*count;
    t->list[index] = *entry;
    if ((count = count_of(t, entry)))
        ++*count;
    pthread_mutex_unlock(&t->lock);
}

void source_table_counts(struct source_table *t, struct source_table_counts *out)
{
    pthread_mutex_lock(&t->lock);
    *out = t->counts;
    pthread_mutex_unlock(&t->lock);
}
