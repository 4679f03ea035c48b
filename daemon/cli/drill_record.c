/* 演练: a day as it was published, out of the ledger into a file. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/member.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/drill_list.h"
#include "daemon/cli/drill_record.h"
#include "daemon/cli/human.h"
#include "daemon/routes/query.h"

static void *grow(void *list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return list;
    size_t more = *room ? 2 * *room : 64;
    void *out = reallocarray(list, more, size);
    if (out)
        *room = more;
    return out;
}

/* Which of the file's sources it is; a new one at first knows only what its item tells. */
static int find_source(struct drill_recording *r, const json_t *item, uint32_t *out)
{
    struct drill_file *f = &r->f;
    struct str id = member_get(item, "source");

    for (size_t i = 0; i < f->nsources; i++)
        if (str_eq(f->sources[i].id, id)) {
            *out = (uint32_t)i;
            return 0;
        }
    struct drill_source *list = grow(f->sources, &r->room_sources, f->nsources, sizeof *list);
    enum source_kind kind = SOURCE_BOARD; /* gone, or pointed to: residents' words */
    struct buf url = BUF_INIT;
    if (!list)
        return ERR_NOMEM;
    f->sources = list;
    source_kind_find(member_get(item, "source_kind"), &kind);
    buf_addf(&url, "https://%.*s.invalid/", STR_ARG(id));
    list[f->nsources] = (struct drill_source){
        .id = arena_str(f->arena, id), .name = arena_str(f->arena, id),
        .url = arena_str(f->arena, buf_str(&url)),
        .region = arena_str(f->arena, member_get(item, "source_region")),
        .kind = kind};
    *out = (uint32_t)f->nsources++;
    bool ok = buf_ok(&url);
    buf_free(&url);
    return ok ? 0 : ERR_NOMEM;
}

static int take_item(struct drill_recording *r, const json_t *item)
{
    struct drill_file *f = &r->f;
    int64_t expires = corpus_time(item, "expires");
    struct drill_item *list = grow(f->items, &r->room_items, f->nitems, sizeof *list);
    struct drill_item *i = list ? &list[f->nitems] : NULL;

    if (!list)
        return ERR_NOMEM;
    f->items = list;
    if (!member_get(item, "title").n && !member_get(item, "text").n)
        return 0; /* it was gone from its source, and so are its words */
    *i = (struct drill_item){.at = corpus_time(item, "found"),
                             .published = corpus_time(item, "published"),
                             .id = arena_str(f->arena, member_get(item, "id")),
                             .link = arena_str(f->arena, member_get(item, "link")),
                             .title = arena_str(f->arena, member_get(item, "title")),
                             .text = arena_str(f->arena, member_get(item, "text")),
                             .quiet = !json_is_string(json_object_get(item, "concern"))};
    if (find_source(r, item, &i->source))
        return ERR_NOMEM;
    f->expires = !f->nitems || expires < f->expires ? expires : f->expires;
    f->nitems++;
    return 0;
}

/* A page after the other of a list of the API. */
static int each_page(struct client *c, const char *path, const char *from, const char *until,
                     int (*each)(struct drill_recording *r, const json_t *one),
                     struct drill_recording *r)
{
    char cursor[256] = "";
    int status = 0;
    bool more = true;

    while (more && !status) {
        struct buf asked = BUF_INIT;
        json_t *answer = NULL;
        const json_t *one;
        size_t i;
        buf_add_text(&asked, path);
        client_add_query(&asked, "since", from);
        client_add_query(&asked, "until", until);
        client_add_query(&asked, "matched", from ? "true" : NULL);
        client_add_query(&asked, "cursor", *cursor ? cursor : NULL);
        buf_add_char(&asked, '\0');
        status = buf_ok(&asked) ? client_get(c, asked.data, &answer) : EX_OSERR;
        buf_free(&asked);
        json_array_foreach(json_object_get(answer, "items"), i, one)
            if (!status && each(r, one))
                status = EX_OSERR;
        struct str next = member_get(answer, "next_cursor");
        more = next.n && next.n < sizeof cursor;
        if (more)
            memcpy(cursor, next.p, next.n + 1);
        json_decref(answer);
    }
    return status;
}

static int name_source(struct drill_recording *r, const json_t *source)
{
    struct drill_file *f = &r->f;
    struct str url = member_get(source, "url");

    for (size_t i = 0; i < f->nsources; i++)
        if (str_eq(f->sources[i].id, member_get(source, "id"))) {
            f->sources[i].name = arena_str(f->arena, member_get(source, "name"));
            if (!source_refusal(url))
                f->sources[i].url = arena_str(f->arena, url);
        }
    return 0;
}

/* What was found in the same second comes a source after the other. */
static int by_time(const void *a, const void *b)
{
    const struct drill_item *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->quiet != y->quiet)
        return x->quiet < y->quiet ? -1 : 1;
    return str_order(x->id, y->id);
}

int drill_record_read(struct client *c, struct drill_recording *r)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    json_t *about = NULL;
    int status = client_get(c, "/api/v1/status", &about);

    clock_format(r->f.from, from);
    clock_format(r->f.to, to);
    if (!status && human_drill(about)) {
        cli_error("服务本身是演练，不录制 (the daemon is a drill's itself: nothing is recorded)");
        status = EX_NOPERM;
    }
    r->f.place = arena_str(r->f.arena, str_from(human_text(about, "place", "name", NULL)));
    r->f.home = arena_str(r->f.arena, str_from(human_text(about, "place", "region", NULL)));
    r->f.recorded = corpus_time(about, "now");
    r->epoch = arena_str(r->f.arena, str_from(human_text(about, "epoch", NULL)));
    json_decref(about);
    if (!status)
        status = each_page(c, "/api/v1/corpus", from, to, take_item, r);
    if (!status)
        status = each_page(c, "/api/v1/sources", NULL, NULL, name_source, r);
    if (r->f.nitems)
        qsort(r->f.items, r->f.nitems, sizeof *r->f.items, by_time);
    return status;
}

void drill_record_clear(struct drill_recording *r)
{
    free(r->f.items);
    free(r->f.sources);
    arena_free(r->f.arena);
    *r = (struct drill_recording){.room_items = 0};
}

static int keep(const struct drill_file *f, const char *file)
{
    struct buf out = BUF_INIT;
    char expires[CLOCK_TEXT];
    int err = drill_file_write(f, &out);

    if (!err && out.len > DRILL_FILE_MAX)
        err = ERR_LIMIT;
    if (!err)
        err = file_replace(file, buf_str(&out), 0600);
    buf_free(&out);
    if (err) {
        cli_error_at(file, 0, "%s", err_text(err));
        return EX_CANTCREAT;
    }
    cli_printf("%s：%zu 条，%zu 个信源；其中文字保存到 %.10s，届时请删除 (%zu items of %zu sources; delete "
               "it by then)\n", file, f->nitems, f->nsources, clock_format(f->expires, expires),
               f->nitems, f->nsources);
    return 0;
}

/* DAY, or --from and --to. */
static int read_span(const struct cli_args *args, struct drill_file *f)
{
    const char *from = cli_value(args, "from"), *to = cli_value(args, "to");
    char time[CLOCK_TEXT];
    bool ok;

    if (args->count == 2) {
        snprintf(time, sizeof time, "%.10sT00:00:00+08:00", args->rest[0]);
        ok = !from && !to && strlen(args->rest[0]) == 10 && !clock_parse(str_from(time), &f->from);
        f->to = f->from + CLOCK_DAY;
    } else {
        ok = from && to && !clock_parse(str_from(from), &f->from) &&
             !clock_parse(str_from(to), &f->to);
    }
    if (ok && f->from < f->to && f->to - f->from <= DRILL_FILE_SPAN)
        return 0;
    cli_error("应写一天 (2026-11-20)，或 --from 与 --to (RFC 3339)，最多 7 天 (expected a day, or --from "
              "and --to, 7 days at most)");
    return EX_USAGE;
}

int commands_drill_record(const struct cli_args *args)
{
    struct drill_recording r = {.f.arena = arena_new()};
    struct client *c = NULL;
    int status = r.f.arena ? read_span(args, &r.f) : EX_OSERR;

    if (!status)
        status = (c = client_open()) ? drill_record_read(c, &r) : EX_UNAVAILABLE;
    if (!status && !r.f.nitems) {
        cli_error("这段时间没有留有文字的相关条目 (no matched item of that time has its text left)");
        status = EX_NOINPUT;
    }
    const char *file = args->rest[args->count - 1];
    if (!status && !(status = keep(&r.f, file)))
        drill_list_add(file, r.epoch.n ? r.epoch.p : "-");
    client_close(c);
    drill_record_clear(&r);
    return status;
}
