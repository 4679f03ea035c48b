/* The streams between machines: verdicts to the leader, letters from it. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>
#include <string.h>

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

/* Not sent again when the answer is lost: what that handed out is given again only to who begins
 * with what was taken before. */
static int ask_take(struct cluster *c, const char *token, struct cluster_place *place, size_t max,
                    redisReply **reply)
{
    struct redis_args a = {0};
    bool unsure;
    int err = redis_ready(c->redis);

    if (err)
        return err;
    redis_begin_script(c->redis, &a, SCRIPT_TAKE);
    redis_put_text(&a, token);
    redis_put_number(&a, max);
    redis_put_number(&a, CLUSTER_ATTEMPTS);
    redis_put_text(&a, place->begun ? place->from : "0-0");
    err = redis_write(c->redis, &a, reply, &unsure);
    redis_args_free(&a);
    if (unsure)
        place->begun = false;
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
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 3 != 1) {
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

/* A script whose answer says nothing. */
static int done(struct cluster *c, struct redis_args *a)
{
    redisReply *reply;
    int err = redis_ask(c->redis, a, REDIS_REPLY_INTEGER, false, &reply);

    redis_args_free(a);
    if (!err)
        freeReplyObject(reply);
    return err;
}

int cluster_done(struct cluster *c, const char *token, const char (*entries)[CLUSTER_ENTRY],
                 size_t n)
{
    struct redis_args a = {0};
    int err = n ? redis_ready(c->redis) : 0;

    if (err || !n)
        return err;
    redis_begin_script(c->redis, &a, SCRIPT_DONE);
    redis_put_text(&a, token);
    for (size_t i = 0; i < n; i++)
        redis_put_text(&a, entries[i]);
    return done(c, &a);
}

static void begin_say(struct cluster *c, struct redis_args *a, const char *token, struct str slot)
{
    redis_begin_script(c->redis, a, SCRIPT_SAY);
    redis_put_text(a, token);
    redis_put_number(a, LETTERS_KEPT);
    redis_put_str(a, slot);
    redis_put_number(a, CLUSTER_OWED_MS);
}

int cluster_say(struct cluster *c, const char *token, const struct str *letters, size_t n)
{
    enum { MANY = 256 };
    int err = redis_ready(c->redis);

    for (size_t from = 0; from < n && !err; from += MANY) {
        struct redis_args a = {0};
        size_t some = n - from < MANY ? n - from : MANY;
        begin_say(c, &a, token, STR_NONE);
        for (size_t i = 0; i < some; i++)
            redis_put_str(&a, letters[from + i]);
        err = done(c, &a);
    }
    return err;
}

int cluster_owe(struct cluster *c, const char *token, unsigned slot, struct str letter,
                struct str told)
{
    struct redis_args a = {0};
    char text[REDIS_SLOT];
    int err = redis_ready(c->redis);

    if (err)
        return err;
    begin_say(c, &a, token, redis_slot(slot, text));
    redis_put_str(&a, letter);
    redis_put_str(&a, told);
    return done(c, &a);
}

/* Where nothing was said yet. */
static const char NOTHING[] = "0-0";

/* The entries of a range: `from` itself and `max` after it, or the last one alone. */
static int ask_letters(struct cluster *c, const char *from, size_t max, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, *from ? "XRANGE" : "XREVRANGE");
    redis_put_key(c->redis, &a, "letters", STR_NONE);
    redis_put_text(&a, *from ? from : "+");
    redis_put_text(&a, *from ? "+" : "-");
    redis_put_text(&a, "COUNT");
    redis_put_number(&a, *from ? max + (strcmp(from, NOTHING) != 0) : 1);
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, reply);
    redis_args_free(&a);
    return err;
}

static int read_letter(const redisReply *entry, struct str *id, struct str *letter)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[1]->type != REDIS_REPLY_ARRAY || entry->element[1]->elements != 2)
        return ERR_CORRUPT;
    *id = redis_str(entry->element[0]);
    *letter = redis_str(entry->element[1]->element[1]);
    return 0;
}

/* Begin with the last one there, or after `last`, which is there unless letters after it may have
 * been trimmed with it. */
static int read_letters(const redisReply *reply, char last[CLUSTER_ENTRY],
                        void (*each)(void *arg, struct str letter), void *arg)
{
    bool begins = !*last, first = strcmp(last, NOTHING) != 0;
    struct str id, letter;
    int n = 0;

    if (!begins && first && !reply->elements)
        return ERR_STALE;
    if (begins)
        snprintf(last, CLUSTER_ENTRY, "%s", NOTHING);
    for (size_t i = 0; i < reply->elements; i++, first = false) {
        int err = read_letter(reply->element[i], &id, &letter);
        if (!err && first && !begins && !str_is(id, last))
            err = ERR_STALE;
        if (err)
            return err;
        snprintf(last, CLUSTER_ENTRY, "%.*s", STR_ARG(id));
        if (first)
            continue;
        each(arg, letter);
        n++;
    }
    return n;
}

int cluster_hear(struct cluster *c, char last[CLUSTER_ENTRY], size_t max,
                 void (*each)(void *arg, struct str letter), void *arg)
{
    redisReply *reply;
    int err = ask_letters(c, last, max, &reply);

    if (err)
        return err;
    err = read_letters(reply, last, each, arg);
    freeReplyObject(reply);
    return err;
}
