/* Row "fetch to published alert": bodies in memory, through the daemon's own workers, ledger, store
 * and bus, against the yardstick pipeline in the same run, without and with the duties that it
 * leaves out. CPU seconds are summed over all processes but the subscriber; no side's compilation
 * of its terms counts, but the start of our workers does. Each contestant runs in a process of its
 * own. A row shows the median of several rounds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alerts/bus/bus.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/ledger/bus_ledger.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/rulebook.h"
#include "daemon/workers/worker_pool.h"
#include "tests/bench/corpus.h"
#include "tests/bench/pipeline_row.h"
#include "tests/bench/subscriber.h"
#include "tests/bench/yardstick.h"

struct load {
    struct buf *bodies;
    size_t feeds;
    unsigned alert_every;
    char dir[64], pub[64], units[64]; /* scratch and endpoints of one contest */
};

/* A loopback endpoint that nobody has at this moment. */
static void free_endpoint(char out[static 64])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        log_warn("bench.port", "errno=%d", errno);
    snprintf(out, 64, "tcp://127.0.0.1:%u", ntohs(a.sin_port));
    close(fd);
}

static double cpu_seconds(void)
{
    double sum = 0;
    int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};

    for (int i = 0; i < 2; i++) {
        struct rusage u;
        getrusage(who[i], &u);
        sum += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
               (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    }
    return sum;
}

static int write_config(const struct load *load, char *path, size_t size)
{
    struct buf b = BUF_INIT;

    snprintf(path, size, "%s/units.yaml", load->dir);
    int err = file_replace(path,
                           STR("coordinator: office\nunits:\n"
                               "  - {id: office, name: {zh: 政府办, en: Office}}\n"
                               "  - {id: labour, name: {zh: 人社局, en: Labour}, parent: office,"
                               " roles: [labour, health, market-regulation, finance, ecology,"
                               " education, civil-affairs, emergency, housing, social-insurance,"
                               " natural-resources, agriculture, government-services, culture,"
                               " transport, urban-management, public-security, utilities]}\n"),
                           0600);
    buf_addf(&b,
             "operator: {name: 基准, contact: 'mailto:bench@town.example'}\nplace: 基准县\n"
             "home: '350199'\nstore: sqlite:bench.db\nkeys: keys\nunits: units.yaml\n"
             "listen: {bus_pub: '%s', bus_units: '%s', socket: s}\nworkers: 2\nsources:\n"
             "  - {id: board, name: 留言板, url: 'https://news.example/rss', kind: board, select:"
             " {item: li, title: a}}\n"
             "  - {id: news, name: 要闻, url: 'https://news.example/feed', kind: news}\n",
             load->pub, load->units);
    snprintf(path, size, "%s/huiying.yaml", load->dir);
    if (!err)
        err = file_replace(path, buf_str(&b), 0600);
    buf_free(&b);
    return err;
}

struct house {
    struct config *config;
    struct roster *roster;
    struct store *store;
    struct ledger *ledger;
    struct fetch *fetch; /* none: bodies are in memory */
    struct bus_ledger_view *view;
    struct bus *bus;
    struct queue *in;
    struct rulebook *book;
    struct worker_pool *pool;
};

static int open_house(struct house *h)
{
    struct bus_ledger calls;
    uint32_t index;

    h->roster = roster_new();
    for (size_t i = 0; h->roster && i < h->config->sources.count; i++)
        if (roster_add(h->roster, &h->config->sources.list[i], &index))
            return ERR_NOMEM;
    if (!h->roster || store_open(h->config->store, &h->store))
        return ERR_IO;
    h->ledger = ledger_open(h->config, h->roster, h->store, &h->fetch);
    h->view = h->ledger ? bus_ledger_open(h->store, h->ledger, &(struct bus_ledger_conf){0},
                                            &calls) : NULL;
    if (!h->view)
        return ERR_IO;
    const struct bus_conf conf = {.pub_endpoint = h->config->bus_pub,
                                  .units_endpoint = h->config->bus_units,
                                  .keys_dir = h->config->keys_dir,
                                  .epoch = store_epoch(h->store),
                                  .snapshot_after = h->config->snapshot_after,
                                  .times = h->config->presence};
    h->bus = bus_start(&conf, &calls);
    if (!h->bus)
        return ERR_IO;
    bus_ledger_attach(h->view, h->bus);
    h->in = queue_new(64);
    h->book = rulebook_new(h->config->rules, h->config->town,
                           &(struct rulebook_where){h->config->rules_dir, h->config->places});
    if (!h->in || !h->book)
        return ERR_NOMEM;
    struct rule_set *rules = rulebook_hold(h->book);
    if (!ledger_rules(h->ledger, rules, NULL, NULL))
        h->pool = worker_pool_start(h->config, h->roster, h->in, h->ledger, rules);
    rule_set_release(rules);
    if (!h->pool)
        return ERR_IO;
    return ledger_run(h->ledger);
}

/* The bodies as the fetch thread hands them over: each on the heap, by itself. */
static struct fetched **fetch_bodies(const struct load *load)
{
    struct fetched **list = calloc(load->feeds, sizeof *list);

    for (size_t i = 0; list && i < load->feeds; i++) {
        struct fetched *f = list[i] = calloc(1, sizeof *f);
        f->source = 1;
        f->outcome = FETCH_BODY;
        f->status = 200;
        f->at = clock_now();
        buf_add_str(&f->body, buf_str(&load->bodies[i]));
    }
    return list;
}

static void feed_bodies(struct house *h, struct fetched **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        queue_push(h->in, list[i]);
    queue_close(h->in);
    free(list);
}

/* Items that some topic was found in: a row says what share alerts, and no other may match, for
 * what the yardstick's few terms do not know it does not pay for. */
static long long count_tagged(const char *dir)
{
    char path[96];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    long long n = -1;

    snprintf(path, sizeof path, "%s/bench.db", dir);
    if (!sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) &&
        !sqlite3_prepare_v2(db, "SELECT count(*) FROM items WHERE topic > ''", -1, &s, NULL) &&
        sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

static void run_ours(const struct load *load, struct pipeline_result *r)
{
    struct problems *problems = problems_new();
    struct key_pair server, mine;
    struct subscriber sub;
    struct house h = {0};
    char path[128], keys[96];

    r->err = ERR_IO;
    memory_tune();
    if (write_config(load, path, sizeof path) || !(h.config = config_load(path, problems))) {
        problems_print(problems, stderr);
        return;
    }
    snprintf(keys, sizeof keys, "%s/keys", load->dir);
    if (keys_ensure(keys, "server") || keys_ensure(keys, "dashboards/bench") ||
        keys_read(keys, "server", true, &server) ||
        keys_read(keys, "dashboards/bench", true, &mine))
        return;
    r->alerts = (long long)corpus_alerts(load->feeds, load->alert_every);
    /* An item that alerts opens a concern, or joins one that it is like. */
    static const char *const needles[] = {"concern.opened", "concern.joined"};
    if (subscriber_start(load->pub, server.public_key, &mine, needles, (uint64_t)r->alerts, &sub) ||
        open_house(&h))
        return;
    poll(&(struct pollfd){sub.ready_fd, POLLIN, 0}, 1, 30000);
    struct fetched **bodies = fetch_bodies(load);
    double cpu = cpu_seconds();
    int64_t wall = clock_mono();
    feed_bodies(&h, bodies, load->feeds);
    worker_pool_stop(h.pool); /* reaps the workers, so that their CPU counts */
    struct bus_counters bus;
    ledger_stop(h.ledger);
    uint64_t head = store_head(h.store);
    do {
        bus_counters(h.bus, &bus);
        clock_sleep(1);
    } while (bus.published < head && clock_mono() - wall < 120000);
    r->wall = (double)(clock_mono() - wall) / 1000;
    struct store_counts counts;
    store_counts(h.store, &counts);
    r->items = (long long)counts.items;
    bus_stop(h.bus);
    bus_ledger_close(h.view);
    store_close(h.store); /* the last checkpoint is a cost of storing */
    r->cpu = cpu_seconds() - cpu;
    r->tagged = count_tagged(load->dir);
    r->err = subscriber_wait(&sub);
    queue_free(h.in);
    rulebook_free(h.book);
    roster_free(h.roster);
    config_free(h.config);
    problems_free(problems);
}

static void run_yardstick_as(const struct load *load, bool duties, struct pipeline_result *r)
{
    static const char *const terms[] = {
        "拖欠工资", "拖欠", "欠薪", "讨薪", "工资没发", "不发工资", "血汗钱", "包工头", "农民工",
        "疫情", "确诊", "核酸", "隔离", "发烧", "疫苗", "密接", "食物中毒", "过期食品", "假药",
        "变质", "添加剂", "卫生许可", "外卖", "异物", "腹泻",
    };
    struct key_pair server, mine;
    struct subscriber sub;
    char keys[96];

    r->err = ERR_IO;
    snprintf(keys, sizeof keys, "%s/keys", load->dir);
    if (keys_ensure(keys, "server") || keys_ensure(keys, "dashboards/bench") ||
        keys_read(keys, "server", true, &server) ||
        keys_read(keys, "dashboards/bench", true, &mine))
        return;
    r->alerts = (long long)corpus_alerts(load->feeds, load->alert_every);
    static const char *const needles[] = {"item.matched", NULL};
    if (subscriber_start(load->pub, server.public_key, &mine, needles, (uint64_t)r->alerts, &sub))
        return;
    struct yardstick_conf conf = {
        load->dir, load->pub, &server, terms, sizeof terms / sizeof *terms, sub.ready_fd, duties};
    struct yardstick *y = yardstick_open(&conf);
    if (!y)
        return;
    double cpu = cpu_seconds();
    int64_t wall = clock_mono();
    long long matched = yardstick_run(y, load->bodies, load->feeds);
    yardstick_close(y);
    r->cpu = cpu_seconds() - cpu;
    r->wall = (double)(clock_mono() - wall) / 1000;
    r->items = (long long)load->feeds * CORPUS_ITEMS;
    r->tagged = matched;
    r->err = matched == r->alerts ? subscriber_wait(&sub)
             : matched < 0        ? (int)matched
                                  : ERR_CORRUPT;
}

static void run_yardstick(const struct load *load, struct pipeline_result *r)
{
    run_yardstick_as(load, false, r);
}

static void run_dutiful(const struct load *load, struct pipeline_result *r)
{
    run_yardstick_as(load, true, r);
}

/* In a process of its own, so that its CPU and its children's are its alone. */
static struct pipeline_result contest(void (*run)(const struct load *, struct pipeline_result *),
                                      struct load *load)
{
    struct pipeline_result r = {.err = ERR_IO};
    int fds[2];

    snprintf(load->dir, sizeof load->dir, "%s/huiying-bench-XXXXXX",
             getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 40 ? getenv("TMPDIR") : "/tmp");
    free_endpoint(load->pub);
    free_endpoint(load->units);
    if (!mkdtemp(load->dir) || pipe(fds))
        return r;
    pid_t pid = fork();
    if (pid == 0) {
        run(load, &r);
        _exit(write(fds[1], &r, sizeof r) != sizeof r);
    }
    close(fds[1]);
    if (read(fds[0], &r, sizeof r) != sizeof r)
        r.err = ERR_CLOSED;
    close(fds[0]);
    waitpid(pid, NULL, 0);
    char *remove = NULL;
    if (asprintf(&remove, "rm -rf '%s'", load->dir) > 0 && system(remove))
        log_warn("bench.cleanup", "dir=%s", load->dir);
    free(remove);
    return r;
}

/* The contestants take turns and change who goes first, so that what else the machine does falls
 * on all alike. */
static void run_rounds(struct load *load, size_t rounds,
                       struct pipeline_result results[PIPELINE_SIDES][PIPELINE_ROUNDS_MAX])
{
    static void (*const runs[])(const struct load *, struct pipeline_result *) = {
        [PIPELINE_OURS] = run_ours,
        [PIPELINE_YARDSTICK] = run_yardstick,
        [PIPELINE_DUTIFUL] = run_dutiful,
    };

    for (size_t i = 0; i < rounds; i++)
        for (size_t k = 0; k < PIPELINE_SIDES; k++) {
            size_t side = i % 2 ? k : PIPELINE_SIDES - 1 - k;
            results[side][i] = contest(runs[side], load);
        }
}

static int run_row(size_t feeds, unsigned alert_every, size_t rounds)
{
    struct load load = {calloc(feeds, sizeof *load.bodies), feeds, alert_every, "", "", ""};
    struct pipeline_result results[PIPELINE_SIDES][PIPELINE_ROUNDS_MAX];
    size_t bytes = 0;

    if (!load.bodies)
        return 1;
    for (size_t i = 0; i < feeds; i++) {
        corpus_feed(i, alert_every, &load.bodies[i]);
        bytes += load.bodies[i].len;
    }
    run_rounds(&load, rounds, results);
    const struct pipeline_row row = {alert_every, feeds, bytes / feeds, rounds};
    int failed = pipeline_row_print(&row, results);
    for (size_t i = 0; i < feeds; i++)
        buf_free(&load.bodies[i]);
    free(load.bodies);
    return failed;
}

/* bench_pipeline [FEEDS [ROUNDS [PERCENT]]]: of the items that alert, 1 and 100 when not given. */
int main(int argc, char **argv)
{
    size_t feeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
    unsigned percent = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;

    if (!feeds || !rounds || rounds > PIPELINE_ROUNDS_MAX || !percent || percent > 100) {
        fprintf(stderr, "bench_pipeline [FEEDS [ROUNDS [PERCENT]]]\n");
        return 64;
    }
    log_set_level(LOG_WARN);
    int failed = run_row(feeds, 100 / percent, rounds);
    return (argc <= 3 && run_row(feeds, 1, rounds)) || failed;
}
