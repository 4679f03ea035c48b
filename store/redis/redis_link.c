/* The connection: made when it is needed, given up at the first trouble, made anew by the next
 * call. Error replies become ERR_* by their first word. */
#include "store/redis/redis.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "base/log.h"

#include "store/redis/scripts.inc"

enum { CONNECT_S = 2, ANSWER_S = 10 };

/* Scripts that only read also run while memory is exhausted, and on a replica. */
static const struct {
    const char *flags;
    const char *parts[3];
} scripts[SCRIPTS] = {
    [SCRIPT_CLAIM] = {"", {claim_lua}},
    [SCRIPT_COMMIT] = {"", {drop_lua, commit_lua}},
    [SCRIPT_EXPIRE] = {" flags=allow-oom", {drop_lua, expire_lua}},
    [SCRIPT_FORGET] = {" flags=allow-oom", {forget_lua}},
    [SCRIPT_SWEEP] = {" flags=allow-oom", {sweep_lua}},
    [SCRIPT_NOTE_DROP] = {" flags=allow-oom", {note_drop_lua}},
    [SCRIPT_WALK] = {" flags=no-writes", {walk_lua}},
    [SCRIPT_CONCERNS] = {" flags=no-writes", {concerns_lua}},
    [SCRIPT_TAIL] = {" flags=no-writes", {tail_lua}},
    [SCRIPT_WORDS] = {" flags=no-writes", {words_lua}},
    [SCRIPT_BEAT] = {" flags=allow-oom", {beat_lua}},
    [SCRIPT_OFFER] = {"", {due_lua, offer_lua}},
    [SCRIPT_POLLED] = {"", {due_lua, polled_lua}},
    [SCRIPT_DUES] = {" flags=no-writes", {dues_lua}},
    [SCRIPT_TAKE] = {" flags=allow-oom", {lead_lua, take_lua}},
    [SCRIPT_DONE] = {" flags=allow-oom", {lead_lua, done_lua}},
    [SCRIPT_SAY] = {"", {lead_lua, say_lua}},
    [SCRIPT_SETTLE] = {" flags=allow-oom", {settle_lua}},
    [SCRIPT_CLEAN] = {" flags=allow-oom", {clean_lua}},
    [SCRIPT_MAIL] = {"", {mail_lua}},
};

static const struct {
    const char *word;
    int err;
    bool leave; /* another connection may lead to where it works */
} failures[] = {
    {"FENCED", ERR_REFUSED, false}, {"STALE", ERR_STALE, false},
    {"EXISTS", ERR_EXISTS, false},  {"NEWER", ERR_STALE, false},
    {"OOM", ERR_IO, false},      {"LOADING", ERR_AGAIN, true},
    {"BUSY", ERR_AGAIN, false},     {"READONLY", ERR_AGAIN, true},
    {"MASTERDOWN", ERR_AGAIN, true}, {"CLUSTERDOWN", ERR_AGAIN, true},
    {"TRYAGAIN", ERR_AGAIN, false}, {"MISCONF", ERR_IO, false},
    {"NOREPLICAS", ERR_AGAIN, false}, {"NOAUTH", ERR_DENIED, true},
    {"WRONGPASS", ERR_DENIED, true}, {"NOPERM", ERR_DENIED, false},
    {"WRONGTYPE", ERR_CORRUPT, false}, {"NOSCRIPT", ERR_NET, true},
};

/* A server that has as many clients as it may lets go at once who comes, in these words. Of the
 * server itself, not of what was asked: 0 when it is no such thing. */
static int farewell(struct redis *r, struct str text)
{
    if (!str_starts(text, STR("ERR max number of clients")))
        return 0;
    if (!r->shut)
        log_error("store.redis", "reply=MAXCLIENTS writer=%d note=\"CLIENT LIST shows who is "
                  "connected; CONFIG SET maxclients, and the limit of open files, allow more\"",
                  r->base.writer);
    r->down = r->shut = true;
    redis_disconnect(r);
    return ERR_AGAIN;
}

/* What has no word of its own. */
static const struct {
    struct str text;
    int err;
    const char *note;
} phrases[] = {
    {{"ERR DB index is out of range", 28}, ERR_LIMIT,
     "it has no database of this number: CONFIG GET databases"},
    {{"ERR AUTH <password> called without any password", 47}, ERR_DENIED,
     "it has no password, and the address has one"},
};

/* 0 when it is none of them. Nothing is asked over this connection as it is meant. */
static int phrase(struct redis *r, struct str text)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (!str_starts(text, phrases[i].text))
            continue;
        if (!r->shut)
            log_error("store.redis", "db=%d note=\"%s\" writer=%d", r->address.db,
                      phrases[i].note, r->base.writer);
        r->down = r->shut = true;
        redis_disconnect(r);
        return phrases[i].err;
    }
    return 0;
}

/* Was it refused in this word when it was asked for last? It is asked for again and again. */
static bool is_told(struct redis *r, struct str word)
{
    char *last = r->refused[r->asked];
    bool same = word.n < REDIS_WORD && str_is(word, last);

    snprintf(last, REDIS_WORD, "%.*s", STR_ARG(word));
    return same;
}

int redis_failure(struct redis *r, const redisReply *reply)
{
    struct str text = {reply->str, reply->len}, word = text;
    int gone = farewell(r, text);
    gone = gone ? gone : phrase(r, text);
    if (gone)
        return gone;
    const char *space = memchr(text.p, ' ', text.n);
    int err = ERR_IO;
    bool told = false, leave = false;

    word.n = space ? (size_t)(space - text.p) : text.n;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (str_is(word, failures[i].word)) {
            err = failures[i].err;
            leave = failures[i].leave;
            told = err == ERR_STALE || err == ERR_EXISTS || err == ERR_NET;
        }
    r->fenced |= r->base.writer && str_is(word, "FENCED");
    /* The rest of an answer may repeat values; of a script's own faults its line helps. */
    size_t at = str_find(text, STR("user_script:"), 0);
    int line = 0;
    for (at = at == (size_t)-1 ? text.n : at + 12; at < text.n; at++) {
        if (text.p[at] < '0' || text.p[at] > '9' || line > 9999)
            break;
        line = 10 * line + text.p[at] - '0';
    }
    if (!told && !is_told(r, word))
        log_error("store.redis", "reply=%.*s line=%d writer=%d", STR_ARG(word), line,
                  r->base.writer);
    if (leave)
        redis_disconnect(r);
    return err;
}

void redis_disconnect(struct redis *r)
{
    if (r->link)
        redisFree(r->link);
    r->link = NULL;
}

/* It was closed before all was written: what it said before that has not been read. */
static int unread(struct redis *r)
{
    char text[64];
    ssize_t n = r->link && r->link->fd >= 0 ? recv(r->link->fd, text, sizeof text, MSG_DONTWAIT)
                                            : -1;

    return n > 1 && text[0] == '-' ? farewell(r, (struct str){text + 1, (size_t)n - 1}) : 0;
}

static int lost(struct redis *r)
{
    int err = unread(r);

    if (err)
        return err;
    if (!r->down)
        log_error("store.redis", "connection=lost code=%d writer=%d", r->link ? r->link->err : 0,
                  r->base.writer);
    r->down = true;
    redis_disconnect(r);
    return ERR_NET;
}

void redis_begin_script(struct redis *r, struct redis_args *a, enum redis_script script)
{
    r->asked = (unsigned)script + 1;
    redis_begin(a, "EVALSHA");
    redis_put_text(a, r->sha[script]);
    redis_put_text(a, "1");
    redis_put_text(a, r->prefix);
}

void redis_put_key(struct redis *r, struct redis_args *a, const char *name, struct str rest)
{
    struct buf key = BUF_INIT;

    buf_add_text(&key, r->prefix);
    buf_add_text(&key, name);
    buf_add_str(&key, rest);
    a->values.failed |= !buf_ok(&key);
    redis_put_str(a, buf_str(&key));
    buf_free(&key);
}

static void drop(redisReply **replies, size_t n)
{
    for (size_t i = 0; i < n; i++)
        freeReplyObject(replies[i]);
}

/* Over the connection that there is. *sent: something of it may have arrived. */
static int exchange(struct redis *r, struct redis_args *a, redisReply **replies, size_t n,
                    bool *sent)
{
    struct str bytes = redis_args_bytes(a);
    const redisReply *bad = NULL;

    if (!bytes.n || redisAppendFormattedCommand(r->link, bytes.p, bytes.n) != REDIS_OK)
        return ERR_NOMEM;
    *sent = true;
    for (size_t i = 0; i < n; i++) {
        if (redisGetReply(r->link, (void **)&replies[i]) != REDIS_OK) {
            drop(replies, i);
            return lost(r);
        }
        if (!bad && replies[i]->type == REDIS_REPLY_ERROR)
            bad = replies[i];
    }
    int err = bad ? redis_failure(r, bad) : 0;
    if (!bad)
        r->refused[r->asked][0] = '\0';
    else
        drop(replies, n);
    r->asked = 0;
    return err;
}

static int load_scripts(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *replies[SCRIPTS];
    struct buf text = BUF_INIT;
    bool sent;

    for (size_t i = 0; i < SCRIPTS; i++) {
        buf_reset(&text);
        buf_addf(&text, "#!lua%s\n", scripts[i].flags);
        buf_add_text(&text, prelude_lua);
        for (size_t k = 0; k < 3 && scripts[i].parts[k]; k++)
            buf_add_text(&text, scripts[i].parts[k]);
        redis_begin(&a, "SCRIPT");
        redis_put_text(&a, "LOAD");
        redis_put_str(&a, buf_str(&text));
    }
    int err = buf_ok(&text) ? exchange(r, &a, replies, SCRIPTS, &sent) : ERR_NOMEM;
    for (size_t i = 0; i < SCRIPTS && !err; i++)
        snprintf(r->sha[i], REDIS_SHA, "%.*s", STR_ARG(redis_str(replies[i])));
    if (!err)
        drop(replies, SCRIPTS);
    buf_free(&text);
    redis_args_free(&a);
    return err;
}

static int log_in(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *replies[3];
    size_t n = 0;
    bool sent;

    /* PING, since who is not let in is told so of short commands only: the scripts are too long for
     * a stranger, and the connection would end. */
    if (r->address.password) {
        redis_begin(&a, "AUTH");
        if (r->address.user)
            redis_put_text(&a, r->address.user);
        redis_put_text(&a, r->address.password);
        n++;
    }
    if (r->address.db) {
        redis_begin(&a, "SELECT");
        redis_put_number(&a, (uint64_t)r->address.db);
        n++;
    }
    redis_begin(&a, "PING");
    n++;
    int err = exchange(r, &a, replies, n, &sent);
    if (!err)
        drop(replies, n);
    if (buf_ok(&a.done) && a.done.len)
        explicit_bzero(a.done.data, a.done.len);
    redis_args_free(&a);
    return err;
}

/* One that a Sentinel still names may be a replica by now. */
static int check_role(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool sent;

    redis_begin(&a, "ROLE");
    int err = exchange(r, &a, &reply, 1, &sent);
    redis_args_free(&a);
    if (err)
        return err;
    bool master = reply->type == REDIS_REPLY_ARRAY && reply->elements &&
                  str_is(redis_str(reply->element[0]), "master");
    freeReplyObject(reply);
    return master ? 0 : ERR_AGAIN;
}

static redisContext *dial(const struct redis_address *a)
{
    const struct timeval connect = {CONNECT_S, 0};
    char host[REDIS_HOST];
    int port;

    if (a->path)
        return redisConnectUnixWithTimeout(a->path, connect);
    if (!a->sentinels)
        return redisConnectWithTimeout(a->host, a->port, connect);
    return redis_sentinel_ask(a, connect, host, &port)
               ? NULL : redisConnectWithTimeout(host, port, connect);
}

/* The writer is connected anew, perhaps to a replica that took its master's place and is set in
 * another way. That is told, and the spool goes by it; to stop would cost the town more. */
static int claim_again(struct redis *r)
{
    int err = redis_check_settings(r);

    return err && err != ERR_REFUSED ? err : redis_claim(r, r->fence);
}

int redis_greet(struct redis *r)
{
    const struct timeval answer = {ANSWER_S, 0};

    redis_disconnect(r);
    r->link = dial(&r->address);
    if (!r->link && r->address.sentinels)
        return lost(r);
    if (!r->link)
        return ERR_NOMEM;
    if (r->link->err || redisSetTimeout(r->link, answer) != REDIS_OK)
        return lost(r);
    if (!r->address.path)
        redisEnableKeepAlive(r->link);
    int err = log_in(r);
    if (!err && r->address.sentinels)
        err = check_role(r);
    if (err)
        redis_disconnect(r);
    return err;
}

int redis_connect(struct redis *r)
{
    unsigned asked = r->asked; /* what it is connected for */

    r->asked = 0;
    int err = redis_greet(r);
    if (!err)
        err = load_scripts(r);
    if (!err && r->base.writer && r->fence[0])
        err = claim_again(r);
    r->asked = asked;
    if (err) {
        redis_disconnect(r);
        return err;
    }
    if (r->down)
        log_info("store.redis", "connection=back writer=%d", r->base.writer);
    r->down = r->shut = false;
    return 0;
}

int redis_ready(struct redis *r)
{
    return r->link ? 0 : redis_connect(r);
}

int redis_read(struct redis *r, struct redis_args *a, redisReply **replies, size_t n)
{
    bool sent;
    int err = redis_ready(r);

    if (err)
        return err;
    err = exchange(r, a, replies, n, &sent);
    if (err != ERR_NET)
        return err;
    err = redis_connect(r);
    return err ? err : exchange(r, a, replies, n, &sent);
}

int redis_ask(struct redis *r, struct redis_args *a, int type, bool nil, redisReply **reply)
{
    int err = redis_read(r, a, reply, 1);

    if (err)
        return err;
    if ((*reply)->type == type || (nil && (*reply)->type == REDIS_REPLY_NIL))
        return 0;
    freeReplyObject(*reply);
    return ERR_CORRUPT;
}

int redis_write(struct redis *r, struct redis_args *a, redisReply **reply, bool *unsure)
{
    bool sent = false;
    int err = exchange(r, a, reply, 1, &sent);

    *unsure = err == ERR_NET && sent;
    return err;
}
