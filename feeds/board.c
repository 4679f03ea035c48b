#include "feeds/board.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>

#include "base/err.h"
#include "feeds/decode.h"
#include "feeds/prune.h"
#include "feeds/selector.h"

enum part { PART_ITEM, PART_TITLE, PART_LINK, PART_TIME, PART_TEXT, PART_REPLY, PART_REPLY_TIME,
            PART_REPLY_UNIT, PARTS };

struct board {
    struct draft *d;
    struct selector *selectors[PARTS];
    struct str base;
    xmlBufferPtr dump;
};

static struct str part_text(const struct board_spec *spec, enum part part)
{
    switch (part) {
    case PART_ITEM: return spec->item;
    case PART_TITLE: return spec->title;
    case PART_LINK: return spec->link;
    case PART_TIME: return spec->time;
    case PART_TEXT: return spec->text;
    case PART_REPLY: return spec->reply;
    case PART_REPLY_TIME: return spec->reply_time;
    default: return spec->reply_unit;
    }
}

static int compile(struct board *b)
{
    const char *problem;

    for (unsigned i = 0; i < PARTS; i++) {
        struct str text = part_text(b->d->req->board, i);
        if (!text.n && i != PART_ITEM)
            continue;
        b->selectors[i] = selector_compile(text, &problem);
        if (!b->selectors[i]) {
            draft_problem(b->d, 0, "a selector of the board does not compile");
            return ERR_SYNTAX;
        }
    }
    return 0;
}

static struct str attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->type == XML_ELEMENT_NODE ? node->properties : NULL; a;
         a = a->next)
        if (strcmp((const char *)a->name, name) == 0 && a->children && a->children->content) {
            struct str v = str_from((const char *)a->children->content);
            return decode_is_clean(v) ? v : STR_NONE;
        }
    return STR_NONE;
}

static xmlNode *find(struct board *b, enum part part, xmlNode *item)
{
    return b->selectors[part] ? selector_first(b->selectors[part], item) : NULL;
}

/* What a selector's node says: the attribute asked for, or the node as HTML in b->dump. */
static struct str markup_of(struct board *b, enum part part, xmlNode *node)
{
    const char *name = selector_attribute(b->selectors[part]);

    if (name)
        return attribute(node, name);
    xmlBufferEmpty(b->dump);
    if (node->type == XML_ATTRIBUTE_NODE || node->type == XML_TEXT_NODE) {
        xmlChar *text = xmlNodeGetContent(node);
        xmlBufferCat(b->dump, text ? text : (const xmlChar *)"");
        xmlFree(text);
    } else {
        for (xmlNode *child = node->children; child; child = child->next)
            htmlNodeDump(b->dump, node->doc, child);
    }
    struct str s = {(const char *)xmlBufferContent(b->dump), (size_t)xmlBufferLength(b->dump)};
    return decode_is_clean(s) ? s : STR_NONE;
}

static struct str line_at(struct board *b, enum part part, xmlNode *item)
{
    xmlNode *node = find(b, part, item);

    return node ? draft_line(b->d, markup_of(b, part, node)) : STR_NONE;
}

static int64_t date_at(struct board *b, enum part part, xmlNode *item)
{
    xmlNode *node = find(b, part, item);
    struct str stated = node ? attribute(node, "datetime") : STR_NONE;

    if (!node)
        return 0;
    if (!stated.n || selector_attribute(b->selectors[part]))
        stated = draft_line(b->d, markup_of(b, part, node));
    return draft_date(b->d, stated, xmlGetLineNo(node));
}

/* The address at the link selector: its attribute, its own href, or that of the first <a> in it. */
static struct str link_at(struct board *b, xmlNode *item)
{
    xmlNode *node = find(b, PART_LINK, item);
    const char *problem;

    if (!node)
        return STR_NONE;
    if (selector_attribute(b->selectors[PART_LINK]) || node->type != XML_ELEMENT_NODE)
        return draft_link(b->d, b->base, markup_of(b, PART_LINK, node));
    struct str href = attribute(node, "href");
    struct selector *a = href.n ? NULL : selector_compile(STR("a[href]"), &problem);
    xmlNode *inner = a ? selector_first(a, node) : NULL;
    if (inner)
        href = attribute(inner, "href");
    selector_free(a);
    return draft_link(b->d, b->base, href);
}

static void read_reply(struct board *b, xmlNode *item)
{
    struct draft *d = b->d;
    xmlNode *node = find(b, PART_REPLY, item);

    if (!node)
        return;
    struct feed_item kept = d->item;
    bool main = d->main_content;
    d->item.text = d->item.html = STR_NONE;
    d->item.image = STR("-"); /* a picture of the reply is not the post's */
    d->main_content = false;
    draft_content(d, b->base, markup_of(b, PART_REPLY, node), true, true);
    kept.reply = d->item.text;
    d->item = kept;
    d->main_content = main;
    if (!d->item.reply.n)
        return;
    d->item.reply_time = date_at(b, PART_REPLY_TIME, item);
    d->item.reply_unit = line_at(b, PART_REPLY_UNIT, item);
    d->item.reply_url = d->item.url;
}

static bool read_item(void *arg, xmlNode *item)
{
    struct board *b = arg;
    struct draft *d = b->d;

    if (item->type != XML_ELEMENT_NODE)
        return true;
    if (!draft_begin(d, xmlGetLineNo(item)))
        return false;
    d->item.title = line_at(b, PART_TITLE, item);
    d->item.url = link_at(b, item);
    d->item.published = date_at(b, PART_TIME, item);
    xmlNode *text = find(b, PART_TEXT, item);
    if (text)
        draft_content(d, b->base, markup_of(b, PART_TEXT, text), true, true);
    read_reply(b, item);
    /* A row with nothing in it but a date or tags is a heading of the table, not a post. */
    if (!d->item.title.n && !d->item.text.n)
        d->open = false;
    draft_end(d);
    return !d->failed;
}

static void read_head(struct board *b, xmlNode *root)
{
    static const char *const parts[] = {"title", "base"};
    struct feed *f = b->d->feed;
    const char *problem;

    for (size_t i = 0; i < 2; i++) {
        struct selector *s = selector_compile(str_from(parts[i]), &problem);
        xmlNode *node = s ? selector_first(s, root) : NULL;
        if (node && i == 0 && node->children && node->children->content) {
            struct str title = str_from((const char *)node->children->content);
            f->title = decode_is_clean(title) ? draft_line(b->d, title) : STR_NONE;
        } else if (node && i == 1) {
            b->base = draft_link(b->d, STR_NONE, attribute(node, "href"));
        }
        selector_free(s);
    }
    f->language = draft_line(b->d, attribute(root, "lang"));
    f->home_url = draft_link(b->d, STR_NONE, b->d->req->url);
}

static htmlDocPtr build(struct board *b, struct str html)
{
    struct buf limited = BUF_INIT;
    htmlDocPtr doc = NULL;

    if (prune_limits(html, &limited) || limited.len > INT32_MAX)
        b->d->failed = true;
    else if (limited.len)
        doc = htmlReadMemory(limited.data, (int)limited.len, NULL, "UTF-8",
                             HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                 HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
    buf_free(&limited);
    return doc;
}

int board_parse(struct draft *d, struct str html)
{
    struct board b = {.d = d};
    int err = compile(&b);
    htmlDocPtr doc = err ? NULL : build(&b, html);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    b.dump = root ? xmlBufferCreate() : NULL;
    if (b.dump) {
        prune_authors(root, d->req->zone_minutes, d->req->now);
        read_head(&b, root);
        selector_each(b.selectors[PART_ITEM], root, read_item, &b);
        xmlBufferFree(b.dump);
    }
    if (doc)
        xmlFreeDoc(doc);
    for (unsigned i = 0; i < PARTS; i++)
        selector_free(b.selectors[i]);
    if (d->failed)
        return ERR_NOMEM;
    if (!err && d->feed->nitems == 0) {
        draft_problem(d, 0, "the board's selectors find no item");
        err = ERR_SYNTAX;
    }
    if (!err)
        d->feed->format = FEED_BOARD;
    return err;
}
