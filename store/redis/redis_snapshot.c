#define _GNU_SOURCE
#include "store/snapshot.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "store/redis/redis_aside.h"

struct snapshot {
    struct redis_aside *aside;
    struct store *store;
};

/* A file without a name, as far as the file system knows such; else its name goes at once. */
static int make_file(const char *folder)
{
    char *name = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    if (asprintf(&name, "%s/.huiying-snapshot-XXXXXX", folder) < 0)
        return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0 && unlink(name)) {
        close(fd);
        fd = -1;
    }
    free(name);
    return fd;
}

static int say(redisContext *link, const char *command, int a, int b, const char *key)
{
    redisReply *reply = key ? redisCommand(link, command, key) : redisCommand(link, command, a, b);
    bool fine = reply && reply->type != REDIS_REPLY_ERROR;

    if (reply)
        freeReplyObject(reply);
    return fine ? 0 : ERR_IO;
}

/* An address of a socket has the first database only; and whoever led there does not lead here. */
static int settle(const char *socket, const struct redis_address *from)
{
    char leader[96];
    redisContext *link = redisConnectUnix(socket);
    int err = link && !link->err ? 0 : ERR_IO;

    snprintf(leader, sizeof leader, "{%s}:leader", from->prefix);
    if (!err && from->db)
        err = say(link, "SWAPDB %d %d", 0, from->db, NULL);
    if (!err)
        err = say(link, "DEL %s", 0, 0, leader);
    if (link)
        redisFree(link);
    return err;
}

static int open_store(struct snapshot *s, const struct redis_address *from)
{
    const char *socket = redis_aside_socket(s->aside);
    char address[256];
    int err = settle(socket, from);

    snprintf(address, sizeof address, "redis+unix:%s?%s", socket, from->prefix);
    return err ? err : redis_open_aside(address, &s->store);
}

static int take(struct snapshot *s, const struct redis_address *from, const char *folder,
                const struct snapshot_watch *watch, enum snapshot_trouble *why)
{
    char *program = redis_aside_program();
    int file = -1, err = 0;

    if (!program) {
        *why = SNAPSHOT_NO_SERVER;
        return ERR_NOTFOUND;
    }
    file = make_file(folder);
    if (file < 0)
        err = ERR_IO;
    if (!err)
        err = redis_fetch(from, file, watch, why);
    if (!err)
        err = redis_aside_start(program, file, watch, &s->aside, why);
    if (file >= 0 && ftruncate(file, 0) && !err) /* our server holds it open */
        err = ERR_IO;
    if (file >= 0)
        close(file);
    free(program);
    return err ? err : open_store(s, from);
}

int snapshot_take(const char *address, const char *folder, const struct snapshot_watch *watch,
                  struct snapshot **out, enum snapshot_trouble *why)
{
    struct redis_address from;
    struct snapshot *s = calloc(1, sizeof *s);
    int err = s ? redis_address_parse(address, &from) : ERR_NOMEM;

    *out = NULL;
    *why = SNAPSHOT_FINE;
    if (!s)
        return ERR_NOMEM;
    if (!err && sodium_init() < 0)
        err = ERR_IO;
    if (!err)
        err = take(s, &from, folder, watch, why);
    redis_address_free(&from);
    if (err) {
        snapshot_free(s);
        return err;
    }
    *out = s;
    return 0;
}

struct store *snapshot_store(const struct snapshot *s)
{
    return s ? s->store : NULL;
}

void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    store_close(s->store);
    redis_aside_stop(s->aside);
    free(s);
}
