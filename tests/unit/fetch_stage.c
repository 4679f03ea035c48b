#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fetch_stage.h"

static const char *const loopback[] = {"127.0.0.0/8", NULL};

void stage_open(struct stage *s)
{
    memset(s, 0, sizeof *s);
    s->peer = peer_start();
    s->roster = roster_new();
    assert_non_null(s->roster);
    s->conf = (struct fetch_conf){.user_agent = "huiying/test (+mailto:desk@example.org)",
                                  .allow = loopback,
                                  .max_transfers = 8};
}

void stage_source(struct stage *s, char *url, int64_t interval)
{
    char id[16];
    struct source source = {.id = id, .name = id, .url = url, .interval = interval,
                            .least = interval, .most = interval};
    uint32_t index;

    assert_true(s->count < SOURCES_MAX);
    snprintf(id, sizeof id, "s%u", s->count);
    assert_int_equal(roster_add(s->roster, &source, &index), 0);
    assert_int_equal(index, s->count);
    s->urls[s->count++] = url;
}

void stage_start(struct stage *s, const struct fetch_memory *memory, size_t capacity)
{
    s->out = queue_new(capacity);
    s->fetch = fetch_new(&s->conf, s->roster, s->out);
    assert_non_null(s->fetch);
    for (uint32_t i = 0; memory && i < s->count; i++)
        assert_int_equal(fetch_recall(s->fetch, i, &memory[i]), 0);
    assert_int_equal(fetch_run(s->fetch), 0);
}

struct fetched *stage_take(struct stage *s)
{
    void *item = NULL;

    assert_int_equal(queue_take(s->out, &item, 1, WAIT_MS), 1);
    return item;
}

enum fetch_outcome stage_outcome(struct stage *s, const char *says)
{
    struct fetched *f = stage_take(s);
    enum fetch_outcome o = f->outcome;

    if (says && (!f->problem || !strstr(f->problem, says)))
        fail_msg("“%s” does not say “%s”", f->problem ? f->problem : "", says);
    assert_int_equal(f->body.len == 0, o != FETCH_BODY);
    fetch_fetched_free(f);
    return o;
}

void stage_expect(struct stage *s, uint32_t source, enum fetch_outcome outcome)
{
    struct fetched *f = stage_take(s);

    assert_int_equal(f->source, source);
    if (f->outcome != outcome)
        fail_msg("%s: %s", fetch_outcome_name(f->outcome), f->problem ? f->problem : "");
    fetch_fetched_free(f);
}

void stage_halt(struct stage *s)
{
    void *item;

    fetch_stop(s->fetch);
    while (s->out && queue_take(s->out, &item, 1, 0) == 1)
        fetch_fetched_free(item);
    queue_free(s->out);
    s->fetch = NULL;
    s->out = NULL;
}

void stage_close(struct stage *s)
{
    stage_halt(s);
    peer_stop(s->peer);
    for (uint32_t i = 0; i < s->count; i++)
        free(s->urls[i]);
    roster_free(s->roster);
}
