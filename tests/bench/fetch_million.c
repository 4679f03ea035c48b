/* Row "scheduled feeds": a million sources of ten thousand domains in one fetch room, polled a
 * thousand times a second, mostly 304: resident memory, how late polls begin, how long a restart
 * takes. */
#include "tests/bench/fetch_million.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/queue.h"
#include "feeds/fetch/fetch.h"
#include "feeds/source/roster.h"
#include "tests/bench/fetch_cost.h"

enum { QUEUE = 1024, TAKEN_MAX = 256, AT_ONCE = 512 };

struct million {
    struct roster *roster;
    struct queue *out;
    struct fetch *fetch;
    struct fetch_conf conf;
    char dns[32];
    uint32_t late[60000]; /* polls by how late they began, ms */
    unsigned long polls, failed;
};

static void add_sources(struct million *m, const struct fetch_million_conf *conf)
{
    int64_t interval = (int64_t)conf->feeds * 1000 / conf->polls_a_second;

    m->roster = roster_new();
    for (unsigned i = 0; i < conf->feeds; i++) {
        char id[24], name[48], url[100];
        uint32_t index;
        snprintf(id, sizeof id, "feed-%u", i);
        snprintf(name, sizeof name, "某某市某某区第%u号通知公告", i);
        snprintf(url, sizeof url, "http://n%u.test:%u/n/%u/rss.xml", i % conf->domains,
                 conf->server->http, i);
        struct source one = {.id = id, .name = name, .url = url, .interval = interval,
                             .least = interval, .most = interval, .since = 48 * 3600 * 1000,
                             .zone_minutes = 480};
        if (!m->roster || roster_add(m->roster, &one, &index))
            exit(1);
    }
}

/* As the store remembers them, polled before. */
static void recall(struct million *m, const struct fetch_million_conf *conf)
{
    const struct fetch_memory memory = {
        .etag = STR("\"5d8c72a5edda8-4a3f\""),
        .last_modified = STR("Sat, 21 Nov 2026 08:12:31 GMT"),
        .polled = clock_now() - 1000,
    };

    for (unsigned i = 0; i < conf->feeds; i++)
        if (fetch_recall(m->fetch, i, &memory))
            exit(1);
}

static void open_room(struct million *m, const struct fetch_million_conf *conf)
{
    static const char *const allow[] = {"127.0.0.0/8", NULL};

    snprintf(m->dns, sizeof m->dns, "127.0.0.1:%u", conf->server->dns);
    m->conf = (struct fetch_conf){.user_agent = "huiying/bench (+mailto:desk@example.org)",
                                  .allow = allow, .max_transfers = AT_ONCE, .robots = true,
                                  .domain_spacing = 1000, .dns_servers = m->dns,
                                  .timetable = conf->timetable};
    add_sources(m, conf);
    m->out = queue_new(QUEUE);
    m->fetch = m->out ? fetch_new(&m->conf, m->roster, m->out) : NULL;
    if (!m->fetch)
        exit(1);
    recall(m, conf);
    if (fetch_run(m->fetch))
        exit(1);
}

static void close_room(struct million *m)
{
    void *item;

    queue_close(m->out);
    fetch_stop(m->fetch);
    while (queue_take(m->out, &item, 1, 0) == 1)
        fetch_fetched_free(item);
    queue_free(m->out);
    roster_free(m->roster);
}

static void take(struct million *m, int64_t until)
{
    void *items[TAKEN_MAX];
    int64_t rest;

    while ((rest = until - clock_mono()) > 0) {
        int got = queue_take(m->out, items, TAKEN_MAX, (int)rest);
        for (int i = 0; i < got; i++) {
            struct fetched *f = items[i];
            int64_t late = f->late < 0 ? 0 : f->late > 59999 ? 59999 : f->late;
            m->late[late]++;
            m->polls++;
            m->failed += f->outcome != FETCH_BODY && f->outcome != FETCH_UNCHANGED;
            fetch_fetched_free(f);
        }
    }
}

static double percentile(const struct million *m, double share)
{
    unsigned long seen = 0;
    size_t ms = 0;

    while (ms < 59999 && (double)(seen += m->late[ms]) < share * (double)m->polls)
        ms++;
    return (double)ms / 1000;
}

void fetch_million_run(const void *arg, double *out)
{
    const struct fetch_million_conf *conf = arg;
    struct million *m = calloc(1, sizeof *m);
    int64_t begun = clock_mono();
    void *first;

    if (!m)
        exit(1);
    open_room(m, conf);
    if (queue_take(m->out, &first, 1, 60000) != 1)
        exit(1);
    fetch_fetched_free(first);
    out[FETCH_MILLION_START] = (double)(clock_mono() - begun) / 1000;
    double cpu = fetch_cost_cpu();
    begun = clock_mono();
    take(m, begun + conf->seconds * 1000);
    out[FETCH_MILLION_POLLS] = (double)m->polls / conf->seconds;
    out[FETCH_MILLION_FAILED] = (double)m->failed;
    out[FETCH_MILLION_LATE] = percentile(m, 0.99);
    out[FETCH_MILLION_CPU] = (fetch_cost_cpu() - cpu) * 1e6 / (double)(m->polls ? m->polls : 1);
    out[FETCH_MILLION_RESIDENT] = (double)fetch_cost_resident() / 1e6;
    close_room(m);
    free(m);
}
