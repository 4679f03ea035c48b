#include "feeds/pages/tree.h"

#include <libxml/HTMLparser.h>

#include "feeds/people/prune.h"
#include "feeds/text/decode.h"

static uintptr_t count_nodes(xmlNode *root)
{
    uintptr_t n = 0;

    for (xmlNode *node = root; node; node = tree_next(node, root, true))
        n++;
    return n;
}

htmlDocPtr tree_build(struct draft *d, struct str html)
{
    struct buf limited = BUF_INIT;
    htmlDocPtr doc = NULL;
    bool cut;

    if (prune_limits(html, &limited, &cut) || limited.len > INT32_MAX)
        d->failed = true;
    else if (limited.len)
        doc = htmlReadMemory(limited.data, (int)limited.len, NULL, "UTF-8",
                             HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                 HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
    if (!d->failed && cut)
        draft_problem(d, 0, "网页的元素太多，其余略去 (the page has too many elements; the rest is dropped)");
    buf_free(&limited);
    if (doc)
        doc->_private = (void *)count_nodes(xmlDocGetRootElement(doc));
    return doc;
}

size_t tree_size(const xmlDoc *doc)
{
    return (uintptr_t)doc->_private;
}

xmlNode *tree_next(xmlNode *node, const xmlNode *from, bool down)
{
    if (down && node->type == XML_ELEMENT_NODE && node->children)
        return node->children;
    while (node != from && !node->next)
        node = node->parent;
    return node == from ? NULL : node->next;
}

struct str tree_attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->type == XML_ELEMENT_NODE ? node->properties : NULL; a;
         a = a->next)
        if (strcmp((const char *)a->name, name) == 0 && a->children && a->children->content) {
            struct str v = str_from((const char *)a->children->content);
            return decode_is_clean(v) ? v : STR_NONE;
        }
    return STR_NONE;
}

bool tree_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

xmlNode *tree_find(xmlNode *from, const char *name)
{
    for (xmlNode *n = tree_next(from, from, true); n; n = tree_next(n, from, true))
        if (tree_is(n, name))
            return n;
    return NULL;
}
