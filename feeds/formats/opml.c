#include "feeds/formats/opml.h"

#include <stdlib.h>

#include <xxhash.h>

#include "base/err.h"
#include "feeds/formats/draft.h"
#include "feeds/formats/xmlnames.h"
#include "feeds/formats/xmlscan.h"
#include "feeds/people/person.h"
#include "feeds/source/source.h"
#include "feeds/text/link.h"

#define NO_WEB_ADDRESS "信源的地址不是 http 或 https (a feed's address is no http or https address)"
#define UNENDED "元素没有结束 (an element does not end)"

enum { PATH_MAX_BYTES = 1024, NAME_MAX_BYTES = 256 };

struct reader {
    struct opml *list;
    struct draft d;
    struct xmlscan scan;
    struct str base;
    size_t path_ends[OPML_DEPTH]; /* length of the path outside each open outline */
    int depth;
    int deeper; /* open outlines past OPML_DEPTH */
    struct buf path, values, url;
    bool in_body, full;
    uint32_t *known; /* open addressing: 1 + index of a feed */
    size_t known_size, cap;
};

static int line_here(void *reader)
{
    struct reader *r = reader;

    return xmlscan_line(&r->scan, r->scan.mark);
}

static void problem(struct reader *r, const char *what)
{
    draft_problem(&r->d, DRAFT_HERE, what);
}

/* The value of an attribute in any case, references resolved; good until the next element. */
static struct str attribute(struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->scan.nattributes; i++)
        if (str_eq_nocase(xmlnames_local(r->scan.attributes[i].name), str_from(name)))
            return str_trim(xmlscan_value(r->scan.attributes[i].value, &r->values));
    return STR_NONE;
}

/* Append a folder's name; the two characters that part names become full-width in it. */
static void add_name(struct buf *path, struct str name)
{
    if (path->len && path->data[path->len - 1] != ',')
        buf_add_char(path, '/');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '/')
            buf_add_text(path, "／");
        else if (name.p[i] == ',')
            buf_add_text(path, "，");
        else
            buf_add_char(path, name.p[i]);
    }
}

/* "/A/B" of a category attribute as a path of its own, unless the folders say the same. */
static void add_category(struct buf *out, struct str one, struct str folders)
{
    size_t start = out->len;

    if (start)
        buf_add_char(out, ',');
    size_t from = out->len;
    while (one.n) {
        const char *slash = memchr(one.p, '/', one.n);
        struct str name = str_trim((struct str){one.p, slash ? (size_t)(slash - one.p) : one.n});
        if (name.n)
            add_name(out, name);
        size_t gone = (size_t)(name.n ? name.p + name.n - one.p : 0);
        gone = slash ? (size_t)(slash - one.p) + 1 : gone > one.n ? gone : one.n;
        one = (struct str){one.p + gone, one.n - gone};
    }
    if (out->len == from || str_eq((struct str){out->data + from, out->len - from}, folders))
        out->len = start;
}

static struct str categories(struct reader *r, struct str list)
{
    struct buf all = BUF_INIT;
    struct str folders = buf_str(&r->path);

    buf_add_str(&all, folders);
    while (list.n && all.len < PATH_MAX_BYTES) {
        const char *comma = memchr(list.p, ',', list.n);
        struct str one = {list.p, comma ? (size_t)(comma - list.p) : list.n};
        if (one.n <= NAME_MAX_BYTES)
            add_category(&all, one, folders);
        size_t gone = one.n + (comma != NULL);
        list = (struct str){list.p + gone, list.n - gone};
    }
    r->d.failed |= !buf_ok(&all);
    struct str kept = draft_line(&r->d, buf_str(&all));
    buf_free(&all);
    return kept;
}

/* Empty when it is no web address or may be no source, which is told. */
static struct str address(struct reader *r, struct str ref)
{
    const char *why = NULL;

    buf_reset(&r->url);
    int err = link_web(r->base, ref, &r->url);
    r->d.failed |= err == ERR_NOMEM;
    if (!err)
        why = source_refusal(buf_str(&r->url));
    if (err || why) {
        r->list->refused++;
        problem(r, why ? why : NO_WEB_ADDRESS);
        return STR_NONE;
    }
    return buf_str(&r->url);
}

static bool grow_known(struct reader *r)
{
    size_t size = r->known_size ? 2 * r->known_size : 1024;
    uint32_t *wider = calloc(size, sizeof *wider);

    if (!wider)
        return false;
    for (size_t i = 0; i < r->list->nfeeds; i++) {
        struct str url = r->list->feeds[i].url;
        size_t at = XXH64(url.p, url.n, 0) & (size - 1);
        while (wider[at])
            at = (at + 1) & (size - 1);
        wider[at] = (uint32_t)i + 1;
    }
    free(r->known);
    r->known = wider;
    r->known_size = size;
    return true;
}

/* The place of an address among the known ones; *place is 0 when it is new. NULL without memory. */
static uint32_t *find_known(struct reader *r, struct str url)
{
    if (2 * r->list->nfeeds >= r->known_size && !grow_known(r))
        return NULL;
    size_t at = XXH64(url.p, url.n, 0) & (r->known_size - 1);
    while (r->known[at] && !str_eq(r->list->feeds[r->known[at] - 1].url, url))
        at = (at + 1) & (r->known_size - 1);
    return &r->known[at];
}

static bool room(struct reader *r)
{
    struct opml *l = r->list;

    if (l->nfeeds < r->cap)
        return true;
    size_t more = r->cap ? 2 * r->cap : 64;
    struct opml_feed *wider = arena_alloc(l->holder->arena, more, sizeof *wider);
    if (!wider)
        return false;
    if (l->nfeeds)
        memcpy(wider, l->feeds, l->nfeeds * sizeof *wider);
    l->feeds = wider;
    r->cap = more;
    return true;
}

static void add_feed(struct reader *r, struct str name, struct str ref)
{
    struct opml *l = r->list;
    struct str url = address(r, ref);

    if (!url.n)
        return;
    uint32_t *place = find_known(r, url);
    if (!place || !room(r)) {
        r->d.failed = true;
        return;
    }
    if (*place) {
        l->duplicates++;
        problem(r, "地址在清单里已有 (an address that is in the list already)");
        return;
    }
    if (l->nfeeds == OPML_FEEDS) {
        if (!r->full)
            problem(r, "信源数超过上限，其余略去 (more feeds than the limit; the rest is dropped)");
        r->full = true;
        return;
    }
    l->feeds[l->nfeeds] = (struct opml_feed){
        .title = person_without_owner(draft_line(&r->d, name)),
        .url = draft_keep(&r->d, url),
        .home = draft_link(&r->d, STR_NONE, attribute(r, "htmlUrl")),
        .category = categories(r, attribute(r, "category")),
    };
    if (!r->d.failed)
        *place = (uint32_t)++l->nfeeds;
}

static bool names_feed(struct str type)
{
    static const char *const types[] = {"rss", "rss1", "rss2", "atom", "feed", "json", "pie"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq_nocase(type, str_from(types[i])))
            return true;
    return false;
}

/* An outline with an address is a feed, any other a folder. What is inside a feed whose end is
 * missing is not in a folder of its name. */
static void open_outline(struct reader *r)
{
    buf_reset(&r->values);
    /* Room for every value, so that none moves. */
    r->d.failed |= !buf_reserve(&r->values, 4 * (r->scan.at - r->scan.mark));
    struct str type = attribute(r, "type"), url = attribute(r, "xmlUrl");
    struct str title = attribute(r, "title"), text = attribute(r, "text");
    size_t outside = r->path.len;

    if (!r->in_body)
        problem(r, "outline 不在 body 里 (an outline outside the body)");
    if (!url.n && names_feed(type))
        url = attribute(r, "url");
    if (url.n)
        add_feed(r, title.n ? title : text, url);
    else if (names_feed(type))
        problem(r, "有一条信源没有地址 (a feed without an address)");
    else if (str_eq_nocase(type, STR("include")))
        problem(r, "清单里套着另一份清单，不去取它 (a list inside the list, which is not fetched)");
    if (r->scan.empty)
        return;
    if (r->depth == OPML_DEPTH) {
        if (!r->deeper++)
            problem(r, "outline 嵌套太深，更里层的按同级计 (outlines are nested too deep; those "
                       "inside count as side by side)");
        return;
    }
    struct str name = text.n ? text : title;
    if (!url.n && name.n && name.n <= NAME_MAX_BYTES && outside + name.n < PATH_MAX_BYTES)
        add_name(&r->path, name);
    r->path_ends[r->depth++] = outside;
}

static void close_outline(struct reader *r)
{
    if (r->deeper)
        r->deeper--;
    else if (r->depth)
        r->path.len = r->path_ends[--r->depth];
    else
        problem(r, "结束标签与开始标签不符 (an end tag does not match its start tag)");
}

/* The end of the body, or of the document, ends every outline. */
static void close_all(struct reader *r)
{
    if (r->depth || r->deeper)
        problem(r, UNENDED);
    r->depth = r->deeper = 0;
    r->path.len = 0;
}

static void read_all(struct reader *r)
{
    for (enum xmlscan_event e; !r->d.failed && (e = xmlscan_next(&r->scan)) != XMLSCAN_DONE;) {
        if (e == XMLSCAN_TEXT)
            xmlscan_check(&r->scan, r->scan.data);
        if (e != XMLSCAN_START && e != XMLSCAN_END)
            continue;
        struct str name = xmlnames_local(r->scan.name);
        bool outline = str_eq_nocase(name, STR("outline"));
        bool body = str_eq_nocase(name, STR("body"));
        if (outline && e == XMLSCAN_START) {
            open_outline(r);
        } else if (outline) {
            close_outline(r);
        } else if (body) {
            close_all(r);
            r->in_body = e == XMLSCAN_START && !r->scan.empty;
        }
    }
    r->scan.mark = r->scan.at;
    if (r->in_body)
        problem(r, UNENDED);
    else
        close_all(r);
}

static int find_root(struct reader *r)
{
    enum xmlscan_event e;

    while ((e = xmlscan_next(&r->scan)) != XMLSCAN_START && e != XMLSCAN_DONE)
        ;
    struct str name = e == XMLSCAN_START ? xmlnames_local(r->scan.name) : STR_NONE;
    /* The second is how the format was called before it had a name. */
    if (str_eq_nocase(name, STR("opml")) || str_eq_nocase(name, STR("outlineDocument"))) {
        if (r->scan.entities)
            draft_problem(&r->d, xmlscan_line(&r->scan, r->scan.entities),
                          "DTD 声明了实体，不予展开 (the DTD declares entities; they are not expanded)");
        r->scan.draft = &r->d;
        return 0;
    }
    problem(r, e == XMLSCAN_START
                   ? "不是 OPML 清单：根元素是别的 (no OPML list: its root element is another)"
                   : "不是 OPML 清单：一个元素也没有 (no OPML list: it has no element)");
    return ERR_SYNTAX;
}

int opml_read(struct str body, struct str mime, struct str base, struct opml **out)
{
    struct opml *list = calloc(1, sizeof *list);
    struct parse_request req = {.url = base};
    struct reader r = {.list = list, .base = base};
    struct buf text = BUF_INIT;
    int err = ERR_NOMEM;

    *out = NULL;
    if (!list || !(list->holder = draft_feed()))
        goto fail;
    draft_init(&r.d, &req, list->holder);
    r.d.here = line_here;
    r.d.reader = &r;
    err = draft_decode(&r.d, body, OPML_BYTES, mime, &text);
    r.scan.text = buf_str(&text);
    if (!err)
        err = find_root(&r);
    if (!err)
        read_all(&r);
    r.d.failed |= !buf_ok(&r.path) || !buf_ok(&r.url) || !buf_ok(&r.values);
    if (draft_done(&r.d))
        err = ERR_NOMEM;
    list->problems = list->holder->problems;
    list->nproblems = list->holder->nproblems;
fail:
    buf_free(&text);
    buf_free(&r.path);
    buf_free(&r.values);
    buf_free(&r.url);
    free(r.known);
    if (err == ERR_NOMEM) {
        opml_free(list);
        return err;
    }
    *out = list;
    return err;
}

void opml_free(struct opml *list)
{
    if (!list)
        return;
    item_feed_free(list->holder);
    free(list);
}
