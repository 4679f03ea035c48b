#define _GNU_SOURCE
#include "feeds/pages/selector.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/pages/selector_form.h"

enum { CHOICES = 16, LONGEST = 2048 };

struct reader {
    struct selector *s;
    struct str in;
    size_t at;
    const char *problem;
};

static const char bad_form[] = "写法不对 (not a form of selector that is known)";
static const char too_long[] = "太长 (too long)";
static const char no_memory[] = "内存不足 (out of memory)";

static bool name_char(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
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
static bool read_bracket(struct reader *r, struct selector_test *t)
{
    static const struct {
        char sign;
        enum selector_test_kind kind;
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

static bool read_pseudo(struct reader *r, struct selector_test *t)
{
    const char *name = read_name(r, true);

    *t = (struct selector_test){.kind = TEST_NTH, .nth = 1};
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

static bool read_step(struct reader *r, struct selector_step *step)
{
    bool any = false;

    if (take(r, '*')) {
        any = true;
    } else if (name_char(peek(r))) {
        step->type = read_name(r, true);
        any = step->type != NULL;
    }
    for (;;) {
        struct selector_test t = {0};
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
        if (step->ntests == SELECTOR_TESTS)
            return fail(r, too_long);
        step->tests[step->ntests++] = t;
        any = true;
    }
}

static bool read_choice(struct reader *r, struct selector_choice *c)
{
    bool child = false;

    for (;;) {
        if (c->nsteps == SELECTOR_STEPS)
            return fail(r, too_long);
        struct selector_step *step = &c->steps[c->nsteps];
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

/* Where a path goes over all that is below more than once, libxml2 takes quadratic time and more:
 * one // in a path, in a predicate only behind a dot, and no axes that do the same. */
static bool affordable(struct str x)
{
    static const char *const axes[] = {"following::", "preceding::", "descendant::",
                                       "descendant-or-self::", "ancestor::*//", NULL};
    unsigned walks[32] = {0};
    size_t depth = 0;
    char quote = 0;

    for (size_t i = 0; i < x.n; i++) {
        char c = x.p[i], before = i ? x.p[i - 1] : 0;
        if (quote || c == '"' || c == '\'') {
            quote = !quote ? c : c == quote ? 0 : quote;
        } else if (c == '[') {
            if (++depth == sizeof walks / sizeof *walks)
                return false;
            walks[depth] = 0;
        } else if (c == ']') {
            depth -= depth > 0;
        } else if (c == '|' || c == ',' || (depth && (c == '(' || c == ' '))) {
            walks[depth] = 0;
        } else if (c == '/' && i + 1 < x.n && x.p[i + 1] == '/') {
            if (walks[depth]++ || (depth && before != '.'))
                return false;
            i++;
        }
    }
    for (size_t i = 0; axes[i]; i++)
        if (str_find(x, str_from(axes[i]), 0) != (size_t)-1)
            return false;
    return true;
}

static bool read_xpath(struct reader *r)
{
    if (!r->in.n)
        return fail(r, bad_form);
    if (!affordable(r->in))
        return fail(r, "XPath 太费时：一条路径只能有一个 //，方括号内用 .// "
                       "(too costly: one // in a path, and .// in brackets)");
    r->s->absolute = memchr("/(", r->in.p[0], 2) || str_find(r->in, STR("| /"), 0) != (size_t)-1 ||
                     str_find(r->in, STR("|/"), 0) != (size_t)-1 ||
                     str_find(r->in, STR("(/"), 0) != (size_t)-1;
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
    if (s)
        *s = (struct selector){.own = SELECTOR_BUDGET, .budget = &s->own};
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

void selector_share(struct selector *s, int64_t *budget)
{
    if (s)
        s->budget = budget;
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

