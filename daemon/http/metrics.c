#include "daemon/http/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "build-config.h"
#include "daemon/http/metrics_cluster.h"
#include "daemon/http/metrics_out.h"
#include "daemon/views/statistics.h"

enum {
    EVENTS_AT_ONCE = 256,
    EVENTS_MOST = 20000, /* in one call; the rest comes with the next */
    STAT_MAX = 4096
};

struct metrics {
    int64_t started; /* monotonic ms */
    pthread_mutex_t lock; /* of what follows */
    uint64_t seen;    /* events up to here are counted */
    uint64_t events[EVENT_TYPES];
};

struct metrics *metrics_new(uint64_t head)
{
    struct metrics *m = calloc(1, sizeof *m);

    if (m && pthread_mutex_init(&m->lock, NULL)) {
        free(m);
        return NULL;
    }
    if (m) {
        m->started = clock_mono();
        m->seen = head;
    }
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* With the lock held. */
static int count_events(struct metrics *m, struct store *reader)
{
    struct event *events = calloc(EVENTS_AT_ONCE, sizeof *events);
    int n = events ? 1 : ERR_NOMEM;

    for (size_t all = 0; n > 0 && all < EVENTS_MOST; all += (size_t)n) {
        n = store_events_after(reader, m->seen, events, EVENTS_AT_ONCE);
        for (int i = 0; i < n; i++) {
            m->events[events[i].type]++;
            m->seen = events[i].seq;
        }
    }
    free(events);
    return n < 0 ? n : 0;
}

struct topic_counts {
    uint64_t open, overdue;
};

struct counting {
    const struct rules *rules;
    struct topic_counts *topics; /* by rules topic; one more for those no rule has any longer */
    size_t ntopics;
};

static void take_topic(void *arg, const char *topic, size_t open, size_t overdue)
{
    const struct counting *c = arg;
    int at = rules_find(c->rules, str_from(topic));
    struct topic_counts *to = &c->topics[at >= 0 ? (size_t)at : c->ntopics];

    to->open += open;
    to->overdue += overdue;
}

static void put_topics(const struct counting *c, struct buf *out)
{
    static const struct {
        const char *name, *help;
    } families[] = {
        {"huiying_concerns_open", "未办结的关切 (concerns not closed, by topic)"},
        {"huiying_concerns_overdue", "其中已超期的 (of these, overdue, by topic)"},
    };

    for (size_t k = 0; k < 2; k++) {
        metrics_out_family(out, families[k].name, METRICS_GAUGE, families[k].help);
        for (size_t i = 0; i <= c->ntopics; i++) {
            uint64_t n = k ? c->topics[i].overdue : c->topics[i].open;
            char id[SLUG_MAX] = "other";
            if (i < c->ntopics)
                snprintf(id, sizeof id, "%.*s", STR_ARG(rules_topic(c->rules, i).id));
            if (i < c->ntopics || n)
                metrics_out_count(out, families[k].name, "topic", id, n);
        }
    }
}

/* Left out while they are not counted, at the start: zero would be a lie. */
static int write_topics(const struct http_conf *conf, const struct rules *rules,
                        struct store *reader, struct buf *out)
{
    struct counting c = {.rules = rules, .ntopics = rules_topics(rules)};

    if (!conf->statistics)
        return 0;
    c.topics = calloc(c.ntopics + 1, sizeof *c.topics);
    if (!c.topics)
        return ERR_NOMEM;
    if (statistics_topics(conf->statistics, take_topic, &c) || !store_head(reader))
        put_topics(&c, out);
    free(c.topics);
    return 0;
}

static void write_events(const struct metrics *m, struct buf *out)
{
    metrics_out_family(out, "huiying_events_total", METRICS_COUNTER,
                       "启动以来的台账事件 (ledger events since start, by type)");
    for (int i = 0; i < EVENT_TYPES; i++) {
        struct str name = str_from(event_type_name((enum event_type)i));
        size_t skip = str_starts(name, STR("huiying.")) ? sizeof "huiying." - 1 : 0;
        metrics_out_count(out, "huiying_events_total", "type", name.p + skip, m->events[i]);
    }
}

void metrics_sources(const struct http_conf *conf, const struct fetch_counters *f,
                     struct metrics_state out[static METRICS_STATES])
{
    struct ledger_counters n = {0};
    uint32_t all = roster_size(conf->roster), stopped;

    ledger_counters(conf->ledger, &n);
    stopped = n.retired + n.paused + n.quarantined + n.silent;
    uint32_t polled = all > stopped ? all - stopped : 0;
    uint32_t failing = f->failing < polled ? f->failing : polled;
    const struct metrics_state counts[METRICS_STATES] = {
        {"active", polled - failing},     {"failing", failing}, {"silent", n.silent},
        {"quarantined", n.quarantined}, {"paused", n.paused}, {"retired", n.retired}};

    memcpy(out, counts, sizeof counts);
}

static void write_sources(const struct http_conf *conf, const struct fetch_counters *f,
                          struct buf *out)
{
    struct metrics_state counts[METRICS_STATES];

    metrics_sources(conf, f, counts);
    metrics_out_family(out, "huiying_sources", METRICS_GAUGE, "信源 (sources, by state)");
    for (size_t i = 0; i < METRICS_STATES; i++)
        metrics_out_count(out, "huiying_sources", "state", counts[i].state, counts[i].count);
}

static void write_lateness(const struct fetch_counters *n, struct buf *out)
{
    uint64_t all = 0;
    char bound[24];

    metrics_out_family(out, "huiying_poll_lateness_seconds", METRICS_HISTOGRAM,
                       "抓取比计划晚多少 (how late polls began)");
    for (size_t i = 0; i <= FETCH_LATE; i++) {
        all += n->late[i];
        snprintf(bound, sizeof bound, "+Inf");
        if (i < FETCH_LATE)
            snprintf(bound, sizeof bound, "%g", (double)fetch_late_bounds[i] / 1000);
        metrics_out_count(out, "huiying_poll_lateness_seconds_bucket", "le", bound, all);
    }
    metrics_out_real(out, "huiying_poll_lateness_seconds_sum", (double)n->late_ms / 1000);
    metrics_out_count(out, "huiying_poll_lateness_seconds_count", NULL, NULL, all);
}

static void write_fetch(const struct http_conf *conf, struct buf *out)
{
    struct fetch_counters n = {0};

    if (conf->fetch)
        fetch_counters(conf->fetch, &n);
    write_sources(conf, &n, out);
    metrics_out_family(out, "huiying_polls_total", METRICS_COUNTER,
                       "完成的抓取 (polls done, by outcome)");
    for (int i = 0; i < FETCH_OUTCOMES; i++)
        metrics_out_count(out, "huiying_polls_total", "outcome",
                          fetch_outcome_name((enum fetch_outcome)i), n.polls[i]);
    metrics_out_one(out, "huiying_body_bytes_total", METRICS_COUNTER,
                    "解码后的内容字节 (decoded bytes of bodies)", n.bytes);
    write_lateness(&n, out);
    metrics_out_one(out, "huiying_transfers_under_way", METRICS_GAUGE,
                    "正在进行的传输 (transfers under way)", n.under_way);
    metrics_out_one(out, "huiying_pages_waiting", METRICS_GAUGE,
                    "等待读取的网页 (pages of items that wait)", n.waiting_pages);
}

static void write_workers(const struct http_conf *conf, struct buf *out)
{
    struct http_health n = {0};

    if (conf->health)
        conf->health(conf->arg, &n);
    metrics_out_one(out, "huiying_workers", METRICS_GAUGE, "在用的工作进程 (live workers)",
                    (uint64_t)n.workers_live);
    metrics_out_one(out, "huiying_worker_starts_total", METRICS_COUNTER,
                    "启动过的工作进程 (workers started)", n.workers_started);
    metrics_out_one(out, "huiying_worker_deaths_total", METRICS_COUNTER,
                    "死于所读内容的工作进程 (workers that died of a body)", n.workers_killed);
}

static void write_ledger(struct ledger *ledger, struct buf *out)
{
    struct ledger_counters n = {0};

    ledger_counters(ledger, &n);
    metrics_out_one(out, "huiying_items_total", METRICS_COUNTER,
                    "启动以来入库的条目 (items stored since start)", n.items);
    metrics_out_one(out, "huiying_items_elsewhere_total", METRICS_COUNTER,
                    "启动以来因讲外地而不提醒的条目 (matched items of other places than home, kept out)",
                    n.elsewhere);
    metrics_out_one(out, "huiying_items_too_old_total", METRICS_COUNTER,
                    "启动以来因可能已遗忘而不收的旧条目 (old items not taken up: they may be forgotten ones)",
                    n.too_old);
    metrics_out_one(out, "huiying_commits_total", METRICS_COUNTER, "提交的批次 (commits)",
                    n.commits);
    metrics_out_one(out, "huiying_commits_failed_total", METRICS_COUNTER,
                    "写不进去的批次 (commits that failed)", n.failed_commits);
    metrics_out_one(out, "huiying_commands_total", METRICS_COUNTER, "收到的命令 (commands taken)",
                    n.commands);
    metrics_out_one(out, "huiying_ledger_stalled", METRICS_GAUGE,
                    "台账是否停写 (1 while the ledger cannot be written)", n.stalled != 0);
}

static void write_bus(struct bus *bus, struct buf *out)
{
    struct bus_counters n = {0};

    if (bus)
        bus_counters(bus, &n);
    metrics_out_one(out, "huiying_bus_published_total", METRICS_COUNTER,
                    "总线发布的事件 (events published)", n.published);
    metrics_out_one(out, "huiying_bus_delivered_total", METRICS_COUNTER,
                    "送到单位的事件 (events sent to units)", n.delivered);
    metrics_out_one(out, "huiying_bus_acked_total", METRICS_COUNTER,
                    "单位确认的事件 (events that units acknowledged)", n.acked);
    metrics_out_one(out, "huiying_bus_refused_keys_total", METRICS_COUNTER,
                    "拒绝的密钥 (keys refused)", n.refused_keys);
    metrics_out_one(out, "huiying_bus_bad_frames_total", METRICS_COUNTER,
                    "丢弃的坏帧 (malformed frames dropped)", n.bad_frames);
    metrics_out_one(out, "huiying_bus_oversized_frames_total", METRICS_COUNTER,
                    "其中超长的 (of them, those longer than a request may be)", n.oversized);
    metrics_out_one(out, "huiying_bus_receivers", METRICS_GAUGE, "在线的接收台 (receivers)",
                    n.receivers);
    metrics_out_one(out, "huiying_bus_units_expected", METRICS_GAUGE,
                    "登记了密钥的单位 (units that have a key)", n.units_expected);
    metrics_out_one(out, "huiying_bus_units_offline", METRICS_GAUGE,
                    "其中失联的 (of them, those out of reach)", n.units_offline);
    metrics_out_one(out, "huiying_bus_canaries_total", METRICS_COUNTER,
                    "发出的试警 (canaries sent, one a unit)", n.canaries);
    metrics_out_one(out, "huiying_bus_canaries_missed_total", METRICS_COUNTER,
                    "没有回音的试警 (canaries that no receiver answered)", n.canaries_missed);
    metrics_out_one(out, "huiying_bus_connections_total", METRICS_COUNTER,
                    "接收端的连接 (connections to the units endpoint)", n.lines_accepted);
    metrics_out_one(out, "huiying_bus_handshakes_total", METRICS_COUNTER,
                    "完成握手的 (of them, those that showed a key; the others spoke something else)",
                    n.lines_greeted);
    metrics_out_one(out, "huiying_bus_connections_cut_total", METRICS_COUNTER,
                    "因坏帧断开的 (connections ended for malformed frames)", n.lines_cut);
    metrics_out_one(out, "huiying_bus_pub_connections_total", METRICS_COUNTER,
                    "订阅端的连接 (connections to the publishing endpoint)", n.pub_accepted);
    metrics_out_one(out, "huiying_bus_pub_handshakes_total", METRICS_COUNTER,
                    "完成握手的 (of them, those that showed a key; the others spoke something else)",
                    n.pub_greeted);
    metrics_out_one(out, "huiying_bus_pub_connections_ended_total", METRICS_COUNTER,
                    "结束的 (of them, those that ended, for frames that nobody reads too)",
                    n.pub_ended);
}

static uint64_t file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

static int write_store(const char *address, struct store *reader, struct buf *out)
{
    static const struct {
        const char *label, *suffix;
    } files[] = {{"main", ""}, {"wal", "-wal"}};
    struct str where = str_from(address);
    struct store_counts n = {0};
    int err = store_counts(reader, &n);

    metrics_out_one(out, "huiying_items_stored", METRICS_GAUGE, "库中的条目 (items in the store)",
                    n.items - n.forgotten);
    metrics_out_one(out, "huiying_items_forgotten_total", METRICS_COUNTER,
                    "遗忘的条目 (items that were forgotten)", n.forgotten);
    if (err || !str_starts(where, STR("sqlite:")))
        return err;
    metrics_out_family(out, "huiying_store_bytes", METRICS_GAUGE,
                       "存储文件的大小 (size of the store's files)");
    for (size_t i = 0; i < 2; i++) {
        struct buf path = BUF_INIT;
        buf_addf(&path, "%s%s", address + sizeof "sqlite:" - 1, files[i].suffix);
        buf_add_char(&path, '\0');
        if (buf_ok(&path))
            metrics_out_count(out, "huiying_store_bytes", "file", files[i].label,
                              file_size(path.data));
        buf_free(&path);
    }
    return 0;
}

/* The second number of /proc/self/statm: resident pages (proc(5)). */
static uint64_t resident(void)
{
    struct buf text = BUF_INIT;
    long long pages = 0;

    if (!file_read("/proc/self/statm", STAT_MAX, &text)) {
        struct str s = str_trim(buf_str(&text));
        size_t at = str_find(s, STR(" "), 0);
        size_t end = at == (size_t)-1 ? at : str_find(s, STR(" "), at + 1);
        if (end != (size_t)-1)
            str_int((struct str){s.p + at + 1, end - at - 1}, 0, INT64_MAX, &pages);
    }
    buf_free(&text);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void write_process(const struct metrics *m, struct buf *out)
{
    struct rusage use = {0};

    getrusage(RUSAGE_SELF, &use);
    metrics_out_family(out, "huiying_build_info", METRICS_GAUGE, "版本 (version of the program)");
    metrics_out_count(out, "huiying_build_info", "version", PACKAGE_VERSION, 1);
    metrics_out_one(out, "huiying_drill", METRICS_GAUGE, "1：演练 (1 in a drill)", drill_on());
    metrics_out_family(out, "huiying_uptime_seconds", METRICS_GAUGE, "运行了多久 (time since start)");
    metrics_out_real(out, "huiying_uptime_seconds", (double)(clock_mono() - m->started) / 1000);
    metrics_out_family(out, "process_cpu_seconds_total", METRICS_COUNTER,
                       "服务用去的处理器时间，不含工作进程 (processor time, without the workers)");
    metrics_out_real(out, "process_cpu_seconds_total",
                     (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                         (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
    metrics_out_one(out, "process_resident_memory_bytes", METRICS_GAUGE,
                    "服务占用的内存，不含工作进程 (resident memory, without the workers)", resident());
}

int metrics_write(struct metrics *m, const struct http_conf *conf, struct store *reader,
                  struct buf *out)
{
    struct rule_set *set = rulebook_hold(conf->rules);

    pthread_mutex_lock(&m->lock);
    int err = count_events(m, reader);
    if (!err)
        write_events(m, out);
    pthread_mutex_unlock(&m->lock);
    err = err ? err : write_topics(conf, rule_set_rules(set), reader, out);
    rule_set_release(set);
    write_fetch(conf, out);
    write_workers(conf, out);
    write_ledger(conf->ledger, out);
    write_bus(conf->bus, out);
    metrics_cluster_write(conf, out);
    if (!err)
        err = write_store(conf->config->store, reader, out);
    write_process(m, out);
    return err ? err : buf_ok(out) ? 0 : ERR_NOMEM;
}
