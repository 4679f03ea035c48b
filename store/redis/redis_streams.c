/* The streams between machines: verdicts to the leader, letters from it. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>

#include "base/err.h"

enum { LETTERS_KEPT = 10000 };

int cluster_offer(struct cluster *c, const struct cluster_due *due, struct str meta,
                  struct str verdicts)
{
    struct redis_args a = {0};
    redisReply *reply;
    int err = redis_ready(c->redis);

    if (err)
        return err;
    redis_begin_script(c->redis, &a, SCRIPT_OFFER);
    redis_put_number(&a, CLUSTER_WAITING);
    redis_put_str(&a, meta);
    redis_put_str(&a, verdicts);
    redis_put_due(&a, due);
    err = redis_ask(c->redis, &a, REDIS_REPLY_INTEGER, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    err = reply->integer ? 0 : ERR_LIMIT;
    freeReplyObject(reply);
    return err;
}

static int ask_take(struct cluster *c, const char *token, const struct cluster_place *place,
                    size_t max, redisReply **reply)
{
    struct redis_args a = {0};
    int err = redis_ready(c->redis);

    if (err)
        return err;
    redis_begin_script(c->redis, &a, SCRIPT_TAKE);
    redis_put_text(&a, token);
    redis_put_number(&a, max);
    redis_put_number(&a, CLUSTER_ATTEMPTS);
    redis_put_text(&a, place->begun ? place->from : "0-0");
    err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, reply);
    redis_args_free(&a);
    return err;
}

int cluster_take(struct cluster *c, const char *token, struct cluster_place *place, size_t max,
                 void (*each)(void *arg, const char *entry, struct str meta,
                              const struct str *verdicts),
                 void *arg)
{
    redisReply *reply;
    int err = ask_take(c, token, place, max, &reply);

    if (err)
        return err;
    if (reply->elements % 3 != 1) {
        freeReplyObject(reply);
        return ERR_CORRUPT;
    }
    place->begun = true;
    snprintf(place->from, sizeof place->from, "%.*s", STR_ARG(redis_str(reply->element[0])));
    int n = 0;
    for (size_t i = 1; i < reply->elements; i += 3, n++) {
        char entry[CLUSTER_ENTRY];
        struct str verdicts = redis_str(reply->element[i + 2]);
        bool given_up = reply->element[i + 2]->type == REDIS_REPLY_NIL;
        snprintf(entry, sizeof entry, "%.*s", STR_ARG(redis_str(reply->element[i])));
        each(arg, entry, redis_str(reply->element[i + 1]), given_up ? NULL : &verdicts);
    }
    freeReplyObject(reply);
    return n;
}

int cluster_done(struct cluster *c, const char (*entries)[CLUSTER_ENTRY], size_t n)
{
    struct redis_args a = {0};
    redisReply *replies[2];

    if (!n)
        return 0;
    redis_begin(&a, "XACK");
    redis_put_key(c->redis, &a, "verdicts", STR_NONE);
    redis_put_text(&a, "ledger");
    for (size_t i = 0; i < n; i++)
        redis_put_text(&a, entries[i]);
    redis_begin(&a, "XDEL");
    redis_put_key(c->redis, &a, "verdicts", STR_NONE);
    for (size_t i = 0; i < n; i++)
        redis_put_text(&a, entries[i]);
    int err = redis_read(c->redis, &a, replies, 2);
    redis_args_free(&a);
    for (size_t i = 0; i < 2 && !err; i++)
        freeReplyObject(replies[i]);
    return err;
}

int cluster_say(struct cluster *c, const struct str *letters, size_t n)
{
    enum { MANY = 256 };
    redisReply *replies[MANY];
    int err = 0;

    for (size_t from = 0; from < n && !err; from += MANY) {
        struct redis_args a = {0};
        size_t some = n - from < MANY ? n - from : MANY;
        for (size_t i = 0; i < some; i++) {
            redis_begin(&a, "XADD");
            redis_put_key(c->redis, &a, "letters", STR_NONE);
            redis_put_text(&a, "MAXLEN");
            redis_put_text(&a, "~");
            redis_put_number(&a, LETTERS_KEPT);
            redis_put_text(&a, "*");
            redis_put_text(&a, "l");
            redis_put_str(&a, letters[from + i]);
        }
        err = redis_read(c->redis, &a, replies, some);
        redis_args_free(&a);
        for (size_t i = 0; i < some && !err; i++)
            freeReplyObject(replies[i]);
    }
    return err;
}

/* The entries of a range: XRANGE from `from` on, or the last one alone. */
static int ask_letters(struct cluster *c, const char *from, size_t max, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, *from ? "XRANGE" : "XREVRANGE");
    redis_put_key(c->redis, &a, "letters", STR_NONE);
    if (*from) {
        char after[CLUSTER_ENTRY + 1];
        snprintf(after, sizeof after, "(%s", from);
        redis_put_text(&a, after);
        redis_put_text(&a, "+");
    } else {
        redis_put_text(&a, "+");
        redis_put_text(&a, "-");
    }
    redis_put_text(&a, "COUNT");
    redis_put_number(&a, *from ? max : 1);
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, reply);
    redis_args_free(&a);
    return err;
}

int cluster_hear(struct cluster *c, char last[CLUSTER_ENTRY], size_t max,
                 void (*each)(void *arg, struct str letter), void *arg)
{
    redisReply *reply;
    bool begins = !*last;
    int n = 0, err = ask_letters(c, last, max, &reply);

    if (err)
        return err;
    if (begins)
        snprintf(last, CLUSTER_ENTRY, "0-0");
    for (size_t i = 0; i < reply->elements && !err; i++) {
        const redisReply *entry = reply->element[i];
        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
            entry->element[1]->type != REDIS_REPLY_ARRAY || entry->element[1]->elements != 2) {
            err = ERR_CORRUPT;
            break;
        }
        snprintf(last, CLUSTER_ENTRY, "%.*s", STR_ARG(redis_str(entry->element[0])));
        if (begins)
            continue;
        each(arg, redis_str(entry->element[1]->element[1]));
        n++;
    }
    freeReplyObject(reply);
    return err ? err : n;
}
