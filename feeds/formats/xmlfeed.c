#include "feeds/formats/xmlfeed.h"

#include "base/err.h"
#include "feeds/formats/xmlleaf.h"
#include "feeds/formats/xmlnames.h"
#include "feeds/formats/xmlscan.h"

#define MISMATCH "结束标签与开始标签不符 (an end tag does not match its start tag)"
#define GOES_ON "根元素之后还有内容 (the document goes on behind its root element)"
#define UNENDED "元素没有结束 (an element does not end)"

enum { DEPTH = 256, ATTRIBUTES = 24 };

struct level {
    const struct xmlfeed_element *element; /* NULL inside a leaf, and where nothing is read */
    struct str name;
    uint32_t key; /* a few bits of the name: levels are searched by it */
    unsigned where; /* what its children stand in */
    struct str base;
};

struct xmlfeed {
    struct draft *d;
    struct xmlscan scan;
    struct xmlnames names;
    struct level levels[DEPTH];
    int depth;
    int skip; /* depth of the outermost element that is not read; 0: none is open */
    int leaf; /* depth of the open leaf; 0: none */
    bool ended; /* the root was closed */
    struct xmlleaf content;
    struct buf values, scratch; /* of attributes */
    struct xmlscan_attribute attributes[ATTRIBUTES]; /* of the element read last */
    size_t nattributes;
};

struct draft *xmlfeed_draft(struct xmlfeed *x)
{
    return x->d;
}

struct str xmlfeed_attribute(struct xmlfeed *x, const char *name)
{
    for (size_t i = 0; i < x->nattributes; i++)
        if (str_is(x->attributes[i].name, name))
            return x->attributes[i].value;
    return STR_NONE;
}

struct str xmlfeed_base(struct xmlfeed *x)
{
    return x->depth ? x->levels[x->depth - 1].base : STR_NONE;
}

bool xmlfeed_in_item(struct xmlfeed *x)
{
    return x->depth > 0 && x->d->open;
}

bool xmlfeed_was_markup(struct xmlfeed *x)
{
    return x->content.was_markup;
}

static int line_here(void *x)
{
    struct xmlscan *scan = &((struct xmlfeed *)x)->scan;

    return xmlscan_line(scan, scan->mark);
}

static void problem(struct xmlfeed *x, const char *what)
{
    draft_problem(x->d, DRAFT_HERE, what);
}

static void declare_namespaces(struct xmlfeed *x)
{
    for (size_t i = 0; i < x->scan.nattributes; i++) {
        struct str name = x->scan.attributes[i].name;
        if (!xmlnames_declares(name))
            continue;
        buf_reset(&x->scratch);
        xmlnames_bind(&x->names, name.n > 6 ? (struct str){name.p + 6, name.n - 6} : STR_NONE,
                      str_trim(xmlscan_value(x->scan.attributes[i].value, &x->scratch)),
                      x->depth);
    }
}

static void keep_attributes(struct xmlfeed *x)
{
    x->nattributes = 0;
    if (!x->scan.nattributes)
        return;
    buf_reset(&x->values);
    /* Room for all at once, so that none moves: a reference is longer than what it stands for. */
    x->d->failed |= !buf_reserve(&x->values, 2 * (x->scan.at - x->scan.mark));
    for (size_t i = 0; i < x->scan.nattributes && x->nattributes < ATTRIBUTES; i++) {
        struct xmlscan_attribute a = x->scan.attributes[i];
        if (!xmlnames_declares(a.name))
            x->attributes[x->nattributes++] = (struct xmlscan_attribute){
                xmlnames_local(a.name), xmlscan_value(a.value, &x->values)};
    }
}

static void begin_leaf(struct xmlfeed *x)
{
    x->leaf = x->depth;
    x->scan.leaf = true;
    xmlleaf_begin(&x->content, str_is(xmlfeed_attribute(x, "type"), "xhtml") ||
                                   str_is(xmlfeed_attribute(x, "type"), "application/xhtml+xml") ||
                                   str_is(xmlfeed_attribute(x, "mode"), "xml"));
}

/* Close the innermost element; `whole` when an end tag says so, its own or one further out. */
static void close_level(struct xmlfeed *x, bool whole)
{
    const struct xmlfeed_element *e = x->levels[x->depth - 1].element;

    if (x->depth == x->leaf) {
        x->leaf = 0;
        x->scan.leaf = false;
        x->d->failed |= !xmlleaf_ok(&x->content);
        if (e->end)
            e->end(x, str_trim(xmlleaf_text(&x->content)));
    }
    if (x->depth == x->skip)
        x->skip = 0;
    x->depth--;
    x->ended |= x->depth == 0;
    xmlnames_unbind(&x->names, x->depth);
    if (e && e->open == OPEN_ITEM) {
        x->d->whole = whole;
        draft_end(x->d);
        for (int i = 0; i < x->depth && !x->skip; i++)
            x->skip = x->levels[i].element ? 0 : i + 1;
    }
}

/* An end tag in the open leaf that nothing had begun, and then its own does not come: that was it,
 * misspelt. What came between, an author's name perhaps, is not the leaf's. */
static void end_misspelt_leaf(struct xmlfeed *x)
{
    if (!x->leaf || !x->content.stray)
        return;
    xmlleaf_cut(&x->content);
    while (x->leaf)
        close_level(x, false);
}

/* The end tag of the last item is missing: it ends where the next one begins. So does a leaf of the
 * feed, and what is nested too deep. */
static void unwind(struct xmlfeed *x)
{
    bool item = x->d->open;

    problem(x, UNENDED);
    end_misspelt_leaf(x);
    x->leaf = x->skip = 0;
    x->scan.leaf = false;
    while (x->depth > 0) {
        const struct xmlfeed_element *e = x->levels[x->depth - 1].element;
        if (item ? !x->d->open : e && (e->open == OPEN_FEED || e->open == OPEN_SAME))
            break;
        close_level(x, false);
    }
}

static bool begins_item(struct xmlfeed *x)
{
    struct str name = xmlnames_local(x->scan.name);

    if (!str_eq_nocase(name, STR("item")) && !str_eq_nocase(name, STR("entry")) &&
        !str_eq_nocase(name, STR("url")))
        return false;
    const struct xmlfeed_element *e = xmlnames_find(&x->names, x->scan.name, IN_FEED);
    return e && e->open == OPEN_ITEM;
}

static uint32_t key_of(struct str name)
{
    return (uint32_t)name.n << 16 | (uint32_t)(name.p[0] | 32) << 8 |
           (uint32_t)(name.p[name.n - 1] | 32);
}

static struct str new_base(struct xmlfeed *x, struct str outer)
{
    struct str base = xmlfeed_attribute(x, "base");
    struct str link = base.n ? draft_link(x->d, outer, base) : STR_NONE;

    return link.n ? link : outer;
}

/* The element that was pushed last, inside `where`: what the tables say of it. */
static void begin_element(struct xmlfeed *x, unsigned where)
{
    static const unsigned scopes[] = {[OPEN_FEED] = IN_FEED, [OPEN_ITEM] = IN_ITEM,
                                      [OPEN_IMAGE] = IN_IMAGE};
    struct level *l = &x->levels[x->depth - 1];

    declare_namespaces(x);
    const struct xmlfeed_element *e = xmlnames_find(&x->names, x->scan.name, where);
    if (!e || (e->open == OPEN_ITEM && !draft_begin(x->d, DRAFT_HERE))) {
        x->skip = x->skip ? x->skip : x->depth;
        return;
    }
    x->skip = 0;
    keep_attributes(x);
    l->element = e;
    l->where = e->open == OPEN_SAME ? where : e->open == OPEN_LEAF ? 0 : scopes[e->open];
    l->base = new_base(x, l->base);
    if (e->open == OPEN_LEAF)
        begin_leaf(x);
    if (e->start)
        e->start(x);
}

static void on_start(struct xmlfeed *x)
{
    bool item = begins_item(x);

    if (item && (x->d->open || x->leaf || x->depth == DEPTH))
        unwind(x);
    if (x->content.stray && x->leaf > 1 && x->depth == x->leaf &&
        xmlnames_find(&x->names, x->scan.name, x->levels[x->leaf - 2].where))
        end_misspelt_leaf(x);
    if (x->depth == DEPTH) {
        problem(x, "元素嵌套太深 (elements are nested too deep)");
        return;
    }
    if (!x->depth && x->ended)
        problem(x, GOES_ON);
    const struct level *outer = x->depth ? &x->levels[x->depth - 1] : NULL;
    unsigned where = outer ? outer->where : IN_ROOT;
    x->levels[x->depth++] = (struct level){.name = x->scan.name, .key = key_of(x->scan.name),
                                           .base = outer ? outer->base : STR_NONE};
    if (x->leaf)
        xmlleaf_start(&x->content, &x->scan, x->depth - x->leaf);
    else if (!x->skip)
        begin_element(x, where);
    else if (item)
        begin_element(x, IN_FEED); /* in some wrapper of the publisher's own */
    if (x->scan.empty)
        close_level(x, true);
}

static void on_end(struct xmlfeed *x)
{
    uint32_t key = key_of(x->scan.name);
    int i = x->depth;

    while (i > 0 && (x->levels[i - 1].key != key ||
                     !str_eq_nocase(x->levels[i - 1].name, x->scan.name)))
        i--;
    if (i != x->depth || i == 0 || !str_eq(x->levels[i - 1].name, x->scan.name))
        problem(x, MISMATCH);
    if (i > 0) {
        if (i < x->leaf)
            end_misspelt_leaf(x);
        if (x->leaf && i > x->leaf)
            xmlleaf_end(&x->content, &x->scan, i - x->leaf);
        while (x->depth >= i)
            close_level(x, true);
    } else if (x->leaf) {
        xmlleaf_stray(&x->content, &x->scan, x->depth == x->leaf);
    } else if (x->skip && x->depth == x->skip) {
        close_level(x, false);
    }
}

static void on_text(struct xmlfeed *x, bool literal)
{
    struct str s = x->scan.data;

    if (x->leaf) {
        xmlleaf_add(&x->content, &x->scan, literal);
        return;
    }
    if (!literal)
        xmlscan_check(&x->scan, s);
    if (!x->depth && x->ended && str_trim(s).n)
        problem(x, GOES_ON);
}

static enum feed_format format_of(struct str root)
{
    static const struct {
        const char *name;
        enum feed_format format;
    } roots[] = {{"rss", FEED_RSS}, {"RDF", FEED_RDF}, {"feed", FEED_ATOM},
                 {"entry", FEED_ATOM}, {"urlset", FEED_SITEMAP}};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (str_eq_nocase(root, str_from(roots[i].name)))
            return roots[i].format;
    return FEED_UNKNOWN;
}

/* What the document is instead of a feed, where that is of use to know. */
static int tell_other(struct xmlfeed *x)
{
    static const struct {
        const char *root, *what;
    } others[] = {
        {"sitemapindex", "是站点地图的索引，其中列出的某一份可作信源 (the document is an index of "
                         "sitemaps: one that it lists may be a source)"},
        {"opml",
         "是 OPML 订阅清单，不是信源 (the document is an OPML list of feeds and no feed itself)"},
        {"html", "是网页，不是信源 (the document is an HTML page and no feed)"},
    };
    struct str root = xmlnames_local(x->scan.name);

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_eq_nocase(root, str_from(others[i].root)))
            draft_problem(x->d, xmlscan_line(&x->scan, x->scan.mark), others[i].what);
    return ERR_SYNTAX;
}

/* To the root's start tag, without a word of what stands before it. */
static int find_root(struct xmlfeed *x)
{
    enum xmlscan_event event;

    while ((event = xmlscan_next(&x->scan)) != XMLSCAN_START)
        if (event == XMLSCAN_DONE)
            return ERR_SYNTAX;
    x->d->feed->format = format_of(xmlnames_local(x->scan.name));
    if (x->d->feed->format == FEED_UNKNOWN)
        return tell_other(x);
    if (x->scan.entities)
        draft_problem(x->d, xmlscan_line(&x->scan, x->scan.entities),
                      "DTD 声明了实体，不予展开 (the DTD declares entities; they are not expanded)");
    x->names.unnamed = x->d->feed->format == FEED_ATOM      ? NS_ATOM
                       : x->d->feed->format == FEED_SITEMAP ? NS_SITEMAP
                                                            : NS_RSS;
    x->scan.at = x->scan.mark;
    x->scan.draft = x->d;
    return 0;
}

/* The document was cut in the open item: so much of a text as came is kept. A date, an address or
 * an id is no use without its end. */
static void keep_cut_text(struct xmlfeed *x)
{
    static const char *const texts[] = {"title", "description", "encoded", "content",
                                        "summary", "body", "div"};
    const struct xmlfeed_element *e = x->leaf ? x->levels[x->leaf - 1].element : NULL;

    for (size_t i = 0; e && x->d->open && i < sizeof texts / sizeof *texts; i++)
        if (strcmp(e->name, texts[i]) == 0)
            while (x->leaf)
                close_level(x, false);
}

static void read_all(struct xmlfeed *x)
{
    while (!x->d->failed)
        switch (xmlscan_next(&x->scan)) {
        case XMLSCAN_START: on_start(x); break;
        case XMLSCAN_END: on_end(x); break;
        case XMLSCAN_TEXT: on_text(x, false); break;
        case XMLSCAN_CDATA: on_text(x, true); break;
        case XMLSCAN_DONE:
            x->scan.mark = x->scan.at;
            if (x->depth)
                problem(x, UNENDED);
            end_misspelt_leaf(x);
            keep_cut_text(x);
            draft_end(x->d);
            return;
        }
}

int xmlfeed_parse(struct draft *d, struct str text)
{
    struct xmlfeed x = {.d = d, .scan = {.text = text}};

    d->here = line_here;
    d->reader = &x;
    int err = find_root(&x);
    if (!err)
        read_all(&x);
    d->here = NULL;
    xmlleaf_free(&x.content);
    buf_free(&x.values);
    buf_free(&x.scratch);
    return d->failed ? ERR_NOMEM : err;
}
