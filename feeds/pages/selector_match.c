#include "feeds/pages/selector.h"

#include <libxml/tree.h>

#include "feeds/pages/selector_form.h"
#include "feeds/pages/tree.h"

/* Bytes of an attribute that cost as much to look through as an element to visit. */
enum { BYTES_A_STEP = 256 };

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void silent(void *arg, xmlErrorPtr error)
{
    (void)arg, (void)error;
}

static struct str attribute_of(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (strcmp((const char *)a->name, name) == 0)
            return a->children && a->children->content
                       ? str_from((const char *)a->children->content)
                       : STR("");
    return STR_NONE;
}

static bool has_word(struct str list, struct str word)
{
    for (size_t at = 0; word.n && (at = str_find(list, word, at)) != (size_t)-1; at++)
        if ((at == 0 || space(list.p[at - 1])) &&
            (at + word.n == list.n || space(list.p[at + word.n])))
            return true;
    return false;
}

/* The node is the nth element of its parent; counting stops there, so a long list costs little
 * where only its first ones are asked for. */
static bool is_nth(const xmlNode *node, int nth, int64_t *budget)
{
    for (node = node->prev; node && nth && *budget > 0; node = node->prev, --*budget)
        nth -= node->type == XML_ELEMENT_NODE;
    return nth == 1;
}

static bool passes(const struct selector_test *t, const xmlNode *node, int64_t *budget)
{
    if (t->kind == TEST_NTH)
        return is_nth(node, t->nth, budget);
    if (t->kind == TEST_LAST)
        return !xmlNextElementSibling((xmlNode *)node);
    struct str v = attribute_of(node, t->name);
    if (!v.p)
        return false;
    *budget -= (int64_t)(v.n / BYTES_A_STEP);
    switch (t->kind) {
    case TEST_IS: return str_eq(v, t->value);
    case TEST_WORD: return has_word(v, t->value);
    case TEST_BEGINS: return str_starts(v, t->value);
    case TEST_ENDS:
        return v.n >= t->value.n &&
               str_eq((struct str){v.p + v.n - t->value.n, t->value.n}, t->value);
    case TEST_HOLDS: return str_find(v, t->value, 0) != (size_t)-1;
    default: return true;
    }
}

static bool step_fits(const struct selector_step *step, const xmlNode *node, int64_t *budget)
{
    if (--*budget <= 0)
        return false;
    if (step->type && strcmp(step->type, (const char *)node->name) != 0)
        return false;
    for (size_t i = 0; i < step->ntests; i++)
        if (!passes(&step->tests[i], node, budget))
            return false;
    return true;
}

/* Right to left, with one place to come back to: the nearest descendant combinator, which is
 * enough because a later ancestor can only be tried for that one (as browsers do). */
static bool choice_fits(const struct selector_choice *c, const xmlNode *node, int64_t *budget)
{
    size_t i = c->nsteps - 1, back_step = 0;
    const xmlNode *back_node = NULL;

    if (!step_fits(&c->steps[i], node, budget))
        return false;
    while (i > 0) {
        bool child = c->steps[i].child;
        const xmlNode *up = node->parent;
        if (!child) {
            while (up && up->type == XML_ELEMENT_NODE && !step_fits(&c->steps[i - 1], up, budget))
                up = up->parent;
            if (!up || up->type != XML_ELEMENT_NODE)
                return false;
            back_step = i;
            back_node = up;
        } else if (!up || up->type != XML_ELEMENT_NODE ||
                   !step_fits(&c->steps[i - 1], up, budget)) {
            if (!back_node)
                return false;
            i = back_step;
            node = back_node;
            continue;
        }
        node = up;
        i--;
    }
    return true;
}

static bool fits(const struct selector *s, const xmlNode *node)
{
    for (size_t i = 0; i < s->nchoices; i++)
        if (choice_fits(&s->choices[i], node, s->budget))
            return true;
    return false;
}

static void each_xpath(const struct selector *s, xmlNode *from,
                       bool (*visit)(void *arg, xmlNode *node), void *arg)
{
    xmlXPathContextPtr ctx = xmlXPathNewContext(from->doc);
    xmlXPathObjectPtr found;

    if (!ctx)
        return;
    ctx->node = from;
    ctx->error = silent;
    ctx->opLimit = (unsigned long)*s->budget; /* 0 would be no limit */
    found = xmlXPathCompiledEval(s->xpath, ctx);
    *s->budget -= (int64_t)ctx->opCount + 1 + (s->absolute ? (int64_t)tree_size(from->doc) : 0);
    if (found && found->type == XPATH_NODESET && found->nodesetval)
        for (int i = 0; i < found->nodesetval->nodeNr; i++)
            if (found->nodesetval->nodeTab[i]->type != XML_NAMESPACE_DECL &&
                !visit(arg, found->nodesetval->nodeTab[i]))
                break;
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(ctx);
}

void selector_each(const struct selector *s, xmlNode *from,
                   bool (*visit)(void *arg, xmlNode *node), void *arg)
{
    if (*s->budget <= 0)
        return;
    if (s->xpath) {
        each_xpath(s, from, visit, arg);
        return;
    }
    if (!s->nchoices) {
        visit(arg, from);
        return;
    }
    for (xmlNode *node = tree_next(from, from, true), *next; node; node = next) {
        bool match = node->type == XML_ELEMENT_NODE && fits(s, node);
        next = tree_next(node, from, !match);
        if (match && !visit(arg, node))
            return;
    }
}

static bool keep_first(void *arg, xmlNode *node)
{
    *(xmlNode **)arg = node;
    return false;
}

xmlNode *selector_first(const struct selector *s, xmlNode *from)
{
    xmlNode *first = NULL;

    selector_each(s, from, keep_first, &first);
    return first;
}
