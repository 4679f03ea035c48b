/* store migrate: a whole store into one of another kind; store check, backup and restore of one in
 * Redis. */
#define _GNU_SOURCE
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/living.h"
#include "daemon/cli/parts.h"
#include "daemon/cli/progress.h"
#include "store/address.h"
#include "store/copy.h"
#include "store/transfer.h"

enum { LOOKS = 5 }; /* at a store whose daemon writes meanwhile */

static const struct {
    int err, status;
    const char *text;
} failures[] = {
    {ERR_NOTFOUND, EX_NOINPUT,
     "没有这个库：请看路径，或地址里的库号和前缀 (no such store: look at the path, or at the database "
     "number and the prefix of the address)"},
    {ERR_CORRUPT, EX_DATAERR, "不是回应的库，或已损坏 (no store of huiying, or damaged)"},
    {ERR_STALE, EX_DATAERR, "由更新的版本写成，请用新版本的 huiying (written by a newer version)"},
    {ERR_EXISTS, EX_CANTCREAT,
     "已有内容，不覆盖；--replace 先清除 (it holds something and is not replaced; --replace erases it "
     "first)"},
    {ERR_REFUSED, EX_TEMPFAIL,
     "服务正在使用，或 Redis 的设置不行，见上 (a daemon has it open: stop it first; or Redis is not set "
     "up for it, see above)"},
    {ERR_DENIED, EX_NOPERM,
     "Redis 不认地址里的用户和密码（上面写 NOAUTH：要密码；WRONGPASS：不对；NOPERM：权限不够），应为 "
     "redis://用户:密码@主机:端口/库?前缀 (Redis does not take the user and password of this address: "
     "above, NOAUTH tells that it wants some, WRONGPASS that they are wrong, NOPERM that the user "
     "lacks a right; expected redis://USER:PASSWORD@HOST:PORT/DB?PREFIX)"},
    {ERR_LIMIT, EX_USAGE,
     "这个 Redis 没有这个编号的库：redis-cli CONFIG GET databases 说有几个，从 0 数起 (Redis has no "
     "database of this number: redis-cli CONFIG GET databases says how many there are, from 0)"},
    {ERR_NET, EX_TEMPFAIL, "连不上 Redis (Redis cannot be reached)"},
    {ERR_AGAIN, EX_TEMPFAIL, "Redis 正在载入，或是副本 (Redis loads its data, or is a replica)"},
    {ERR_INVALID, EX_USAGE, "地址应为 文件、redis://主机:端口/库?前缀 或 redis+unix:路径?前缀 (expected "
                            "a FILE, redis://HOST:PORT/DB?PREFIX or redis+unix:PATH?PREFIX)"},
    {ERR_UNSUPPORTED, EX_USAGE,
     "不能用的地址，应为 文件、redis://、redis+unix: 或 redis+sentinel://；或 Redis 早于 7 (no address "
     "of a store: expected a FILE, redis://, redis+unix: or redis+sentinel://; or a Redis before "
     "7)"},
    {ERR_IO, EX_IOERR, "读写失败 (reading or writing failed)"},
};

int migrate_fail(const char *address, int err)
{
    char shown[ADDRESS_SHOWN];

    progress_clear();
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].err == err) {
            cli_error("%s: %s", address_shown(address, shown), failures[i].text);
            return failures[i].status;
        }
    cli_error("%s: %s", address_shown(address, shown), err_text(err));
    return EX_OSERR;
}

/* A path is a file's; one whose name has a colon is told from a scheme by a slash before it. */
static char *address_of(const char *given)
{
    char *out = NULL;

    if (given[strspn(given, "abcdefghijklmnopqrstuvwxyz0123456789+.-")] == ':')
        return strdup(given);
    return asprintf(&out, "sqlite:%s", given) < 0 ? NULL : out;
}

static void show_step(void *arg, size_t done, size_t total)
{
    progress_show(arg, done, total);
}

static json_t *counts_of(const struct transfer_census *census)
{
    json_t *counts = json_object();

    for (unsigned k = 0; k < TRANSFER_KINDS; k++)
        json_object_set_new(counts, transfer_name(k),
                            json_integer((json_int_t)census->of[k].count));
    return counts;
}

static void print_counts(const struct transfer_census *census)
{
    cli_printf("%llu 个事件 events，%llu 件关切 concerns，%llu 个条目 items\n",
               (unsigned long long)census->of[TRANSFER_EVENTS].count,
               (unsigned long long)census->of[TRANSFER_CONCERNS].count,
               (unsigned long long)census->of[TRANSFER_ITEMS].count);
}

static void print_json(json_t *object, const struct transfer_census *census)
{
    json_object_set_new(object, "counts", counts_of(census));
    cli_json(object);
    json_decref(object);
}

/* Copy a store into the one at this address, which is empty: 0 or the exit status, with the reason
 * told. */
static int copy_from(struct store *source, const char *to, char *bar,
                     struct transfer_census *census)
{
    struct transfer_watch watch = {show_step, bar};
    struct store *target = NULL;
    enum transfer_kind at = TRANSFER_META;
    int status = EX_OK, err = store_open(to, &target);

    if (err)
        return migrate_fail(to, err);
    err = transfer_copy(source, target, clock_now(), &watch, census, &at);
    store_close(target);
    progress_clear();
    if (err == ERR_CORRUPT) {
        cli_error("%s: 两边不一致 (the copy differs, or its source contradicts itself)",
                  transfer_name(at));
        status = EX_DATAERR;
    } else if (err) {
        status = migrate_fail(to, err);
    }
    if (err && err != ERR_EXISTS && address_erase(to))
        cli_error("未能清除没有搬完的库 (what was copied of it could not be erased)");
    return status;
}

/* The target is erased, if `there`, when the source is open: what is not read replaces nothing. */
static int copy(const char *from, const char *to, bool there, struct transfer_census *census)
{
    char bar[] = "搬迁 migrate";
    struct store *source = NULL;
    int err = store_open(from, &source);

    if (err == ERR_REFUSED)
        cli_error("搬走后各台会在原处接着写：先停止服务再搬；运行中只能备份 (daemons would go on in the old "
                  "place: stop them, then move it; while they run it can be backed up)");
    if (err)
        return migrate_fail(from, err);
    err = there ? address_erase(to) : 0;
    int status = err ? migrate_fail(to, err) : copy_from(source, to, bar, census);
    store_close(source);
    return status;
}

static const char *path_of(const char *address)
{
    return address + sizeof "sqlite:" - 1;
}

/* However they are spelled. */
static bool same_file(const char *from, const char *to)
{
    struct stat a, b;

    return strncmp(from, "sqlite:", 7) == 0 && strncmp(to, "sqlite:", 7) == 0 &&
           !stat(path_of(from), &a) && !stat(path_of(to), &b) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* As copy(), into what is not there yet, or is erased first. */
static int copy_all(const char *from, const char *to, bool replace,
                    struct transfer_census *census)
{
    int err = address_check(to), there = err ? err : address_there(to);
    char shown[ADDRESS_SHOWN];

    if (err || (there && there != ERR_NOTFOUND))
        return migrate_fail(to, err ? err : there);
    err = address_there(from);
    if (err)
        return migrate_fail(from, err);
    if (strcmp(from, to) == 0 || same_file(from, to)) {
        cli_error("%s: 来处和去处是同一个库 (what is to be moved is there already)",
                  address_shown(to, shown));
        return EX_CANTCREAT;
    }
    if (!there && !replace)
        return migrate_fail(to, ERR_EXISTS);
    return copy(from, to, !there, census);
}

static int migrate(const char *from, const char *to, bool replace, bool json)
{
    struct transfer_census census;
    char shown[2][ADDRESS_SHOWN];
    int status = copy_all(from, to, replace, &census);

    if (status)
        return status;
    address_shown(from, shown[0]);
    address_shown(to, shown[1]);
    if (json) {
        print_json(json_pack("{ss, ss}", "from", shown[0], "to", shown[1]), &census);
    } else {
        cli_printf("%s 已搬到 (moved to) %s，数目和散列一致 (counts and hashes agree)\n", shown[0],
                   shown[1]);
        print_counts(&census);
    }
    return EX_OK;
}

int commands_store_migrate(const struct cli_args *args)
{
    char *from = address_of(args->rest[0]), *to = address_of(args->rest[1]);
    int status = EX_OSERR;

    log_set_level(LOG_WARN);
    if (!from || !to)
        cli_error("%s", err_text(ERR_NOMEM));
    else
        status = migrate(from, to, cli_value(args, "replace"), cli_value(args, "json"));
    free(from);
    free(to);
    return status;
}

/* The folder of a file; NULL without memory. */
static char *folder_of(const char *file)
{
    char *copy = strdup(file), *out = copy ? strdup(dirname(copy)) : NULL;

    free(copy);
    return out;
}

/* The store as it is at one moment, into the one at `part`. */
static int copy_living(const char *address, const char *file, const char *part,
                       struct transfer_census *census)
{
    char bar[] = "备份 backup", *folder = folder_of(file);
    struct living *living = NULL;
    int err = folder ? address_there(address) : ERR_NOMEM;

    if (folder)
        parts_sweep(folder);
    int status = err ? migrate_fail(address, err) : living_open(address, folder, &living);
    if (!status)
        status = copy_from(living_store(living), part, bar, census);
    living_close(living);
    free(folder);
    return status;
}

/* By a store beside the file, of which the file is the backup: looked at and synced (copy.h). */
static int back_up(const char *address, const char *file, struct transfer_census *census)
{
    const struct copy_watch watch = {.wal_most = 0};
    struct audit_result result;
    char *part = parts_beside(file, "part");
    int status, err = address_check(address);

    if (!err && !part)
        err = ERR_NOMEM;
    if (!err && access(file, F_OK) == 0) {
        cli_error("%s: 已有此文件，不覆盖 (the file is there already; it is not replaced)", file);
        status = EX_CANTCREAT;
    } else {
        status = err ? migrate_fail(address, err) : copy_living(address, file, part, census);
    }
    if (!status) {
        err = copy_backup(path_of(part), file, &watch, &result);
        status = err ? migrate_fail(file, err) : EX_OK;
    }
    if (part && address_erase(part))
        cli_error("%s: 未能清除 (could not be erased)", path_of(part));
    free(part);
    return status;
}

int migrate_backup(const char *address, const char *file, bool json)
{
    struct transfer_census census;
    char shown[ADDRESS_SHOWN];

    log_set_level(LOG_WARN);
    int status = back_up(address, file, &census);
    if (status)
        return status;
    address_shown(address, shown);
    if (json) {
        print_json(json_pack("{ss, ss}", "store", shown, "backup", file), &census);
    } else {
        cli_printf("%s 已备份并核对 (backed up and checked)\n", file);
        print_counts(&census);
    }
    return EX_OK;
}

/* By a copy of the file, which is as a restored one is (copy.h); the file stays as it was. */
static int restore(const char *file, const char *address, bool replace,
                   struct transfer_census *census, char epoch[static STORE_EPOCH])
{
    const struct copy_watch watch = {.wal_most = 0};
    struct copy_restored made = {.kept = NULL};
    char *copy = parts_beside(file, "restoring");
    int status, err = copy ? copy_restore(file, path_of(copy), &watch, &made) : ERR_NOMEM;

    free(made.kept);
    memcpy(epoch, made.epoch, STORE_EPOCH);
    status = err ? migrate_fail(file, err) : copy_all(copy, address, replace, census);
    if (copy && address_erase(copy))
        cli_error("%s: 未能清除 (could not be erased)", path_of(copy));
    free(copy);
    return status;
}

int migrate_restore(const char *file, const char *address, bool replace, bool json)
{
    struct transfer_census census;
    char shown[ADDRESS_SHOWN], epoch[STORE_EPOCH];
    int err = address_check(address);

    log_set_level(LOG_WARN);
    int status = err ? migrate_fail(address, err) : parts_source(file);
    if (!status)
        status = restore(file, address, replace, &census, epoch);
    if (status)
        return status;
    address_shown(address, shown);
    if (json) {
        print_json(json_pack("{ss, ss, ss}", "backup", file, "store", shown, "epoch", epoch),
                   &census);
    } else {
        cli_printf("%s 已恢复 (restored)，纪元 epoch %s\n", shown, epoch);
        print_counts(&census);
    }
    return EX_OK;
}

/* While the ledger moves on, what is read of it need not fit together: then it is read again, where
 * it is not read from a snapshot. */
static int look(struct store *s, struct transfer_census *census, enum transfer_kind *at)
{
    char bar[] = "检查 check";
    struct transfer_watch watch = {show_step, bar};
    int err = 0;

    for (int i = 0; i < LOOKS; i++) {
        uint64_t head = store_head(s);
        err = transfer_census(s, &watch, census, at);
        if (err != ERR_CORRUPT || store_head(s) == head)
            break;
        err = ERR_AGAIN;
    }
    progress_clear();
    return err;
}

int migrate_check(const char *address, bool json)
{
    struct transfer_census census;
    enum transfer_kind at;
    char shown[ADDRESS_SHOWN];
    const char *folder = getenv("TMPDIR");
    struct living *living;
    int err = address_there(address);

    if (err)
        return migrate_fail(address, err);
    int status = living_look(address, folder && *folder ? folder : "/tmp", &living);
    if (status)
        return status;
    err = look(living_store(living), &census, &at);
    living_close(living);
    if (err && err != ERR_CORRUPT)
        return migrate_fail(address, err);
    address_shown(address, shown);
    if (json) {
        print_json(json_pack("{ss, sb, ss?}", "store", shown, "ok", !err, "wrong",
                             err ? transfer_name(at) : NULL), &census);
    } else if (err) {
        cli_error("%s: %s 不对 (are wrong)", shown, transfer_name(at));
    } else {
        cli_printf("%s: 没有问题 (nothing is wrong)\n", shown);
        print_counts(&census);
    }
    return err ? EX_DATAERR : EX_OK;
}
