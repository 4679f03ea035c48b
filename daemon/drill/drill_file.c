#include "daemon/drill/drill_file.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/member.h"
#include "daemon/routes/query.h"

enum { HASH = 32, HASH_TEXT = 2 * HASH + 1, PROBLEMS_MOST = 20, ID_MAX = 128 };

static const char MARK[] = "huiying_drill";

static void hash_text(struct str s, char out[static HASH_TEXT])
{
    unsigned char hash[HASH];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)(s.p ? s.p : ""), s.n, NULL, 0);
    sodium_bin2hex(out, HASH_TEXT, hash, sizeof hash);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_str(struct buf *b, const char *key, struct str value)
{
    buf_addf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", key);
    buf_add_json(b, value);
}

static void put_time(struct buf *b, const char *key, int64_t ms)
{
    char time[CLOCK_TEXT];

    put_str(b, key, str_from(clock_format(ms, time)));
}

static void begin_line(struct buf *b)
{
    buf_add_char(b, '{');
}

static void put_source(struct buf *b, const struct drill_source *s)
{
    begin_line(b);
    put_str(b, "source", s->id);
    put_str(b, "name", s->name);
    put_str(b, "url", s->url);
    put_str(b, "kind", str_from(source_kind_name(s->kind)));
    if (s->region.n)
        put_str(b, "region", s->region);
    buf_add_text(b, "}\n");
}

static void put_item(struct buf *b, const struct drill_file *f, const struct drill_item *i)
{
    begin_line(b);
    put_time(b, "at", i->at);
    put_str(b, "source", f->sources[i->source].id);
    put_str(b, "id", i->id);
    if (i->link.n)
        put_str(b, "link", i->link);
    put_str(b, "title", i->title);
    put_str(b, "text", i->text);
    if (i->published)
        put_time(b, "published", i->published);
    if (i->quiet)
        buf_add_text(b, ",\"quiet\":true");
    buf_add_text(b, "}\n");
}

int drill_file_write(const struct drill_file *f, struct buf *out)
{
    struct buf body = BUF_INIT;
    char hash[HASH_TEXT];

    if (!buf_reserve(&body, 1) || !buf_reserve(out, 1)) {
        buf_free(&body);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < f->nsources && buf_ok(&body); i++)
        put_source(&body, &f->sources[i]);
    for (size_t i = 0; i < f->nitems && buf_ok(&body); i++)
        put_item(&body, f, &f->items[i]);
    if (buf_ok(&body)) {
        hash_text(buf_str(&body), hash);
        buf_addf(out, "{\"%s\":%d", MARK, DRILL_FILE_VERSION);
        put_str(out, "place", f->place);
        put_str(out, "home", f->home);
        put_time(out, "from", f->from);
        put_time(out, "to", f->to);
        put_time(out, "recorded", f->recorded);
        put_time(out, "expires", f->expires);
        buf_addf(out, ",\"sources\":%zu,\"items\":%zu", f->nsources, f->nitems);
        put_str(out, "blake2b", str_from(hash));
        buf_add_text(out, "}\n");
        buf_add_str(out, buf_str(&body));
    }
    int err = buf_ok(&body) && buf_ok(out) ? 0 : ERR_NOMEM;
    buf_free(&body);
    return err;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    struct drill_file *f;
    const char *path;
    struct problems *problems;
    int line;
    size_t sources, items; /* read so far */
};

static void wrong(const struct reading *r, const char *text)
{
    problems_add(r->problems, r->path, r->line, "%s", text);
}

static bool read_time(const json_t *line, const char *key, int64_t *out)
{
    return !clock_parse(member_get(line, key), out);
}

static bool is_division(struct str s)
{
    if (s.n < 2 || s.n > 12)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static int find_source(const struct reading *r, struct str id)
{
    for (size_t i = 0; i < r->sources; i++)
        if (str_eq(r->f->sources[i].id, id))
            return (int)i;
    return -1;
}

static const char *read_source(struct reading *r, const json_t *line)
{
    struct drill_source *s = &r->f->sources[r->sources];
    struct arena *a = r->f->arena;
    struct str id = member_get(line, "source"), url = member_get(line, "url");
    struct str region = member_get(line, "region");
    enum source_kind kind;

    if (!id.n || !query_slug(id.p) || find_source(r, id) >= 0)
        return "source: 应为编号，且不重复 (expected an id that is not there yet)";
    if (!source_kind_find(member_get(line, "kind"), &kind))
        return "kind: 应为 news、board 或 official (expected news, board or official)";
    if (!url.n || source_refusal(url))
        return "url: 应为信源网址 (expected a source's address)";
    if (region.n && !is_division(region))
        return "region: 应为区划代码 (expected a division code)";
    *s = (struct drill_source){arena_str(a, id), arena_str(a, member_get(line, "name")),
                               arena_str(a, url), arena_str(a, region), kind};
    r->sources++;
    return s->id.p ? NULL : "内存不足 (out of memory)";
}

static const char *read_item(struct reading *r, const json_t *line)
{
    struct drill_item *i = &r->f->items[r->items];
    struct arena *a = r->f->arena;
    struct str id = member_get(line, "id"), title = member_get(line, "title");
    struct str text = member_get(line, "text");
    int source = find_source(r, member_get(line, "source"));
    int64_t published = 0;

    if (!read_time(line, "at", &i->at) || i->at < r->f->from || i->at >= r->f->to)
        return "at: 应在 from 与 to 之间 (expected a time from `from` on and before `to`)";
    if (r->items && i->at < r->f->items[r->items - 1].at)
        return "at: 应按时间先后排列 (expected rising times)";
    if (source < 0)
        return "source: 文件里没有这个信源 (the file has no such source)";
    if (!id.n || id.n > ID_MAX)
        return "id: 应为条目编号 (expected an item's id)";
    if (!title.n && !text.n)
        return "title、text: 应有文字 (expected words)";
    if (json_object_get(line, "published") && !read_time(line, "published", &published))
        return "published: 应为 RFC 3339 时间 (expected a time of RFC 3339)";
    i->source = (uint32_t)source;
    i->published = published;
    i->id = arena_str(a, id);
    i->link = arena_str(a, member_get(line, "link"));
    i->title = arena_str(a, title);
    i->text = arena_str(a, text);
    i->quiet = json_is_true(json_object_get(line, "quiet"));
    r->items++;
    return i->id.p ? NULL : "内存不足 (out of memory)";
}

static size_t count_of(const json_t *head, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(head, key));

    /* A line holds ten bytes at least: what says more than would fit lies. */
    return n > 0 && n < DRILL_FILE_MAX / 10 ? (size_t)n : 0;
}

static const char *read_head(struct reading *r, const json_t *head, struct str body)
{
    struct drill_file *f = r->f;
    const json_t *version = json_object_get(head, MARK);
    char hash[HASH_TEXT];

    if (!json_is_integer(version))
        return "不是演练文件 (not a drill's file)";
    if (json_integer_value(version) != DRILL_FILE_VERSION)
        return "是另一版本的演练文件，请重新录制 (a drill's file of another version: record it again)";
    hash_text(body, hash);
    if (!str_is(member_get(head, "blake2b"), hash))
        return "内容与其摘要不符，文件不全或被改过 (not what its hash says: it is cut short, or was changed)";
    if (!read_time(head, "from", &f->from) || !read_time(head, "to", &f->to) ||
        !read_time(head, "recorded", &f->recorded) || !read_time(head, "expires", &f->expires) ||
        f->from >= f->to || f->to - f->from > DRILL_FILE_SPAN)
        return "from、to、recorded、expires: 应为时间，最多 7 天 (expected times, 7 days at most)";
    f->place = arena_str(f->arena, member_get(head, "place"));
    f->home = arena_str(f->arena, member_get(head, "home"));
    f->nsources = count_of(head, "sources");
    f->nitems = count_of(head, "items");
    f->sources = arena_alloc(f->arena, f->nsources + 1, sizeof *f->sources);
    f->items = arena_alloc(f->arena, f->nitems + 1, sizeof *f->items);
    if (!f->sources || !f->items)
        return "内存不足 (out of memory)";
    return f->nitems ? NULL : "一条内容也没有 (there is no item in it)";
}

static const char *read_line(struct reading *r, struct str text, struct str after)
{
    json_t *line = json_loadb(text.p ? text.p : "", text.n, 0, NULL);
    const char *reason = NULL;

    if (!json_is_object(line))
        reason = r->line == 1 ? "不是演练文件 (not a drill's file)" : "应为一行 JSON (expected JSON)";
    else if (r->line == 1)
        reason = read_head(r, line, after);
    else if (r->sources < r->f->nsources)
        reason = read_source(r, line);
    else if (r->items < r->f->nitems)
        reason = read_item(r, line);
    else
        reason = "多出的一行 (a line too many)";
    json_decref(line);
    return reason;
}

static void read_lines(struct reading *r, struct str text)
{
    while (text.n && problems_count(r->problems) < PROBLEMS_MOST) {
        const char *end = memchr(text.p, '\n', text.n);
        struct str line = {text.p, end ? (size_t)(end - text.p) : text.n};
        size_t skip = line.n + (end != NULL);
        text = (struct str){text.p + skip, text.n - skip};
        r->line++;
        const char *reason = read_line(r, line, text);
        if (!reason)
            continue;
        wrong(r, reason);
        /* Without its head, or a source, nothing that follows means anything. */
        if (r->line == 1 || r->sources < r->f->nsources)
            return;
    }
}

struct drill_file *drill_file_parse(struct str text, const char *name, struct problems *problems)
{
    struct drill_file *f = calloc(1, sizeof *f);
    struct reading r = {.f = f, .path = name, .problems = problems};
    size_t before = problems_count(problems);

    if (!f || !(f->arena = arena_new()))
        problems_add(problems, name, 0, "%s", err_text(ERR_NOMEM));
    else if (!text.n)
        problems_add(problems, name, 0, "不是演练文件 (not a drill's file)");
    else
        read_lines(&r, text);
    if (problems_count(problems) == before && (r.sources < f->nsources || r.items < f->nitems))
        problems_add(problems, name, r.line, "行数比文件头所说的少 (fewer lines than its head says)");
    if (problems_count(problems) == before)
        return f;
    drill_file_free(f);
    return NULL;
}

struct drill_file *drill_file_read(const char *path, struct problems *problems)
{
    struct buf text = BUF_INIT;
    int err = file_read(path, DRILL_FILE_MAX, &text);
    struct drill_file *f = err ? NULL : drill_file_parse(buf_str(&text), path, problems);

    if (err)
        problems_add(problems, path, 0, "%s", err_text(err));
    buf_free(&text);
    return f;
}

void drill_file_free(struct drill_file *f)
{
    if (!f)
        return;
    arena_free(f->arena);
    free(f);
}
