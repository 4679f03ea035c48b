#include "daemon/http/lockout.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Names share a slot by a secret hash: a list of names tried would grow, and could hold a password
 * typed into the wrong field. */
enum { SLOTS = 8192 };

struct slot {
    uint32_t tries;
    int64_t last, until;
};

struct lockout {
    pthread_mutex_t lock;
    unsigned char key[crypto_shorthash_KEYBYTES];
    int64_t spent; /* instant at which the tries of all are all back */
    struct slot slots[SLOTS];
};

struct lockout *lockout_new(void)
{
    struct lockout *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    pthread_mutex_init(&l->lock, NULL);
    crypto_shorthash_keygen(l->key);
    return l;
}

void lockout_free(struct lockout *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct slot *slot_of(struct lockout *l, const char *name)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint32_t at;

    crypto_shorthash(hash, (const unsigned char *)name, strlen(name), l->key);
    memcpy(&at, hash, sizeof at);
    return &l->slots[at % SLOTS];
}

/* How long the next one waits after so many failed. */
static int64_t rest(uint32_t tries)
{
    int64_t ms = LOCKOUT_FIRST_MS;

    if (tries < LOCKOUT_TRIES)
        return 0;
    for (uint32_t i = LOCKOUT_TRIES; i < tries && ms < LOCKOUT_MOST_MS; i++)
        ms *= 2;
    return ms < LOCKOUT_MOST_MS ? ms : LOCKOUT_MOST_MS;
}

/* With the lock held. */
static int64_t wait_of(struct lockout *l, struct slot *slot, int64_t now)
{
    int64_t spent = l->spent > now ? l->spent : now;

    if (slot->tries && now - slot->last >= LOCKOUT_FORGET_MS)
        *slot = (struct slot){0};
    if (slot->until > now)
        return slot->until - now;
    if (spent + LOCKOUT_EACH_MS - now > LOCKOUT_BURST * LOCKOUT_EACH_MS)
        return spent + LOCKOUT_EACH_MS - now - LOCKOUT_BURST * LOCKOUT_EACH_MS;
    l->spent = spent + LOCKOUT_EACH_MS;
    return 0;
}

int64_t lockout_try(struct lockout *l, const char *name, int64_t now)
{
    pthread_mutex_lock(&l->lock);
    struct slot *slot = slot_of(l, name);
    int64_t wait = wait_of(l, slot, now);
    if (!wait) {
        slot->tries++;
        slot->last = now;
        slot->until = now + rest(slot->tries);
    }
    pthread_mutex_unlock(&l->lock);
    return wait;
}

void lockout_undo(struct lockout *l, const char *name)
{
    pthread_mutex_lock(&l->lock);
    struct slot *slot = slot_of(l, name);
    if (slot->tries)
        slot->tries--;
    slot->until = 0;
    pthread_mutex_unlock(&l->lock);
}

bool lockout_failed(struct lockout *l, const char *name, int64_t now)
{
    pthread_mutex_lock(&l->lock);
    bool locked = slot_of(l, name)->until > now;
    pthread_mutex_unlock(&l->lock);
    return locked;
}

void lockout_passed(struct lockout *l, const char *name)
{
    pthread_mutex_lock(&l->lock);
    *slot_of(l, name) = (struct slot){0};
    pthread_mutex_unlock(&l->lock);
}
