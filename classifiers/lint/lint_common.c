/* Terms of too many items, told by counts alone. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "classifiers/lint/lint_draft.h"
#include "classifiers/mask/mask.h"
#include "classifiers/match/matcher.h"

struct count {
    uint32_t *items; /* of each term, for each field */
    uint32_t *last;  /* item that was counted last, from 1 */
};

static int count_item(const struct rules *r, struct str title, struct str text, uint32_t item,
                      struct buf *whole, struct fold *f, struct matcher_hits *hits, struct count *c)
{
    buf_reset(whole);
    buf_add_str(whole, title);
    buf_add_char(whole, '\n');
    buf_add_str(whole, text);
    hits->n = 0;
    if (!buf_ok(whole))
        return ERR_NOMEM;
    mask_text(whole->data, title.n);
    mask_text(whole->data + title.n + 1, text.n);
    if ( fold_text(buf_str(whole), title.n, f) ||
        matcher_scan(r->matcher, f->cp, f->n, hits))
        return ERR_NOMEM;
    for (size_t i = 0; i < hits->n; i++) {
        const struct matcher_hit *h = &hits->list[i];
        size_t at[] = {BLOCK_BOTH, h->start < f->title ? BLOCK_TITLE : BLOCK_TEXT};
        for (size_t k = 0; k < 2; k++) {
            size_t one = 3 * (size_t)h->term + at[k];
            c->items[one] += c->last[one] != item;
            c->last[one] = item;
        }
    }
    return 0;
}

/* A weak word may be everywhere: that is why it is weak. */
static bool is_strong(const struct draft *d, const struct block_use *u)
{
    return u->what == BLOCK_ANY && u->set < d->ntopics &&
           (double)u->weight >= lint_need(d, u->set) - 1e-6;
}

static void tell(const struct lint_run *l, const struct count *c, uint32_t items)
{
    const struct draft *d = l->d;

    for (size_t i = 0; i < d->uses.n; i++) {
        const struct draft_use *u = DRAFT_AT(d, uses, struct draft_use, i);
        uint32_t n = c->items[3 * (size_t)u->term + u->use.field];
        if (!is_strong(d, &u->use) || n < LINT_COMMON_LEAST ||
            (double)n <= l->options->share * (double)items)
            continue;
        problems_warn(d->problems, u->at.file, u->at.line,
                      "词 “%.*s” 太常见：%u 条中有 %u 条（%.1f%%，上限 %.1f%%）；降低 weight，或与别的词写成 near (a term "
                      "of too many items, %u of %u: lower its weight, or ask for another term near "
                      "it)",
                      STR_ARG(lint_text(d, u)), items, n, 100.0 * n / items,
                      100 * l->options->share, n, items);
    }
}

void lint_common(struct lint_run *l, const struct rules *rules)
{
    size_t n = 3 * l->d->terms.n + 3;
    struct count c = {calloc(n, sizeof *c.items), calloc(n, sizeof *c.last)};
    struct matcher_hits hits = {0};
    struct buf whole = BUF_INIT;
    struct fold f = FOLD_INIT;
    struct str title, text;
    uint32_t items = 0;
    int err = c.items && c.last ? 0 : ERR_NOMEM;

    while (!err && l->options->next(l->options->arg, &title, &text))
        err = count_item(rules, title, text, ++items, &whole, &f, &hits, &c);
    if (!err && items)
        tell(l, &c, items);
    if (err)
        problems_add(l->d->problems, l->d->dir, 0, "%s", err_text(err));
    free(c.items);
    free(c.last);
    free(hits.list);
    buf_free(&whole);
    fold_free(&f);
}
