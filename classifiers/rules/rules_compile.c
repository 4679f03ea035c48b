#define _GNU_SOURCE
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/lint/lint_draft.h"
#include "classifiers/match/matcher.h"
#include "classifiers/regions/regions.h"
#include "classifiers/rules/draft.h"

static void pad(struct buf *out)
{
    static const char zeros[8];

    buf_add(out, zeros, -out->len & 7);
}

static struct block_span begin(struct buf *out, size_t count)
{
    pad(out);
    return (struct block_span){(uint32_t)out->len, (uint32_t)count};
}

static struct block_span add_array(struct buf *out, const void *list, size_t count, size_t size)
{
    struct block_span span = begin(out, count);

    if (count)
        buf_add(out, list, count * size);
    return span;
}

static struct block_text add_text(struct buf *strings, struct str s)
{
    struct block_text t = {(uint32_t)strings->len, (uint32_t)s.n};

    if (s.n)
        buf_add_str(strings, s);
    buf_add_char(strings, 0);
    return t;
}

static void add_sets(const struct draft *d, struct buf *strings, struct buf *out)
{
    for (size_t i = 0; i < d->sets.n; i++) {
        const struct draft_set *s = DRAFT_AT(d, sets, struct draft_set, i);
        struct block_set b = {.id = add_text(strings, s->id),
                              .zh = add_text(strings, s->zh),
                              .en = add_text(strings, s->en),
                              .role = add_text(strings, s->role),
                              .ndeadlines = s->ndeadlines,
                              .grade = s->grade,
                              .scope = s->scope,
                              .threshold = s->threshold,
                              .assess = s->assess,
                              .learned = s->learned,
                              .no_emergency = s->no_emergency};
        for (uint32_t k = 0; k < s->ndeadlines; k++)
            b.deadlines[k] = add_text(strings, s->deadlines[k]);
        buf_add(out, &b, sizeof b);
    }
}

/* Each term's uses in a row, oldest first; terms with no use stay harmless. */
static void add_terms(const struct draft *d, struct buf *strings, struct buf *terms,
                      struct buf *uses, struct buf *named)
{
    uint8_t bits = 0;

    for (size_t i = 0; i < d->terms.n; i++) {
        const struct draft_term *t = DRAFT_AT(d, terms, struct draft_term, i);
        struct block_term b = {add_text(strings, t->text),
                               (uint32_t)(uses->len / sizeof(struct block_use)), 0, 0, 0};
        for (size_t u = t->last_use; u; b.nuses++) {
            const struct draft_use *use = DRAFT_AT(d, uses, struct draft_use, u - 1);
            buf_add(uses, &use->use, sizeof use->use);
            b.nplaces += use->use.what == BLOCK_PLACE;
            b.ntopics += block_of_topic(&use->use, d->ntopics);
            u = use->previous;
        }
        buf_add(terms, &b, sizeof b);
        bits |= (uint8_t)((b.nplaces != 0) << i % 8);
        if (i % 8 == 7) {
            buf_add(named, &bits, 1);
            bits = 0;
        }
    }
    buf_add(named, &bits, 1);
}

static void add_places(const struct draft *d, struct buf *strings, struct buf *places,
                       struct buf *notbefore, struct block_header *h)
{
    for (size_t i = 0; i < d->places.n; i++) {
        const struct draft_place *p = DRAFT_AT(d, places, struct draft_place, i);
        struct block_place b = {add_text(strings, p->code), add_text(strings, p->name)};
        buf_add(places, &b, sizeof b);
    }
    const struct draft_list *words[] = {&d->notbefore, &d->notfull};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < words[k]->n; i++) {
            struct str word = ((const struct str *)words[k]->list)[i];
            struct block_text t = add_text(strings, word);
            uint32_t first = regions_first(utf8_next(word, &(size_t){0}));
            h->firsts[k][first / 64] |= UINT64_C(1) << first % 64;
            buf_add(notbefore, &t, sizeof t);
        }
}

static void add_regexes(const struct draft *d, struct buf *strings, struct buf *regexes,
                        struct buf *codes)
{
    for (size_t i = 0; i < d->regexes.n; i++) {
        const struct draft_regex *x = DRAFT_AT(d, regexes, struct draft_regex, i);
        struct block_regex b = {add_text(strings, x->written), add_text(strings, x->folded),
                                x->node};
        buf_add(regexes, &b, sizeof b);
    }
    for (size_t i = 0; i < d->codes.n; i++) {
        struct block_text t = add_text(strings, *DRAFT_AT(d, codes, struct str, i));
        buf_add(codes, &t, sizeof t);
    }
}

static int by_code(const void *a, const void *b, void *arg)
{
    const struct draft *d = arg;

    return str_order(DRAFT_AT(d, places, struct draft_place, *(const uint32_t *)a)->code,
                     DRAFT_AT(d, places, struct draft_place, *(const uint32_t *)b)->code);
}

static void add_codes(const struct draft *d, struct buf *out)
{
    for (uint32_t i = 0; i < d->places.n; i++)
        buf_add(out, &i, sizeof i);
    if (d->places.n && buf_ok(out))
        qsort_r(out->data, d->places.n, sizeof(uint32_t), by_code, (void *)d);
}

static int add_matcher(const struct draft *d, struct block_header *h, struct buf *out)
{
    struct matcher_term *terms = calloc(d->terms.n + 1, sizeof *terms);
    int err = ERR_NOMEM;

    h->matcher = begin(out, 0);
    if (terms && buf_ok(out)) {
        for (size_t i = 0; i < d->terms.n; i++) {
            const struct draft_term *t = DRAFT_AT(d, terms, struct draft_term, i);
            terms[i] = (struct matcher_term){t->cp, t->n};
        }
        err = matcher_build(terms, d->terms.n, out);
    }
    h->matcher.count = (uint32_t)(out->len - h->matcher.off);
    free(terms);
    return err;
}

#define ADD(out, b, type) add_array((out), (b).data, (b).len / sizeof(type), sizeof(type))

int draft_compile(struct draft *d, struct buf *out)
{
    struct buf strings = BUF_INIT, sets = BUF_INIT, terms = BUF_INIT, uses = BUF_INIT,
               places = BUF_INIT, bycode = BUF_INIT, notbefore = BUF_INIT, regexes = BUF_INIT,
               codes = BUF_INIT, buckets = BUF_INIT, tails = BUF_INIT, named = BUF_INIT,
               ends = BUF_INIT;
    struct buf *const all[] = {&strings, &sets,      &terms,   &uses, &places,
                               &bycode,  &notbefore, &regexes, &codes, &buckets, &tails,
                               &named,   &ends};
    struct block_header h = {.version = BLOCK_VERSION, .header_size = sizeof h,
                             .ntopics = d->ntopics,
                             .nnotbefore = (uint32_t)d->notbefore.n};

    memcpy(h.magic, block_magic, sizeof h.magic);
    memcpy(h.prior, d->prior, sizeof h.prior);
    memcpy(h.request_prior, d->request_prior, sizeof h.request_prior);
    memcpy(h.forms, d->forms, sizeof h.forms);
    add_sets(d, &strings, &sets);
    add_terms(d, &strings, &terms, &uses, &named);
    add_places(d, &strings, &places, &notbefore, &h);
    add_regexes(d, &strings, &regexes, &codes);
    add_codes(d, &bycode);
    draft_index_streets(d, &buckets, &tails, &ends);
    buf_add(out, &h, sizeof h);
    h.strings = add_array(out, strings.data, strings.len, 1);
    h.sets = ADD(out, sets, struct block_set);
    h.scopes = add_array(out, d->scopes.list, d->scopes.n, sizeof(struct block_scope));
    h.codes = ADD(out, codes, struct block_text);
    h.roots = add_array(out, d->roots.list, d->roots.n, sizeof(struct block_root));
    h.nodes = add_array(out, d->nodes.list, d->nodes.n, sizeof(struct block_node));
    h.patterns = add_array(out, d->patterns.list, d->patterns.n, sizeof(struct block_pattern));
    h.groups = add_array(out, d->groups.list, d->groups.n, sizeof(struct block_group));
    h.regexes = ADD(out, regexes, struct block_regex);
    h.terms = ADD(out, terms, struct block_term);
    h.uses = ADD(out, uses, struct block_use);
    h.named = add_array(out, named.data, named.len, 1);
    h.places = ADD(out, places, struct block_place);
    h.bycode = ADD(out, bycode, uint32_t);
    h.notbefore = ADD(out, notbefore, struct block_text);
    h.streets = add_array(out, d->streets.list, d->streets.n, sizeof(struct block_street));
    h.buckets = ADD(out, buckets, uint32_t);
    h.tails = ADD(out, tails, uint32_t);
    h.ends = ADD(out, ends, uint32_t);
    int err = add_matcher(d, &h, out);
    h.model = add_array(out, d->model.data, d->model.len, 1);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!buf_ok(all[i]))
            err = ERR_NOMEM;
        buf_free(all[i]);
    }
    h.size = out->len;
    if (!buf_ok(out) || out->len > UINT32_MAX)
        return ERR_NOMEM;
    memcpy(out->data, &h, sizeof h);
    return err;
}

struct rules *rules_compile(const char *dir, struct problems *problems)
{
    return rules_compile_town(dir, &(struct rules_town){0}, problems);
}

struct rules *rules_compile_town(const char *dir, const struct rules_town *town,
                                 struct problems *problems)
{
    size_t before = problems_count(problems);
    struct draft *d = draft_new(problems);
    struct rules *r = NULL;
    struct buf block = BUF_INIT;

    if (!d) {
        problems_add(problems, dir, 0, "%s", err_text(ERR_NOMEM));
        return NULL;
    }
    d->town = town;
    draft_load(d, dir);
    if (d->nomem)
        problems_add(problems, dir, 0, "%s", err_text(ERR_NOMEM));
    if (problems_count(problems) == before) {
        if (!draft_compile(d, &block))
            r = block_seal(buf_str(&block));
        if (!r)
            problems_add(problems, dir, 0, "规则块建不成 (the rules block could not be made)");
    }
    if (town->lint && !d->nomem)
        lint_draft(d, town->lint, r);
    problems_sort(problems);
    buf_free(&block);
    draft_free(d);
    return r;
}
