/* From a turn to an answer: names, proxies, robots.txt, redirects. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/fetch/freshness.h"
#include "feeds/fetch/hop.h"
#include "feeds/fetch/retry_after.h"
#include "feeds/fetch/visit_inside.h"

enum { HOPS_MAX = 5, ROBOTS_MAX = 512 * 1024, BODY_MAX = 8 * 1024 * 1024, TOTAL_MS = 30000 };

static const char not_public[] = "地址不在公网，且不在允许列表中 "
                                 "(the address is not public, nor on the allow list)";

static void fail(struct visit *v, bool asked, enum fetch_outcome outcome, const char *problem)
{
    visit_leave(v, asked);
    visit_end(v, outcome, problem, NULL);
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
        .at = proxy_of(v) ? NULL : &v->at[v->next++],
        .proxy = proxy_of(v),
        .headers = headers_for(v, to),
        .now = v->room->now,
        .budget = budget(v),
        .body_max = robots ? ROBOTS_MAX : l->body ? l->body : BODY_MAX,
        .cut = robots,
        .keep = robots || v->soon || politeness_waited_for(&v->turn),
        .owner = v,
    };

    if (!robots && !v->whole)
        v->room->validators(v->room->arg, v->source, &request.etag, &request.last_modified);
    v->conditional = request.etag || request.last_modified;
    v->begun = v->room->now;
    return transfer_begin(v->room->transfers, &request) == 0;
}

/* Without its robots.txt an origin is closed; a visit that came for the page hears it so. */
static void robots_unreachable(struct visit *v, bool asked, bool ahead)
{
    int err = robots_cache_unreachable(v->room->robots, v->page.origin, v->room->now);

    visit_leave(v, asked);
    address_clear(&v->robots);
    if (err)
        visit_end(v, FETCH_FAILED, VISIT_NO_MEMORY, NULL);
    else
        visit_ask(v, ahead);
}

static void resolved(void *arg, int err, const struct resolve_addresses *found)
{
    struct visit *v = arg;
    const char *problem = NULL;
    bool refused = false;

    if (err == ERR_CLOSED)
        return; /* the thread stops; visit_end_all() follows */
    v->room->now = clock_mono();
    v->spent += v->room->now - v->begun;
    free(v->at);
    v->next = 0;
    v->nat = 0;
    v->at = reallocarray(NULL, found->count + 1, sizeof *v->at);
    for (size_t i = 0; v->at && !err && i < found->count; i++) {
        if (guard_allows(v->room->guard, (const struct sockaddr *)&found->list[i]))
            v->at[v->nat++] = found->list[i];
    }
    if (!v->at) {
        problem = VISIT_NO_MEMORY;
    } else if (err) {
        problem = err == ERR_NOTFOUND ? "域名不存在 (no such host name)"
                                      : "域名解析失败 (the host name could not be looked up)";
    } else if (!v->nat) {
        refused = true;
        problem = not_public;
    } else if (transfer(v)) {
        return;
    } else {
        problem = VISIT_NO_MEMORY;
    }
    /* A refused or unknown host is that whether or not its robots.txt was to be read first. */
    if (v->robots.url && v->robots_hops)
        robots_unreachable(v, false, true);
    else
        fail(v, false, refused ? FETCH_REFUSED : FETCH_FAILED, problem);
}

/* The proxy was named by the operator and may stand anywhere. It looks names up where it
 * stands, and what they lead to there is its own to guard; addresses written out are guarded
 * here all the same. */
static void ask_proxy(struct visit *v, const struct address *to)
{
    struct sockaddr_storage literal;

    if (address_literal(to->host, to->port, &literal) &&
        !guard_allows(v->room->guard, (const struct sockaddr *)&literal))
        fail(v, false, FETCH_REFUSED, not_public);
    else if (!transfer(v))
        fail(v, false, FETCH_FAILED, VISIT_NO_MEMORY);
}

void visit_turn(struct visit_room *room, struct politeness_turn *turn)
{
    struct visit *v = visit_of(turn);
    int64_t delay;

    room->asking++;
    /* Another visit may have read the same robots.txt while this one waited. */
    if (v->robots.url && !v->robots_hops &&
        robots_cache_check(room->robots, &v->page, room->now, &delay) != ROBOTS_ASK) {
        visit_leave(v, false);
        address_clear(&v->robots);
        visit_ask(v, true);
        return;
    }
    const struct address *to = v->robots.url ? &v->robots : &v->page;
    v->begun = room->now;
    if (v->late < 0)
        v->late = room->wall - v->due;
    if (v->late < 0)
        v->late = 0;
    if (proxy_of(v))
        ask_proxy(v, to);
    else
        resolve_ask(room->resolve, to->host, to->port, resolved, v);
}

static void robots_answered(struct visit *v, struct transfer_result *r)
{
    struct visit_room *room = v->room;
    struct address to = {0};
    int64_t now = room->now;
    int err = 0;

    /* A host that takes no connection is down, whatever was to be asked of it. */
    if ((r->fault == TRANSFER_CONNECT || r->fault == TRANSFER_REFUSED) && !v->robots_hops) {
        visit_leave(v, r->asked);
        visit_end(v, r->fault == TRANSFER_REFUSED ? FETCH_REFUSED : FETCH_FAILED, r->problem, r);
        return;
    }
    if (r->fault == TRANSFER_OK && hop_redirects(r->status) && v->robots_hops < HOPS_MAX &&
        !hop_follow(&v->robots, r->headers[HEADER_LOCATION], &to)) {
        v->robots_hops++;
        visit_leave(v, true);
        address_clear(&v->robots);
        v->robots = to;
        visit_queue(v, &v->robots, true);
        return;
    }
    if (r->fault == TRANSFER_OK && r->status / 100 == 2)
        err = robots_cache_text(room->robots, v->page.origin, buf_str(&r->body),
                                freshness_ms(r->headers[HEADER_CACHE_CONTROL],
                                             r->headers[HEADER_EXPIRES], r->headers[HEADER_DATE]),
                                now);
    else if (r->fault == TRANSFER_OK &&
             (r->status / 100 == 4 || (hop_redirects(r->status) && v->robots_hops == HOPS_MAX)))
        err = robots_cache_absent(room->robots, v->page.origin, now);
    else {
        robots_unreachable(v, r->asked, true);
        return;
    }
    visit_leave(v, true);
    address_clear(&v->robots);
    if (err)
        visit_end(v, FETCH_FAILED, VISIT_NO_MEMORY, NULL);
    else
        visit_ask(v, true);
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
    visit_leave(v, true);
    if (problem) {
        visit_end(v, outcome, problem, r);
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
    visit_ask(v, true);
}

/* All feeds of a domain rest when one was told that it is busy: those who wait are put off. */
static void rest_domain(struct visit *v, const struct transfer_result *r)
{
    struct politeness *p = v->room->politeness;
    int64_t least = retry_after_ms(r->headers[HEADER_RETRY_AFTER], r->headers[HEADER_DATE]);
    int64_t pause = politeness_busy(p, &v->turn, least, v->room->now);
    struct politeness_turn *turn;

    while ((turn = politeness_withdraw(p, &v->turn))) {
        struct visit *other = visit_of(turn);
        if (other->asked)
            visit_end(other, FETCH_FAILED, VISIT_SLOW_DOWN, NULL);
        else
            visit_postpone(other, pause);
    }
}

static void page_answered(struct visit *v, struct transfer_result *r)
{
    const char *problem;

    if (r->fault != TRANSFER_OK) {
        visit_leave(v, r->asked);
        visit_end(v, r->fault == TRANSFER_REFUSED ? FETCH_REFUSED : FETCH_FAILED, r->problem, r);
        return;
    }
    if (hop_redirects(r->status)) {
        page_redirected(v, r);
        return;
    }
    if (r->status == 429 || r->status == 503)
        rest_domain(v, r);
    enum fetch_outcome outcome = hop_outcome(r->status, &problem);
    visit_leave(v, true);
    if (outcome == FETCH_UNCHANGED && !v->conditional)
        visit_end(v, FETCH_FAILED, "没问过就答未变 (304 to a request without conditions)", r);
    else
        visit_end(v, outcome, problem, r);
}

void visit_transferred(struct visit_room *room, struct transfer *t)
{
    struct transfer_result *r = transfer_result(t);
    struct visit *v = r->owner;

    v->spent += room->now - v->begun;
    bool again = r->fault == TRANSFER_CONNECT && v->next < v->nat && budget(v) > 0;
    if (!again || !transfer(v)) {
        if (v->robots.url)
            robots_answered(v, r);
        else
            page_answered(v, r);
    }
    transfer_release(room->transfers, t);
}
