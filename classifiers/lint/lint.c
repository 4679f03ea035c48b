#include "classifiers/lint/lint.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/lint/lint_draft.h"

static bool splits_word(const uint32_t *cp, size_t n, size_t at)
{
    return at > 0 && at < n && fold_is_latin(cp[at - 1]) && fold_is_latin(cp[at]);
}

/* A term with a sentence's end in it belongs to the sentence where it starts: what stands after
 * the end is in another. */
void lint_each_inner(const struct draft *d, uint32_t term,
                     bool (*fn)(void *arg, struct lint_inner inner), void *arg)
{
    const struct draft_term *t = DRAFT_AT(d, terms, struct draft_term, term);

    for (size_t at = 0; at < t->n && (!at || !fold_is_stop(t->cp[at - 1])); at++) {
        if (splits_word(t->cp, t->n, at))
            continue;
        for (size_t n = 2; at + n <= t->n; n++) {
            if (splits_word(t->cp, t->n, at + n))
                continue;
            int64_t found = draft_find(d, t->cp + at, n);
            if (found >= 0 && !fn(arg, (struct lint_inner){(uint32_t)found, at}))
                return;
        }
    }
}

static bool same_scope(const struct draft *d, uint32_t a, uint32_t b)
{
    const struct block_scope *x = DRAFT_AT(d, scopes, struct block_scope, a);
    const struct block_scope *y = DRAFT_AT(d, scopes, struct block_scope, b);

    if (x->sources != y->sources || x->from != y->from || x->until != y->until ||
        x->ncodes != y->ncodes)
        return false;
    for (uint32_t i = 0; i < x->ncodes; i++)
        if (!str_eq(*DRAFT_AT(d, codes, struct str, x->first_code + i),
                    *DRAFT_AT(d, codes, struct str, y->first_code + i)))
            return false;
    return true;
}

bool lint_covers(const struct draft *d, const struct block_use *inner,
                 const struct block_use *outer)
{
    return (inner->field == BLOCK_BOTH || inner->field == outer->field) &&
           (!inner->scope || same_scope(d, inner->scope, outer->scope));
}

double lint_need(const struct draft *d, uint32_t set)
{
    return -log2(1 - (double)DRAFT_AT(d, sets, struct draft_set, set)->threshold);
}

struct search {
    const struct draft *d;
    const struct draft_use *use, *veto;
};

static bool look_for_veto(void *arg, struct lint_inner inner)
{
    struct search *s = arg;
    size_t at = DRAFT_AT(s->d, terms, struct draft_term, inner.term)->last_use;

    while (at && !s->veto) {
        const struct draft_use *u = DRAFT_AT(s->d, uses, struct draft_use, at - 1);
        if (u->use.what == BLOCK_NONE && u->use.set == s->use->use.set &&
            lint_covers(s->d, &u->use, &s->use->use))
            s->veto = u;
        at = u->previous;
    }
    return !s->veto;
}

const struct draft_use *lint_veto(const struct draft *d, const struct draft_use *use)
{
    struct search s = {d, use, NULL};

    lint_each_inner(d, use->term, look_for_veto, &s);
    return s.veto;
}

/* An item may name places of several regions: of them nothing is said. */
const char *lint_scope(const struct lint_run *l, uint32_t scope, uint32_t within)
{
    const struct block_scope *s = DRAFT_AT(l->d, scopes, struct block_scope, scope);
    const struct block_scope *w = DRAFT_AT(l->d, scopes, struct block_scope, within);

    if (!scope)
        return NULL;
    if (s->until < l->today)
        return "valid 已过期：删去此项或改 until (it is past its \"valid\": drop it, or set a later "
               "until)";
    if (s->sources && w->sources && !(s->sources & w->sources))
        return "sources 与外层的没有交集，永不成立 (none of its sources is one of what stands around "
               "it: it can never hold)";
    if (s->from > w->until || s->until < w->from)
        return "valid 与外层的没有交集，永不成立 (its valid days lie outside of those around it: it "
               "can never hold)";
    return NULL;
}

static void lint_examples(struct lint_run *l)
{
    for (uint32_t i = 0; i < l->d->ntopics; i++) {
        const struct draft_set *s = DRAFT_AT(l->d, sets, struct draft_set, i);
        if (!s->match)
            problems_warn(l->d->problems, s->file, s->line,
                          "事项没有 match 例句：写几条应归入的 (a topic without match examples: "
                          "write some texts that it applies to)");
        if (!s->nomatch)
            problems_warn(l->d->problems, s->file, s->line,
                          "事项没有 nomatch 例句：写几条相近而不应归入的 (a topic without nomatch "
                          "examples: write some near ones that it does not apply to)");
    }
}

static void lint_lists(struct lint_run *l)
{
    for (size_t i = 0; i < l->d->words.n; i++) {
        const struct draft_words *w = DRAFT_AT(l->d, words, struct draft_words, i);
        if (!w->used && conf_root(w->doc))
            problems_warn(l->d->problems, conf_file(conf_root(w->doc)),
                          conf_line(conf_root(w->doc)),
                          "没有事项用词表 %.*s：用它，或删去此文件 (no topic uses this list: use it, or "
                          "remove the file)",
                          STR_ARG(w->name));
    }
}

static void lint_regexes(struct lint_run *l)
{
    const struct draft *d = l->d;
    struct buf before = BUF_INIT, pump = BUF_INIT;

    for (size_t i = 0; i < d->regexes.n; i++) {
        const struct draft_regex *x = DRAFT_AT(d, regexes, struct draft_regex, i);
        if (!x->folded.n || !lint_regex_explodes(x->folded, &before, &pump))
            continue;
        const struct draft_mark *at = DRAFT_AT(d, node_marks, struct draft_mark, x->node);
        problems_warn(d->problems, at->file, at->line,
                      "正则会走得太久而放弃：遇到 “%.*s” 后一再重复的 “%.*s” 时超过步数；给重复加上限 {0,9}，或不让重复"
                      "里再有重复 (this regex runs away and is given up on a text that begins like "
                      "the former and repeats the latter: bound its repetitions, and put none "
                      "inside another)",
                      STR_ARG(buf_str(&before)), STR_ARG(buf_str(&pump)));
    }
    buf_free(&before);
    buf_free(&pump);
}

static bool index_uses(struct lint_run *l)
{
    const struct draft *d = l->d;

    l->node_use = calloc(d->nodes.n + 1, sizeof *l->node_use);
    l->group_use = calloc(d->groups.n + 1, sizeof *l->group_use);
    l->next_use = calloc(d->uses.n + 1, sizeof *l->next_use);
    if (!l->node_use || !l->group_use || !l->next_use)
        return false;
    for (size_t i = 0; i < d->uses.n; i++) {
        const struct block_use *u = &DRAFT_AT(d, uses, struct draft_use, i)->use;
        uint32_t *last = u->what == BLOCK_GROUP ? &l->group_use[u->target]
                         : u->what == BLOCK_LEAF || u->what == BLOCK_NEEDS
                             ? &l->node_use[u->target]
                             : NULL;
        if (!last)
            continue;
        l->next_use[i] = *last;
        *last = (uint32_t)i + 1;
    }
    return true;
}

void lint_draft(struct draft *d, const struct lint *options, const struct rules *rules)
{
    struct lint_run l = {.d = d, .options = options, .today = INT32_MIN};

    if (options->now)
        l.today = (int32_t)((options->now + CLOCK_CHINA) / CLOCK_DAY);
    if (!d->nomem && index_uses(&l)) {
        lint_examples(&l);
        lint_lists(&l);
        lint_reach(&l);
        lint_contained(&l);
        lint_regexes(&l);
        if (rules && options->next)
            lint_common(&l, rules);
    } else {
        problems_add(d->problems, d->dir, 0, "%s", err_text(ERR_NOMEM));
    }
    free(l.node_use);
    free(l.group_use);
    free(l.next_use);
}
