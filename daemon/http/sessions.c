#include "daemon/http/sessions.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/http/sessions_shared.h"

enum { HASH = SESSIONS_HASH };

struct slot {
    struct session session;
    unsigned char hash[HASH];
};

struct sessions {
    pthread_mutex_t lock;
    struct sessions_shared *shared; /* NULL: those below are all */
    uint64_t tags[SESSIONS_MAX]; /* beginnings of the hashes, side by side for the search; 0 free */
    struct slot slots[SESSIONS_MAX];
};

struct sessions *sessions_new(const struct cluster_conf *among)
{
    struct sessions *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL);
    int err = among ? sessions_shared_new(among, &s->shared) : 0;
    if (!err)
        return s;
    log_error("http.sessions", "err=%s", err_name(err));
    sessions_free(s);
    return NULL;
}

void sessions_free(struct sessions *s)
{
    if (!s)
        return;
    sessions_shared_free(s->shared);
    pthread_mutex_destroy(&s->lock);
    sodium_memzero(s, sizeof *s);
    free(s);
}

/* The hash of an id and its tag, which is not 0. */
static uint64_t hash_of(const char *id, unsigned char hash[static HASH])
{
    uint64_t tag;

    crypto_generichash(hash, HASH, (const unsigned char *)id, strlen(id), NULL, 0);
    memcpy(&tag, hash, sizeof tag);
    return tag | 1;
}

static void write_token(unsigned char raw[static HASH], char out[static SESSIONS_TOKEN])
{
    sodium_bin2base64(out, SESSIONS_TOKEN, raw, HASH, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, HASH);
}

static void random_text(char out[static SESSIONS_TOKEN])
{
    unsigned char raw[HASH];

    randombytes_buf(raw, sizeof raw);
    write_token(raw, out);
}

/* It follows from the id alone, which only the browser has: any machine can make it. */
static void make_csrf(const char *id, char out[static SESSIONS_TOKEN])
{
    static const unsigned char purpose[] = "huiying csrf: of a session";
    unsigned char raw[HASH];

    crypto_generichash(raw, sizeof raw, (const unsigned char *)id, strlen(id), purpose,
                       sizeof purpose - 1);
    write_token(raw, out);
}

static void count_down(struct session *s, int64_t now)
{
    s->idle_left = SESSIONS_IDLE_MS - (now - s->used);
    s->last_left = SESSIONS_LAST_MS - (now - s->opened);
}

static bool is_over(const struct session *s, int64_t now)
{
    return now - s->used >= SESSIONS_IDLE_MS || now - s->opened >= SESSIONS_LAST_MS;
}

static void drop(struct sessions *s, size_t at)
{
    s->tags[at] = 0;
    sodium_memzero(&s->slots[at], sizeof s->slots[at]);
}

/* With the lock held: a free place, made when there is none. */
static size_t make_room(struct sessions *s, const char *account, int64_t now)
{
    size_t place = SESSIONS_MAX, oldest = 0, own = 0, own_oldest = SESSIONS_MAX;

    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        const struct session *one = &s->slots[i].session;
        if (s->tags[i] && is_over(one, now))
            drop(s, i);
        if (!s->tags[i]) {
            place = i;
            continue;
        }
        if (!s->tags[oldest] || one->used < s->slots[oldest].session.used)
            oldest = i;
        if (strcmp(one->account, account) != 0)
            continue;
        own++;
        if (own_oldest == SESSIONS_MAX || one->used < s->slots[own_oldest].session.used)
            own_oldest = i;
    }
    if (own >= SESSIONS_EACH)
        place = own_oldest;
    else if (place == SESSIONS_MAX)
        place = oldest;
    drop(s, place);
    return place;
}

int sessions_open(struct sessions *s, const struct account *a, int64_t now,
                  char id[static SESSIONS_TOKEN], struct session *out)
{
    struct slot slot = {.session = {.changed = a->changed, .opened = now, .used = now}};

    memcpy(slot.session.account, a->name, sizeof a->name);
    random_text(id);
    make_csrf(id, slot.session.csrf);
    uint64_t tag = hash_of(id, slot.hash);
    count_down(&slot.session, now);
    *out = slot.session;
    if (s->shared)
        return sessions_shared_open(s->shared, slot.hash, out);
    pthread_mutex_lock(&s->lock);
    size_t at = make_room(s, a->name, now);
    s->slots[at] = slot;
    s->tags[at] = tag;
    pthread_mutex_unlock(&s->lock);
    return 0;
}

/* With the lock held: its place, or SESSIONS_MAX. */
static size_t find(const struct sessions *s, const char *id)
{
    unsigned char hash[HASH];
    uint64_t tag = hash_of(id, hash);
    size_t i = 0;

    while (i < SESSIONS_MAX &&
           (s->tags[i] != tag || sodium_memcmp(s->slots[i].hash, hash, HASH) != 0))
        i++;
    return i;
}

static int see(struct sessions *s, const char *id, int64_t now, bool use, struct session *out)
{
    unsigned char hash[HASH];
    int err = ERR_NOTFOUND;

    if (s->shared) {
        hash_of(id, hash);
        err = sessions_shared_find(s->shared, hash, use, out);
        make_csrf(id, out->csrf);
        return err;
    }
    pthread_mutex_lock(&s->lock);
    size_t at = find(s, id);
    if (at < SESSIONS_MAX && is_over(&s->slots[at].session, now)) {
        drop(s, at);
    } else if (at < SESSIONS_MAX) {
        if (use)
            s->slots[at].session.used = now;
        *out = s->slots[at].session;
        count_down(out, now);
        err = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return err;
}

int sessions_find(struct sessions *s, const char *id, int64_t now, struct session *out)
{
    return see(s, id, now, true, out);
}

int sessions_look(struct sessions *s, const char *id, int64_t now, struct session *out)
{
    return see(s, id, now, false, out);
}

void sessions_close(struct sessions *s, const char *id, const char *account)
{
    unsigned char hash[HASH];

    if (s->shared) {
        hash_of(id, hash);
        sessions_shared_close(s->shared, hash, account);
        return;
    }
    pthread_mutex_lock(&s->lock);
    size_t at = find(s, id);
    if (at < SESSIONS_MAX)
        drop(s, at);
    pthread_mutex_unlock(&s->lock);
}

unsigned sessions_count(struct sessions *s)
{
    unsigned n = 0;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        n += s->tags[i] != 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}
