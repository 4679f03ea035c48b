#include <stdio.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/judge_scratch.h"
#include "classifiers/likeness/identity.h"
#include "classifiers/mask/mask.h"
#include "classifiers/promise.h"

static int fill_reply(const struct feed_item *item, struct arena *arena, struct verdict *v)
{
    struct str url = item->reply_url.n > VERDICT_LINK_MAX ? STR_NONE : item->reply_url;
    size_t n = utf8_cut(item->reply, VERDICT_TEXT_MAX);
    char *copy = arena_alloc(arena, n + 1, 1);

    if (!copy)
        return ERR_NOMEM;
    if (n)
        memcpy(copy, item->reply.p, n);
    mask_text(copy, n);
    v->reply = (struct str){copy, n};
    v->reply_unit = arena_str(arena, (struct str){item->reply_unit.p,
                                                  utf8_cut(item->reply_unit, VERDICT_TITLE_MAX)});
    v->reply_url = arena_str(arena, url);
    v->reply_time = item->reply_time;
    return v->reply_unit.p && v->reply_url.p ? 0 : ERR_NOMEM;
}

/* Told from when the reply was published, or else from now. */
static void find_promises(struct str text, int64_t at, int64_t now, struct verdict *v)
{
    if (at <= 0 || at > now)
        at = now;
    if (text.n && at > 0)
        v->npromises = (uint8_t)promise_find((struct str){text.p, utf8_cut(text, VERDICT_TEXT_MAX)},
                                             at, v->promises);
}

void judge_reply_page(const struct feed *feed, int64_t now, struct verdicts *verdicts)
{
    for (size_t i = 0; i < verdicts->count && i < feed->nitems; i++)
        find_promises(feed->items[i].text, feed->items[i].published, now, &verdicts->list[i]);
}

static int judge_item(struct judge *j, const struct feed_item *item,
                      const struct judge_context *context, struct arena *arena, struct verdict *v)
{
    struct str link = item->url.n > VERDICT_LINK_MAX ? STR_NONE : item->url;
    int err = judge_text(j, item->title, item->text.n ? item->text : item->summary,
                         item->published, context, arena, v);

    if (!err)
        err = judge_likeness(j, context, v);
    if (err)
        return err;
    v->link = arena_str(arena, link);
    v->published = item->published;
    v->modified = item->modified;
    v->loose = item->loose;
    find_promises(item->reply, item->reply_time, context->now, v);
    err = identity_fill(item, arena, v);
    if (!err && item->reply.n)
        err = fill_reply(item, arena, v);
    return err || !v->link.p ? ERR_NOMEM : 0;
}

/* A regex that gave up was not found; whoever minds the rules must hear of it. */
static int tell_limits(struct verdicts *v)
{
    unsigned long regexes = 0, items = 0;
    char text[200];

    for (size_t i = 0; i < v->count; i++) {
        regexes += v->list[i].limits;
        items += v->list[i].limits != 0;
    }
    if (!items || v->nproblems == VERDICT_PROBLEMS_MAX)
        return 0;
    struct str *more = arena_alloc(v->arena, v->nproblems + 1, sizeof *more);
    if (!more)
        return ERR_NOMEM;
    if (v->nproblems)
        memcpy(more, v->problems, v->nproblems * sizeof *more);
    snprintf(text, sizeof text, "rules: regexes reached their limit %lu times in %lu items",
             regexes, items);
    more[v->nproblems] = arena_str(v->arena, str_from(text));
    v->problems = more;
    return more[v->nproblems++].p ? 0 : ERR_NOMEM;
}

static int copy_problems(const struct feed *feed, struct verdicts *v)
{
    size_t n = feed->nproblems < VERDICT_PROBLEMS_MAX ? feed->nproblems : VERDICT_PROBLEMS_MAX;
    char text[600];

    v->problems = arena_alloc(v->arena, n, sizeof *v->problems);
    if (!v->problems)
        return ERR_NOMEM;
    for (; v->nproblems < n; v->nproblems++) {
        const struct feed_problem *p = &feed->problems[v->nproblems];
        struct str cut = {p->text.p, utf8_cut(p->text, 500)};
        if (p->line)
            snprintf(text, sizeof text, "line %d: %.*s", p->line, STR_ARG(cut));
        else
            snprintf(text, sizeof text, "%.*s", STR_ARG(cut));
        v->problems[v->nproblems] = arena_str(v->arena, str_from(text));
        if (!v->problems[v->nproblems].p)
            return ERR_NOMEM;
    }
    return 0;
}

/* What the feed says of itself, within what the reader of an answer accepts. */
static int copy_feed(const struct feed *feed, struct verdicts *v)
{
    struct str next = feed->next_url.n > VERDICT_LINK_MAX ? STR_NONE : feed->next_url;

    v->hints = feed->hints;
    v->hints.ttl = v->hints.ttl < 0 ? 0 : v->hints.ttl;
    v->hints.update_period = v->hints.update_period < 0 ? 0 : v->hints.update_period;
    v->hints.skip_hours &= 0xFFFFFF;
    v->hints.skip_days &= 0x7F;
    v->next_url = arena_str(v->arena, next);
    v->few_authors = feed->few_authors;
    return v->next_url.p ? 0 : ERR_NOMEM;
}

int judge_feed(struct judge *j, const struct feed *feed, const struct judge_context *context,
               struct verdicts **out)
{
    struct verdicts *v = verdict_new();
    size_t n = feed->nitems < VERDICT_COUNT_MAX ? feed->nitems : VERDICT_COUNT_MAX;

    if (!v)
        return ERR_NOMEM;
    v->rules = arena_str(v->arena, str_from(rules_version(j->rules)));
    v->format = arena_str(v->arena, str_from(item_format_name(feed->format)));
    v->encoding = arena_str(v->arena, feed->encoding);
    v->list = arena_alloc(v->arena, n, sizeof *v->list);
    if (!v->rules.p || !v->format.p || !v->encoding.p || !v->list || copy_problems(feed, v))
        goto fail;
    for (; v->count < n; v->count++)
        if (judge_item(j, &feed->items[v->count], context, v->arena, &v->list[v->count]))
            goto fail;
    if (tell_limits(v) || identity_part(v) || copy_feed(feed, v))
        goto fail;
    *out = v;
    return 0;
fail:
    verdict_free(v);
    return ERR_NOMEM;
}
