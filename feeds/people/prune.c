#include "feeds/people/prune.h"

#include <libxml/tree.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/pages/tree.h"
#include "feeds/people/people.h"
#include "feeds/people/person.h"
#include "feeds/text/dates.h"
#include "feeds/text/tag.h"

enum { DEPTH = 200, ATTRIBUTES = 100, ELEMENTS = 300000, DATE_BYTES = 96 };

static struct str attribute_value(const xmlAttr *a)
{
    return a->children ? str_from((const char *)a->children->content) : STR_NONE;
}

/* Containers of whole pages carry such words for other reasons (<body class="author-page">). */
static bool container(const xmlNode *node)
{
    static const char *const names[] = {"html", "body", "main", "head", "article", "form", "table",
                                        "tbody"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp((const char *)node->name, names[i]) == 0)
            return true;
    return false;
}

static bool is_author(const xmlNode *node)
{
    if (node->type != XML_ELEMENT_NODE || container(node))
        return false;
    if (person_element(str_from((const char *)node->name)))
        return true;
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (person_attribute(str_from((const char *)a->name), attribute_value(a)))
            return true;
    const xmlNode *only = node->children;
    return only && !only->next && only->type == XML_TEXT_NODE &&
           person_label(str_from((const char *)only->content));
}

/* The date that an element without child elements states, in an attribute or as its text. */
static bool states_date(const xmlNode *node, int zone, int64_t now, int64_t *ms)
{
    static const char *const kept[] = {"datetime", "title", "content"};
    const xmlNode *only = node->children;

    if (node->type != XML_ELEMENT_NODE)
        return false;
    for (const xmlAttr *a = node->properties; a; a = a->next)
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (strcmp((const char *)a->name, kept[i]) == 0 &&
                attribute_value(a).n < DATE_BYTES &&
                dates_parse(attribute_value(a), zone, now, ms) == 0)
                return true;
    if (!only || only->next || only->type != XML_TEXT_NODE)
        return false;
    struct str text = str_from((const char *)only->content);
    return text.n < DATE_BYTES && dates_parse(text, zone, now, ms) == 0;
}

static void drop(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

/* Leave of the element nothing but the date. */
static void rewrite_date(xmlNode *node, int zone, int64_t now, int64_t ms)
{
    char text[CLOCK_TEXT];
    int64_t then;
    bool loose = !states_date(node, zone, now + DATES_LATER, &then) || then != ms;

    for (xmlAttr *a = node->properties, *next; a; a = next) {
        next = a->next;
        if (strcmp((const char *)a->name, "class") != 0 && strcmp((const char *)a->name, "id") != 0)
            xmlRemoveProp(a);
    }
    xmlNodeSetContent(node, (const xmlChar *)clock_format(ms, text));
    if (loose)
        xmlNewProp(node, (const xmlChar *)PRUNE_LOOSE, (const xmlChar *)"1");
}

/* Empty an author's subtree but for dates. False when nothing is left of it. Marks are kept in
 * _private, which nobody else uses here. */
static bool empty_author(xmlNode *author, int zone, int64_t now)
{
    static char mark;
    bool any = false;
    int64_t ms;

    for (xmlNode *n = tree_next(author, author, true); n; n = tree_next(n, author, true)) {
        if (!states_date(n, zone, now, &ms))
            continue;
        rewrite_date(n, zone, now, ms);
        any = true;
        for (xmlNode *up = n; up != author && up->_private != &mark; up = up->parent)
            up->_private = &mark;
        if (n->children)
            n->children->_private = &mark;
    }
    for (xmlNode *n = tree_next(author, author, true), *next; n; n = next) {
        bool keep = n->_private == &mark;
        next = tree_next(n, author, keep);
        if (!keep)
            drop(n);
    }
    return any;
}

/* `node` is out: where the walk goes on behind it. */
static xmlNode *cut(xmlNode *node, xmlNode *root, int zone, int64_t now, struct people *people)
{
    people_note(people, node);
    xmlNode *next = tree_next(node, root, false);
    int64_t ms;

    if (states_date(node, zone, now, &ms))
        rewrite_date(node, zone, now, ms);
    else if (!empty_author(node, zone, now))
        drop(node);
    return next;
}

void prune_authors(xmlNode *root, int zone_minutes, int64_t now, struct people *people)
{
    prune_cells(root, people);
    for (xmlNode *node = tree_next(root, root, true); node;) {
        if (node->type == XML_COMMENT_NODE) {
            xmlNode *next = tree_next(node, root, false);
            drop(node);
            node = next;
        } else if (is_author(node)) {
            node = cut(node, root, zone_minutes, now, people);
        } else {
            node = tree_next(node, root, true);
        }
    }
}

static bool too_many_attributes(const struct tag *tag)
{
    struct str rest = tag->attributes, name, value;
    size_t n = 0;

    if (tag->attributes.n < 2 * ATTRIBUTES)
        return false;
    while (n <= ATTRIBUTES && tag_attribute(&rest, &name, &value, NULL))
        n++;
    return n > ATTRIBUTES;
}

int prune_limits(struct str html, struct buf *out, bool *cut)
{
    struct tag_scan scan = {0};
    size_t depth = 0, dropped = 0, elements = 0;

    *cut = false;
    for (size_t at = 0; at < html.n;) {
        const char *lt = memchr(html.p + at, '<', html.n - at);
        size_t text = lt ? (size_t)(lt - html.p) - at : html.n - at;
        struct tag tag;
        buf_add(out, html.p + at, text);
        at += text;
        if (!lt)
            break;
        if (!tag_read(&scan, (struct str){lt, html.n - at}, &tag)) {
            buf_add_text(out, "&lt;");
            at++;
            continue;
        }
        at += tag.whole.n;
        bool leave = false;
        if (tag.kind & TAG_RAW && !tag.end && !str_eq_nocase(tag.name, STR("title"))) {
            at += tag_raw_end((struct str){html.p + at, html.n - at}, tag.name);
            continue;
        }
        if (tag.name.n && tag.end) {
            leave = dropped > 0;
            dropped -= dropped > 0;
            depth -= !leave && depth > 0;
        } else if (tag.name.n && !(tag.kind & TAG_VOID)) {
            leave = depth >= DEPTH;
            dropped += leave;
            depth += !leave && !tag.closed && !(tag.kind & TAG_OPTIONAL);
        }
        if (leave || !tag.name.n)
            continue;
        if (!tag.end && ++elements > ELEMENTS) {
            *cut = true;
            break;
        }
        if (too_many_attributes(&tag))
            buf_addf(out, "<%.*s>", STR_ARG(tag.name));
        else
            buf_add_str(out, tag.whole);
    }
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
