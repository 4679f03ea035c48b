#include "classifiers/rules/draft.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/utf8.h"
#include "classifiers/match/matcher.h"
#include "classifiers/text/fold.h"

void *draft_more(struct draft *d, struct draft_list *list, size_t size)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        void *more = d->nomem ? NULL : reallocarray(list->list, cap, size);
        if (!more) {
            d->nomem = true;
            return NULL;
        }
        list->list = more;
        list->cap = cap;
    }
    return memset((char *)list->list + list->n++ * size, 0, size);
}

struct draft *draft_new(struct problems *problems)
{
    struct draft *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->problems = problems;
    d->arena = arena_new();
    d->refuse = refuse_new();
    /* The scope that holds always. */
    struct block_scope *always = draft_more(d, &d->scopes, sizeof *always);
    if (always)
        *always = (struct block_scope){0, 0, 0, INT32_MIN, INT32_MAX};
    if (d->arena && d->refuse && always)
        return d;
    draft_free(d);
    return NULL;
}

void draft_free(struct draft *d)
{
    if (!d)
        return;
    struct draft_list *lists[] = {&d->terms,    &d->uses,   &d->sets,    &d->scopes, &d->codes,
                                  &d->roots,    &d->nodes,  &d->patterns, &d->groups, &d->regexes,
                                  &d->places,   &d->notbefore, &d->notfull, &d->behind, &d->streets,
                                  &d->street_tails, &d->street_ends,
                                  &d->words,    &d->table,  &d->codes_known,
                                  &d->node_marks, &d->root_marks};

    draft_words_free(d);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->list);
    fold_free(&d->fold);
    buf_free(&d->model);
    refuse_free(d->refuse);
    arena_free(d->arena);
    free(d);
}

static bool grow_table(struct draft *d)
{
    size_t cap = d->table.cap ? d->table.cap * 2 : 1024;
    uint32_t *slots = calloc(cap, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < d->terms.n; i++) {
        struct draft_term *t = DRAFT_AT(d, terms, struct draft_term, i);
        size_t k = XXH3_64bits(t->cp, t->n * sizeof *t->cp) & (cap - 1);
        while (slots[k])
            k = (k + 1) & (cap - 1);
        slots[k] = (uint32_t)i + 1;
    }
    free(d->table.list);
    d->table.list = slots;
    d->table.cap = cap;
    return true;
}

struct draft_mark draft_mark(struct draft *d, const struct conf_node *at)
{
    const char *file = conf_file(at);

    if (!d->file || strcmp(d->file, file) != 0) {
        d->file = arena_str(d->arena, str_from(file)).p;
        d->nomem |= !d->file;
    }
    return (struct draft_mark){d->file ? d->file : "", conf_line(at)};
}

/* Where in the table, which has room, the term with this spelling stands or belongs. */
static size_t find_slot(const struct draft *d, const uint32_t *cp, size_t n)
{
    const uint32_t *slots = d->table.list;
    size_t bytes = n * sizeof *cp, k = XXH3_64bits(cp, bytes) & (d->table.cap - 1);

    for (; slots[k]; k = (k + 1) & (d->table.cap - 1)) {
        const struct draft_term *t = DRAFT_AT(d, terms, struct draft_term, slots[k] - 1);
        if (t->n == n && memcmp(t->cp, cp, bytes) == 0)
            break;
    }
    return k;
}

int64_t draft_find(const struct draft *d, const uint32_t *cp, size_t n)
{
    const uint32_t *slots = d->table.list;

    return slots ? (int64_t)slots[find_slot(d, cp, n)] - 1 : -1;
}

int64_t draft_find_term(struct draft *d, struct str text)
{
    d->nomem |= fold_text(text, SIZE_MAX, &d->fold) != 0;
    return d->nomem ? -1 : draft_find(d, d->fold.cp, d->fold.n);
}

/* Index of the term with this folded spelling, added when new; -1 when memory ends. */
static int64_t intern(struct draft *d, struct str text, const struct fold *f)
{
    if (d->terms.n * 2 >= d->table.cap && !grow_table(d)) {
        d->nomem = true;
        return -1;
    }
    uint32_t *slots = d->table.list;
    size_t bytes = f->n * sizeof *f->cp, k = find_slot(d, f->cp, f->n);
    if (slots[k])
        return slots[k] - 1;
    struct draft_term *t = draft_more(d, &d->terms, sizeof *t);
    if (!t)
        return -1;
    t->text = arena_str(d->arena, text);
    t->cp = arena_alloc(d->arena, f->n, sizeof *f->cp);
    t->n = f->n;
    if (!t->cp || !t->text.p) {
        d->nomem = true;
        return -1;
    }
    memcpy(t->cp, f->cp, bytes);
    slots[k] = (uint32_t)d->terms.n;
    return (int64_t)d->terms.n - 1;
}

bool draft_check_term(struct draft *d, const struct conf_node *at, struct str text,
                      const struct fold *f, bool place)
{
    struct refuse_hit why;

    if (f->n < 2 || f->n > MATCHER_TERM_MAX) {
        conf_problem(d->problems, at,
                     "词 “%.*s” 应为 2 到 %d 个字 (a term has 2 to %d characters)", STR_ARG(text),
                     MATCHER_TERM_MAX, MATCHER_TERM_MAX);
        return false;
    }
    if (refuse_check(d->refuse, f->cp, f->n, place, &why)) {
        conf_problem(d->problems, at, "词 “%.*s” 不收：%.*s (refused term: %.*s)", STR_ARG(text),
                     STR_ARG(why.zh), STR_ARG(why.en));
        return false;
    }
    return true;
}

static bool is_evidence(const struct block_use *use)
{
    return (use->what == BLOCK_GROUP || use->what == BLOCK_ANY) && use->role == ROLE_ANY;
}

/* In one set a term has one role: again in the same list, in two groups of one pattern or both
 * wanted and vetoed is a slip of the pen. Different conditions may share terms, and so may other
 * fields, places and times. */
static bool clashes(const struct draft *d, const struct block_use *old, const struct block_use *use)
{
    bool apart = old->field && use->field && old->field != use->field;

    if (old->what == BLOCK_PLACE || use->what == BLOCK_PLACE)
        return old->what == use->what && old->target == use->target;
    if (old->set != use->set || apart || old->scope != use->scope)
        return false;
    if (old->what == BLOCK_NONE)
        return use->what == BLOCK_NONE || is_evidence(use);
    if (use->what == BLOCK_NONE)
        return is_evidence(old);
    if (old->what != use->what)
        return false;
    if (old->what == BLOCK_GROUP)
        return DRAFT_AT(d, groups, struct block_group, old->target)->pattern ==
               DRAFT_AT(d, groups, struct block_group, use->target)->pattern;
    return old->what == BLOCK_ANY || old->target == use->target;
}

static const struct draft_use *find_clash(const struct draft *d, size_t last,
                                          const struct block_use *use)
{
    while (last) {
        const struct draft_use *old = DRAFT_AT(d, uses, struct draft_use, last - 1);
        if (clashes(d, &old->use, use))
            return old;
        last = old->previous;
    }
    return NULL;
}

static void tell_clash(struct draft *d, const struct conf_node *at, struct str text,
                       const struct draft_use *old)
{
    if (strcmp(old->at.file, conf_file(at)) == 0)
        conf_problem(d->problems, at,
                     "词 “%.*s” 重复，已在第 %d 行 (duplicate term, first on line %d)",
                     STR_ARG(text), old->at.line, old->at.line);
    else
        conf_problem(d->problems, at, "词 “%.*s” 重复，已在 %s:%d (duplicate term, first there)",
                     STR_ARG(text), old->at.file, old->at.line);
}

static void add_use(struct draft *d, const struct conf_node *at, struct str text,
                    struct block_use use, bool shared)
{
    struct fold f = FOLD_INIT;
    bool folded = !fold_text(text, SIZE_MAX, &f);

    d->nomem |= !folded;
    if (folded && draft_check_term(d, at, text, &f, use.what == BLOCK_PLACE)) {
        int64_t term = intern(d, text, &f);
        struct draft_term *t = term < 0 ? NULL : DRAFT_AT(d, terms, struct draft_term, term);
        const struct draft_use *old = find_clash(d, t ? t->last_use : 0, &use);
        bool same = old && shared && old->use.what == use.what; /* as the topic itself says it */
        if (old && !same)
            tell_clash(d, at, text, old);
        struct draft_use *more = t && !old ? draft_more(d, &d->uses, sizeof *more) : NULL;
        if (more) {
            *more = (struct draft_use){use, (uint32_t)term, t->last_use, draft_mark(d, at)};
            t->last_use = d->uses.n;
        }
    }
    fold_free(&f);
}

void draft_add_text(struct draft *d, const struct conf_node *at, struct str text,
                    struct block_use use)
{
    add_use(d, at, text, use, false);
}

void draft_add_shared(struct draft *d, const struct conf_node *at, struct str text,
                      struct block_use use)
{
    add_use(d, at, text, use, true);
}
