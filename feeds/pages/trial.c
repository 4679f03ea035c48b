#include "feeds/pages/trial.h"

#include <libxml/HTMLtree.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/draft.h"
#include "feeds/pages/board.h"
#include "feeds/pages/page.h"
#include "feeds/pages/pick.h"
#include "feeds/text/decode.h"
#include "feeds/text/htmltext.h"

enum { ITEMS = 500, TEXT_BYTES = 2000 };

struct entry {
    int line;
    struct str shown;
    size_t item; /* of the feed, when it was kept */
    bool kept;
    unsigned missing, undated; /* bits of parts */
};

struct trial {
    struct entry *list;
    size_t count, items_before;
    bool page;
    void (*mask)(void *arg, struct buf *text);
    void *arg;
    struct buf *out, text;
};

static const char *const part_names[PICK_PARTS] = {
    [PICK_TITLE] = "title", [PICK_LINK] = "link",   [PICK_TIME] = "time",
    [PICK_TEXT] = "text",   [PICK_REPLY] = "reply", [PICK_REPLY_TIME] = "reply_time",
    [PICK_REPLY_UNIT] = "reply_unit"};

static void before(void *arg, struct draft *d, xmlNode *scope)
{
    struct trial *t = arg;
    xmlBufferPtr dump = t->count < ITEMS ? xmlBufferCreate() : NULL;

    t->items_before = d->feed->nitems;
    if (!dump)
        return;
    struct entry *e = &t->list[t->count];
    *e = (struct entry){.line = (int)xmlGetLineNo(scope)};
    htmlNodeDump(dump, scope->doc, scope);
    struct str html = {(const char *)xmlBufferContent(dump), (size_t)xmlBufferLength(dump)};
    if (html.n && decode_is_clean(html))
        e->shown = htmltext_plain(d->feed->arena, html);
    e->shown.n = utf8_cut(e->shown, TEXT_BYTES);
    xmlBufferFree(dump);
}

static void after(void *arg, const struct pick *pick)
{
    struct trial *t = arg;

    if (t->count >= ITEMS)
        return;
    struct entry *e = &t->list[t->count++];
    e->kept = pick->d->feed->nitems > t->items_before;
    e->item = t->items_before;
    e->undated = pick->undated;
    for (unsigned i = 0; i < PICK_PARTS; i++)
        if (pick->parts[i] && !(pick->found >> i & 1))
            e->missing |= 1U << i;
}

static int read_text(void *arg, struct draft *d, struct str text)
{
    struct trial *t = arg;
    struct pick_watch watch = {before, after, t};

    t->list = arena_alloc(d->feed->arena, ITEMS, sizeof *t->list);
    if (!t->list)
        return ERR_NOMEM;
    if (!t->page && !d->req->board) {
        draft_problem(d, 0, "信源没有写选择器 (the source has no selectors)");
        return ERR_SYNTAX;
    }
    return t->page ? page_parse(d, text, &watch) : board_parse(d, text, &watch);
}

static void member(struct trial *t, const char *name, struct str s, bool words)
{
    if (!s.n)
        return;
    buf_addf(t->out, ",\"%s\":", name);
    s.n = utf8_cut(s, TEXT_BYTES);
    if (!words || !t->mask) {
        buf_add_json(t->out, s);
        return;
    }
    buf_reset(&t->text);
    buf_add_str(&t->text, s);
    if (buf_ok(&t->text))
        t->mask(t->arg, &t->text);
    t->out->failed |= !buf_ok(&t->text);
    buf_add_json(t->out, buf_str(&t->text));
}

static void write_date(struct trial *t, const char *name, int64_t ms)
{
    char when[CLOCK_TEXT];

    if (ms)
        member(t, name, str_from(clock_format(ms, when)), false);
}

static void write_parts(struct trial *t, const char *name, unsigned parts)
{
    bool any = false;

    buf_addf(t->out, ",\"%s\":[", name);
    for (unsigned i = 0; i < PICK_PARTS; i++)
        if (parts >> i & 1) {
            buf_addf(t->out, "%s\"%s\"", any ? "," : "", part_names[i]);
            any = true;
        }
    buf_add_char(t->out, ']');
}

static void write_entry(struct trial *t, const struct feed *feed, const struct entry *e)
{
    buf_addf(t->out, "{\"line\":%d,\"kept\":%s", e->line, e->kept ? "true" : "false");
    member(t, "shown", e->shown, true);
    if (e->kept && e->item < feed->nitems) {
        const struct feed_item *it = &feed->items[e->item];
        member(t, "title", it->title, true);
        member(t, "url", it->url, false);
        write_date(t, "date_published", it->published);
        member(t, "text", it->text, true);
        member(t, "reply", it->reply, true);
        member(t, "reply_unit", it->reply_unit, true);
        write_date(t, "reply_time", it->reply_time);
    }
    write_parts(t, "missing", e->missing);
    write_parts(t, "undated", e->undated);
    buf_add_char(t->out, '}');
}

static void write_feed(struct trial *t, const struct feed *feed)
{
    buf_addf(t->out, "{\"format\":\"%s\",\"few_authors\":%s", item_format_name(feed->format),
             feed->few_authors ? "true" : "false");
    member(t, "encoding", feed->encoding, false);
    member(t, "title", feed->title, true);
    member(t, "next", feed->next_url, false);
    buf_add_text(t->out, ",\"problems\":[");
    for (size_t i = 0; i < feed->nproblems; i++) {
        buf_addf(t->out, "%s{\"line\":%d", i ? "," : "", feed->problems[i].line);
        member(t, "text", feed->problems[i].text, false);
        buf_add_char(t->out, '}');
    }
    buf_add_text(t->out, "],\"items\":[");
    for (size_t i = 0; i < t->count; i++) {
        if (i)
            buf_add_char(t->out, ',');
        write_entry(t, feed, &t->list[i]);
    }
    buf_add_text(t->out, "]}");
}

int trial_write(const struct parse_request *req, bool page,
                void (*mask)(void *arg, struct buf *text), void *arg, struct buf *out)
{
    struct trial t = {.page = page, .mask = mask, .arg = arg, .out = out};
    struct feed *feed;
    int err = parse_by(req, read_text, &t, &feed);

    if (!feed)
        return err;
    write_feed(&t, feed);
    item_feed_free(feed);
    buf_free(&t.text);
    return buf_ok(out) ? err : ERR_NOMEM;
}
