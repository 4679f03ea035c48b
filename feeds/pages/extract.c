#include "feeds/pages/extract.h"

#include <libxml/tree.h>

#include "feeds/pages/extract_junk.h"
#include "feeds/pages/tree.h"
#include "feeds/text/dates.h"
#include "feeds/text/tag.h"

enum { LINE_BYTES = 700, MARK_WORTH = 10, ENOUGH_CHARS = 20, LEAST_BLOCK = 8 };

/* What is in an element, itself and all below. Block elements also count what is theirs alone. */
struct stat {
    xmlNode *node;
    struct stat *up;         /* of the parent */
    struct stat *block;      /* of the nearest block at or above */
    unsigned own, own_linked, own_marks;
    unsigned text, linked, marks, links;
    float good;              /* worth of the running text */
};

struct pass {
    struct draft *d;
    struct stat *list;
    size_t count;
    float whole;
};

static bool is_block(const xmlNode *node)
{
    uint64_t key;
    unsigned kind = tag_kind(str_from((const char *)node->name), &key);

    return (kind & (TAG_BLOCK | TAG_CELL)) != 0 || tree_is(node, "body") || tree_is(node, "html");
}

static void drop(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

/* Take out what is no text at all, so that it need not be counted. */
static size_t drop_junk(xmlNode *root)
{
    size_t elements = 1;

    for (xmlNode *n = tree_next(root, root, true), *next; n; n = next) {
        bool element = n->type == XML_ELEMENT_NODE;
        bool junk = element ? extract_junk_element(n) == EXTRACT_JUNK : n->type != XML_TEXT_NODE;
        next = tree_next(n, root, !junk);
        elements += element && !junk;
        if (junk)
            drop(n);
    }
    return elements;
}

static void count_text(const xmlNode *n, struct stat *at)
{
    unsigned marks = 0, chars = extract_junk_count(str_from((const char *)n->content), &marks);
    bool linked = false;

    for (struct stat *s = at; s && s != at->block && !linked; s = s->up)
        linked = tree_is(s->node, "a");
    at->block->own += linked ? 0 : chars;
    at->block->own_linked += linked ? chars : 0;
    at->block->own_marks += linked ? 0 : marks;
}

/* Stats of all elements, in the order of the page. */
static bool take_stats(struct pass *p, xmlNode *root)
{
    size_t most = drop_junk(root);

    p->count = 0;
    p->list = arena_alloc(p->d->feed->arena, most, sizeof *p->list);
    if (!p->list)
        return false;
    for (xmlNode *n = root; n; n = tree_next(n, root, true)) {
        struct stat *up = n == root ? NULL : n->parent->_private;
        if (n->type != XML_ELEMENT_NODE) {
            count_text(n, up);
            continue;
        }
        struct stat *s = &p->list[p->count++];
        *s = (struct stat){.node = n, .up = up};
        s->block = !up || is_block(n) ? s : up->block;
        s->links = tree_is(n, "a");
        n->_private = s;
    }
    return true;
}

/* A block's own text is worth its length and far more its sentences; names of links, nothing. */
static float worth(const struct stat *s)
{
    float good = (float)s->own + (float)(MARK_WORTH * s->own_marks);

    if (s->own_linked > s->own)
        return 0;
    if (s->own < LEAST_BLOCK || !s->own_marks)
        good *= 0.2f;
    return good * (float)s->own / (float)(s->own + s->own_linked + 1);
}

static void sum_up(struct pass *p)
{
    for (size_t i = p->count; i-- > 0;) {
        struct stat *s = &p->list[i];
        s->text += s->own;
        s->linked += s->own_linked;
        s->marks += s->own_marks;
        s->good += worth(s);
        if (s->up) {
            s->up->text += s->text;
            s->up->linked += s->linked;
            s->up->marks += s->marks;
            s->up->links += s->links;
            s->up->good += s->good;
        }
    }
    p->whole = p->list[0].good;
}

/* Take out what is named as another part of the page, unless most of the text is in it. */
static void drop_doubtful(struct pass *p, xmlNode *root)
{
    for (xmlNode *n = tree_next(root, root, true), *next; n; n = next) {
        const struct stat *s = n->_private;
        bool out = n->type == XML_ELEMENT_NODE && s->good < 0.7f * p->whole &&
                   extract_junk_element(n) == EXTRACT_DOUBTFUL;
        next = tree_next(n, root, !out);
        if (out)
            drop(n);
    }
}

/* Go down while one child holds nearly all of the running text. */
static struct stat *descend(struct stat *at)
{
    for (;;) {
        struct stat *best = NULL;
        for (xmlNode *c = at->node->children; c; c = c->next) {
            struct stat *s = c->type == XML_ELEMENT_NODE ? c->_private : NULL;
            if (s && (!best || s->good > best->good))
                best = s;
        }
        if (!best || best->block != best)
            return at;
        float share = extract_junk_element(best->node) == EXTRACT_CONTENT ? 0.6f : 0.75f;
        /* A page of one paragraph: stay around it, where its lines are. */
        if (best->good < share * at->good || tree_is(best->node, "p") ||
            tree_is(best->node, "tr") || tree_is(best->node, "td"))
            return tree_is(best->node, "td") && best->good >= share * at->good ? best : at;
        at = best;
    }
}

/* The line that a node prints: a block without blocks in it, or text between breaks. */
static struct str line_of(xmlNode *n, char out[static LINE_BYTES])
{
    size_t used = 0;

    for (xmlNode *t = n; t; t = tree_next(t, n, true)) {
        if (t != n && t->type == XML_ELEMENT_NODE && is_block(t))
            return STR_NONE;
        size_t size = t->type == XML_TEXT_NODE ? strlen((const char *)t->content) : 0;
        if (used + size >= LINE_BYTES)
            return STR_NONE;
        memcpy(out + used, size ? (const char *)t->content : "", size);
        used += size;
    }
    return str_trim((struct str){out, used});
}

static bool breaks(const xmlNode *n)
{
    while (n && n->type == XML_TEXT_NODE && xmlIsBlankNode((xmlNode *)n))
        n = n->next;
    return !n || tree_is(n, "br") || (n->type == XML_ELEMENT_NODE && is_block(n));
}

/* Lists of links, single links and such; a paragraph may well have some links in it. */
static bool mostly_links(const struct stat *s)
{
    unsigned all = s->text + s->linked;

    if (!s->links || s->block != s || !all)
        return false;
    if (s->links == 1)
        return s->linked * 10 >= all * 9 && !s->marks && all < 60 && !tree_is(s->node, "td");
    return s->linked * 2 > all && s->marks * 40 < all;
}

static bool attachment(const xmlNode *n)
{
    char text[LINE_BYTES];

    return str_find(line_of((xmlNode *)n, text), STR("附件"), 0) != (size_t)-1;
}

/* Everything from the node on is behind the article: its following siblings, and those of what it
 * is in, up to the main element. */
static void drop_from(xmlNode *n, const xmlNode *main)
{
    for (xmlNode *up; n != main; n = up) {
        up = n->parent;
        while (n->next)
            drop(n->next);
    }
}

/* The title once more, or date and source: what stands between title and text. */
static bool heads_text(const struct draft *d, struct str line, struct str title)
{
    enum { HEAD_BYTES = 96, DATE_BYTES = 20 };
    unsigned marks = 0;
    int64_t ms;

    extract_junk_count(line, &marks);
    if (str_eq(line, title))
        return line.n > 0;
    /* "石桥社7月25日电" begins a text; only a date with its year, or nothing else, stands above it. */
    bool dated = line.n && line.n <= HEAD_BYTES && marks <= 1 &&
                 dates_parse(line, d->req->zone_minutes, d->req->now, &ms) == 0;
    return dated && (line.n <= DATE_BYTES || str_find(line, STR("20"), 0) != (size_t)-1);
}

/* Paragraphs are told by their lines, not by the spaces that print indents. */
static void unindent(xmlNode *n)
{
    static const struct str spaces[] = {{"　", 3}, {"\xC2\xA0", 2}, {" ", 1}, {"\n", 1}, {"\t", 1}};
    struct str rest = str_from((const char *)n->content);
    bool any = true;

    while (any) {
        any = false;
        for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
            if (str_starts(rest, spaces[i])) {
                rest = (struct str){rest.p + spaces[i].n, rest.n - spaces[i].n};
                any = true;
            }
    }
    memmove(n->content, rest.p, rest.n + 1);
}

static void clean(const struct draft *d, xmlNode *main, struct str title)
{
    const struct stat *whole = main->_private;
    char text[LINE_BYTES];
    float before = 0;

    for (xmlNode *n = tree_next(main, main, true), *next; n; n = next) {
        const struct stat *s = n->type == XML_ELEMENT_NODE ? n->_private : NULL;
        enum extract_line line = EXTRACT_LINE_TEXT;
        bool begins = !s && (!n->prev || tree_is(n->prev, "br") || is_block(n->prev));
        if (begins)
            unindent(n);
        struct str said = s ? s->block == s ? line_of(n, text) : STR_NONE
                          : begins && breaks(n->next) ? line_of(n, text) : STR_NONE;
        line = extract_junk_line(said);
        if (before < 0.02f * whole->good && heads_text(d, said, title))
            line = EXTRACT_LINE_DROP;
        bool out = line != EXTRACT_LINE_TEXT || (s && mostly_links(s) && !attachment(n));
        /* Such words at the head are the page's own bar, not the article's end. */
        bool end = line == EXTRACT_LINE_END && before > 0.6f * whole->good;
        if (end)
            drop_from(n, main);
        next = tree_next(n, main, !out);
        before += s && s->block == s && !out ? worth(s) : 0;
        if (out)
            drop(n);
    }
}

xmlNode *extract_main(struct draft *d, xmlNode *root, struct str title)
{
    struct pass p = {.d = d};

    if (!take_stats(&p, root))
        return d->failed = true, NULL;
    sum_up(&p);
    drop_doubtful(&p, root);
    if (!take_stats(&p, root))
        return d->failed = true, NULL;
    sum_up(&p);
    struct stat *main = descend(&p.list[0]);
    if (main->text < ENOUGH_CHARS || main->marks < 2 || main->linked > 2 * main->text)
        return NULL;
    clean(d, main->node, title);
    return main->node;
}
