#include "tests/bench/fetch_ours.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/queue.h"
#include "feeds/fetch/fetch.h"
#include "feeds/source/roster.h"
#include "tests/bench/fetch_cost.h"

/* Ten thousand robots.txt come before the first outcome: a while, on a busy machine. */
enum { QUEUE = 1024, TAKEN_MAX = 256, PATIENCE_S = 60 };

struct stage {
    struct roster *roster;
    struct fetch_conf conf;
    char dns[32];
    struct queue *out;
    struct fetch *fetch;
};

static void open_stage(struct stage *s, const struct fetch_ours_conf *conf)
{
    static const char *const allow[] = {"127.0.0.0/8", NULL};
    const struct fetch_server *server = conf->server;

    snprintf(s->dns, sizeof s->dns, "127.0.0.1:%u", server->dns);
    struct fetch_limits limits = s->conf.limits;
    s->conf = (struct fetch_conf){.limits = limits,
                                  .user_agent = "huiying/bench (+mailto:desk@example.org)",
                                  .allow = allow,
                                  .max_transfers = (int)conf->at_once,
                                  .robots = true,
                                  .dns_servers = s->dns,
                                  .ca_file = server->ca};
    s->roster = roster_new();
    for (unsigned i = 0; i < conf->names; i++) {
        char id[24], url[100];
        uint32_t index;
        snprintf(id, sizeof id, "n%u", i);
        snprintf(url, sizeof url, "http%s://n%u.test:%u%s", conf->tls ? "s" : "", i,
                 conf->tls ? server->tls : server->http, conf->path);
        struct source one = {.id = id, .name = id, .url = url, .interval = 1, .least = 1,
                             .most = 1};
        if (!s->roster || roster_add(s->roster, &one, &index))
            exit(1);
    }
    s->out = queue_new(QUEUE);
    s->fetch = s->out ? fetch_new(&s->conf, s->roster, s->out) : NULL;
    if (!s->fetch || fetch_run(s->fetch))
        exit(1);
}

static void close_stage(struct stage *s)
{
    void *item;

    queue_close(s->out);
    fetch_stop(s->fetch);
    while (queue_take(s->out, &item, 1, 0) == 1)
        fetch_fetched_free(item);
    queue_free(s->out);
    roster_free(s->roster);
}

static _Noreturn void fail(const struct fetched *f)
{
    fprintf(stderr, "bench_fetch: %s, status %d, %s\n", fetch_outcome_name(f->outcome), f->status,
            f->problem ? f->problem : "");
    exit(1);
}

/* Takes n outcomes. */
static void take(struct stage *s, size_t n)
{
    void *items[TAKEN_MAX];

    while (n) {
        int got = queue_take(s->out, items, n < TAKEN_MAX ? n : TAKEN_MAX, PATIENCE_S * 1000);
        if (got <= 0) {
            fprintf(stderr, "bench_fetch: nothing came for %d s\n", PATIENCE_S);
            exit(1);
        }
        for (int i = 0; i < got; i++) {
            struct fetched *f = items[i];
            if (f->outcome != FETCH_BODY && f->outcome != FETCH_UNCHANGED)
                fail(f);
            fetch_fetched_free(f);
        }
        n -= (size_t)got;
    }
}

double fetch_ours_run(const struct fetch_ours_conf *conf)
{
    struct stage s = {0};

    open_stage(&s, conf);
    take(&s, conf->warm);
    double since = fetch_cost_cpu();
    take(&s, conf->polls);
    double spent = fetch_cost_cpu() - since;
    close_stage(&s);
    return spent;
}

size_t fetch_ours_hold(const struct fetch_ours_conf *conf)
{
    struct stage s = {0};
    unsigned long before = conf->server->counts->held;
    int64_t until = clock_mono() + 60000;

    s.conf.limits =
        (struct fetch_limits){.total_ms = 120000, .connect_ms = 60000, .slow_seconds = 120};
    open_stage(&s, conf);
    while (conf->server->counts->held < before + conf->names) {
        void *ended;
        if (queue_take(s.out, &ended, 1, 20) > 0)
            fail(ended);
        if (clock_mono() > until) {
            fprintf(stderr, "bench_fetch: %lu of %u transfers held\n",
                    conf->server->counts->held - before, conf->names);
            exit(1);
        }
    }
    clock_sleep(100); /* the last answers' way here */
    size_t resident = fetch_cost_resident();
    close_stage(&s);
    return resident;
}
