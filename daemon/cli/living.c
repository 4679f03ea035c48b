#define _GNU_SOURCE
#include "daemon/cli/living.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress.h"
#include "store/address.h"
#include "store/snapshot.h"

enum { NICER = 10 };

struct living {
    struct snapshot *snapshot; /* NULL: it is the store itself */
    struct store *store;
};

static const struct {
    int status;
    const char *text;
} troubles[SNAPSHOT_TROUBLES] = {
    [SNAPSHOT_NO_SERVER] = {EX_UNAVAILABLE,
        "服务运行时备份要在本机装有 redis-server（apt-get install redis-server）；或先停止各台服务 "
        "(while its daemons run this needs redis-server installed on this machine; or stop them "
        "first)"},
    [SNAPSHOT_NO_RIGHT] = {EX_NOPERM,
        "这个 Redis 用户无权取快照：ACL SETUSER 用户 +sync +replconf；或先停止各台服务 "
        "(its user may not take a snapshot; grant that, or stop the daemons first)"},
    [SNAPSHOT_TO_DISK] = {EX_CONFIG,
        "Redis 会把快照写到自己的磁盘并留下：CONFIG SET repl-diskless-sync yes；或先停止各台服务 "
        "(Redis would write the snapshot to its own disk and keep it there; set that, or stop the "
        "daemons first)"},
    [SNAPSHOT_NOT_LOADED] = {EX_UNAVAILABLE,
        "本机的 redis-server 载不进快照：比那边的 Redis 旧，或内存不够；或先停止各台服务 "
        "(the redis-server of this machine did not take the snapshot: it is older than that Redis, "
        "or lacks memory; or stop the daemons first)"},
};

static void show_step(void *arg, enum snapshot_phase phase, size_t done, size_t total)
{
    (void)arg;
    progress_show(phase == SNAPSHOT_TAKEN ? "快照 snapshot" : "载入 load", done, total);
}

static int fail(const char *address, enum snapshot_trouble why)
{
    char shown[ADDRESS_SHOWN];

    cli_error("%s: %s", address_shown(address, shown), troubles[why].text);
    return troubles[why].status;
}

static int open_either(const char *address, const char *folder,
                       int (*open_itself)(const char *address, struct store **out),
                       struct living *l)
{
    const struct snapshot_watch watch = {show_step, NULL};
    enum snapshot_trouble why;
    int err = snapshot_take(address, folder, &watch, &l->snapshot, &why);

    progress_clear();
    if (!err) {
        if (nice(NICER) < 0) /* the town goes first, if it runs here */
            errno = 0;
        l->store = snapshot_store(l->snapshot);
        return EX_OK;
    }
    if (why == SNAPSHOT_FINE)
        return migrate_fail(address, err);
    err = open_itself(address, &l->store);
    if (!err)
        return EX_OK;
    return err == ERR_REFUSED ? fail(address, why) : migrate_fail(address, err);
}

static int make(const char *address, const char *folder,
                int (*open_itself)(const char *address, struct store **out), struct living **out)
{
    struct living *l = calloc(1, sizeof *l);
    int status = l ? open_either(address, folder, open_itself, l)
                   : migrate_fail(address, ERR_NOMEM);

    *out = status ? NULL : l;
    if (status)
        free(l);
    return status;
}

int living_open(const char *address, const char *folder, struct living **out)
{
    return make(address, folder, store_open, out);
}

int living_look(const char *address, const char *folder, struct living **out)
{
    return make(address, folder, address_look, out);
}

struct store *living_store(const struct living *l)
{
    return l->store;
}

void living_close(struct living *l)
{
    if (!l)
        return;
    if (l->snapshot)
        snapshot_free(l->snapshot);
    else
        store_close(l->store);
    free(l);
}
