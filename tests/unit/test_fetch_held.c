/* What keeps polls and pages from their turn: rests, bodies that were lost, domains with more to
 * ask than they have turns for; and what is said to a fetch thread that has stopped. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/fetch/politeness.h"
#include "feeds/fetch/waitlist.h"
#include "feeds/schedule/schedule.h"
#include "tests/helpers/names.h"
#include "tests/unit/fetch_stage.h"

enum { HOUR_MS = 3600000, MINUTE_MS = 60000 };

static const struct peer_answer tagged = {200, NULL, {"x", 1}, "\"v1\"", PEER_PLAIN};

static void take_body(struct stage *s, bool first)
{
    struct fetched *f = stage_take(s);

    if (f->outcome != FETCH_BODY)
        fail_msg("%s: %s", fetch_outcome_name(f->outcome), f->problem ? f->problem : "");
    assert_int_equal(f->first, first);
    fetch_fetched_free(f);
}

/* A worker died of the first body: it is a baseline still, and asked for whole. */
static void a_deadly_body_is_asked_for_again(void **state)
{
    (void)state;
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/feed", &tagged, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    take_body(&s, true);
    fetch_soon(s.fetch, 0);
    fetch_quarantine(s.fetch, 0, clock_now() + 300);
    take_body(&s, true);
    assert_null(strstr(peer_request(s.peer, 1, NULL, NULL), "If-None-Match"));
    stage_close(&s);
}

static void an_operator_ends_the_rest(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_counters c;

    stage_open(&s);
    peer_script(s.peer, "/feed", &tagged, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    take_body(&s, true);
    fetch_quarantine(s.fetch, 0, clock_now() + HOUR_MS);
    fetch_add(s.fetch, 0);
    take_body(&s, true);
    fetch_counters(s.fetch, &c);
    assert_int_equal(c.quarantined, 0);
    stage_close(&s);
}

/* No rest lasts longer than a day, whatever the clock was when it was ordered. */
static void a_rest_from_the_future_is_cut(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_state st;
    int64_t now = clock_now();
    struct fetch_memory memory = {.polled = now, .quarantine_until = now + 400 * CLOCK_DAY};

    stage_open(&s);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, &memory, 4);
    fetch_state(s.fetch, 0, &st);
    assert_in_range(st.next_due, now + CLOCK_DAY, now + CLOCK_DAY + MINUTE_MS);
    stage_close(&s);
    struct schedule *sch = schedule_new(1);
    assert_int_equal(schedule_add(sch, 0, 0, HOUR_MS, now), 0);
    schedule_hold(sch, 0, now + HOUR_MS);
    schedule_step(sch, 100 * CLOCK_DAY);
    assert_int_equal(schedule_due(sch, 0), now + HOUR_MS - 100 * CLOCK_DAY);
    schedule_free(sch);
}

/* Whatever loses the bodies here, the site is not asked twice a second for them. */
static void lost_again_waits_a_minute(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_state st;

    stage_open(&s);
    peer_script(s.peer, "/feed", &tagged, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    take_body(&s, true);
    fetch_forget(s.fetch, 0);
    take_body(&s, true);
    int64_t now = clock_now();
    fetch_forget(s.fetch, 0);
    do
        fetch_state(s.fetch, 0, &st);
    while (st.next_due > now + HOUR_MS / 2);
    assert_in_range(st.next_due, now + MINUTE_MS - 1000, now + 2 * MINUTE_MS);
    /* One that was committed starts the count anew. */
    fetch_soon(s.fetch, 0);
    take_body(&s, true);
    fetch_learn(s.fetch, 0, &(struct fetch_lesson){.fresh = 1});
    fetch_forget(s.fetch, 0);
    take_body(&s, true);
    stage_close(&s);
}

static void gone_while_it_is_held(void **state)
{
    (void)state;
    static const struct peer_answer gone = {410, NULL, {NULL, 0}, NULL, PEER_GATED};
    struct stage s;
    struct fetch_counters c;

    stage_open(&s);
    peer_script(s.peer, "/feed", &gone, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    assert_int_equal(peer_wait(s.peer, "/feed", 1), 0);
    fetch_quarantine(s.fetch, 0, clock_now() + HOUR_MS);
    do
        fetch_counters(s.fetch, &c);
    while (!c.quarantined);
    peer_open(s.peer);
    struct fetched *f = stage_take(&s);
    assert_int_equal(f->outcome, FETCH_GONE);
    fetch_fetched_free(f);
    fetch_counters(s.fetch, &c);
    assert_int_equal(c.quarantined, 0);
    assert_int_equal(c.scheduled, 0);
    stage_close(&s);
}

static int enter(struct waitlist *w, struct fetch_page *page, enum fetch_page_kind kind, int host)
{
    char url[64];

    snprintf(url, sizeof url, "http://127.%d.%d.%d/", 1 + host / 65536, host / 256 % 256,
             host % 256);
    *page = (struct fetch_page){.kind = kind, .url = url};
    int err = waitlist_enter(w, page);
    page->url = NULL;
    return err;
}

static void each_domain_has_its_share(void **state)
{
    (void)state;
    struct waitlist *w = waitlist_new();
    static struct fetch_page pages[WAITLIST_MAX + 1];
    struct fetch_page more;
    size_t n = 0;

    while (n < WAITLIST_ITEMS)
        assert_int_equal(enter(w, &pages[n++], FETCH_PAGE_ITEM, 0), 0);
    assert_int_equal(enter(w, &more, FETCH_PAGE_ITEM, 0), ERR_LIMIT);
    assert_int_equal(enter(w, &more, FETCH_PAGE_ITEM, 1), 0);
    waitlist_leave(w, &more);
    while (n < WAITLIST_NEXT)
        assert_int_equal(enter(w, &pages[n++], FETCH_PAGE_NEXT, 0), 0);
    assert_int_equal(enter(w, &more, FETCH_PAGE_NEXT, 0), ERR_LIMIT);
    /* One domain's outcome makes room for that domain. */
    waitlist_leave(w, &pages[0]);
    assert_int_equal(enter(w, &pages[0], FETCH_PAGE_NEXT, 0), 0);
    /* All together; few of so many domains meet in one count. */
    int met = 0;
    for (int host = 1; n < WAITLIST_MAX; host++) {
        int err = enter(w, &pages[n], FETCH_PAGE_ITEM, host);
        met += err == ERR_LIMIT;
        assert_true(!err || err == ERR_LIMIT);
        n += !err;
    }
    assert_true(met < 40);
    assert_int_equal(waitlist_count(w), WAITLIST_MAX);
    assert_int_equal(enter(w, &more, FETCH_PAGE_ITEM, 70000), ERR_AGAIN);
    while (n)
        waitlist_leave(w, &pages[--n]);
    assert_int_equal(waitlist_count(w), 0);
    assert_int_equal(enter(w, &more, FETCH_PAGE_ITEM, 0), 0);
    waitlist_free(w);
}

/* A domain that has more polls than turns gives its pages a quarter of these. */
static void pages_are_not_starved(void **state)
{
    (void)state;
    enum { POLLS = 30, PAGES = 5 };
    struct politeness *p = politeness_new(100);
    struct politeness_turn polls[POLLS] = {0}, pages[PAGES] = {0}, *t;
    int64_t now = 1000;
    int given = 0, read = 0;

    for (int i = 0; i < PAGES; i++) {
        pages[i].page = true;
        assert_int_equal(politeness_wait(p, "x.cn", false, now, &pages[i]), 0);
    }
    /* Pages are no reason to put a poll off. */
    assert_int_equal(politeness_backlog(p, "x.cn", false, now), 0);
    for (int i = 0; i < POLLS; i++)
        assert_int_equal(politeness_wait(p, "x.cn", false, now, &polls[i]), 0);
    assert_int_equal(politeness_backlog(p, "x.cn", false, now), (POLLS + PAGES) * 100);
    assert_int_equal(politeness_backlog(p, "x.cn", true, now), 0);
    for (; given < POLLS + PAGES; given++, now += 100) {
        assert_non_null(t = politeness_next(p, now));
        read += t->page;
        assert_int_equal(read, (given + 1) / 4 < PAGES ? (given + 1) / 4 : PAGES);
        politeness_done(p, t, true, 0, now);
    }
    /* A page waits for a spacing, but not for a domain that said that it is busy. */
    assert_int_equal(politeness_wait(p, "x.cn", false, now, &polls[0]), 0);
    assert_ptr_equal(politeness_next(p, now), &polls[0]);
    politeness_busy(p, &polls[0], 0, now);
    politeness_done(p, &polls[0], true, 0, now);
    assert_int_equal(politeness_backlog(p, "x.cn", true, now), MINUTE_MS);
    politeness_free(p);
}

/* Pages of a domain that asked for patience come back at once, and ask for nothing. */
static void a_busy_domain_turns_pages_away(void **state)
{
    (void)state;
    static const struct peer_answer busy = {503, "Retry-After: 120\r\n", {NULL, 0}, NULL,
                                            PEER_PLAIN};
    struct stage s;

    stage_open(&s);
    peer_script(s.peer, "/feed", &busy, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    fetch_fetched_free(stage_take(&s));
    char *url = peer_url(s.peer, "/page");
    const struct fetch_page page = {.kind = FETCH_PAGE_ITEM, .number = 1, .url = url};
    assert_int_equal(fetch_page(s.fetch, &page), 0);
    struct fetched *f = stage_take(&s);
    assert_non_null(f->page);
    assert_int_equal(f->outcome, FETCH_FAILED);
    fetch_fetched_free(f);
    assert_int_equal(peer_count(s.peer, NULL), 1);
    free(url);
    stage_close(&s);
}

static void what_is_said_to_a_stopped_thread(void **state)
{
    (void)state;
    struct stage s;
    struct fetch_state st;
    struct fetch_counters c;

    stage_open(&s);
    peer_script(s.peer, "/feed", &tagged, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    stage_start(&s, NULL, 4);
    take_body(&s, true);
    fetch_halt(s.fetch);
    fetch_halt(s.fetch);
    fetch_learn(s.fetch, 0, &(struct fetch_lesson){.fresh = 1});
    fetch_note(s.fetch, 0, "说明 (note)");
    fetch_forget(s.fetch, 0);
    fetch_quarantine(s.fetch, 0, clock_now() + HOUR_MS);
    fetch_page(s.fetch, &(struct fetch_page){.number = 1, .url = "http://127.0.0.1/"});
    fetch_soon(s.fetch, 0);
    fetch_state(s.fetch, 0, &st);
    fetch_counters(s.fetch, &c);
    assert_int_equal(st.polls, 1);
    assert_int_equal(c.waiting_pages, 1);
    assert_int_equal(peer_count(s.peer, NULL), 1);
    stage_close(&s);
}

/* "回应 huiying\n" 64 times, as three encoders send it. */
static const char brotli[] =
    "\033\277\003\370\055\022\354\130\053\300\210\132\056\170\131\116\011\222\233\236\272"
    "\205\126\227\151\156\171\251\160\226\026\015\206\000\255\045\237\276\000";
static const char zstd[] =
    "\050\265\057\375\004\150\265\000\000\170\345\233\236\345\272\224\040\150\165\151\171"
    "\151\156\147\012\001\000\256\245\232\165\032\155\033\102";
static const char gzip[] =
    "\037\213\010\000\000\000\000\000\002\003\173\072\173\336\323\135\123\024\062\112\063"
    "\053\063\363\322\271\236\216\162\107\271\243\334\241\303\005\000\023\132\046\360\300"
    "\003\000\000";

static void compressed_bodies_are_read(void **state)
{
    (void)state;
    static const char line[] = "回应 huiying\n";
    enum { LINE = sizeof line - 1, LINES = 64, N = 4 };
    static const struct peer_answer answers[N] = {
        {200, "Content-Encoding: br\r\n", {brotli, sizeof brotli - 1}, NULL, PEER_PLAIN},
        {200, "Content-Encoding: zstd\r\n", {zstd, sizeof zstd - 1}, NULL, PEER_PLAIN},
        {200, "Content-Encoding: gzip\r\n", {gzip, sizeof gzip - 1}, NULL, PEER_PLAIN},
        {200, "Content-Encoding: x-gzip\r\n", {gzip, sizeof gzip - 1}, NULL, PEER_PLAIN},
    };
    static const char *const paths[N] = {"/br", "/zstd", "/gzip", "/x-gzip"};
    struct stage s;

    stage_open(&s);
    for (size_t i = 0; i < N; i++) {
        peer_script(s.peer, paths[i], &answers[i], 1);
        stage_source(&s, peer_url(s.peer, paths[i]), HOUR_MS);
    }
    stage_start(&s, NULL, N);
    for (size_t i = 0; i < N; i++) {
        struct fetched *f = stage_take(&s);
        if (f->outcome != FETCH_BODY)
            fail_msg("%s: %s", paths[f->source], f->problem ? f->problem : "");
        assert_int_equal(f->body.len, LINES * LINE);
        for (size_t at = 0; at < f->body.len; at += LINE)
            assert_memory_equal(f->body.data + at, line, LINE);
        fetch_fetched_free(f);
    }
    stage_close(&s);
}

/* Connections are kept for hosts that are asked again at once, but not beyond the process's
 * files. */
static void connections_kept_fit_the_files(void **state)
{
    enum { HOSTS = 12, TAKEN = 3 * HOSTS, ASIDE = 256 };
    static char hosts[HOSTS][32];
    static struct names_record records[HOSTS];
    static const int room[] = {1000, 1};
    struct rlimit before, files;
    struct stage s;
    char *url;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &before);
    for (size_t round = 0; round < 2; round++) {
        stage_open(&s);
        files = before;
        files.rlim_cur = (rlim_t)(ASIDE + s.conf.max_transfers + room[round]);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
        peer_script(s.peer, "/feed", &tagged, 1);
        for (int i = 0; i < HOSTS; i++) {
            snprintf(hosts[i], sizeof hosts[i], "h%d.example.org", i);
            records[i] = (struct names_record){hosts[i], {"127.0.0.1"}};
            assert_true(asprintf(&url, "http://%s:%d/feed", hosts[i], peer_port(s.peer)) > 0);
            stage_source(&s, url, 1);
        }
        struct names *names = names_start(records, HOSTS);
        s.conf.dns_servers = names_server(names);
        stage_start(&s, NULL, 4);
        for (int i = 0; i < TAKEN; i++)
            fetch_fetched_free(stage_take(&s));
        if (room[round] > HOSTS)
            assert_int_equal(peer_connections(s.peer), HOSTS);
        else
            assert_true(peer_connections(s.peer) > 2 * HOSTS);
        stage_close(&s);
        names_stop(names);
    }
    setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadly_body_is_asked_for_again),
        cmocka_unit_test(an_operator_ends_the_rest),
        cmocka_unit_test(a_rest_from_the_future_is_cut),
        cmocka_unit_test(lost_again_waits_a_minute),
        cmocka_unit_test(gone_while_it_is_held),
        cmocka_unit_test(each_domain_has_its_share),
        cmocka_unit_test(pages_are_not_starved),
        cmocka_unit_test(a_busy_domain_turns_pages_away),
        cmocka_unit_test(what_is_said_to_a_stopped_thread),
        cmocka_unit_test(compressed_bodies_are_read),
        cmocka_unit_test(connections_kept_fit_the_files),
    };
    return cmocka_run_group_tests_name("fetch-held", tests, NULL, NULL);
}
