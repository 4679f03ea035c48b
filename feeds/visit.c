#include "feeds/visit.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/retry_after.h"

enum { HOPS_MAX = 5, ROBOTS_MAX = 512 * 1024, BODY_MAX = 8 * 1024 * 1024, TOTAL_MS = 30000 };

struct visit {
    struct politeness_turn turn;
    struct visit_room *room;
    struct visit *older, *newer;
    uint32_t source;
    struct address page;   /* what is wanted, after redirects */
    struct address robots; /* url != NULL: its origin's robots.txt comes first, redirected */
    int hops, robots_hops;
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
    address_clear(&v->page);
    address_clear(&v->robots);
    free(v->etag);
    free(v->last_modified);
    free(v);
}

void visit_end_all(struct visit_room *room)
{
    while (room->first)
        destroy(room->first);
}

/* The outcome goes out; r (may be NULL) is where status, body and headers come from. */
static void end(struct visit *v, enum fetch_outcome outcome, const char *problem,
                struct transfer_result *r)
{
    struct visit_room *room = v->room;
    struct fetched *f = calloc(1, sizeof *f);
    int64_t retry_after = 0;

    if (f) {
        f->source = v->source;
        f->outcome = outcome;
        f->problem = problem;
    }
    if (r && f) {
        f->status = r->status;
        retry_after = retry_after_ms(r->headers[HEADER_RETRY_AFTER], r->headers[HEADER_DATE]);
    }
    if (f && v->hops) {
        f->final_url = v->page.url;
        v->page.url = NULL;
    }
    if (f && outcome == FETCH_BODY) {
        f->body = r->body;
        r->body = BUF_INIT;
        f->mime = r->headers[HEADER_CONTENT_TYPE];
        f->etag = r->headers[HEADER_ETAG];
        f->last_modified = r->headers[HEADER_LAST_MODIFIED];
        r->headers[HEADER_CONTENT_TYPE] = r->headers[HEADER_ETAG] = NULL;
        r->headers[HEADER_LAST_MODIFIED] = NULL;
    }
    uint32_t source = v->source;
    destroy(v);
    if (f)
        room->finished(room->arg, f, retry_after);
    else
        room->lost(room->arg, source);
}

/* Give the domain back; the visit goes on elsewhere or ends. */
static void leave(struct visit *v, bool asked)
{
    v->room->asking--;
    politeness_done(v->room->politeness, &v->turn, asked, v->delay, clock_mono());
}

static void fail(struct visit *v, bool asked, enum fetch_outcome outcome, const char *problem)
{
    leave(v, asked);
    end(v, outcome, problem, NULL);
}

static void queue(struct visit *v, const struct address *to, bool ahead)
{
    if (politeness_wait(v->room->politeness, to->domain, ahead, clock_mono(), &v->turn))
        end(v, FETCH_FAILED, "内存不足 (out of memory)", NULL);
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
        end(v, FETCH_FAILED, "内存不足 (out of memory)", NULL);
        return;
    }
    v->robots = robots;
    v->robots_hops = 0;
    queue(v, &v->robots, ahead);
}

int visit_begin(struct visit_room *room, uint32_t source, const char *url,
                const char *etag, const char *last_modified)
{
    struct visit *v = calloc(1, sizeof *v);

    if (!v)
        return ERR_NOMEM;
    v->room = room;
    v->older = room->first;
    if (room->first)
        room->first->newer = v;
    room->first = v;
    v->source = source;
    v->etag = etag ? strdup(etag) : NULL;
    v->last_modified = last_modified ? strdup(last_modified) : NULL;
    int err = address_parse(url, &v->page);
    if (!err && ((etag && !v->etag) || (last_modified && !v->last_modified)))
        err = ERR_NOMEM;
    if (err) {
        destroy(v);
        return err;
    }
    ask(v, false);
    return 0;
}

static int64_t budget(const struct visit *v)
{
    int64_t total = v->room->conf->limits.total_ms;

    return (total ? total : TOTAL_MS) - v->spent;
}

/* Ask the next address; false when the transfer could not be made. */
static bool transfer(struct visit *v)
{
    const struct fetch_limits *l = &v->room->conf->limits;
    bool robots = v->robots.url != NULL;
    struct transfer_request request = {
        .to = robots ? &v->robots : &v->page,
        .at = &v->at.list[v->next++],
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
        end(v, FETCH_FAILED, "内存不足 (out of memory)", NULL);
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
        problem = "地址不在公网，且不在允许列表中 "
                  "(the address is not public, nor on the allow list)";
    } else if (transfer(v)) {
        return;
    } else {
        problem = "内存不足 (out of memory)";
    }
    /* A refused or unknown host is that whether or not its robots.txt was to be read first. */
    if (v->robots.url && v->robots_hops)
        robots_unreachable(v, false, true);
    else
        fail(v, false, refused ? FETCH_REFUSED : FETCH_FAILED, problem);
}

void visit_turn(struct visit_room *room, struct politeness_turn *turn)
{
    struct visit *v = (struct visit *)((char *)turn - offsetof(struct visit, turn));
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
    resolve_ask(room->resolve, to->host, to->port, resolved, v);
}

static bool redirects(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where a redirect leads, as far as the rules for every hop go: NULL and *to, or the reason. */
static const char *follow(const struct address *from, const char *location, struct address *to)
{
    int err = location ? address_join(from, location, to) : ERR_SYNTAX;

    if (err == ERR_UNSUPPORTED)
        return "转向到不允许的协议 (redirected to a scheme that is not allowed)";
    if (err)
        return "转向地址不对 (the redirect leads nowhere)";
    if (from->https && !to->https) {
        address_clear(to);
        return "从 https 转向 http，不予跟随 (redirected from https to http)";
    }
    return NULL;
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
    if (r->fault == TRANSFER_OK && redirects(r->status) && v->robots_hops < HOPS_MAX &&
        !follow(&v->robots, r->headers[HEADER_LOCATION], &to)) {
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
             (r->status / 100 == 4 || (redirects(r->status) && v->robots_hops == HOPS_MAX)))
        err = robots_cache_absent(room->robots, v->page.origin, now);
    else {
        robots_unreachable(v, r->asked, true);
        return;
    }
    leave(v, true);
    address_clear(&v->robots);
    if (err)
        end(v, FETCH_FAILED, "内存不足 (out of memory)", NULL);
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
        problem = follow(&v->page, r->headers[HEADER_LOCATION], &to);
        outcome = r->headers[HEADER_LOCATION] ? FETCH_REFUSED : FETCH_FAILED;
    }
    if (!problem && (problem = source_refusal(str_from(to.url))))
        address_clear(&to);
    leave(v, true);
    if (problem) {
        end(v, outcome, problem, r);
        return;
    }
    v->hops++;
    address_clear(&v->page);
    v->page = to;
    ask(v, true);
}

/* First row that fits; statuses are [from, to]. */
static const struct {
    int from, to;
    enum fetch_outcome outcome;
    const char *problem;
} answers[] = {
    {200, 200, FETCH_BODY, NULL},
    {203, 203, FETCH_BODY, NULL},
    {304, 304, FETCH_UNCHANGED, NULL},
    {401, 401, FETCH_FAILED, "需要登录，不取 (it asks for a log-in, which is never given)"},
    {404, 404, FETCH_GONE, "页面不存在 (not found)"},
    {410, 410, FETCH_GONE, "页面已撤下 (gone)"},
    {429, 429, FETCH_FAILED, "服务器要求放慢 (the server asks to slow down)"},
    {400, 499, FETCH_FAILED, "服务器拒绝了请求 (the server rejects the request)"},
    {500, 599, FETCH_FAILED, "服务器出错 (the server has an error)"},
    {0, 999, FETCH_FAILED, "服务器的应答不合用 (an answer of no use)"},
};

static void page_answered(struct visit *v, struct transfer_result *r)
{
    size_t i = 0;

    if (r->fault != TRANSFER_OK) {
        leave(v, r->asked);
        end(v, r->fault == TRANSFER_REFUSED ? FETCH_REFUSED : FETCH_FAILED, r->problem, r);
        return;
    }
    if (redirects(r->status)) {
        page_redirected(v, r);
        return;
    }
    while (r->status < answers[i].from || r->status > answers[i].to)
        i++;
    leave(v, true);
    if (answers[i].outcome == FETCH_UNCHANGED && !v->etag && !v->last_modified)
        end(v, FETCH_FAILED, "没问过就答未变 (304 to a request without conditions)", r);
    else
        end(v, answers[i].outcome, answers[i].problem, r);
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
