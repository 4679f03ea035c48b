#include "classifiers/workbench/backtest.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/judge_scratch.h"

enum { WHY_TERMS = 6 };

struct side {
    const struct rules *rules;
    struct judge *judge;
    uint32_t *topic;      /* index in the backtest's topics, of each of its own */
    uint32_t *topic_seen; /* number of the last item that touched it, from 1 */
    struct verdict *verdicts;
};

struct backtest_scratch {
    struct side sides[BACKTEST_SIDES];
    struct arena *arena;    /* of the items under way */
    uint32_t *term_items, *term_seen; /* of the new rules' terms */
    uint32_t item;          /* number of the one that is judged, from 1 */
    uint64_t draw;
};

static const char *const names[] = {[BACKTEST_SAME] = "same",   [BACKTEST_NEWLY] = "newly",
                                    [BACKTEST_STOPS] = "stops", [BACKTEST_MOVES] = "moves",
                                    [BACKTEST_OTHER] = "other"};

const char *backtest_change_name(enum backtest_change change)
{
    return names[change];
}

static int by_id(const void *a, const void *b)
{
    const struct backtest_topic *x = a, *y = b;

    return str_order(x->id, y->id);
}

static void list_topics(struct backtest *b, int which)
{
    const struct rules *rules = b->scratch->sides[which].rules;

    for (size_t i = 0; i < rules_topics(rules); i++) {
        struct rules_topic topic = rules_topic(rules, i);
        const struct rules *old = b->scratch->sides[BACKTEST_OLD].rules;
        if (which == BACKTEST_NEW && rules_find(old, topic.id) >= 0)
            continue;
        b->topics[b->ntopics++] = (struct backtest_topic){.id = topic.id, .zh = topic.name_zh};
    }
}

static struct backtest_topic *find_topic(struct backtest *b, struct str id)
{
    struct backtest_topic key = {.id = id};

    return bsearch(&key, b->topics, b->ntopics, sizeof *b->topics, by_id);
}

static int open_side(struct backtest *b, int which)
{
    struct side *s = &b->scratch->sides[which];
    size_t n = rules_topics(s->rules);

    s->judge = judge_new(s->rules);
    s->topic = arena_alloc(b->arena, n + 1, sizeof *s->topic);
    s->topic_seen = arena_alloc(b->arena, n + 1, sizeof *s->topic_seen);
    if (!s->judge || !s->topic || !s->topic_seen)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct backtest_topic *t = find_topic(b, rules_topic(s->rules, i).id);
        t->has[which] = true;
        s->topic[i] = (uint32_t)(t - b->topics);
    }
    return 0;
}

static int open_all(struct backtest *b, const struct rules *old, const struct rules *new)
{
    struct backtest_scratch *s = b->scratch;
    size_t terms = new->head->terms.count + (size_t)1;

    s->sides[BACKTEST_OLD].rules = old;
    s->sides[BACKTEST_NEW].rules = new;
    s->arena = arena_new();
    s->term_items = arena_alloc(b->arena, terms, sizeof *s->term_items);
    s->term_seen = arena_alloc(b->arena, terms, sizeof *s->term_seen);
    b->topics = arena_alloc(b->arena, rules_topics(old) + rules_topics(new) + 1,
                            sizeof *b->topics);
    if (!s->arena || !s->term_items || !s->term_seen || !b->topics)
        return ERR_NOMEM;
    list_topics(b, BACKTEST_OLD);
    list_topics(b, BACKTEST_NEW);
    qsort(b->topics, b->ntopics, sizeof *b->topics, by_id);
    int err = open_side(b, BACKTEST_OLD);
    return err ? err : open_side(b, BACKTEST_NEW);
}

struct backtest *backtest_new(const struct rules *old, const struct rules *new)
{
    struct arena *arena = arena_new();
    struct backtest *b = arena ? arena_alloc(arena, 1, sizeof *b) : NULL;

    if (b)
        b->arena = arena;
    if (b && (b->scratch = arena_alloc(arena, 1, sizeof *b->scratch)) && !open_all(b, old, new))
        return b;
    if (b)
        backtest_free(b);
    else
        arena_free(arena);
    return NULL;
}

void backtest_free(struct backtest *b)
{
    if (!b)
        return;
    for (int i = 0; i < BACKTEST_SIDES && b->scratch; i++)
        judge_free(b->scratch->sides[i].judge);
    if (b->scratch)
        arena_free(b->scratch->arena);
    arena_free(b->arena); /* b itself lies in it */
}

/* What the hits of the item just judged touch. */
static void note_hits(struct backtest *b, int which)
{
    struct backtest_scratch *scratch = b->scratch;
    struct side *s = &scratch->sides[which];
    const struct rules *r = s->rules;

    for (size_t i = 0; i < s->judge->hits.n; i++) {
        uint32_t term = s->judge->hits.list[i].term;
        const struct block_term *t = &r->terms[term];
        for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++) {
            uint32_t set = r->uses[u].set;
            if (!block_of_topic(&r->uses[u], r->head->ntopics))
                continue;
            struct backtest_topic *topic = &b->topics[s->topic[set]];
            topic->hits[which]++;
            topic->touched[which] += s->topic_seen[set] != scratch->item;
            s->topic_seen[set] = scratch->item;
            if (which == BACKTEST_NEW && scratch->term_seen[term] != scratch->item) {
                scratch->term_seen[term] = scratch->item;
                scratch->term_items[term]++;
            }
        }
    }
}

static int judge_side(struct backtest *b, int which, const struct backtest_item *items, size_t n)
{
    struct backtest_scratch *scratch = b->scratch;
    struct side *s = &scratch->sides[which];
    int64_t begin = clock_mono();
    int err = 0;

    s->verdicts = arena_alloc(scratch->arena, n + 1, sizeof *s->verdicts);
    if (!s->verdicts)
        return ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        scratch->item = (uint32_t)(b->items + i + 1);
        err = judge_text(s->judge, items[i].title, items[i].text, items[i].published,
                         items[i].context, scratch->arena, &s->verdicts[i]);
        if (items[i].kind >= 0)
            s->verdicts[i].kind = (enum verdict_kind)items[i].kind;
        if (!err)
            note_hits(b, which);
    }
    b->ms[which] += clock_mono() - begin;
    return err;
}

static bool alerts(const struct verdict *v)
{
    return v->ntags && v->kind == VERDICT_RAISED && !v->elsewhere;
}

static bool has_tag(const struct verdict *v, struct str topic)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (str_eq(v->tags[i].topic, topic))
            return true;
    return false;
}

static bool same_tags(const struct verdict *a, const struct verdict *b)
{
    for (size_t i = 0; i < a->ntags; i++)
        if (!has_tag(b, a->tags[i].topic))
            return false;
    return a->ntags == b->ntags;
}

static enum backtest_change compare(const struct verdict *old, const struct verdict *new)
{
    if (alerts(old) != alerts(new))
        return alerts(new) ? BACKTEST_NEWLY : BACKTEST_STOPS;
    if (alerts(old) && !str_eq(old->tags[0].topic, new->tags[0].topic))
        return BACKTEST_MOVES;
    return same_tags(old, new) ? BACKTEST_SAME : BACKTEST_OTHER;
}

/* Count the topics of one opinion, and those that it alerts by and the other one does not. */
static void note_topics(struct backtest *b, int which, const struct verdict *v,
                        const struct verdict *other)
{
    for (size_t i = 0; i < v->ntags; i++) {
        struct backtest_topic *t = find_topic(b, v->tags[i].topic);
        t->given[which]++;
        if (!alerts(v))
            continue;
        t->alerts[which]++;
        if (alerts(other) && has_tag(other, t->id))
            continue;
        t->newly += which == BACKTEST_NEW;
        t->stops += which == BACKTEST_OLD;
    }
}

static uint64_t draw(struct backtest_scratch *s, uint64_t below)
{
    uint64_t z = (s->draw += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % below;
}

/* The first few different terms of a tag, with commas. */
static struct str why(struct backtest *b, const struct verdict *v)
{
    struct buf out = BUF_INIT;
    int told = 0;

    for (size_t i = 0; v->ntags && i < v->tags[0].nhits && told < WHY_TERMS; i++) {
        const struct verdict_hit *hits = v->tags[0].hits;
        size_t k = 0;
        while (k < i && !str_eq(hits[k].term, hits[i].term))
            k++;
        if (k == i)
            buf_addf(&out, "%s%.*s", told++ ? "、" : "", STR_ARG(hits[i].term));
    }
    struct str copy = arena_str(b->arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

/* Reservoir sampling: each item of a change has the same chance to be shown. */
static void note_sample(struct backtest *b, enum backtest_change change, size_t seen, struct str id,
                        size_t i)
{
    uint64_t place = seen <= BACKTEST_SAMPLES ? seen - 1 : draw(b->scratch, seen);
    const struct verdict *sides[] = {&b->scratch->sides[BACKTEST_OLD].verdicts[i],
                                     &b->scratch->sides[BACKTEST_NEW].verdicts[i]};

    if (place >= BACKTEST_SAMPLES || change == BACKTEST_SAME || change == BACKTEST_OTHER)
        return;
    struct backtest_sample *s = &b->samples[change][place];
    *s = (struct backtest_sample){.id = arena_str(b->arena, id),
                                  .title = arena_str(b->arena, sides[BACKTEST_NEW]->title),
                                  .why = why(b, sides[change == BACKTEST_STOPS ? BACKTEST_OLD
                                                                               : BACKTEST_NEW])};
    for (int k = 0; k < BACKTEST_SIDES; k++)
        if (sides[k]->ntags) {
            s->topics[k] = arena_str(b->arena, sides[k]->tags[0].topic);
            s->scores[k] = sides[k]->tags[0].score;
        }
}

int backtest_add(struct backtest *b, const struct backtest_item *items, size_t n)
{
    arena_reset(b->scratch->arena);
    int err = judge_side(b, BACKTEST_OLD, items, n);

    if (!err)
        err = judge_side(b, BACKTEST_NEW, items, n);
    for (size_t i = 0; i < n && !err; i++) {
        const struct verdict *old = &b->scratch->sides[BACKTEST_OLD].verdicts[i];
        const struct verdict *new = &b->scratch->sides[BACKTEST_NEW].verdicts[i];
        enum backtest_change change = compare(old, new);
        b->alerts[BACKTEST_OLD] += alerts(old);
        b->alerts[BACKTEST_NEW] += alerts(new);
        b->bytes += items[i].title.n + items[i].text.n;
        note_topics(b, BACKTEST_OLD, old, new);
        note_topics(b, BACKTEST_NEW, new, old);
        note_sample(b, change, ++b->changes[change], items[i].id, i);
    }
    b->items += err ? 0 : n;
    return err;
}

/* The first topic that uses a term; empty when only cues and places do. */
static struct str topic_of(const struct rules *r, const struct block_term *t)
{
    for (uint32_t u = t->first_use; u < t->first_use + t->nuses; u++)
        if (block_of_topic(&r->uses[u], r->head->ntopics))
            return block_str(r, r->sets[r->uses[u].set].id);
    return STR_NONE;
}

void backtest_end(struct backtest *b)
{
    const struct rules *r = b->scratch->sides[BACKTEST_NEW].rules;

    b->nterms = 0;
    for (uint32_t i = 0; i < r->head->terms.count; i++) {
        size_t items = b->scratch->term_items[i], at = b->nterms;
        while (at > 0 && b->terms[at - 1].items < items)
            at--;
        if (!items || at == BACKTEST_TERMS)
            continue;
        b->nterms += b->nterms < BACKTEST_TERMS;
        memmove(&b->terms[at + 1], &b->terms[at], (b->nterms - at - 1) * sizeof *b->terms);
        b->terms[at] = (struct backtest_term){topic_of(r, &r->terms[i]),
                                              block_str(r, r->terms[i].text), items};
    }
}

size_t backtest_samples(const struct backtest *b, enum backtest_change change)
{
    return b->changes[change] < BACKTEST_SAMPLES ? b->changes[change] : BACKTEST_SAMPLES;
}
