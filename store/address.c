#include "store/address.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/err.h"
#include "store/backend.h"
#include "store/cluster.h"

static int open_memory(const char *address, struct store **out)
{
    (void)address;
    return memory_open(out);
}

static int open_sqlite(const char *address, struct store **out)
{
    return sqlite_open(address + sizeof "sqlite:" - 1, out);
}

static int check_memory(const char *address)
{
    return strcmp(address, "memory:") == 0 ? 0 : ERR_UNSUPPORTED;
}

/* SQLite takes these two for a temporary and an unnamed database. */
static int check_sqlite(const char *address)
{
    const char *path = address + sizeof "sqlite:" - 1;

    return path[0] && strcmp(path, ":memory:") != 0 ? 0 : ERR_INVALID;
}

static const struct scheme {
    struct str name;
    int (*check)(const char *address);
    int (*open)(const char *address, struct store **out);
} schemes[] = {
    {{"sqlite:", 7}, check_sqlite, open_sqlite},
    {{"memory:", 7}, check_memory, open_memory},
    {{"redis://", 8}, redis_check, redis_open},
    {{"redis+unix:", 11}, redis_check, redis_open},
    {{"redis+sentinel://", 17}, redis_check, redis_open},
};

static const struct scheme *scheme_of(const char *address)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (str_starts(str_from(address), schemes[i].name))
            return &schemes[i];
    return NULL;
}

int address_check(const char *address)
{
    const struct scheme *scheme = scheme_of(address);

    return scheme ? scheme->check(address) : ERR_UNSUPPORTED;
}

int store_open(const char *address, struct store **out)
{
    int err = address_check(address);

    *out = NULL;
    if (!err && sodium_init() < 0)
        err = ERR_IO;
    return err ? err : scheme_of(address)->open(address, out);
}

static bool in_redis(const char *address)
{
    const struct scheme *scheme = scheme_of(address);

    return scheme && scheme->check == redis_check;
}

int store_lead(const char *address, const char *token, unsigned replicas, struct store **out)
{
    return store_lead_spooled(address, token, replicas, NULL, out);
}

int store_lead_spooled(const char *address, const char *token, unsigned replicas,
                       const char *spool, struct store **out)
{
    int err = address_check(address);

    *out = NULL;
    if (!err && !in_redis(address))
        err = ERR_UNSUPPORTED;
    if (!err && sodium_init() < 0)
        err = ERR_IO;
    return err ? err : redis_lead(address, token, replicas, spool, out);
}

int store_follow(const char *address, struct store **out)
{
    int err = address_check(address);

    *out = NULL;
    if (!err && !in_redis(address))
        err = ERR_UNSUPPORTED;
    return err ? err : redis_follow(address, out);
}

char *address_shown(const char *address, char out[static ADDRESS_SHOWN])
{
    const char *at = strrchr(address, '@');
    const char *slashes = strstr(address, "://");
    bool hides = at && slashes && slashes < at && str_starts(str_from(address), STR("redis"));

    snprintf(out, ADDRESS_SHOWN, "%.*s%s", hides ? (int)(slashes + 3 - address) : 0, address,
             hides ? at + 1 : address);
    return out;
}

static const struct str file = {"sqlite:", 7};

int address_there(const char *address)
{
    struct store *s;

    if (str_starts(str_from(address), file))
        return access(address + file.n, F_OK) ? ERR_NOTFOUND : 0;
    int err = address_look(address, &s);
    if (!err)
        store_close(s);
    return err;
}

int address_look(const char *address, struct store **out)
{
    int err = address_check(address);

    *out = NULL;
    if (!err && !in_redis(address))
        err = ERR_UNSUPPORTED;
    return err ? err : redis_look(address, out);
}

/* As its writer holds it. *lock is -1 where it has no such file: then nobody has it open. */
static int take_lock(const char *file, int *lock)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s.lock", file);

    *lock = n > 0 && (size_t)n < sizeof path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (*lock < 0)
        return errno == ENOENT ? 0 : ERR_IO;
    if (!flock(*lock, LOCK_EX | LOCK_NB))
        return 0;
    int err = errno == EWOULDBLOCK ? ERR_REFUSED : ERR_IO;
    close(*lock);
    return err;
}

int address_erase(const char *address)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
    char path[4096];
    int lock, err = address_check(address);

    if (err || in_redis(address))
        return err ? err : redis_erase(address);
    err = take_lock(address + file.n, &lock);
    if (err)
        return err;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        int n = snprintf(path, sizeof path, "%s%s", address + file.n, suffixes[i]);
        if (n < 0 || (size_t)n >= sizeof path || (unlink(path) && errno != ENOENT))
            err = ERR_IO;
    }
    if (lock >= 0)
        close(lock);
    return err;
}
