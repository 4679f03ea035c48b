#include "feeds/fetch/visit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "feeds/fetch/freshness.h"
#include "feeds/fetch/retry_after.h"
#include "feeds/fetch/visit_inside.h"

/* ms that a poll, or a page, waits for its domain before it is put off instead. */
enum { BACKLOG_MAX = 60 * 1000 };

/* Whose a page is that belongs to no source. */
static const struct source nobody;

static void destroy(struct visit *v)
{
    *(v->newer ? &v->newer->older : &v->room->first) = v->older;
    if (v->older)
        v->older->newer = v->newer;
    v->room->visits--;
    address_clear(&v->page);
    address_clear(&v->robots);
    fetch_page_free(v->asked);
    free(v->at);
    free(v->home);
    free(v->moved);
    free(v);
}

void visit_end_all(struct visit_room *room)
{
    while (room->first)
        destroy(room->first);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* Without memory for a validator the next poll does without. */
static void take_answer(struct fetched *f, struct transfer_result *r)
{
    f->body = r->body;
    r->body = BUF_INIT;
    f->mime = copy(r->headers[HEADER_CONTENT_TYPE]);
    f->etag = copy(r->headers[HEADER_ETAG]);
    f->last_modified = copy(r->headers[HEADER_LAST_MODIFIED]);
}

void visit_end(struct visit *v, enum fetch_outcome outcome, const char *problem,
                struct transfer_result *r)
{
    struct visit_room *room = v->room;
    struct fetched *f = calloc(1, sizeof *f);
    struct fetch_page *asked = v->asked;
    struct visit_news news = {0};
    char *moved = v->moved;
    uint32_t source = v->source;

    v->asked = NULL;
    v->moved = NULL;
    if (f) {
        *f = (struct fetched){
            .source = source, .page = asked, .outcome = outcome, .problem = problem,
            .late = v->late > 0 ? v->late : 0};
        if (v->hops) {
            f->final_url = v->page.url;
            v->page.url = NULL;
        }
    }
    if (r && f) {
        f->status = r->status;
        news.retry_after = retry_after_ms(r->headers[HEADER_RETRY_AFTER], r->headers[HEADER_DATE]);
        news.cached = freshness_ms(r->headers[HEADER_CACHE_CONTROL], r->headers[HEADER_EXPIRES],
                                   r->headers[HEADER_DATE]);
        news.moved = moved;
        if (outcome == FETCH_BODY)
            take_answer(f, r);
    }
    destroy(v);
    if (f)
        room->finished(room->arg, f, &news);
    else
        room->lost(room->arg, source, asked);
    free(moved);
}

void visit_postpone(struct visit *v, int64_t pause)
{
    struct visit_room *room = v->room;
    uint32_t source = v->source;

    assert(!v->asked);
    destroy(v);
    room->postponed(room->arg, source, pause);
}

/* Another machine that takes this over is to know how long the domain rests. */
static void tell_rest(const struct visit *v, const char *domain)
{
    const struct fetch_shared *s = v->room->conf->shared;
    int64_t rest = s && s->rests ? politeness_rests(v->room->politeness, domain, v->room->now) : 0;

    if (rest && rest > s->long_rest)
        s->rests(s->arg, s->part(s->arg, v->asked ? v->asked->url : v->src->url), domain, rest);
}

void visit_leave(struct visit *v, bool asked)
{
    const char *domain = politeness_domain(&v->turn);

    v->room->asking--;
    free(v->at);
    v->at = NULL;
    v->nat = 0;
    politeness_done(v->room->politeness, &v->turn, asked, v->delay, v->room->now);
    if (asked)
        tell_rest(v, domain);
}

struct visit *visit_of(struct politeness_turn *turn)
{
    return (struct visit *)((char *)turn - offsetof(struct visit, turn));
}

void visit_asks(const struct politeness_turn *turn, uint32_t *source,
                const struct fetch_page **page)
{
    const struct visit *v = visit_of((struct politeness_turn *)turn);

    *source = v->source;
    *page = v->asked;
}

void visit_withdraw(struct visit_room *room, struct politeness_turn *turn)
{
    struct visit *v = visit_of(turn);

    politeness_done(room->politeness, turn, false, v->delay, room->now);
    destroy(v);
}

void visit_queue(struct visit *v, const struct address *to, bool ahead)
{
    if (politeness_wait(v->room->politeness, to->domain, ahead, v->room->now, &v->turn))
        visit_end(v, FETCH_FAILED, VISIT_NO_MEMORY, NULL);
}

void visit_ask(struct visit *v, bool ahead)
{
    enum robots_word word = ROBOTS_ALLOW;
    struct address robots = {0};

    if (v->room->conf->robots)
        word = robots_cache_check(v->room->robots, &v->page, v->room->now, &v->delay);
    switch (word) {
    case ROBOTS_ALLOW:
        visit_queue(v, &v->page, ahead);
        return;
    case ROBOTS_DISALLOW:
        visit_end(v, FETCH_DISALLOWED, "robots.txt 不允许 (robots.txt disallows it)", NULL);
        return;
    case ROBOTS_UNREACHABLE:
        visit_end(v, FETCH_DISALLOWED,
            "robots.txt 取不到，按不允许处理 (robots.txt cannot be had, so nothing is allowed)",
            NULL);
        return;
    case ROBOTS_ASK:
        break;
    }
    if (address_join(&v->page, "/robots.txt", &robots)) {
        visit_end(v, FETCH_FAILED, VISIT_NO_MEMORY, NULL);
        return;
    }
    v->robots = robots;
    v->robots_hops = 0;
    visit_queue(v, &v->robots, ahead);
}

/* NULL, or why its address cannot be visited. */
static const char *prepare(struct visit *v)
{
    struct address own;

    int err = v->asked ? address_parse(v->asked->url, &v->page)
                       : address_parse_again(v->src->url, v->src->domain_at, &v->page);
    if (err)
        return err == ERR_NOMEM ? VISIT_NO_MEMORY : "地址不对 (not a web address)";
    if (!v->src->extras || !v->src->extras->headers)
        return NULL;
    if (address_parse(v->src->url, &own))
        return VISIT_NO_MEMORY;
    v->home = strdup(own.domain);
    address_clear(&own);
    return v->home ? NULL : VISIT_NO_MEMORY;
}

void visit_begin(struct visit_room *room, struct visit_task *task)
{
    struct visit *v = calloc(1, sizeof *v);

    if (!v) {
        room->lost(room->arg, task->source, task->page);
        return;
    }
    v->room = room;
    v->older = room->first;
    if (room->first)
        room->first->newer = v;
    room->first = v;
    room->visits++;
    v->source = task->source;
    v->due = task->due;
    v->late = -1;
    v->asked = task->page;
    v->whole = task->whole || task->page;
    v->soon = task->soon;
    v->turn.page = task->page != NULL;
    v->src = task->source == FETCH_NO_SOURCE ? &nobody : roster_get(room->roster, task->source);
    const char *problem = prepare(v);
    if (problem) {
        visit_end(v, FETCH_FAILED, problem, NULL);
        return;
    }
    if (v->asked && (problem = source_refusal(str_from(v->page.url)))) {
        visit_end(v, FETCH_REFUSED, problem, NULL);
        return;
    }
    int64_t wait = politeness_backlog(room->politeness, v->page.domain, v->asked, room->now);
    if (wait <= BACKLOG_MAX)
        visit_ask(v, false);
    else if (v->asked)
        visit_end(v, FETCH_FAILED, VISIT_SLOW_DOWN, NULL);
    else
        visit_postpone(v, wait);
}
