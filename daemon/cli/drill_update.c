/* 演练: a recorded day is not kept with words that the ledger has given up since. */
#include "daemon/cli/drill_record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/drill_list.h"

struct changes {
    size_t gone, changed;
};

static int by_id(const void *a, const void *b)
{
    const struct drill_item *x = a, *y = b;

    return str_order(x->id, y->id);
}

static bool same_words(const struct drill_item *a, const struct drill_item *b)
{
    return str_eq(a->title, b->title) && str_eq(a->text, b->text) && str_eq(a->link, b->link);
}

/* `now` is by id. When an item came, and that it called nobody, stays as it was recorded. */
static struct changes compare(struct drill_file *day, const struct drill_file *now)
{
    struct changes c = {0, 0};
    size_t kept = 0;

    for (size_t i = 0; i < day->nitems; i++) {
        struct drill_item *item = &day->items[i];
        const struct drill_item *there =
            now->nitems ? bsearch(item, now->items, now->nitems, sizeof *item, by_id) : NULL;
        if (!there) {
            c.gone++;
            continue;
        }
        c.changed += !same_words(item, there);
        item->title = there->title;
        item->text = there->text;
        item->link = there->link;
        day->items[kept++] = *item;
    }
    day->nitems = kept;
    return c;
}

/* Only who asked for it loses a file of which nothing is left: a ledger that was made anew has none
 * of its items either. */
static int keep(const struct drill_file *day, const char *path, struct changes c, bool must)
{
    struct buf out = BUF_INIT;
    struct stat st;
    int err = 0;

    if (!c.gone && !c.changed)
        return 0;
    if (!day->nitems && !must) {
        cli_error_at(path, 0, "台账里没有其中任何一条：要么都已抹去，要么不是同一本台账；确认后用 huiying drill update "
                              "删除 (the ledger has none of its items: all were erased, or it is "
                              "another ledger; huiying drill update removes the file)");
        return EX_DATAERR;
    }
    if (!day->nitems)
        err = unlink(path) ? ERR_IO : 0;
    else if (!(err = drill_file_write(day, &out)))
        err = file_replace(path, buf_str(&out), stat(path, &st) ? 0600 : st.st_mode & 0777);
    buf_free(&out);
    if (err) {
        cli_error_at(path, 0, "写不了，其中已抹去的文字还在 (cannot be written: what was erased is still "
                              "in it): %s", err_text(err));
        return EX_CANTCREAT;
    }
    if (!day->nitems)
        cli_printf("%s：没有一条还留有文字，文件已删除 (no item has its text left: the file is removed)\n",
                   path);
    else
        cli_printf("%s：去掉 %zu 条已无文字的，换了 %zu 条文字有改动的 (%zu items without text taken "
                   "out, %zu with other text put right)\n", path, c.gone, c.changed, c.gone,
                   c.changed);
    return 0;
}

/* Whose ledger is asked: of another town nothing of the day would be found. */
static int ask(const struct drill_file *day, bool must, struct drill_recording *now)
{
    struct client *c = client_open();
    int status = c ? 0 : EX_UNAVAILABLE;

    if (c && !must)
        client_hush(c, true);
    if (!status)
        status = drill_record_read(c, now);
    if (!status && (!str_eq(now->f.place, day->place) || !str_eq(now->f.home, day->home))) {
        cli_error("文件不是从这个服务录下的 (the file was not recorded from this daemon)");
        status = EX_DATAERR;
    }
    client_close(c);
    return status;
}

static struct drill_file *read_file(const char *path)
{
    struct problems *problems = problems_new();
    struct drill_file *day = problems ? drill_file_read(path, problems) : NULL;

    if (problems)
        problems_print(problems, stderr);
    problems_free(problems);
    return day;
}

int drill_update_file(const char *path, bool must)
{
    struct drill_recording now = {.f.arena = arena_new()};
    struct drill_file *day = now.f.arena ? read_file(path) : NULL;
    int status = day ? 0 : EX_DATAERR;

    if (!status) {
        now.f.from = day->from;
        now.f.to = day->to;
        status = ask(day, must, &now);
    }
    if (status && day && !must) {
        cli_error_at(path, 0, "没有与台账核对：录下后抹去的文字可能还在里面 (not held against the ledger: words "
                              "that were erased since may still be in it)");
        status = 0;
    } else if (!status) {
        if (now.f.nitems)
            qsort(now.f.items, now.f.nitems, sizeof *now.f.items, by_id);
        status = keep(day, path, compare(day, &now.f), must);
    }
    drill_file_free(day);
    drill_record_clear(&now);
    return status;
}

int commands_drill_update(const struct cli_args *args)
{
    size_t known;
    int status = args->count ? 0 : drill_list_update(&known);

    if (!args->count && !status)
        cli_printf("记着的演练文件都核对过了：%zu 个 (recorded days that are known, all held against the "
                   "ledger)\n", known);
    for (int i = 0; i < args->count; i++) {
        int one = drill_update_file(args->rest[i], true);
        status = status ? status : one;
    }
    return status;
}
