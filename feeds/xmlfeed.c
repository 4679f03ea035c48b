/* Over 400 lines: the events, and the feeding that repairs and restarts them, share one state. */
#include "feeds/xmlfeed.h"

#include <libxml/parser.h>

#include "base/err.h"
#include "base/utf8.h"
#include "feeds/decode.h"
#include "feeds/fence.h"
#include "feeds/xmlnames.h"

enum { DEPTH = 256, ATTRIBUTES = 24, RESTARTS = 1000, CHUNK = 65536 };

struct level {
    const struct xmlfeed_element *element;
    unsigned where; /* what its children stand in */
    struct str base;
};

struct attribute {
    const char *name;
    size_t at, n; /* in struct xmlfeed's values */
};

struct xmlfeed {
    struct draft *d;
    xmlParserCtxtPtr ctxt;
    struct level levels[DEPTH];
    int depth;         /* open elements that are not skipped */
    int skip;          /* depth inside a skipped element */
    int inside;        /* depth of markup inside a leaf */
    bool leaf, was_markup, escape;
    struct buf text, values, patch;
    struct attribute attributes[ATTRIBUTES];
    size_t nattributes;
    struct xmlnames names;
    struct str root, text_in;
    int line;      /* line of the text at `counted` */
    size_t counted;
    int shift;     /* from the parser's lines to the text's */
};

struct draft *xmlfeed_draft(struct xmlfeed *x)
{
    return x->d;
}

struct str xmlfeed_attribute(struct xmlfeed *x, const char *name)
{
    for (size_t i = 0; i < x->nattributes; i++)
        if (strcmp(x->attributes[i].name, name) == 0)
            return (struct str){x->values.data + x->attributes[i].at, x->attributes[i].n};
    return STR_NONE;
}

struct str xmlfeed_base(struct xmlfeed *x)
{
    return x->depth ? x->levels[x->depth - 1].base : STR_NONE;
}

int xmlfeed_line(struct xmlfeed *x)
{
    return x->ctxt->input ? x->ctxt->input->line + x->shift : 0;
}

bool xmlfeed_in_item(struct xmlfeed *x)
{
    return x->depth > 0 && x->d->open;
}

bool xmlfeed_was_markup(struct xmlfeed *x)
{
    return x->was_markup;
}

static void keep_attributes(struct xmlfeed *x, int count, const xmlChar **list)
{
    buf_reset(&x->values);
    x->nattributes = 0;
    for (int i = 0; i < count && x->nattributes < ATTRIBUTES; i++) {
        const char *value = (const char *)list[5 * i + 3];
        struct str v = {value, (size_t)((const char *)list[5 * i + 4] - value)};
        if (!decode_is_clean(v))
            continue;
        x->attributes[x->nattributes++] =
            (struct attribute){(const char *)list[5 * i], x->values.len, v.n};
        x->d->failed |= buf_add_str(&x->values, v) != 0;
    }
}

/* A child element of a leaf: markup that the publisher did not escape (Atom's xhtml, or RSS
 * against its rules), written out again for the HTML reader. */
static void write_start(struct xmlfeed *x, const char *name)
{
    x->was_markup = true;
    buf_add_char(&x->text, '<');
    buf_add_text(&x->text, name);
    for (size_t i = 0; i < x->nattributes; i++) {
        struct str v = {x->values.data + x->attributes[i].at, x->attributes[i].n};
        buf_addf(&x->text, " %s=\"", x->attributes[i].name);
        for (size_t k = 0; k < v.n; k++) {
            if (v.p[k] == '"')
                buf_add(&x->text, "&quot;", 6);
            else if (v.p[k] == '&')
                buf_add(&x->text, "&amp;", 5);
            else
                buf_add_char(&x->text, v.p[k]);
        }
        buf_add_char(&x->text, '"');
    }
    buf_add_char(&x->text, '>');
}

static bool wrapper(const struct xmlfeed *x, const xmlChar *name)
{
    return x->escape && x->inside == 1 && strcmp((const char *)name, "div") == 0;
}

static unsigned scope_of(enum xmlfeed_open open, unsigned outer)
{
    static const unsigned scopes[] = {[OPEN_FEED] = IN_FEED, [OPEN_ITEM] = IN_ITEM,
                                      [OPEN_IMAGE] = IN_IMAGE};

    return open == OPEN_SAME ? outer : scopes[open];
}

static struct str new_base(struct xmlfeed *x, struct str outer)
{
    struct str base = xmlfeed_attribute(x, "base");
    struct str link = base.n ? draft_link(x->d, outer, base) : STR_NONE;

    return link.n ? link : outer;
}

/* The end tag of the last item is missing: it ends where the next one begins. */
static void unwind_item(struct xmlfeed *x)
{
    for (int i = x->depth; i-- > 0;)
        if (x->levels[i].element->open == OPEN_ITEM)
            x->depth = i;
    x->leaf = false;
    x->skip = x->inside = 0;
    draft_end(x->d);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int nns, const xmlChar **nss, int count, int defaulted, const xmlChar **list)
{
    struct xmlfeed *x = ((xmlParserCtxtPtr)ctx)->_private;
    const struct xmlfeed_element *e;

    (void)nns, (void)nss, (void)defaulted;
    if (x->d->open && (strcmp((const char *)name, "item") == 0 ||
                       strcmp((const char *)name, "entry") == 0))
        unwind_item(x);
    if (x->skip) {
        x->skip++;
        return;
    }
    if (x->leaf) {
        x->inside++;
        if (!wrapper(x, name)) {
            keep_attributes(x, count, list);
            write_start(x, (const char *)name);
        }
        return;
    }
    unsigned where = x->depth ? x->levels[x->depth - 1].where : IN_ROOT;
    e = x->depth < DEPTH - 1 ? xmlnames_find(&x->names, name, prefix, uri, where) : NULL;
    if (!e) {
        x->skip = 1;
        return;
    }
    keep_attributes(x, count, list);
    struct str outer = xmlfeed_base(x);
    if (e->open == OPEN_ITEM && !draft_begin(x->d, xmlfeed_line(x))) {
        x->skip = 1;
        return;
    }
    x->levels[x->depth++] = (struct level){e, e->open == OPEN_LEAF ? 0 : scope_of(e->open, where),
                                           new_base(x, outer)};
    x->leaf = e->open == OPEN_LEAF;
    if (x->leaf) {
        buf_reset(&x->text);
        x->was_markup = false;
        x->inside = 0;
        x->escape = str_is(xmlfeed_attribute(x, "type"), "xhtml") ||
                    str_is(xmlfeed_attribute(x, "type"), "application/xhtml+xml") ||
                    str_is(xmlfeed_attribute(x, "mode"), "xml");
    }
    if (e->start)
        e->start(x);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xmlfeed *x = ((xmlParserCtxtPtr)ctx)->_private;

    (void)prefix, (void)uri;
    if (x->skip) {
        x->skip--;
        return;
    }
    if (x->leaf && x->inside) {
        if (!wrapper(x, name))
            buf_addf(&x->text, "</%s>", (const char *)name);
        x->inside--;
        return;
    }
    if (!x->depth)
        return;
    const struct xmlfeed_element *e = x->levels[x->depth - 1].element;
    if (x->leaf) {
        x->leaf = false;
        x->d->failed |= !buf_ok(&x->text);
        if (e->end && buf_ok(&x->text))
            e->end(x, str_trim(buf_str(&x->text)));
    }
    x->depth--;
    if (e->open == OPEN_ITEM) {
        x->d->whole = true;
        draft_end(x->d);
    }
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
    struct xmlfeed *x = ((xmlParserCtxtPtr)ctx)->_private;
    struct str s = {(const char *)text, (size_t)n};

    if (!x->leaf || x->skip)
        return;
    /* What came in is clean; only a character reference, which comes alone, can still be not. */
    if (n <= 4 && !decode_is_clean(s))
        return;
    if (!x->escape) {
        buf_add_str(&x->text, s);
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '<')
            buf_add(&x->text, "&lt;", 4);
        else if (s.p[i] == '&')
            buf_add(&x->text, "&amp;", 5);
        else
            buf_add_char(&x->text, s.p[i]);
    }
}

static void on_error(void *ctx, xmlErrorPtr error)
{
    struct xmlfeed *x = ((xmlParserCtxtPtr)ctx)->_private;

    if (error->level < XML_ERR_ERROR || error->domain == XML_FROM_NAMESPACE)
        return;
    draft_problem(x->d, error->line > 0 ? error->line + x->shift : 0,
                  xmlnames_fault(error->code));
}

static void on_entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id,
                      const xmlChar *system_id, xmlChar *content)
{
    (void)name, (void)type, (void)public_id, (void)system_id, (void)content;
    xmlStopParser(ctx);
}

/* Line of offset `at`, which never decreases from call to call. */
static int line_at(struct xmlfeed *x, size_t at)
{
    while (x->counted < at) {
        const char *nl = memchr(x->text_in.p + x->counted, '\n', at - x->counted);
        if (!nl)
            break;
        x->line++;
        x->counted = (size_t)(nl - x->text_in.p) + 1;
    }
    x->counted = at > x->counted ? at : x->counted;
    return x->line;
}

static int count_lines(struct str s)
{
    int lines = 0;

    for (size_t i = 0; i < s.n; i++)
        lines += s.p[i] == '\n';
    return lines;
}

static bool halted(const struct xmlfeed *x)
{
    return x->ctxt->disableSAX || x->ctxt->instate == XML_PARSER_EOF;
}

static bool feed(struct xmlfeed *x, struct str s)
{
    for (size_t at = 0; at < s.n && !halted(x); at += CHUNK) {
        size_t n = s.n - at < CHUNK ? s.n - at : CHUNK;
        xmlParseChunk(x->ctxt, s.p + at, (int)n, 0);
    }
    return !halted(x);
}

static void close_parser(struct xmlfeed *x)
{
    if (!x->ctxt)
        return;
    if (x->ctxt->myDoc)
        xmlFreeDoc(x->ctxt->myDoc);
    xmlFreeParserCtxt(x->ctxt);
    x->ctxt = NULL;
}

/* A new parser, inside the root again, for text that goes on at `at`. */
static bool open_parser(struct xmlfeed *x, size_t at, bool again)
{
    static const xmlSAXHandler handlers = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .entityDecl = on_entity,
        .serror = on_error,
    };
    xmlSAXHandler sax = handlers;

    close_parser(x);
    x->ctxt = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    if (!x->ctxt) {
        x->d->failed = true;
        return false;
    }
    x->ctxt->_private = x;
    x->ctxt->userData = x->ctxt;
    xmlCtxtUseOptions(x->ctxt, XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_IGNORE_ENC);
    x->depth = x->skip = x->inside = 0;
    x->leaf = false;
    xmlnames_reset(&x->names); /* pointers of the old parser's dictionary */
    x->shift = line_at(x, at) - 1;
    if (!again)
        return true;
    x->shift -= count_lines(x->root);
    return feed(x, x->root) && (x->d->feed->format != FEED_RSS || feed(x, STR("<channel>")));
}

/* Add to x->patch what stands for what the fence found at `at`; the bytes that it replaces. */
static size_t repair(struct xmlfeed *x, const struct fence *f, enum fence_stop stop, size_t at)
{
    struct str text = {x->text_in.p + at, f->length};
    char utf8[4];
    size_t bad;

    switch (stop) {
    case FENCE_TEXT:
        bad = fence_text(text, &x->patch);
        if (bad < text.n)
            draft_problem(x->d, line_at(x, at + bad), "an ampersand that begins no reference");
        return text.n;
    case FENCE_AMPERSAND:
        draft_problem(x->d, line_at(x, at), "an ampersand that begins no reference");
        buf_add(&x->patch, "&amp;", 5);
        return 1;
    case FENCE_LESS:
        draft_problem(x->d, line_at(x, at), "a less-than sign that begins no markup");
        buf_add(&x->patch, "&lt;", 4);
        return 1;
    default: /* FENCE_ENTITY */
        if (f->code)
            buf_add(&x->patch, utf8, utf8_put(f->code, utf8));
        return f->length;
    }
}

/* Feed up to the next item, what needs repair by way of x->patch. Returns where the text goes on;
 * *fine tells whether the parser lives and the fence found nothing worse. */
static size_t feed_item(struct xmlfeed *x, struct fence *f, size_t at, enum fence_stop *stop,
                        bool *fine)
{
    size_t next;

    buf_reset(&x->patch);
    for (;;) {
        next = fence_next(f, stop);
        struct str plain = {x->text_in.p + at, next - at};
        if (*stop != FENCE_END && *stop != FENCE_ITEM && *stop != FENCE_BAD) {
            buf_add_str(&x->patch, plain);
            at = next + repair(x, f, *stop, next);
            continue;
        }
        if (x->patch.len) {
            buf_add_str(&x->patch, plain);
            plain = buf_str(&x->patch);
        }
        x->d->failed |= !buf_ok(&x->patch);
        *fine = buf_ok(&x->patch) && feed(x, plain) && *stop != FENCE_BAD;
        return next;
    }
}

/* Feed all from `at` on, an item at a time. After a fault that the parser does not survive, go on
 * behind it with the next item. */
static void feed_all(struct xmlfeed *x, size_t at)
{
    struct fence f = {.text = x->text_in, .at = at};
    enum fence_stop stop;
    int restarts = 0;
    bool fine;

    for (;;) {
        at = feed_item(x, &f, at, &stop, &fine);
        if (stop == FENCE_END)
            break;
        if (fine)
            continue;
        if (stop == FENCE_BAD)
            draft_problem(x->d, line_at(x, at), "markup that does not end or is past the limits");
        draft_end(x->d);
        at = stop == FENCE_ITEM ? at : fence_item(x->text_in, at + 1);
        if (at >= x->text_in.n || x->d->failed || x->d->full)
            break;
        if (++restarts > RESTARTS) {
            draft_problem(x->d, line_at(x, at), "too many faults; the rest is dropped");
            break;
        }
        f.at = at;
        f.plain_end = at;
        if (!open_parser(x, at, true))
            break;
    }
    if (x->ctxt && !halted(x))
        xmlParseChunk(x->ctxt, NULL, 0, 1);
    draft_end(x->d);
}

static enum feed_format format_of(struct str root)
{
    static const struct {
        const char *name;
        enum feed_format format;
    } roots[] = {{"rss", FEED_RSS}, {"RDF", FEED_RDF}, {"feed", FEED_ATOM}};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (str_eq_nocase(root, str_from(roots[i].name)))
            return roots[i].format;
    return FEED_UNKNOWN;
}

int xmlfeed_parse(struct draft *d, struct str text)
{
    struct xmlfeed x = {.d = d, .text_in = text, .line = 1};
    size_t start, end;
    struct str name;
    bool entities;

    if (!fence_root(text, &start, &end, &name, &entities))
        return ERR_SYNTAX;
    d->feed->format = format_of(name);
    if (d->feed->format == FEED_UNKNOWN)
        return ERR_SYNTAX;
    if (entities)
        draft_problem(d, line_at(&x, 0), "the DTD declares entities; they are not expanded");
    x.root = (struct str){text.p + start, end - start};
    x.names.unnamed = d->feed->format == FEED_ATOM ? NS_ATOM : NS_RSS;
    if (open_parser(&x, start, false))
        feed_all(&x, start);
    close_parser(&x);
    buf_free(&x.text);
    buf_free(&x.values);
    buf_free(&x.patch);
    return d->failed ? ERR_NOMEM : 0;
}
