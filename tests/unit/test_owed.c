/* A page that the leader hands on while it takes the slot itself is read here, on a real Redis. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/cluster/handover.h"
#include "daemon/cluster/remote.h"
#include "daemon/ledger/ledger_state.h"
#include "feeds/fetch/letters.h"
#include "tests/unit/fetch_stage.h"
#include "tests/unit/crew.h"

enum { HOUR_MS = 3600000, LEASE = 60000 };

static void await_begun(const struct fetch *f, unsigned slot)
{
    int64_t until = clock_mono() + WAIT_MS;
    uint64_t number = 0;

    while (!fetch_part(f, slot, &number) || !number)
        assert_true(clock_mono() < until);
}

/* The room asked who holds it a moment before this machine did. */
static void hand_on(struct remote *r, const char *url, uint64_t number)
{
    const struct fetch_shared *shared = remote_shared(r);
    struct fetch_page page = {.source = 0, .kind = FETCH_PAGE_ITEM, .number = number,
                              .url = (char *)url};

    assert_true(shared->held(shared->arg, shared->part(shared->arg, url)));
    shared->tell(shared->arg, &(struct letter){.kind = LETTER_PAGE, .page = &page});
}

static void await_page(struct stage *s, uint64_t number)
{
    for (;;) {
        struct fetched *f = stage_take(s);
        bool is = f->page && f->page->number == number && f->outcome == FETCH_BODY;
        fetch_fetched_free(f);
        if (is)
            return;
    }
}

static void who_takes_the_slot_himself_reads_it(void **state)
{
    static const struct peer_answer answer = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    char *where = crew_address(), name[] = "a", at[] = "http://127.0.0.1:8420";
    struct ledger ledger = {.guest = FETCH_NO_SOURCE};
    struct node *node;
    struct remote *r;
    struct stage s;

    (void)state;
    struct config config = {.store = where, .node = name, .public_url = at, .lease = LEASE};
    stage_open(&s);
    peer_script(s.peer, "/page", &answer, 1);
    stage_source(&s, peer_url(s.peer, "/feed"), HOUR_MS);
    char *url = peer_url(s.peer, "/page");
    assert_int_equal(node_open(&config, &node), 0);
    const struct remote_conf conf = {&config, node, s.roster, &ledger, &s.fetch, true};
    assert_int_equal(remote_open(&conf, &r), 0);
    s.conf.shared = remote_shared(r);
    stage_start(&s, NULL, 8);
    assert_int_equal(remote_run(r), 0);
    await_begun(s.fetch, handover_slot(url));
    /* Who takes a slot looks at what is owed to it, once: that may have been before. */
    for (uint64_t i = 1; i <= 3; i++) {
        hand_on(r, url, i);
        await_page(&s, i);
    }
    remote_stop(r);
    stage_halt(&s);
    remote_close(r);
    node_close(node);
    stage_close(&s);
    free(url);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_takes_the_slot_himself_reads_it),
    };
    signal(SIGUSR1, SIG_IGN); /* a node's, to its process */
    return cmocka_run_group_tests(tests, crew_begin, crew_end);
}
