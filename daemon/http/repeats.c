#include "daemon/http/repeats.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

struct entry {
    char key[STORE_KEY_MAX]; /* empty: free */
    uint64_t person, hash, age;
    bool done;
    int *each;
    size_t count;
};

/* Process-wide: a stalled ledger may finish a command after http_stop(). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry entries[REPEATS_MAX];
static uint64_t ages;

static void clear(struct entry *e)
{
    free(e->each);
    memset(e, 0, sizeof *e);
}

static struct entry *find(uint64_t person, const char *key)
{
    for (size_t i = 0; i < REPEATS_MAX; i++)
        if (entries[i].key[0] && entries[i].person == person &&
            strcmp(entries[i].key, key) == 0)
            return &entries[i];
    return NULL;
}

/* A free place, else the oldest that is done; NULL when all are under way. */
static struct entry *make_room(void)
{
    struct entry *oldest = NULL;

    for (size_t i = 0; i < REPEATS_MAX; i++) {
        struct entry *e = &entries[i];
        if (!e->key[0])
            return e;
        if (e->done && (!oldest || e->age < oldest->age))
            oldest = e;
    }
    if (oldest)
        clear(oldest);
    return oldest;
}

static enum repeat answer(const struct entry *e, uint64_t hash, int **each, size_t *count)
{
    if (e->hash != hash)
        return REPEAT_OTHER;
    if (!e->done)
        return REPEAT_UNDER_WAY;
    *each = calloc(e->count + 1, sizeof **each);
    if (!*each)
        return REPEAT_NOMEM;
    if (e->count)
        memcpy(*each, e->each, e->count * sizeof **each);
    *count = e->count;
    return REPEAT_DONE;
}

enum repeat repeats_begin(uint64_t person, const char *key, uint64_t hash, int **each,
                          size_t *count)
{
    enum repeat what = REPEAT_NEW;

    pthread_mutex_lock(&lock);
    struct entry *e = find(person, key);
    if (e) {
        what = answer(e, hash, each, count);
    } else if ((e = make_room())) {
        strncpy(e->key, key, sizeof e->key - 1);
        e->person = person;
        e->hash = hash;
        e->age = ++ages;
    } else {
        what = REPEAT_NOMEM;
    }
    pthread_mutex_unlock(&lock);
    return what;
}

void repeats_finish(uint64_t person, const char *key, int status, const int *each, size_t count)
{
    pthread_mutex_lock(&lock);
    struct entry *e = find(person, key);
    if (e && !status && (e->each = calloc(count + 1, sizeof *each))) {
        if (count)
            memcpy(e->each, each, count * sizeof *each);
        e->count = count;
        e->done = true;
    } else if (e) {
        clear(e);
    }
    pthread_mutex_unlock(&lock);
}
