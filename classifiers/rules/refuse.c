#include "classifiers/rules/refuse.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/rules/draft.h"
#include "classifiers/text/fold.h"

struct word {
    uint32_t *cp;
    size_t n;
    struct word *next;
};

struct class {
    struct refuse_hit reason;
    struct word *terms, *except;           /* anywhere in the term; unless inside one of these */
    struct word *surnames, *given, *titles; /* shapes of a personal name, each a set of words */
    bool in_places;                        /* also refused in the names of places */
    struct class *next;
};

struct refuse {
    struct arena *arena;
    struct class *classes;
};

static const struct conf_key word_key = {.forms = CONF_TEXT};
static const struct conf_key reason_keys[] = {
    {.name = "zh", .forms = CONF_TEXT, .required = true},
    {.name = "en", .forms = CONF_TEXT, .required = true},
    {0},
};
static const struct conf_key class_keys[] = {
    {.name = "id", .forms = CONF_SLUG, .required = true},
    {.name = "reason", .forms = CONF_MAP, .required = true, .keys = reason_keys},
    {.name = "places", .forms = CONF_BOOL},
    {.name = "terms", .forms = CONF_LIST, .element = &word_key},
    {.name = "except", .forms = CONF_LIST, .element = &word_key},
    {.name = "surnames", .forms = CONF_LIST, .element = &word_key},
    {.name = "given", .forms = CONF_LIST, .element = &word_key},
    {.name = "titles", .forms = CONF_LIST, .element = &word_key},
    {0},
};
static const struct conf_key class_key = {.forms = CONF_MAP, .keys = class_keys};
static const struct conf_key file_keys[] = {
    {.name = "classes", .forms = CONF_LIST, .required = true, .element = &class_key},
    {0},
};

struct refuse *refuse_new(void)
{
    struct refuse *r = calloc(1, sizeof *r);

    if (r && !(r->arena = arena_new())) {
        free(r);
        r = NULL;
    }
    return r;
}

void refuse_free(struct refuse *r)
{
    if (!r)
        return;
    arena_free(r->arena);
    free(r);
}

/* A list entry may hold several words, separated by spaces. */
static int add_words(struct refuse *r, const struct conf_node *list, struct word **out)
{
    struct fold f = FOLD_INIT;
    int err = 0;

    for (size_t i = 0; i < conf_count(list) && !err; i++) {
        struct str s = conf_text(conf_at(list, i));
        for (size_t at = 0; at < s.n && !err;) {
            size_t end = str_find(s, STR(" "), at);
            end = end == (size_t)-1 ? s.n : end;
            err = fold_text((struct str){s.p + at, end - at}, SIZE_MAX, &f);
            at = end + 1;
            if (err || !f.n)
                continue;
            struct word *w = arena_alloc(r->arena, 1, sizeof *w);
            uint32_t *cp = arena_alloc(r->arena, f.n, sizeof *cp);
            if (!w || !cp) {
                err = ERR_NOMEM;
                continue;
            }
            memcpy(cp, f.cp, f.n * sizeof *cp);
            *w = (struct word){cp, f.n, *out};
            *out = w;
        }
    }
    fold_free(&f);
    return err;
}

static int add_class(struct refuse *r, const struct conf_node *node)
{
    struct class *c = arena_alloc(r->arena, 1, sizeof *c);
    const struct conf_node *reason = conf_get(node, "reason");
    int err = ERR_NOMEM;

    if (!c)
        return err;
    c->reason.class_id = arena_str(r->arena, conf_text(conf_get(node, "id")));
    c->reason.zh = arena_str(r->arena, conf_text(conf_get(reason, "zh")));
    c->reason.en = arena_str(r->arena, conf_text(conf_get(reason, "en")));
    c->in_places = conf_bool(conf_get(node, "places"), true);
    if ((err = add_words(r, conf_get(node, "terms"), &c->terms)) ||
        (err = add_words(r, conf_get(node, "except"), &c->except)) ||
        (err = add_words(r, conf_get(node, "surnames"), &c->surnames)) ||
        (err = add_words(r, conf_get(node, "given"), &c->given)) ||
        (err = add_words(r, conf_get(node, "titles"), &c->titles)))
        return err;
    c->next = r->classes;
    r->classes = c;
    return 0;
}

int refuse_load(struct refuse *r, const char *path, struct problems *problems)
{
    size_t before = problems_count(problems);
    struct conf_doc *doc = conf_load(path, file_keys, problems);
    const struct conf_node *classes = conf_get(conf_root(doc), "classes");
    int err = problems_count(problems) != before ? ERR_SYNTAX : 0;

    for (size_t i = 0; i < conf_count(classes) && !err; i++)
        err = add_class(r, conf_at(classes, i));
    conf_free(doc);
    return err;
}

struct refuse *refuse_open(const char *dir)
{
    struct refuse *refuse = refuse_new();
    struct problems *unread = problems_new();
    char path[4096];
    bool ok = refuse && unread;

    if (ok && draft_shipped("refused.yaml", path, sizeof path))
        ok = refuse_load(refuse, path, unread) != ERR_NOMEM;
    if (ok && snprintf(path, sizeof path, "%s/refused.yaml", dir) < (int)sizeof path)
        ok = refuse_load(refuse, path, unread) != ERR_NOMEM;
    problems_free(unread);
    if (ok)
        return refuse;
    refuse_free(refuse);
    return NULL;
}

static bool word_at(const struct word *w, const uint32_t *cp, size_t n, size_t at)
{
    return at <= n && w->n <= n - at && memcmp(w->cp, cp + at, w->n * sizeof *cp) == 0;
}

/* Words of Latin letters are whole words here as in the matcher. */
static bool occurs(const struct word *w, const uint32_t *cp, size_t n, size_t at)
{
    if (!word_at(w, cp, n, at))
        return false;
    return !fold_is_latin(w->cp[0]) || ((at == 0 || !fold_is_latin(cp[at - 1])) &&
                                        (at + w->n == n || !fold_is_latin(cp[at + w->n])));
}

static bool excepted(const struct class *c, const uint32_t *cp, size_t n, size_t at, size_t len)
{
    for (const struct word *w = c->except; w; w = w->next)
        for (size_t from = at + len > w->n ? at + len - w->n : 0; from <= at; from++)
            if (word_at(w, cp, n, from) && from + w->n >= at + len)
                return true;
    return false;
}

static bool one_of(const struct word *w, const uint32_t *cp, size_t n)
{
    for (; w; w = w->next)
        if (w->n == n && memcmp(w->cp, cp, n * sizeof *cp) == 0)
            return true;
    return false;
}

/* 姓 + one or two characters of given names, or 姓(+名) + an office: 王建国, 李书记. */
static bool names_person(const struct class *c, const uint32_t *cp, size_t n)
{
    for (const struct word *s = c->surnames; s; s = s->next) {
        if (!word_at(s, cp, n, 0))
            continue;
        size_t rest = n - s->n;
        bool given = rest == 1 || rest == 2;
        for (size_t i = s->n; i < n && given; i++)
            given = one_of(c->given, cp + i, 1);
        if (given)
            return true;
        for (const struct word *t = c->titles; t; t = t->next)
            if (rest >= t->n && rest - t->n <= 2 && word_at(t, cp, n, n - t->n)) {
                given = true;
                for (size_t i = s->n; i < n - t->n && given; i++)
                    given = one_of(c->given, cp + i, 1);
                if (given)
                    return true;
            }
    }
    return false;
}

static bool class_refuses(const struct class *c, const uint32_t *cp, size_t n)
{
    for (const struct word *w = c->terms; w; w = w->next)
        for (size_t at = 0; at + w->n <= n; at++)
            if (occurs(w, cp, n, at) && !excepted(c, cp, n, at, w->n))
                return true;
    return names_person(c, cp, n) && !one_of(c->except, cp, n);
}

bool refuse_check(const struct refuse *r, const uint32_t *cp, size_t n, bool place,
                  struct refuse_hit *why)
{
    for (const struct class *c = r->classes; c; c = c->next)
        if ((!place || c->in_places) && class_refuses(c, cp, n)) {
            *why = c->reason;
            return true;
        }
    return false;
}

bool refuse_any(const struct refuse *r, bool (*finds)(void *, const uint32_t *, size_t), void *arg,
                struct refuse_hit *why)
{
    for (const struct class *c = r->classes; c; c = c->next)
        for (const struct word *w = c->terms; w; w = w->next)
            if (finds(arg, w->cp, w->n)) {
                *why = c->reason;
                return true;
            }
    return false;
}

int refuse_text(const struct refuse *r, struct str text, struct refuse_hit *why)
{
    struct fold f = FOLD_INIT;
    int err = fold_text(text, SIZE_MAX, &f);

    if (!err && refuse_check(r, f.cp, f.n, false, why))
        err = ERR_REFUSED;
    fold_free(&f);
    return err;
}
