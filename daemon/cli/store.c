/* store check, backup, restore: work on the ledger's file itself, no daemon is asked. */
#include <jansson.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/parts.h"
#include "daemon/cli/places.h"
#include "daemon/cli/progress.h"
#include "store/copy.h"

/* What is told while a command works. */
struct telling {
    const char *what; /* of the bar */
    const char *file;
    json_t *findings; /* NULL: for people */
};

static void show_step(void *arg, size_t done, size_t total)
{
    const struct telling *t = arg;

    progress_show(t->what, done, total);
}

static void show_finding(void *arg, const struct audit_finding *f)
{
    struct telling *t = arg;

    progress_clear();
    if (t->findings)
        json_array_append_new(t->findings,
                              json_pack("{ss, ss, ss}", "zh", f->zh, "en", f->en, "row", f->row));
    else
        cli_error("%s: %s (%s): %s", t->file, f->zh, f->en, f->row);
}

static const struct {
    int err, status;
    const char *text;
} failures[] = {
    {ERR_NOTFOUND, EX_NOINPUT, "没有此文件 (no such file)"},
    {ERR_CORRUPT, EX_DATAERR, "不是回应的库，或已损坏 (no store of huiying, or damaged)"},
    {ERR_STALE, EX_DATAERR, "由更新的版本写成，请用新版本的 huiying (written by a newer version)"},
    {ERR_EXISTS, EX_CANTCREAT, "已有此文件，不覆盖 (the file is there already; it is not replaced)"},
    {ERR_REFUSED, EX_TEMPFAIL, "服务正在使用，请先停止 huiyingd (a daemon has it open: stop it first)"},
    {ERR_AGAIN, EX_TEMPFAIL, "此刻写入太多，请稍后再试 (too much is being written: try again later)"},
    {ERR_IO, EX_IOERR, "读写失败 (reading or writing failed)"},
};

static int fail(const char *file, int err)
{
    int room;

    progress_clear();
    if (err == ERR_IO && (room = parts_room(file)) != 0)
        return room;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].err == err) {
            cli_error("%s: %s", file, failures[i].text);
            return failures[i].status;
        }
    cli_error("%s: %s", file, err_text(err));
    return EX_OSERR;
}

static json_t *counts_of(const struct audit_result *r)
{
    return json_pack("{sI, sI, sI, sI, sI}", "events", (json_int_t)r->events, "units",
                     (json_int_t)r->units, "concerns", (json_int_t)r->concerns, "items",
                     (json_int_t)r->items, "texts", (json_int_t)r->texts);
}

static void print_counts(const struct audit_result *r)
{
    cli_printf("%llu 个事件 events，%llu 个单位 units，%llu 件关切 concerns，%llu 个条目 items（%llu "
               "个有文字 with text）\n", (unsigned long long)r->events, (unsigned long long)r->units,
               (unsigned long long)r->concerns, (unsigned long long)r->items,
               (unsigned long long)r->texts);
}

/* Print and release `object`, onto which the result's counts go. */
static void print_json(json_t *object, const struct audit_result *r)
{
    json_object_set_new(object, "counts", counts_of(r));
    cli_json(object);
    json_decref(object);
}

/* Or an address that is none: its form is told, not that there is no such file. */
static bool in_redis(const char *place)
{
    return strncmp(place, "redis+", 6) == 0 || strstr(place, "://");
}

int commands_store_check(const struct cli_args *args)
{
    char path[PLACES_MAX];
    struct telling t = {"检查 check", places_store(args->count ? args->rest[0] : NULL, path), NULL};
    struct audit_watch watch = {show_finding, show_step, &t};
    bool json = cli_value(args, "json");
    struct audit_result result;

    if (in_redis(path))
        return migrate_check(path, json);
    int status = parts_source(path);
    if (status)
        return status;
    if (json)
        t.findings = json_array();
    int err = audit_file(path, &watch, &result);
    progress_clear();
    if (err && !result.findings) {
        json_decref(t.findings);
        return fail(path, err);
    }
    if (json) {
        print_json(json_pack("{ss, sb, sb, sI, so}", "file", path, "ok", !result.findings,
                             "older", result.older, "problems", (json_int_t)result.findings,
                             "rows", t.findings), &result);
    } else if (result.findings) {
        cli_error("%s: 共 %llu 处不对 (rows that are wrong in all)", path,
                  (unsigned long long)result.findings);
    } else if (result.older) {
        cli_printf("%s: 由旧版本写成，只看了文件结构，没有问题 (of an older version: only the file's "
                   "structure was looked at, and is sound)\n", path);
    } else {
        cli_printf("%s: 没有问题 (nothing is wrong)\n", path);
        print_counts(&result);
    }
    return result.findings ? EX_DATAERR : EX_OK;
}

int commands_store_backup(const struct cli_args *args)
{
    char from[PLACES_MAX];
    const char *to = args->rest[0];
    struct telling t = {"备份 backup", to, NULL};
    struct copy_watch watch = {show_step, {show_finding, NULL, &t}, &t, 0};
    struct audit_result result;

    places_store(cli_value(args, "store"), from);
    if (in_redis(from))
        return migrate_backup(from, to, cli_value(args, "json"));
    int status = parts_source(from);
    if (status)
        return status;
    int err = copy_backup(from, to, &watch, &result);
    if (err)
        return fail(err == ERR_EXISTS || err == ERR_IO ? to : from, err);
    progress_clear();
    if (cli_value(args, "json")) {
        print_json(json_pack("{ss, ss}", "store", from, "backup", to), &result);
    } else {
        cli_printf("%s 已备份并核对 (backed up and checked)\n", to);
        print_counts(&result);
    }
    return EX_OK;
}

int commands_store_restore(const struct cli_args *args)
{
    char to[PLACES_MAX];
    const char *from = args->rest[0];
    struct telling t = {"恢复 restore", from, NULL};
    struct copy_watch watch = {show_step, {show_finding, NULL, &t}, &t, 0};
    struct copy_restored done;

    places_store(cli_value(args, "store"), to);
    if (in_redis(to))
        return migrate_restore(from, to, cli_value(args, "replace"), cli_value(args, "json"));
    int status = parts_source(from);
    if (status)
        return status;
    int err = copy_restore(from, to, &watch, &done);
    if (err) {
        free(done.kept);
        return fail(err == ERR_REFUSED || err == ERR_IO ? to : from, err);
    }
    progress_clear();
    if (cli_value(args, "json")) {
        print_json(json_pack("{ss, ss, ss?, ss}", "backup", from, "store", to, "kept", done.kept,
                             "epoch", done.epoch), &done.result);
    } else {
        cli_printf("%s 已恢复 (restored)，纪元 epoch %s\n", to, done.epoch);
        print_counts(&done.result);
        if (done.kept)
            cli_printf("原来的库留在 (what was there is kept as) %s\n", done.kept);
    }
    free(done.kept);
    return EX_OK;
}
