#define _GNU_SOURCE
#include "feeds/formats/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include <xxhash.h>

#include "base/err.h"
#include "feeds/people/ident.h"
#include "feeds/people/person.h"
#include "feeds/text/charset.h"
#include "feeds/text/dates.h"
#include "feeds/text/decode.h"
#include "feeds/text/htmltext.h"

enum { PROBLEMS = 100, TAGS = 64, ATTACHMENTS = 64, MAX_ITEMS = 10000 };

struct feed *draft_feed(void)
{
    struct feed *feed = calloc(1, sizeof *feed);

    if (!feed)
        return NULL;
    feed->arena = arena_new();
    if (!feed->arena) {
        free(feed);
        return NULL;
    }
    return feed;
}

void draft_init(struct draft *d, const struct parse_request *req, struct feed *feed)
{
    *d = (struct draft){.req = req, .feed = feed};
}

int draft_done(struct draft *d)
{
    buf_free(&d->text);
    buf_free(&d->html);
    return d->failed ? ERR_NOMEM : 0;
}

/* Room for one more element in an array that lives in the arena; NULL latches the failure. */
static void *grow(struct draft *d, void *list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 8;
    void *wider = arena_alloc(d->feed->arena, more, size);
    if (!wider) {
        d->failed = true;
        return NULL;
    }
    if (count)
        memcpy(wider, list, count * size);
    *cap = more;
    return wider;
}

void draft_problem(struct draft *d, int line, const char *text)
{
    struct feed *f = d->feed;

    const struct feed_problem *last = f->nproblems ? &f->problems[f->nproblems - 1] : NULL;

    if (f->nproblems > PROBLEMS)
        return;
    if (line == DRAFT_HERE)
        line = d->here ? d->here(d->reader) : 0;
    if (last && last->line == line && str_is(last->text, text))
        return;
    if (f->nproblems == PROBLEMS)
        text = "其余问题不再列出 (further problems are not listed)";
    struct feed_problem *list = grow(d, f->problems, f->nproblems, &d->problems_cap, sizeof *list);
    if (!list)
        return;
    f->problems = list;
    list[f->nproblems++] = (struct feed_problem){line, str_from(text)};
}

/* Where the first replacement character stands. */
static int line_of_fault(struct str text)
{
    size_t at = str_find(text, STR("\xEF\xBF\xBD"), 0);
    int line = 1;

    for (size_t i = 0; i < text.n && i < at; i++)
        line += text.p[i] == '\n';
    return line;
}

int draft_decode(struct draft *d, struct str body, size_t longest, struct str mime,
                 struct buf *out)
{
    const struct charset *cs;
    size_t faults = 0;
    bool overruled = false;

    if (body.n > longest) {
        draft_problem(d, 0, "文件过长，其余略去 (the document is too long; the rest is dropped)");
        body.n = longest;
    }
    int err = charset_to_utf8(body, mime, out, &cs, &faults, &overruled);
    if (err)
        return err;
    d->feed->encoding = charset_name(cs);
    if (overruled)
        draft_problem(d, 0,
                      "声明的字符编码与内容不符，未采用 "
                      "(the stated character encoding does not fit and was set aside)");
    if (charset_refused(cs))
        draft_problem(d, 0,
                      "声明的字符编码可以藏匿标记，不予解码 "
                      "(the stated character encoding can hide markup and is not decoded)");
    else if (faults)
        draft_problem(d, line_of_fault(buf_str(out)),
                      "有的字节在所用编码里没有意义 "
                      "(bytes that mean nothing in the character encoding)");
    return 0;
}

bool draft_begin(struct draft *d, int line)
{
    size_t max = d->req->max_items ? d->req->max_items : MAX_ITEMS;

    draft_end(d);
    if (d->feed->nitems >= max) {
        if (!d->full)
            draft_problem(d, line, "条目数超过上限，其余略去 (more items than the limit; the rest is dropped)");
        d->full = true;
        return false;
    }
    d->item = (struct feed_item){0};
    d->spare_title = STR_NONE;
    d->tags_cap = d->attachments_cap = 0;
    d->main_content = d->whole = false;
    d->open = true;
    return true;
}

/* An item that names itself in no way gets a name from what it says. */
static struct str content_id(struct draft *d, const struct feed_item *it)
{
    char hex[17];
    uint64_t h = XXH64(it->title.p, it->title.n, 0);

    h = XXH64(it->text.p, it->text.n, h);
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)h);
    return arena_str(d->feed->arena, (struct str){hex, 16});
}

void draft_end(struct draft *d)
{
    struct feed_item *it = &d->item;

    if (!d->open)
        return;
    d->open = false;
    if (!it->text.n && it->summary.n)
        it->text = it->summary;
    if (!d->whole && !it->id.n && !it->url.n && !it->title.n && !it->text.n)
        return;
    if (!it->title.n)
        it->title = d->spare_title;
    if (!it->language.n)
        it->language = d->feed->language;
    if (!it->id.n)
        it->id = it->url.n ? it->url : content_id(d, it);
    struct feed_item *list = grow(d, d->feed->items, d->feed->nitems, &d->items_cap, sizeof *list);
    if (!list)
        return;
    d->feed->items = list;
    list[d->feed->nitems++] = *it;
}

struct str draft_keep(struct draft *d, struct str s)
{
    struct str copy = s.n ? arena_str(d->feed->arena, s) : STR_NONE;

    if (s.n && !copy.p)
        d->failed = true;
    return copy;
}

struct str draft_line(struct draft *d, struct str s)
{
    s = str_trim(s);
    bool plain = s.n && !memchr(s.p, '<', s.n) && !memchr(s.p, '&', s.n) &&
                 !memchr(s.p, '\n', s.n) && !memchr(s.p, '\t', s.n) && !memmem(s.p, s.n, "  ", 2);
    struct str line = plain ? arena_str(d->feed->arena, s) : STR_NONE;

    if (!plain && s.n)
        line = htmltext_line(d->feed->arena, s);
    if (s.n && !line.p)
        d->failed = true;
    return line;
}

struct str draft_link(struct draft *d, struct str base, struct str ref)
{
    return ident_link(d->feed->arena, base.n ? base : d->req->url, ref);
}

int64_t draft_date(struct draft *d, struct str s, int line)
{
    const int64_t later = d->req->now + DATES_LATER;
    int64_t ms = 0, then = 0;

    if (!str_trim(s).n)
        return 0;
    if (dates_parse(s, d->req->zone_minutes, d->req->now, &ms)) {
        draft_problem(d, line, "日期的写法不认识 (a date has no known form)");
        return 0;
    }
    d->item.loose |= dates_parse(s, d->req->zone_minutes, later, &then) || then != ms;
    return ms;
}

void draft_content(struct draft *d, struct str base, struct str s, bool markup, bool main)
{
    struct htmltext out = {
        .text = &d->text, .html = &d->html, .base = base.n ? base : d->req->url};
    struct feed_item *it = &d->item;

    if (!str_trim(s).n || (!main && d->main_content)) {
        if (!main && d->main_content && !it->summary.n)
            draft_summary(d, s);
        return;
    }
    buf_reset(&d->text);
    buf_reset(&d->html);
    if (markup) {
        d->failed |= htmltext_read(s, &out) != 0;
    } else {
        buf_add_str(&d->text, str_trim(s));
        d->failed |= !buf_ok(&d->text);
    }
    if (main && !d->main_content && it->text.n && !it->summary.n)
        it->summary = it->text;
    it->text = draft_keep(d, buf_str(&d->text));
    it->html = markup && out.markup ? draft_keep(d, buf_str(&d->html)) : STR_NONE;
    d->main_content = main;
    if (!it->image.n && out.image.n)
        draft_image(d, base, htmltext_plain(d->feed->arena, out.image));
}

void draft_summary(struct draft *d, struct str s)
{
    if (!d->item.summary.n)
        d->item.summary = htmltext_plain(d->feed->arena, s);
}

void draft_tag(struct draft *d, struct str s)
{
    struct feed_item *it = &d->item;
    struct str tag = draft_line(d, s);

    if (!tag.n || tag.n > 256 || it->ntags >= TAGS || person_mail(tag) || tag.p[0] == '@')
        return;
    for (size_t i = 0; i < it->ntags; i++)
        if (str_eq(it->tags[i], tag))
            return;
    struct str *list = grow(d, it->tags, it->ntags, &d->tags_cap, sizeof *list);
    if (!list)
        return;
    it->tags = list;
    list[it->ntags++] = tag;
}

void draft_image(struct draft *d, struct str base, struct str ref)
{
    if (!d->item.image.n && !str_starts(ref, STR("data:")))
        d->item.image = draft_link(d, base, ref);
}

void draft_attachment(struct draft *d, struct str base, struct str url, struct str mime,
                      int64_t bytes)
{
    struct feed_item *it = &d->item;
    struct str link = draft_link(d, base, url);

    if (!link.n || it->nattachments >= ATTACHMENTS)
        return;
    struct feed_attachment *list =
        grow(d, it->attachments, it->nattachments, &d->attachments_cap, sizeof *list);
    if (!list)
        return;
    it->attachments = list;
    list[it->nattachments++] = (struct feed_attachment){link, draft_line(d, mime), bytes};
}
