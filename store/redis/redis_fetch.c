/* A snapshot as a replica that wants no more than that gets it: REPLCONF rdb-only, then SYNC. */
#define _GNU_SOURCE
#include "store/redis/redis_aside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"

enum {
    MARK = 40,         /* bytes behind the snapshot, told before it */
    SILENT_S = 70,     /* one who waits for Redis to begin hears of it each ten seconds */
    BEHIND_MS = 5000,  /* how long a replica may take to catch up */
    LOOK_MS = 20
};

struct standing {
    bool master, up; /* up: a replica that hears its master */
    uint64_t offset, replicas;
};

/* Over the connection that there is, once: a reply of this type, or an error. */
static int ask(struct redis *r, const char *const *words, size_t n, int type, redisReply **reply)
{
    struct redis_args a = {0};
    bool unsure;

    redis_begin(&a, words[0]);
    for (size_t i = 1; i < n; i++)
        redis_put_text(&a, words[i]);
    int err = redis_write(r, &a, reply, &unsure);
    redis_args_free(&a);
    if (err || (*reply)->type == type)
        return err;
    freeReplyObject(*reply);
    return ERR_CORRUPT;
}

static uint64_t number_of(struct str text, const char *name)
{
    uint64_t n = 0;

    return redis_number(redis_info(text, name), &n) ? n : 0;
}

/* freeReplyObject(*reply), of which *out tells. */
static int look(struct redis *r, struct standing *out, redisReply **reply)
{
    const char *const words[] = {"INFO", "replication"};
    int err = ask(r, words, 2, REDIS_REPLY_STRING, reply);

    if (err)
        return err;
    struct str text = redis_str(*reply);
    out->master = str_is(redis_info(text, "role"), "master");
    out->up = str_is(redis_info(text, "master_link_status"), "up");
    out->offset = number_of(text, out->master ? "master_repl_offset" : "slave_repl_offset");
    out->replicas = number_of(text, "connected_slaves");
    return 0;
}

/* Wait until the replica has what its master had: 0 or an error. */
static int catch_up(struct redis *r, uint64_t wanted)
{
    int64_t until = clock_mono() + BEHIND_MS;

    for (;;) {
        struct standing now;
        redisReply *reply;
        int err = look(r, &now, &reply);
        if (err)
            return err;
        freeReplyObject(reply);
        if (now.up && now.offset >= wanted)
            return 0;
        if (now.master || clock_mono() > until)
            return ERR_AGAIN;
        clock_sleep(LOOK_MS);
    }
}

/* The value of "NAME=" in "NAME=…,NAME=…". */
static struct str field(struct str line, const char *name)
{
    size_t at = str_find(line, str_from(name), 0), n = strlen(name);

    if (at == (size_t)-1)
        return STR_NONE;
    struct str value = {line.p + at + n, line.n - at - n};
    const char *comma = value.n ? memchr(value.p, ',', value.n) : NULL;
    value.n = comma ? (size_t)(comma - value.p) : value.n;
    return value;
}

/* Connected to the replica of this line, which is the master's and has what the master had. */
static int greet_replica(const struct redis *master, struct str line, uint64_t wanted,
                         struct redis **out)
{
    struct redis_address there;
    struct str host = field(line, "ip=");
    long long port;

    *out = NULL;
    if (!str_is(field(line, "state="), "online") || !host.n ||
        str_int(field(line, "port="), 1, 65535, &port))
        return ERR_NOTFOUND;
    int err = redis_address_copy(&master->address, &there);
    free(there.host);
    free(there.path);
    free(there.sentinels);
    there.path = there.sentinels = NULL;
    there.host = strndup(host.p, host.n);
    there.port = (int)port;
    if (!err)
        err = there.host ? redis_greet_at(&there, out) : ERR_NOMEM;
    redis_address_free(&there);
    if (!err)
        err = catch_up(*out, wanted);
    if (err) {
        redis_close(*out ? &(*out)->base : NULL);
        *out = NULL;
    }
    return err;
}

/* A replica of the one that is connected, in its place, if there is one to be had. */
static int prefer_replica(struct redis **r)
{
    struct redis *replica = NULL;
    struct standing now;
    redisReply *reply;
    int err = look(*r, &now, &reply);

    if (err)
        return err;
    for (uint64_t i = 0; now.master && i < now.replicas && !replica; i++) {
        char name[32];
        snprintf(name, sizeof name, "slave%ju", (uintmax_t)i);
        greet_replica(*r, redis_info(redis_str(reply), name), now.offset, &replica);
    }
    freeReplyObject(reply);
    if (replica) {
        redis_close(&(*r)->base);
        *r = replica;
    }
    return 0;
}

/* Does it send what it holds without writing it to its disk first? Who may not ask finds out by the
 * answer to SYNC. */
static int check_diskless(struct redis *r, enum snapshot_trouble *why)
{
    const char *const words[] = {"CONFIG", "GET", "repl-diskless-sync"};
    redisReply *reply;
    int err = ask(r, words, 3, REDIS_REPLY_ARRAY, &reply);

    if (err)
        return err == ERR_DENIED || err == ERR_IO ? 0 : err;
    bool disk = reply->elements == 2 && str_is(redis_str(reply->element[1]), "no");
    freeReplyObject(reply);
    if (!disk)
        return 0;
    *why = SNAPSHOT_TO_DISK;
    return ERR_REFUSED;
}

static int announce(struct redis *r, enum snapshot_trouble *why)
{
    static const char *const words[][3] = {{"REPLCONF", "capa", "eof"},
                                           {"REPLCONF", "rdb-only", "1"}};
    int err = 0;

    for (size_t i = 0; i < 2 && !err; i++) {
        redisReply *reply;
        err = ask(r, words[i], 3, REDIS_REPLY_STATUS, &reply);
        if (!err)
            freeReplyObject(reply);
    }
    if (err == ERR_DENIED)
        *why = SNAPSHOT_NO_RIGHT;
    return err;
}

struct stream {
    int fd;
    size_t at, n;
    char bytes[1 << 16];
};

static int fill(struct stream *s)
{
    ssize_t n;

    do
        n = recv(s->fd, s->bytes, sizeof s->bytes, 0);
    while (n < 0 && errno == EINTR);
    s->at = 0;
    s->n = n > 0 ? (size_t)n : 0;
    return n > 0 ? 0 : ERR_NET;
}

/* The first line that is not empty, which is what says that it goes on. */
static int read_line(struct stream *s, char *out, size_t size)
{
    size_t n = 0;

    for (;;) {
        if (s->at == s->n && fill(s))
            return ERR_NET;
        char c = s->bytes[s->at++];
        if (c == '\n' && n)
            break;
        if (c != '\n' && c != '\r' && n < size - 1)
            out[n++] = c;
    }
    out[n] = '\0';
    return 0;
}

static int refusal(const char *line, enum snapshot_trouble *why)
{
    static const char NOPERM[] = "-NOPERM", RDB[] = "$";

    if (!strncmp(line, NOPERM, sizeof NOPERM - 1)) {
        *why = SNAPSHOT_NO_RIGHT;
        return ERR_REFUSED;
    }
    if (!strncmp(line, RDB, sizeof RDB - 1)) {
        *why = SNAPSHOT_TO_DISK;
        return ERR_REFUSED;
    }
    log_error("store.redis", "reply=%.*s to=sync", (int)strcspn(line + 1, " "), line + 1);
    return ERR_AGAIN;
}

/* Up to the mark, which is not written. */
static int receive(struct stream *s, const char *mark, int file, size_t guess,
                   const struct snapshot_watch *watch)
{
    char tail[MARK] = "";
    size_t total = 0;

    for (;;) {
        size_t n = s->n - s->at;
        const char *p = s->bytes + s->at;
        if (file_write_all(file, (struct str){p, n}))
            return ERR_IO;
        size_t kept = n < MARK ? MARK - n : 0;
        memmove(tail, tail + MARK - kept, kept);
        memcpy(tail + kept, p + n - (MARK - kept), MARK - kept);
        total += n;
        if (watch && watch->step)
            watch->step(watch->arg, SNAPSHOT_TAKEN, total, guess > total ? guess : total);
        if (total >= MARK && !memcmp(tail, mark, MARK))
            break;
        if (fill(s))
            return ERR_NET;
    }
    return ftruncate(file, (off_t)(total - MARK)) ? ERR_IO : 0;
}

/* Bytes that its data take in its memory: more than they take in a file. */
static size_t guess_size(struct redis *r)
{
    const char *const words[] = {"INFO", "memory"};
    redisReply *reply;
    size_t n;

    if (ask(r, words, 2, REDIS_REPLY_STRING, &reply))
        return 0;
    n = (size_t)number_of(redis_str(reply), "used_memory_dataset");
    freeReplyObject(reply);
    return n;
}

static int sync_to(struct redis *r, int file, const struct snapshot_watch *watch,
                   enum snapshot_trouble *why)
{
    static const char SYNC[] = "SYNC\r\n", EOF_FORM[] = "$EOF:";
    const struct timeval silent = {SILENT_S, 0};
    struct stream *s = calloc(1, sizeof *s);
    char line[128];
    size_t form = sizeof EOF_FORM - 1, guess = guess_size(r);
    int err = s ? 0 : ERR_NOMEM;

    if (!err && redisSetTimeout(r->link, silent) != REDIS_OK)
        err = ERR_NET;
    if (!err) {
        s->fd = r->link->fd;
        err = send(s->fd, SYNC, sizeof SYNC - 1, MSG_NOSIGNAL) == sizeof SYNC - 1 ? 0 : ERR_NET;
    }
    if (!err)
        err = read_line(s, line, sizeof line);
    if (!err && (strncmp(line, EOF_FORM, form) != 0 || strlen(line + form) != MARK))
        err = refusal(line, why);
    if (!err)
        err = receive(s, line + form, file, guess, watch);
    free(s);
    return err;
}

int redis_fetch(const struct redis_address *where, int file, const struct snapshot_watch *watch,
                enum snapshot_trouble *why)
{
    struct redis *r;
    int err = redis_greet_at(where, &r);

    if (!err)
        err = prefer_replica(&r);
    if (!err)
        err = check_diskless(r, why);
    if (!err)
        err = announce(r, why);
    if (!err)
        err = sync_to(r, file, watch, why);
    redis_close(r ? &r->base : NULL);
    return err;
}
