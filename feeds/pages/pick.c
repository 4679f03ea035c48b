#include "feeds/pages/pick.h"

#include <libxml/HTMLtree.h>

#include "base/err.h"
#include "feeds/pages/selector.h"
#include "feeds/pages/tree.h"
#include "feeds/people/prune.h"
#include "feeds/text/dates.h"
#include "feeds/text/decode.h"

int pick_compile(struct pick *p, struct str text, struct selector **out)
{
    const char *problem;

    *out = NULL;
    if (!text.n)
        return 0;
    *out = selector_compile(text, &problem);
    if (!*out) {
        draft_problem(p->d, 0, "版块的选择器写法不对 (a selector of the board does not compile)");
        return ERR_SYNTAX;
    }
    selector_share(*out, &p->budget);
    return 0;
}

int pick_init(struct pick *p, struct draft *d, const struct str texts[static PICK_PARTS])
{
    int err = 0;

    *p = (struct pick){.d = d, .budget = SELECTOR_BUDGET};
    for (unsigned i = 0; i < PICK_PARTS && !err; i++)
        err = pick_compile(p, texts[i], &p->parts[i]);
    if (!err && !(p->dump = xmlBufferCreate()))
        err = ERR_NOMEM;
    d->failed |= err == ERR_NOMEM;
    return err;
}

void pick_clear(struct pick *p)
{
    for (unsigned i = 0; i < PICK_PARTS; i++)
        selector_free(p->parts[i]);
    if (p->dump)
        xmlBufferFree(p->dump);
    *p = (struct pick){0};
}

void pick_base(struct pick *p, xmlNode *root)
{
    xmlNode *base = tree_find(root, "base");

    if (base)
        p->base = draft_link(p->d, STR_NONE, tree_attribute(base, "href"));
}

static xmlNode *find(struct pick *p, enum pick_part part, xmlNode *scope)
{
    xmlNode *node = p->parts[part] ? selector_first(p->parts[part], scope) : NULL;

    p->found |= node ? 1U << part : 0;
    return node;
}

static struct str dumped(struct pick *p)
{
    struct str s = {(const char *)xmlBufferContent(p->dump), (size_t)xmlBufferLength(p->dump)};

    return decode_is_clean(s) ? s : STR_NONE;
}

/* What is below a node, as HTML in p->dump. */
static struct str markup_below(struct pick *p, xmlNode *node)
{
    xmlBufferEmpty(p->dump);
    if (node->type == XML_ELEMENT_NODE) {
        for (xmlNode *child = node->children; child; child = child->next)
            htmlNodeDump(p->dump, node->doc, child);
    } else {
        xmlChar *text = xmlNodeGetContent(node);
        xmlBufferCat(p->dump, text ? text : (const xmlChar *)"");
        xmlFree(text);
    }
    return dumped(p);
}

/* What a selector's node says: the attribute asked for, or what is in it. */
static struct str said(struct pick *p, const struct selector *s, xmlNode *node)
{
    const char *name = selector_attribute(s);

    return name ? tree_attribute(node, name) : markup_below(p, node);
}

struct line_search {
    struct pick *p;
    const struct selector *s;
    bool matched;
    struct str line;
};

static bool take_line(void *arg, xmlNode *node)
{
    struct line_search *search = arg;

    search->matched = true;
    search->line = draft_line(search->p->d, said(search->p, search->s, node));
    return search->line.n == 0;
}

/* Of the first match that says anything: an icon's link often stands before the title's. */
static struct str line_at(struct pick *p, enum pick_part part, xmlNode *scope)
{
    struct line_search search = {.p = p, .s = p->parts[part]};

    if (!search.s)
        return STR_NONE;
    selector_each(search.s, scope, take_line, &search);
    p->found |= search.matched ? 1U << part : 0;
    return search.line;
}

/* The exact time that boards keep in an attribute beside "3 天前"; STR_NONE: none. */
static struct str exact_time(struct pick *p, xmlNode *node)
{
    static const char *const names[] = {"datetime", "title"};
    const struct parse_request *req = p->d->req;
    int64_t ms;

    for (xmlNode *n = node; n; n = tree_next(n, node, true))
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct str v = tree_attribute(n, names[i]);
            if (v.n && dates_parse(v, req->zone_minutes, req->now, &ms) == 0)
                return v;
        }
    return STR_NONE;
}

/* Was a date that stands there, in an author's place, told from the day of reading? */
static bool told_loosely(xmlNode *node)
{
    xmlNode *root = node->type == XML_ELEMENT_NODE ? node : node->parent;

    for (xmlNode *n = root; n; n = tree_next(n, root, true))
        if (tree_attribute(n, PRUNE_LOOSE).n)
            return true;
    return false;
}

static int64_t date_at(struct pick *p, enum pick_part part, xmlNode *scope)
{
    xmlNode *node = find(p, part, scope);
    struct str stated = STR_NONE;

    if (!node)
        return 0;
    if (!selector_attribute(p->parts[part]) && node->type == XML_ELEMENT_NODE)
        stated = exact_time(p, node);
    if (!stated.n)
        stated = draft_line(p->d, said(p, p->parts[part], node));
    int64_t ms = draft_date(p->d, stated, (int)xmlGetLineNo(node));
    p->undated |= ms ? 0 : 1U << part;
    p->d->item.loose |= told_loosely(node);
    return ms;
}

struct str pick_link(struct pick *p, struct selector *s, xmlNode *scope)
{
    xmlNode *node = s ? selector_first(s, scope) : NULL;

    if (!node)
        return STR_NONE;
    if (selector_attribute(s) || node->type != XML_ELEMENT_NODE)
        return draft_link(p->d, p->base, said(p, s, node));
    struct str href = tree_attribute(node, "href");
    for (xmlNode *n = href.n ? NULL : tree_next(node, node, true); n && !href.n;
         n = tree_next(n, node, true))
        href = tree_is(n, "a") ? tree_attribute(n, "href") : STR_NONE;
    return draft_link(p->d, p->base, href);
}

void pick_content(struct pick *p, xmlNode *node)
{
    draft_content(p->d, p->base, markup_below(p, node), true, true);
}

/* An official reply is content too, but not the post's own. */
static void read_reply(struct pick *p, xmlNode *scope)
{
    struct draft *d = p->d;
    xmlNode *node = find(p, PICK_REPLY, scope);

    if (!node)
        return;
    struct feed_item kept = d->item;
    bool main = d->main_content;
    d->item.text = d->item.html = d->item.summary = STR_NONE;
    d->item.image = STR("-"); /* a picture of the reply is not the post's */
    d->main_content = false;
    draft_content(d, p->base, said(p, p->parts[PICK_REPLY], node), true, true);
    kept.reply = d->item.text;
    d->item = kept;
    d->main_content = main;
    if (!d->item.reply.n)
        return;
    d->item.reply_time = date_at(p, PICK_REPLY_TIME, scope);
    d->item.reply_unit = line_at(p, PICK_REPLY_UNIT, scope);
    d->item.reply_url = d->item.url;
}

void pick_item(struct pick *p, xmlNode *scope)
{
    struct feed_item *it = &p->d->item;

    p->found = p->undated = 0;
    it->title = line_at(p, PICK_TITLE, scope);
    if (p->parts[PICK_LINK])
        it->url = pick_link(p, p->parts[PICK_LINK], scope);
    p->found |= it->url.n && p->parts[PICK_LINK] ? 1U << PICK_LINK : 0;
    it->published = date_at(p, PICK_TIME, scope);
    xmlNode *text = find(p, PICK_TEXT, scope);
    if (text)
        draft_content(p->d, p->base, said(p, p->parts[PICK_TEXT], text), true, true);
    read_reply(p, scope);
    if (p->budget <= 0)
        draft_problem(p->d, 0,
                      "选择器在这个网页上太费时，其余不再读取 (the selectors cost too much on this "
                      "page; the rest is not read)");
}
