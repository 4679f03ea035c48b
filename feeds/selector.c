#define _GNU_SOURCE
/* Reading and matching stay in one file: the matcher makes sense only beside the form it reads. */
#include "feeds/selector.h"

#include <stdlib.h>

#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "base/arena.h"
#include "base/err.h"

enum { STEPS = 16, TESTS = 8, CHOICES = 8, LONGEST = 1024, XPATH_OPERATIONS = 2000000 };

enum test_kind { TEST_HAS, TEST_IS, TEST_WORD, TEST_BEGINS, TEST_ENDS, TEST_HOLDS, TEST_NTH,
                 TEST_LAST };

struct test {
    enum test_kind kind;
    const char *name;
    struct str value;
    int nth;
};

/* One compound selector; `child` tells how it hangs on the one before it. */
struct step {
    const char *type; /* NULL: any */
    struct test tests[TESTS];
    size_t ntests;
    bool child;
};

struct choice {
    struct step steps[STEPS];
    size_t nsteps;
};

struct selector {
    struct arena *arena;
    struct choice *choices;
    size_t nchoices;
    xmlXPathCompExprPtr xpath;
    const char *attribute;
};

struct reader {
    struct selector *s;
    struct str in;
    size_t at;
    const char *problem;
};

static const char bad_form[] = "选择器写法不对 (the selector has a form that is not known)";
static const char too_long[] = "选择器太长 (the selector is too long)";
static const char no_memory[] = "内存不足 (out of memory)";

static bool name_char(char c)
{
    return (c | 32) >= 'a' ? (c | 32) <= 'z' || (unsigned char)c >= 0x80
                           : (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                                 (unsigned char)c >= 0x80;
}

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char peek(const struct reader *r)
{
    return r->at < r->in.n ? r->in.p[r->at] : 0;
}

static void blanks(struct reader *r)
{
    while (space(peek(r)))
        r->at++;
}

static bool take(struct reader *r, char c)
{
    if (peek(r) != c || r->at >= r->in.n)
        return false;
    r->at++;
    return true;
}

static bool fail(struct reader *r, const char *problem)
{
    if (!r->problem)
        r->problem = problem;
    return false;
}

/* A name, in lower case when `fold`; NULL when none stands here. */
static const char *read_name(struct reader *r, bool fold)
{
    size_t start = r->at;

    while (r->at < r->in.n && name_char(r->in.p[r->at]))
        r->at++;
    if (r->at == start) {
        fail(r, bad_form);
        return NULL;
    }
    struct str kept = arena_str(r->s->arena, (struct str){r->in.p + start, r->at - start});
    for (char *p = (char *)kept.p; fold && p && *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p |= 32;
    if (!kept.p)
        fail(r, no_memory);
    return kept.p;
}

/* [name], [name=value], [name~="value"] … behind the '['. */
static bool read_bracket(struct reader *r, struct test *t)
{
    static const struct {
        char sign;
        enum test_kind kind;
    } signs[] = {{'~', TEST_WORD}, {'^', TEST_BEGINS}, {'$', TEST_ENDS}, {'*', TEST_HOLDS}};

    blanks(r);
    t->name = read_name(r, true);
    if (!t->name)
        return false;
    blanks(r);
    t->kind = TEST_HAS;
    if (take(r, ']'))
        return true;
    t->kind = TEST_IS;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(r, signs[i].sign))
            t->kind = signs[i].kind;
    if (!take(r, '='))
        return fail(r, bad_form);
    blanks(r);
    char quote = peek(r) == '"' || peek(r) == '\'' ? peek(r) : 0;
    r->at += quote != 0;
    size_t start = r->at;
    while (r->at < r->in.n && (quote ? peek(r) != quote : peek(r) != ']' && !space(peek(r))))
        r->at++;
    t->value = arena_str(r->s->arena, (struct str){r->in.p + start, r->at - start});
    if (quote && !take(r, quote))
        return fail(r, bad_form);
    blanks(r);
    return take(r, ']') || fail(r, bad_form);
}

static bool read_pseudo(struct reader *r, struct test *t)
{
    const char *name = read_name(r, true);

    *t = (struct test){.kind = TEST_NTH, .nth = 1};
    if (!name)
        return false;
    if (strcmp(name, "first-child") == 0)
        return true;
    if (strcmp(name, "last-child") == 0)
        return t->kind = TEST_LAST, true;
    if (strcmp(name, "nth-child") != 0 || !take(r, '('))
        return fail(r, bad_form);
    blanks(r);
    size_t start = r->at;
    long long nth;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    if (str_int((struct str){r->in.p + start, r->at - start}, 1, 100000, &nth))
        return fail(r, bad_form);
    t->nth = (int)nth;
    blanks(r);
    return take(r, ')') || fail(r, bad_form);
}

static bool read_step(struct reader *r, struct step *step)
{
    bool any = false;

    if (take(r, '*')) {
        any = true;
    } else if (name_char(peek(r))) {
        step->type = read_name(r, true);
        any = step->type != NULL;
    }
    for (;;) {
        struct test t = {0};
        bool fine;
        if (take(r, '.') || (peek(r) == '#')) {
            bool id = take(r, '#');
            t.kind = id ? TEST_IS : TEST_WORD;
            t.name = id ? "id" : "class";
            t.value = str_from(read_name(r, false));
            fine = t.value.n > 0;
        } else if (take(r, '[')) {
            fine = read_bracket(r, &t);
        } else if (take(r, ':')) {
            fine = read_pseudo(r, &t);
        } else {
            return any || fail(r, bad_form);
        }
        if (!fine)
            return false;
        if (step->ntests == TESTS)
            return fail(r, too_long);
        step->tests[step->ntests++] = t;
        any = true;
    }
}

static bool read_choice(struct reader *r, struct choice *c)
{
    bool child = false;

    for (;;) {
        if (c->nsteps == STEPS)
            return fail(r, too_long);
        struct step *step = &c->steps[c->nsteps];
        if (!read_step(r, step))
            return false;
        step->child = child;
        c->nsteps++;
        blanks(r);
        if (r->at == r->in.n || peek(r) == ',')
            return true;
        child = take(r, '>');
        blanks(r);
    }
}

static bool read_choices(struct reader *r)
{
    struct selector *s = r->s;

    s->choices = arena_alloc(s->arena, CHOICES, sizeof *s->choices);
    if (!s->choices)
        return fail(r, no_memory);
    do {
        blanks(r);
        if (s->nchoices == CHOICES)
            return fail(r, too_long);
        if (!read_choice(r, &s->choices[s->nchoices]))
            return false;
        s->nchoices++;
    } while (take(r, ','));
    return r->at == r->in.n || fail(r, bad_form);
}

static void silent(void *arg, xmlErrorPtr error)
{
    (void)arg, (void)error;
}

static bool read_xpath(struct reader *r)
{
    struct str copy = arena_str(r->s->arena, r->in);
    xmlXPathContextPtr ctx = copy.p ? xmlXPathNewContext(NULL) : NULL;

    if (!ctx)
        return fail(r, no_memory);
    ctx->error = silent;
    r->s->xpath = xmlXPathCtxtCompile(ctx, (const xmlChar *)copy.p);
    xmlXPathFreeContext(ctx);
    return r->s->xpath ||
           fail(r, "XPath 写法不对 (the XPath expression does not compile)");
}

/* Cut "@name" off the end; an '@' inside brackets is part of the selector. */
static bool read_suffix(struct reader *r)
{
    const char *at = r->in.n ? memrchr(r->in.p, '@', r->in.n) : NULL;

    if (!at || memchr(at, ']', (size_t)(r->in.p + r->in.n - at)))
        return true;
    struct reader name = {r->s, {at + 1, (size_t)(r->in.p + r->in.n - at) - 1}, 0, NULL};
    r->s->attribute = read_name(&name, true);
    if (!r->s->attribute || name.at != name.in.n)
        return fail(r, "“@” 后应为属性名 (an attribute name is expected after \"@\")");
    r->in = str_trim((struct str){r->in.p, (size_t)(at - r->in.p)});
    return true;
}

struct selector *selector_compile(struct str text, const char **problem)
{
    struct selector *s = calloc(1, sizeof *s);
    struct reader r = {s, str_trim(text), 0, NULL};
    bool fine;

    *problem = no_memory;
    if (!s || !(s->arena = arena_new())) {
        free(s);
        return NULL;
    }
    if (!r.in.n) {
        fine = fail(&r, "选择器为空 (the selector is empty)");
    } else if (r.in.n > LONGEST) {
        fine = fail(&r, too_long);
    } else if (str_starts(r.in, STR("xpath:"))) {
        r.in = str_trim((struct str){r.in.p + 6, r.in.n - 6});
        fine = read_xpath(&r);
    } else {
        fine = read_suffix(&r) && (!r.in.n || read_choices(&r));
    }
    if (fine)
        return s;
    *problem = r.problem;
    selector_free(s);
    return NULL;
}

void selector_free(struct selector *s)
{
    if (!s)
        return;
    if (s->xpath)
        xmlXPathFreeCompExpr(s->xpath);
    arena_free(s->arena);
    free(s);
}

int selector_check(struct str selector, const char **problem)
{
    struct selector *s = selector_compile(selector, problem);

    if (!s)
        return ERR_SYNTAX;
    selector_free(s);
    return 0;
}

const char *selector_attribute(const struct selector *s)
{
    return s->attribute;
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
static bool is_nth(const xmlNode *node, int nth)
{
    for (node = node->prev; node && nth; node = node->prev)
        nth -= node->type == XML_ELEMENT_NODE;
    return nth == 1;
}

static bool passes(const struct test *t, const xmlNode *node)
{
    if (t->kind == TEST_NTH)
        return is_nth(node, t->nth);
    if (t->kind == TEST_LAST)
        return !xmlNextElementSibling((xmlNode *)node);
    struct str v = attribute_of(node, t->name);
    if (!v.p)
        return false;
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

static bool step_fits(const struct step *step, const xmlNode *node)
{
    if (step->type && strcmp(step->type, (const char *)node->name) != 0)
        return false;
    for (size_t i = 0; i < step->ntests; i++)
        if (!passes(&step->tests[i], node))
            return false;
    return true;
}

/* Right to left, with one place to come back to: the nearest descendant combinator, which is
 * enough because a later ancestor can only be tried for that one (as browsers do). */
static bool choice_fits(const struct choice *c, const xmlNode *node)
{
    size_t i = c->nsteps - 1, back_step = 0;
    const xmlNode *back_node = NULL;

    if (!step_fits(&c->steps[i], node))
        return false;
    while (i > 0) {
        bool child = c->steps[i].child;
        const xmlNode *up = node->parent;
        if (!child) {
            while (up && up->type == XML_ELEMENT_NODE && !step_fits(&c->steps[i - 1], up))
                up = up->parent;
            if (!up || up->type != XML_ELEMENT_NODE)
                return false;
            back_step = i;
            back_node = up;
        } else if (!up || up->type != XML_ELEMENT_NODE || !step_fits(&c->steps[i - 1], up)) {
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
        if (choice_fits(&s->choices[i], node))
            return true;
    return false;
}

/* The next node of a walk through the tree below `from`; NULL at its end. */
static xmlNode *next_node(xmlNode *node, const xmlNode *from, bool down)
{
    if (down && node->children && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != from && !node->next)
        node = node->parent;
    return node == from ? NULL : node->next;
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
    ctx->opLimit = XPATH_OPERATIONS;
    found = xmlXPathCompiledEval(s->xpath, ctx);
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
    if (s->xpath) {
        each_xpath(s, from, visit, arg);
        return;
    }
    if (!s->nchoices) {
        visit(arg, from);
        return;
    }
    for (xmlNode *node = next_node(from, from, true), *next; node; node = next) {
        bool match = node->type == XML_ELEMENT_NODE && fits(s, node);
        next = next_node(node, from, !match);
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
