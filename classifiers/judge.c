#define _GNU_SOURCE
#include "classifiers/judge_scratch.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/likeness/fingerprint.h"
#include "classifiers/mask/mask.h"
#include "classifiers/regions/regions.h"

struct judge *judge_new(const struct rules *rules)
{
    struct judge *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    j->rules = rules;
    j->eval = eval_new(rules);
    j->arena = arena_new();
    j->traits = traits_new();
    j->scores = calloc(rules->head->ntopics + (size_t)1, sizeof *j->scores);
    if (j->eval && j->arena && j->traits && j->scores && !judge_model_open(j))
        return j;
    judge_free(j);
    return NULL;
}

void judge_free(struct judge *j)
{
    if (!j)
        return;
    judge_model_close(j);
    eval_free(j->eval);
    arena_free(j->arena);
    fold_free(&j->fold);
    free(j->hits.list);
    free(j->plain);
    free(j->scores);
    traits_free(j->traits);
    free(j);
}

/* title + '\n' + text in one piece, masked; out->title and out->text are its parts. Their code
 * points are read once, into j->fold. */
static int copy_masked(struct judge *j, struct str title, struct str text, struct arena *arena,
                       struct str *whole, struct verdict *out)
{
    struct fold *f = &j->fold;
    size_t nt = utf8_cut(title, VERDICT_TITLE_MAX), nx = utf8_cut(text, VERDICT_TEXT_MAX);
    char *p = arena_alloc(arena, nt + nx + 3, 1);

    if (!p)
        return ERR_NOMEM;
    if (nt)
        memcpy(p, title.p, nt);
    p[nt] = '\n';
    if (nx)
        memcpy(p + nt + 1, text.p, nx);
    *whole = (struct str){p, nt + 1 + nx};
    if (fold_read(*whole, f))
        return ERR_NOMEM;
    size_t title_codes = fold_place(f, nt), past = title_codes + 1;
    mask_codes(p, nt, f->cp, f->start, title_codes);
    mask_codes(p + nt + 1, nx, f->cp + past, f->start + past, f->n - past);
    out->title = (struct str){p, nt};
    out->text = (struct str){p + nt + 1, nx};
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct matcher_hit *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static int find_hits(struct judge *j)
{
    j->hits.n = 0;
    int err = matcher_scan(j->rules->matcher, j->fold.cp, j->fold.n, &j->hits);
    const struct matcher_hit *end = j->hits.list + j->hits.n;
    if (err || !j->hits.n || end[-1].end - end[-1].start > 1)
        return err; /* none of one character, which alone stand in no order */
    for (size_t i = 1; i < j->hits.n; i++)
        if (j->hits.list[i].start < j->hits.list[i - 1].start) {
            qsort(j->hits.list, j->hits.n, sizeof *j->hits.list, by_start);
            break;
        }
    return err;
}

static int fill_tag(struct judge *j, uint32_t set, float score, struct str whole,
                    struct arena *arena, struct verdict_tag *tag)
{
    struct eval_reason why[VERDICT_HITS_MAX];
    const struct rules *r = j->rules;

    tag->topic = block_str(r, r->sets[set].id);
    tag->score = score;
    tag->grade = str_from(block_grades[eval_grade(j->eval, set)]);
    tag->nhits = eval_why(j->eval, set, why, VERDICT_HITS_MAX);
    tag->hits = arena_alloc(arena, tag->nhits, sizeof *tag->hits);
    if (!tag->hits)
        return ERR_NOMEM;
    for (size_t i = 0; i < tag->nhits; i++) {
        tag->hits[i].term = why[i].rule;
        tag->hits[i].start = j->fold.start[why[i].start];
        tag->hits[i].end = (uint32_t)fold_end(&j->fold, whole, why[i].end - 1);
    }
    return 0;
}

/* Does x stand before y in a verdict? */
static bool is_before(const struct verdict_tag *x, const struct verdict_tag *y)
{
    if (x->score != y->score)
        return x->score > y->score;
    return str_order(x->topic, y->topic) < 0;
}

/* The last of n tags into its place: there are few. */
static void put_tag(struct verdict_tag *tags, size_t n)
{
    struct verdict_tag tag = tags[n - 1];
    size_t at = n - 1;

    for (; at && is_before(&tag, &tags[at - 1]); at--)
        tags[at] = tags[at - 1];
    tags[at] = tag;
}

static int fill_tags(struct judge *j, struct str whole, struct arena *arena, struct verdict *out)
{
    const struct rules *r = j->rules;
    const uint32_t *sets;
    size_t n = eval_sets(j->eval, &sets);

    out->tags = n ? arena_alloc(arena, n, sizeof *out->tags) : NULL;
    if (n && !out->tags)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        float evidence = eval_evidence(j->eval, sets[i]);
        if (sets[i] >= r->head->ntopics || evidence <= 0)
            continue;
        float score = j->scores[sets[i]] = 1 - exp2f(-evidence);
        if (score + 1e-6f < r->sets[sets[i]].threshold || out->ntags == VERDICT_TAGS_MAX)
            continue;
        if (fill_tag(j, sets[i], score, whole, arena, &out->tags[out->ntags]))
            return ERR_NOMEM;
        put_tag(out->tags, ++out->ntags);
    }
    return 0;
}

float judge_cue(const struct judge *j, enum block_cue cue)
{
    float prior = cue < BLOCK_REQUESTS ? 0 : j->rules->head->request_prior[cue - BLOCK_REQUESTS];

    return eval_evidence(j->eval, j->rules->head->ntopics + cue) +
           kind_evidence(j->rules, cue, j->forms) + prior;
}

/* The strongest; of equals the one that binds a unit more. */
static enum verdict_request choose_request(const struct judge *j)
{
    static const enum verdict_request order[] = {REQUEST_REPORT, REQUEST_COMPLAINT,
                                                 REQUEST_ENQUIRY, REQUEST_SUGGESTION,
                                                 REQUEST_HELP};
    enum verdict_request best = REQUEST_HELP;
    float most = 0;

    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        float evidence = judge_cue(j, (enum block_cue)(BLOCK_REQUESTS + order[i]));
        if (evidence > most) {
            most = evidence;
            best = order[i];
        }
    }
    return best;
}

static int fill_sketch(struct judge *j, struct verdict *out)
{
    if (j->fold.n > j->plain_cap) {
        uint32_t *more = realloc(j->plain, j->fold.n * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        j->plain = more;
        j->plain_cap = j->fold.n;
    }
    fingerprint_sketch(j->plain, fold_words(&j->fold, j->plain), out->sketch);
    return 0;
}

int judge_one(struct judge *j, const struct judge_item *item, struct arena *arena,
              struct verdict *out)
{
    struct str whole;
    int err;

    if ((err = copy_masked(j, item->title, item->text, arena, &whole, out)))
        return err;
    fold_over(whole, out->title.n, &j->fold);
    if ((err = find_hits(j)) ||
        (err = regions_resolve(j->rules, &j->fold, &j->hits, item->region, arena, out)))
        return err;
    out->elsewhere = regions_elsewhere(out, item->home);
    const struct eval_about about = {item->source, item->region, out->regions, out->nregions,
                                     item->at};
    if ((err = eval_run(j->eval, &j->fold, &j->hits, &about)) ||
        (err = fill_tags(j, whole, arena, out)) || (err = judge_model_run(j, arena, out)))
        return err;
    kind_forms(&j->fold, j->forms);
    float lean = judge_cue(j, BLOCK_RAISED) - judge_cue(j, BLOCK_REPORTED) +
                 j->rules->head->prior[item->source];
    out->kind = lean > 0 ? VERDICT_RAISED : VERDICT_REPORTED;
    out->request = choose_request(j);
    out->content = XXH3_64bits(whole.p, whole.n);
    out->limits = eval_limits(j->eval);
    return 0;
}

int judge_likeness(struct judge *j, const struct judge_context *context, struct verdict *v)
{
    bool news = context && context->kind == SOURCE_NEWS;

    if (!news || (v->ntags && v->kind == VERDICT_RAISED))
        traits_take(j->traits, j->rules, &j->fold, &j->hits, v);
    return v->ntags || !news ? fill_sketch(j, v) : 0;
}

enum judge_source judge_source_find(struct str name)
{
    static const char *const names[] = {"news", "board", "official"};

    for (int i = JUDGE_NEWS; i < JUDGE_UNKNOWN; i++)
        if (str_is(name, names[i]))
            return (enum judge_source)i;
    return JUDGE_UNKNOWN;
}

int judge_text(struct judge *j, struct str title, struct str text, int64_t published,
               const struct judge_context *context, struct arena *arena, struct verdict *out)
{
    static const enum judge_source sources[] = {
        [SOURCE_NEWS] = JUDGE_NEWS,
        [SOURCE_BOARD] = JUDGE_BOARD,
        [SOURCE_OFFICIAL] = JUDGE_OFFICIAL};
    struct judge_item item = {title, text, JUDGE_UNKNOWN, STR_NONE, STR_NONE, published};

    if (context) {
        item.source = sources[context->kind];
        item.region = context->region;
        item.home = context->home;
        item.at = published ? published : context->now;
    }
    *out = (struct verdict){0};
    return judge_one(j, &item, arena, out);
}
