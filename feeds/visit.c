#include "feeds/visit.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/freshness.h"
#include "feeds/hop.h"
#include "feeds/retry_after.h"

enum { HOPS_MAX = 5, ROBOTS_MAX = 512 * 1024, BODY_MAX = 8 * 1024 * 1024, TOTAL_MS = 30000 };

/* ms that a poll waits for its domain before it is put off instead. */
enum { BACKLOG_MAX = 60 * 1000 };

static const char not_public[] = "地址不在公网，且不在允许列表中 "
                                 "(the address is not public, nor on the allow list)";
static const char no_memory[] = "内存不足 (out of memory)";

struct visit {
    struct politeness_turn turn;
    struct visit_room *room;
    struct visit *older, *newer;
    uint32_t source;
    struct fetch_page *asked;     /* NULL: the source's own address */
    const struct source *src;     /* as it was at the beginning */
    char *home;                   /* the domain of src->url when it has headers, else NULL */
    struct address page;   /* what is wanted, after redirects */
    struct address robots; /* url != NULL: its origin's robots.txt comes first, redirected */
    int hops, robots_hops;
    bool detoured;         /* a hop was not permanent */
    char *moved;           /* where the permanent ones before any such led; NULL: there were none */
    struct resolve_addresses at;
    size_t next; /* of at.list */
    int64_t begun, spent; /* ms on the wire of this request; of all requests */
    char *etag, *last_modified;
    int64_t delay; /* ms that the page's robots.txt asks for between requests */
};

static void ask(struct visit *v, bool ahead);

static void destroy(struct visit *v)
{
    *(v->newer ? &v->newer->older : &v->room->first) = v->older;
    if (v->older)
        v->older->newer = v->newer;
    v->room->visits--;
    address_clear(&v->page);
    address_clear(&v->robots);
    fetch_page_free(v->asked);
    free(v->home);
    free(v->moved);
    free(v->etag);
    free(v->last_modified);
    free(v);
}

void visit_end_all(struct visit_room *room)
{
    while (room->first)
        destroy(room->first);
}

static void take_answer(struct fetched *f, struct transfer_result *r)
{
    f->body = r->body;
    r->body = BUF_INIT;
    f->mime = r->headers[HEADER_CONTENT_TYPE];
    f->etag = r->headers[HEADER_ETAG];
    f->last_modified = r->headers[HEADER_LAST_MODIFIED];
    r->headers[HEADER_CONTENT_TYPE] = r->headers[HEADER_ETAG] = NULL;
    r->headers[HEADER_LAST_MODIFIED] = NULL;
}

/* The outcome goes out; r (may be NULL) is where status, body and headers come from. */
static void end(struct visit *v, enum fetch_outcome outcome, const char *problem,
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
            .source = source, .page = asked, .outcome = outcome, .problem = problem};
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

/* A poll is put off; a page waits like the others of its kind. */
static void postpone(struct visit *v, int64_t pause)
{
    struct visit_room *room = v->room;
    uint32_t source = v->source;

    assert(!v->asked);
    destroy(v);
    room->postponed(room->arg, source, pause);
}

/* Give the domain back; the visit goes on elsewhere or ends. */
static void leave(struct visit *v, bool asked)
{
    v->room->asking--;
    politeness_done(v->room->politeness, &v->turn, asked, v->delay, clock_mono());
}

static struct visit *visit_of(struct politeness_turn *turn)
{
    return (struct visit *)((char *)turn - offsetof(struct visit, turn));
}

static void fail(struct visit *v, bool asked, enum fetch_outcome outcome, const char *problem)
{
    leave(v, asked);
    end(v, outcome, problem, NULL);
}

static void queue(struct visit *v, const struct address *to, bool ahead)
{
    if (politeness_wait(v->room->politeness, to->domain, ahead, clock_mono(), &v->turn))
        end(v, FETCH_FAILED, no_memory, NULL);
}

/* Queue for the page, or for the robots.txt that must be read first. */
static void ask(struct visit *v, bool ahead)
{
    enum robots_word word = ROBOTS_ALLOW;
    struct address robots = {0};

    if (v->room->conf->robots)
        word = robots_cache_check(v->room->robots, &v->page, clock_mono(), &v->delay);
    switch (word) {
    case ROBOTS_ALLOW:
        queue(v, &v->page, ahead);
        return;
    case ROBOTS_DISALLOW:
        end(v, FETCH_DISALLOWED, "robots.txt 不允许 (robots.txt disallows it)", NULL);
        return;
    case ROBOTS_UNREACHABLE:
        end(v, FETCH_DISALLOWED,
            "robots.txt 取不到，按不允许处理 (robots.txt cannot be had, so nothing is allowed)",
            NULL);
        return;
    case ROBOTS_ASK:
        break;
    }
    if (address_join(&v->page, "/robots.txt", &robots)) {
        end(v, FETCH_FAILED, no_memory, NULL);
        return;
    }
    v->robots = robots;
    v->robots_hops = 0;
    queue(v, &v->robots, ahead);
}

/* NULL, or why its address cannot be visited. */
static const char *prepare(struct visit *v, const struct visit_task *task)
{
    const char *url = v->asked ? v->asked->url : v->src->url;
    struct address own;

    v->etag = task->etag ? strdup(task->etag) : NULL;
    v->last_modified = task->last_modified ? strdup(task->last_modified) : NULL;
    if ((task->etag && !v->etag) || (task->last_modified && !v->last_modified))
        return no_memory;
    int err = address_parse(url, &v->page);
    if (err)
        return err == ERR_NOMEM ? no_memory : "地址不对 (not a web address)";
    if (!v->src->extras || !v->src->extras->headers)
        return NULL;
    if (address_parse(v->src->url, &own))
        return no_memory;
    v->home = own.domain;
    own.domain = NULL;
    address_clear(&own);
    return NULL;
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
    v->asked = task->page;
    v->turn.page = task->page != NULL;
    v->src = roster_get(room->roster, task->source);
    const char *problem = prepare(v, task);
    if (problem) {
        end(v, FETCH_FAILED, problem, NULL);
        return;
    }
    if (v->asked && (problem = source_refusal(str_from(v->page.url)))) {
        end(v, FETCH_REFUSED, problem, NULL);
        return;
    }
    int64_t wait = politeness_backlog(room->politeness, v->page.domain, clock_mono());
    if (!v->asked && wait > BACKLOG_MAX)
        postpone(v, wait);
    else
        ask(v, false);
}

static int64_t budget(const struct visit *v)
{
    int64_t total = v->room->conf->limits.total_ms;

    return (total ? total : TOTAL_MS) - v->spent;
}

static const char *proxy_of(const struct visit *v)
{
    return v->src->extras ? v->src->extras->proxy : NULL;
}

/* A source's own headers may hold a key, and go to its own domain alone. */
static char *const *headers_for(const struct visit *v, const struct address *to)
{
    return v->home && strcmp(v->home, to->domain) == 0 ? v->src->extras->headers : NULL;
}

/* Ask the next address; false when the transfer could not be made. */
static bool transfer(struct visit *v)
{
    const struct fetch_limits *l = &v->room->conf->limits;
    bool robots = v->robots.url != NULL;
    const struct address *to = robots ? &v->robots : &v->page;
    struct transfer_request request = {
        .to = to,
        .at = proxy_of(v) ? NULL : &v->at.list[v->next++],
        .proxy = proxy_of(v),
        .headers = headers_for(v, to),
        .etag = robots ? NULL : v->etag,
        .last_modified = robots ? NULL : v->last_modified,
        .budget = budget(v),
        .body_max = robots ? ROBOTS_MAX : l->body ? l->body : BODY_MAX,
        .cut = robots,
        .owner = v,
    };

    v->begun = clock_mono();
    return transfer_begin(v->room->transfers, &request) == 0;
}

/* Without its robots.txt an origin is closed; a visit that came for the page hears it so. */
static void robots_unreachable(struct visit *v, bool asked, bool ahead)
{
    int err = robots_cache_unreachable(v->room->robots, v->page.origin, clock_mono());

    leave(v, asked);
    address_clear(&v->robots);
    if (err)
        end(v, FETCH_FAILED, no_memory, NULL);
    else
        ask(v, ahead);
}

static void resolved(void *arg, int err, const struct resolve_addresses *found)
{
    struct visit *v = arg;
    const char *problem = NULL;
    bool refused = false;

    if (err == ERR_CLOSED)
        return; /* the thread stops; visit_end_all() follows */
    v->spent += clock_mono() - v->begun;
    v->at.count = v->next = 0;
    for (size_t i = 0; !err && i < found->count; i++) {
        if (guard_allows(v->room->guard, (const struct sockaddr *)&found->list[i]))
            v->at.list[v->at.count++] = found->list[i];
    }
    if (err) {
        problem = err == ERR_NOTFOUND ? "域名不存在 (no such host name)"
                                      : "域名解析失败 (the host name could not be looked up)";
    } else if (!v->at.count) {
        refused = true;
        problem = not_public;
    } else if (transfer(v)) {
        return;
    } else {
        problem = no_memory;
    }
    /* A refused or unknown host is that whether or not its robots.txt was to be read first. */
    if (v->robots.url && v->robots_hops)
        robots_unreachable(v, false, true);
    else
        fail(v, false, refused ? FETCH_REFUSED : FETCH_FAILED, problem);
}

/* The proxy was named by the operator and may stand anywhere; it looks names up where it stands, and
 * what they lead to there is its own to guard. Addresses written out are guarded here all the same. */
static void ask_proxy(struct visit *v, const struct address *to)
{
    struct sockaddr_storage literal;

    v->at.count = v->next = 0;
    if (address_literal(to->host, to->port, &literal) &&
        !guard_allows(v->room->guard, (const struct sockaddr *)&literal))
        fail(v, false, FETCH_REFUSED, not_public);
    else if (!transfer(v))
        fail(v, false, FETCH_FAILED, no_memory);
}

void visit_turn(struct visit_room *room, struct politeness_turn *turn)
{
    struct visit *v = visit_of(turn);
    int64_t delay;

    room->asking++;
    /* Another visit may have read the same robots.txt while this one waited. */
    if (v->robots.url && !v->robots_hops &&
        robots_cache_check(room->robots, &v->page, clock_mono(), &delay) != ROBOTS_ASK) {
        leave(v, false);
        address_clear(&v->robots);
        ask(v, true);
        return;
    }
    const struct address *to = v->robots.url ? &v->robots : &v->page;
    v->begun = clock_mono();
    if (proxy_of(v))
        ask_proxy(v, to);
    else
        resolve_ask(room->resolve, to->host, to->port, resolved, v);
}

static void robots_answered(struct visit *v, struct transfer_result *r)
{
    struct visit_room *room = v->room;
    struct address to = {0};
    int64_t now = clock_mono();
    int err = 0;

    /* A host that takes no connection is down, whatever was to be asked of it. */
    if ((r->fault == TRANSFER_CONNECT || r->fault == TRANSFER_REFUSED) && !v->robots_hops) {
        leave(v, r->asked);
        end(v, r->fault == TRANSFER_REFUSED ? FETCH_REFUSED : FETCH_FAILED, r->problem, r);
        return;
    }
    if (r->fault == TRANSFER_OK && hop_redirects(r->status) && v->robots_hops < HOPS_MAX &&
        !hop_follow(&v->robots, r->headers[HEADER_LOCATION], &to)) {
        v->robots_hops++;
        leave(v, true);
        address_clear(&v->robots);
        v->robots = to;
        queue(v, &v->robots, true);
        return;
    }
    if (r->fault == TRANSFER_OK && r->status / 100 == 2)
        err = robots_cache_text(room->robots, v->page.origin, buf_str(&r->body), now);
    else if (r->fault == TRANSFER_OK &&
             (r->status / 100 == 4 || (hop_redirects(r->status) && v->robots_hops == HOPS_MAX)))
        err = robots_cache_absent(room->robots, v->page.origin, now);
    else {
        robots_unreachable(v, r->asked, true);
        return;
    }
    leave(v, true);
    address_clear(&v->robots);
    if (err)
        end(v, FETCH_FAILED, no_memory, NULL);
    else
        ask(v, true);
}

static void page_redirected(struct visit *v, struct transfer_result *r)
{
    struct address to = {0};
    const char *problem = NULL;
    enum fetch_outcome outcome = FETCH_REFUSED;

    if (v->hops == HOPS_MAX) {
        problem = "转向超过 5 次 (more than 5 redirects)";
        outcome = FETCH_FAILED;
    } else {
        problem = hop_follow(&v->page, r->headers[HEADER_LOCATION], &to);
        outcome = r->headers[HEADER_LOCATION] ? FETCH_REFUSED : FETCH_FAILED;
    }
    if (!problem && (problem = source_refusal(str_from(to.url))))
        address_clear(&to);
    leave(v, true);
    if (problem) {
        end(v, outcome, problem, r);
        return;
    }
    v->detoured = v->detoured || !hop_permanent(r->status);
    if (!v->detoured) {
        free(v->moved);
        v->moved = strdup(to.url);
    }
    v->hops++;
    address_clear(&v->page);
    v->page = to;
    ask(v, true);
}

/* All feeds of a domain rest when one was told that it is busy: those who wait for it are put off. */
static void rest_domain(struct visit *v, const struct transfer_result *r)
{
    struct politeness *p = v->room->politeness;
    int64_t least = retry_after_ms(r->headers[HEADER_RETRY_AFTER], r->headers[HEADER_DATE]);
    int64_t pause = politeness_busy(p, &v->turn, least, clock_mono());
    struct politeness_turn *turn;

    while ((turn = politeness_withdraw(p, &v->turn))) {
        struct visit *other = visit_of(turn);
        if (other->asked)
            end(other, FETCH_FAILED, "服务器要求放慢 (the server asks to slow down)", NULL);
        else
            postpone(other, pause);
    }
}

static void page_answered(struct visit *v, struct transfer_result *r)
{
    const char *problem;

    if (r->fault != TRANSFER_OK) {
        leave(v, r->asked);
        end(v, r->fault == TRANSFER_REFUSED ? FETCH_REFUSED : FETCH_FAILED, r->problem, r);
        return;
    }
    if (hop_redirects(r->status)) {
        page_redirected(v, r);
        return;
    }
    if (r->status == 429 || r->status == 503)
        rest_domain(v, r);
    enum fetch_outcome outcome = hop_outcome(r->status, &problem);
    leave(v, true);
    if (outcome == FETCH_UNCHANGED && !v->etag && !v->last_modified)
        end(v, FETCH_FAILED, "没问过就答未变 (304 to a request without conditions)", r);
    else
        end(v, outcome, problem, r);
}

void visit_transferred(struct visit_room *room, struct transfer *t)
{
    struct transfer_result *r = transfer_result(t);
    struct visit *v = r->owner;

    v->spent += clock_mono() - v->begun;
    bool again = r->fault == TRANSFER_CONNECT && v->next < v->at.count && budget(v) > 0;
    if (!again || !transfer(v)) {
        if (v->robots.url)
            robots_answered(v, r);
        else
            page_answered(v, r);
    }
    transfer_release(room->transfers, t);
}
