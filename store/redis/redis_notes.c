/* Notes that are dropped. No batch tells of it, so the spool does, before Redis is asked: whoever
 * claims the store after a failover, to a replica that has not heard of it, or puts back a batch
 * with its note, drops it again (redis_recover.c). */
#include "store/redis/redis.h"

#include <sodium.h>
#include <stdio.h>

#include "base/err.h"

enum { NAME_BYTES = 16 };

/* What tells a note from another one of the same number, of a time that became void: without the
 * store's key nothing can be learnt from it. */
static void name_note(const unsigned char *key, uint64_t seq, struct str text,
                      char out[static SPOOL_ID])
{
    unsigned char hash[NAME_BYTES], number[8];
    crypto_generichash_state state;

    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (unsigned char)(seq >> (8 * i));
    crypto_generichash_init(&state, key, HASH_KEY, sizeof hash);
    crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_update(&state, (const unsigned char *)text.p, text.n);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(out, SPOOL_ID, hash, sizeof hash);
}

/* Over the connection that there is. *there: it was. */
static int drop(struct redis *r, const char *fence, uint64_t seq, bool *there)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    redis_begin_script(r, &a, SCRIPT_NOTE_DROP);
    redis_put_text(&a, fence);
    redis_put_number(&a, seq);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    *there = reply->type == REDIS_REPLY_INTEGER && reply->integer;
    freeReplyObject(reply);
    return 0;
}

/* The same; ERR_NOTFOUND. *name: of the note that is there. */
static int look_up(struct redis *r, const unsigned char *key, uint64_t seq,
                   char name[static SPOOL_ID])
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    redis_begin(&a, "HGET");
    redis_put_key(r, &a, "notes", STR_NONE);
    redis_put_number(&a, seq);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    err = reply->type == REDIS_REPLY_STRING ? 0 : ERR_NOTFOUND;
    if (!err)
        name_note(key, seq, redis_str(reply), name);
    freeReplyObject(reply);
    return err;
}

static int keep(struct redis *r, uint64_t seq, const char *name)
{
    struct spool_entry e = {.note = seq};

    if (!r->spool)
        return 0;
    memcpy(e.epoch, r->base.epoch, sizeof e.epoch);
    snprintf(e.id, sizeof e.id, "%s", name);
    return spool_add(r->spool, &e);
}

static void remember_residue(struct redis *r)
{
    r->residue = true;
    r->dropped = true;
}

/* When the answer is lost the connection is, too: the next one drops it again. */
int redis_drop_note(struct store *s, uint64_t seq)
{
    struct redis *r = (struct redis *)s;
    char name[SPOOL_ID];
    bool there = false;
    int err = redis_ready(r);

    if (!err)
        err = look_up(r, r->base.hash_key, seq, name);
    bool gone = err == ERR_NOTFOUND; /* though perhaps not from the replicas yet */
    if (!err)
        err = keep(r, seq, name);
    if (!err)
        err = drop(r, r->fence, seq, &there);
    if (there)
        remember_residue(r);
    if (!err || gone)
        err = redis_wait(r);
    return !err && gone ? ERR_NOTFOUND : err;
}

struct again {
    struct redis *r;
    struct redis_claimed *claimed;
};

/* Doing it twice is harmless, hence all of them, of whatever epoch. */
static int drop_again(void *arg, const struct spool_entry *e)
{
    struct again *g = arg;
    char name[SPOOL_ID];
    bool there = false;

    if (!e->note)
        return 0;
    int err = look_up(g->r, g->claimed->key, e->note, name);
    if (err || strcmp(name, e->id) != 0)
        return err == ERR_NOTFOUND ? 0 : err;
    err = drop(g->r, g->claimed->fence, e->note, &there);
    g->claimed->residue |= there;
    return err;
}

int redis_notes_recover(struct redis *r, struct redis_claimed *c)
{
    struct again g = {r, c};
    int n = r->spool ? spool_each(r->spool, 0, drop_again, &g) : 0;

    return n < 0 ? n : 0;
}
