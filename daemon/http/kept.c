#include "daemon/http/kept.h"

#include <stdlib.h>

#include "daemon/http/encoding.h"
#include "daemon/reload/rulebook.h"

struct kept_body {
    struct buf plain, gzip;
    const char *mime;
    struct encoding_spell spell;
    bool packed; /* gzip was made, or is known to be no shorter */
    unsigned held;
};

struct entry {
    struct buf key;
    struct kept_body *body; /* held; NULL: free */
    uint64_t used;
};

struct kept {
    struct entry entries[KEPT_BODIES];
    size_t bytes; /* of plain bodies: what gzip makes of them is a tenth of it */
    uint64_t uses;
    uint64_t head;
    int64_t moment;
    struct rule_set *rules; /* held, so that no later one has its address */
};

struct kept *kept_new(void)
{
    return calloc(1, sizeof(struct kept));
}

void kept_let_go(void *arg)
{
    struct kept_body *body = arg;

    if (--body->held)
        return;
    buf_free(&body->plain);
    buf_free(&body->gzip);
    free(body);
}

static void drop(struct kept *k, struct entry *e)
{
    if (!e->body)
        return;
    k->bytes -= e->body->plain.cap;
    kept_let_go(e->body);
    e->body = NULL;
    buf_free(&e->key);
}

static void drop_all(struct kept *k)
{
    for (size_t i = 0; i < KEPT_BODIES; i++)
        drop(k, &k->entries[i]);
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    drop_all(k);
    rule_set_release(k->rules);
    free(k);
}

void kept_at(struct kept *k, uint64_t head, struct rule_set *rules, int64_t now)
{
    int64_t moment = now / KEPT_MS;

    if (k->head == head && k->rules == rules && k->moment == moment)
        return;
    drop_all(k);
    if (k->rules != rules) {
        rule_set_release(k->rules);
        k->rules = rules ? rule_set_hold(rules) : NULL;
    }
    k->head = head;
    k->moment = moment;
}

static struct kept_body *hold(struct kept_body *body)
{
    body->held++;
    return body;
}

struct kept_body *kept_find(struct kept *k, struct str key)
{
    for (size_t i = 0; i < KEPT_BODIES; i++) {
        struct entry *e = &k->entries[i];
        if (e->body && str_eq(buf_str(&e->key), key)) {
            e->used = ++k->uses;
            return hold(e->body);
        }
    }
    return NULL;
}

/* A free place after which `bytes` more are within bounds. */
static struct entry *make_room(struct kept *k, size_t bytes)
{
    for (;;) {
        struct entry *room = NULL, *oldest = NULL;
        for (size_t i = 0; i < KEPT_BODIES; i++) {
            struct entry *e = &k->entries[i];
            if (!e->body)
                room = e;
            else if (!oldest || e->used < oldest->used)
                oldest = e;
        }
        if (room && k->bytes + bytes <= KEPT_BYTES)
            return room;
        drop(k, oldest); /* there is one: none is larger than what all may be */
    }
}

const char *kept_mime(const struct kept_body *body)
{
    return body->mime;
}

struct encoding_spell *kept_spell(struct kept_body *body)
{
    return &body->spell;
}

struct kept_body *kept_put(struct kept *k, struct str key, struct buf *body, const char *mime)
{
    struct kept_body *made = buf_ok(body) ? calloc(1, sizeof *made) : NULL;

    if (!made) {
        buf_free(body);
        return NULL;
    }
    made->plain = *body;
    made->held = 1;
    made->mime = mime;
    made->spell = (struct encoding_spell)ENCODING_ALWAYS;
    *body = BUF_INIT;
    if (made->plain.cap > KEPT_BYTES)
        return made;
    struct entry *e = make_room(k, made->plain.cap);
    if (buf_add_str(&e->key, key)) {
        buf_free(&e->key);
        return made;
    }
    e->body = hold(made);
    e->used = ++k->uses;
    k->bytes += made->plain.cap;
    return made;
}

struct str kept_bytes(struct kept_body *body, bool *gzip)
{
    if (*gzip && !body->packed) {
        encoding_gzip(buf_str(&body->plain), &body->gzip); /* empty when it cannot be had */
        body->packed = true;
    }
    *gzip = *gzip && body->gzip.len;
    return buf_str(*gzip ? &body->gzip : &body->plain);
}
