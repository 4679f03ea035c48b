#include "feeds/formats/discover.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/formats/xmlscan.h"
#include "feeds/people/person.h"
#include "feeds/source/source.h"
#include "feeds/text/charset.h"
#include "feeds/text/htmltext.h"
#include "feeds/text/link.h"
#include "feeds/text/tag.h"

enum { BYTES = 8 << 20, TITLE_BYTES = 512 };

struct finder {
    struct discovery *found;
    struct str in, url;
    struct buf base, address, scratch;
    bool has_base, links; /* links: a <link> named a feed, and no <a> counts any more */
    bool failed;
};

struct attributes {
    struct str href, rel, type, title;
};

static struct attributes read_attributes(const struct tag *tag)
{
    struct attributes a = {0};
    struct str rest = tag->attributes, name, value;
    const struct {
        const char *name;
        struct str *to;
    } wanted[] = {{"href", &a.href}, {"rel", &a.rel}, {"type", &a.type}, {"title", &a.title}};

    while (tag_attribute(&rest, &name, &value, NULL))
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (!wanted[i].to->p && str_eq_nocase(name, str_from(wanted[i].name)))
                *wanted[i].to = value;
    return a;
}

static bool has_word(struct str list, const char *word)
{
    while (list.n) {
        size_t n = 0;
        while (n < list.n && !strchr(" \t\n\f\r", list.p[n]))
            n++;
        if (str_eq_nocase((struct str){list.p, n}, str_from(word)))
            return true;
        n += n < list.n;
        list = (struct str){list.p + n, list.n - n};
    }
    return false;
}

/* A media type that a feed comes in, parameters apart. text/xml and the like are a feed where a
 * page calls them its alternate. */
static bool feed_type(struct str type)
{
    static const char *const types[] = {
        "application/rss+xml", "application/atom+xml", "application/rdf+xml",
        "application/feed+json", "application/json", "application/xml", "text/xml",
        "application/x.atom+xml", "application/x-atom+xml", "text/rss+xml",
    };
    const char *semi = type.n ? memchr(type.p, ';', type.n) : NULL;
    struct str bare = str_trim((struct str){type.p, semi ? (size_t)(semi - type.p) : type.n});

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq_nocase(bare, str_from(types[i])))
            return true;
    return false;
}

static struct str resolved(struct finder *f, struct str raw)
{
    const char *bad;

    buf_reset(&f->scratch);
    char *to = buf_reserve(&f->scratch, raw.n + 1);
    f->failed |= !to;
    return to ? (struct str){to, xmlscan_resolve(raw, to, &bad)} : STR_NONE;
}

static struct str keep(struct finder *f, struct str s)
{
    struct str copy = s.n ? arena_str(f->found->arena, s) : STR_NONE;

    f->failed |= s.n && !copy.p;
    return copy;
}

static struct str line(struct finder *f, struct str s)
{
    s.n = s.n < TITLE_BYTES ? s.n : utf8_cut(s, TITLE_BYTES);
    struct str l = s.n ? htmltext_line(f->found->arena, s) : STR_NONE;

    f->failed |= s.n && !l.p;
    return l;
}

static void refuse(struct discovery *d, const char *why)
{
    size_t i = 0;

    while (i < DISCOVER_REASONS - 1 && d->refused[i].why && strcmp(d->refused[i].why, why) != 0)
        i++;
    d->refused[i].why = why;
    d->refused[i].count++;
}

/* True when the address may be a source; one that is known already is not added again. */
static bool add(struct finder *f, struct str href, struct str title, struct str type)
{
    struct discovery *d = f->found;

    buf_reset(&f->address);
    int err = link_web(f->has_base ? buf_str(&f->base) : f->url, resolved(f, href), &f->address);
    f->failed |= err == ERR_NOMEM;
    struct str url = buf_str(&f->address);
    const char *hash = url.n ? memchr(url.p, '#', url.n) : NULL;
    url.n = hash ? (size_t)(hash - url.p) : url.n;
    const char *why = err ? NULL : source_refusal(url);
    if (why)
        refuse(d, why);
    if (err || why)
        return false;
    for (size_t i = 0; i < d->count; i++)
        if (str_eq(d->list[i].url, url))
            return true;
    if (d->count < DISCOVER_MAX)
        d->list[d->count++] = (struct discover_feed){
            keep(f, url), person_without_owner(line(f, title)), line(f, type)};
    return true;
}

static void on_base(struct finder *f, struct str href)
{
    if (!f->has_base && href.n) {
        int err = link_web(f->url, resolved(f, href), &f->base);
        f->failed |= err == ERR_NOMEM;
        f->has_base = !err;
    }
}

static void on_link(struct finder *f, const struct attributes *a)
{
    bool feed = has_word(a->rel, "feed");

    if (!feed && (!has_word(a->rel, "alternate") || has_word(a->rel, "stylesheet")))
        return;
    if (!a->href.n || !(feed_type(a->type) || (feed && !a->type.n)))
        return;
    if (!f->links) { /* what only looked like one gives way */
        f->found->count = 0;
        memset(f->found->refused, 0, sizeof f->found->refused);
    }
    f->links = true;
    add(f, a->href, a->title, a->type);
}

/* The address of a link as a feed's would look: by the end of its path, a segment of it, or a
 * parameter. */
static bool looks_like_feed(struct str href)
{
    static const char *const tails[] = {".rss", ".atom", ".rdf", "/feed", "/rss", "/atom",
                                        "rss.xml", "atom.xml", "feed.xml", "feed.json", "rss.php",
                                        "rss2.xml", "index.rdf", "rss.aspx", "rss.jsp"};
    static const char *const words[] = {"/feed/", "/feeds/", "/rss/", "/atom/"};
    static const char *const queries[] = {"feed=rss", "feed=atom", "format=rss", "format=atom",
                                          "mod=rss", "type=rss", "output=rss"};
    struct link l = link_split(str_trim(href));
    struct str path = l.path;

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t n = strlen(tails[i]);
        if (path.n >= n && str_eq_nocase((struct str){path.p + path.n - n, n}, str_from(tails[i])))
            return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_find(path, str_from(words[i]), 0) != (size_t)-1)
            return true;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (str_find(l.query, str_from(queries[i]), 0) != (size_t)-1)
            return true;
    return false;
}

static void on_anchor(struct finder *f, const struct attributes *a, const char *behind)
{
    size_t left = (size_t)(f->in.p + f->in.n - behind);
    struct str window = {behind, left < 4 * TITLE_BYTES ? left : 4 * TITLE_BYTES};

    if (f->links || f->found->count == DISCOVER_MAX || !a->href.n || !looks_like_feed(a->href))
        return;
    size_t end = str_find(window, STR("</"), 0);
    struct str text = {behind, end == (size_t)-1 ? 0 : end};
    add(f, a->href, a->title.n ? a->title : text, STR_NONE);
}

static void read_page(struct finder *f)
{
    const char *p = f->in.p, *end = p + f->in.n;
    struct tag_scan scan = {0};
    struct tag tag;

    while (p < end && !f->failed && (p = memchr(p, '<', (size_t)(end - p)))) {
        if (!tag_read(&scan, (struct str){p, (size_t)(end - p)}, &tag)) {
            p++;
            continue;
        }
        p += tag.whole.n;
        if (!tag.name.n || tag.end)
            continue;
        struct attributes a = read_attributes(&tag);
        if (str_eq_nocase(tag.name, STR("link")))
            on_link(f, &a);
        else if (str_eq_nocase(tag.name, STR("a")))
            on_anchor(f, &a, p);
        else if (str_eq_nocase(tag.name, STR("base")))
            on_base(f, a.href);
        else if (tag.kind & TAG_RAW && !tag.closed)
            p += tag_raw_end((struct str){p, (size_t)(end - p)}, tag.name);
    }
}

/* The page as a feed: its title, under the address it was fetched from. ERR_SYNTAX: it is none. */
static int read_itself(struct finder *f, struct str body, struct str mime)
{
    struct parse_request req = {.body = body, .url = f->url, .mime = mime, .max_items = 1};
    struct feed *feed = NULL;
    int err = parse_feed(&req, &feed);

    if (!err) {
        struct str url = f->url.n ? f->url : feed->feed_url;
        add(f, url, feed->title, mime);
    }
    item_feed_free(feed);
    return err;
}

int discover_feeds(struct str body, struct str mime, struct str url, struct discovery **out)
{
    struct discovery *found = calloc(1, sizeof *found);
    struct finder f = {.found = found, .url = url};
    struct buf text = BUF_INIT;
    const struct charset *cs;
    size_t faults;
    bool overruled;
    int err = ERR_NOMEM;

    *out = NULL;
    if (!found || !(found->arena = arena_new()) ||
        !(found->list = arena_alloc(found->arena, DISCOVER_MAX, sizeof *found->list)))
        goto fail;
    body.n = body.n < BYTES ? body.n : BYTES;
    err = read_itself(&f, body, mime);
    if (err == ERR_SYNTAX) {
        err = charset_to_utf8(body, mime, &text, &cs, &faults, &overruled);
        f.in = buf_str(&text);
        if (!err && f.in.n)
            read_page(&f);
    }
    if (f.failed || !buf_ok(&f.base) || !buf_ok(&f.address) || !buf_ok(&f.scratch))
        err = ERR_NOMEM;
fail:
    buf_free(&text);
    buf_free(&f.base);
    buf_free(&f.address);
    buf_free(&f.scratch);
    if (err) {
        discover_free(found);
        return err;
    }
    *out = found;
    return 0;
}

void discover_free(struct discovery *found)
{
    if (!found)
        return;
    arena_free(found->arena);
    free(found);
}

int discover_write_json(const struct discovery *found, void (*mask)(void *arg, struct buf *text),
                        void *arg, struct buf *out)
{
    struct buf title = BUF_INIT;

    buf_add_text(out, "{\"feeds\":[");
    for (size_t i = 0; i < found->count; i++) {
        const struct discover_feed *one = &found->list[i];
        buf_reset(&title);
        buf_add_str(&title, one->title);
        if (mask && title.len && buf_ok(&title))
            mask(arg, &title);
        out->failed |= !buf_ok(&title);
        buf_add_text(out, i ? ",{\"url\":" : "{\"url\":");
        buf_add_json(out, one->url);
        buf_add_text(out, ",\"title\":");
        buf_add_json(out, title.len ? buf_str(&title) : STR(""));
        buf_add_text(out, ",\"type\":");
        buf_add_json(out, one->type.n ? one->type : STR(""));
        buf_add_char(out, '}');
    }
    buf_add_text(out, "],\"refused\":[");
    for (size_t i = 0; i < DISCOVER_REASONS && found->refused[i].why; i++) {
        buf_addf(out, "%s{\"count\":%zu,\"text\":", i ? "," : "", found->refused[i].count);
        buf_add_json(out, str_from(found->refused[i].why));
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}");
    buf_free(&title);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
