/* Rows "redis": items through the store into Redis, beside what redis-benchmark gets out of the
 * same server for the commands that it comes to: by the thousand, as many as the ledger commits at
 * once (store_batch_items()), by the ten.
 *
 *   bench_redis [ITEMS]
 *
 * A private redis-server on a Unix socket, `appendonly yes`, `appendfsync everysec`: with `always`
 * both would mostly wait for the disk. Ours is what the ledger does with a batch: look up what is
 * known of its items, by idents and aliases, then commit them, which is one script.
 *
 * The yardstick is redis-benchmark with one client: the same commands, as many of them a batch,
 * with as many values each and values as long as ours; pipelined as deep where ours are (the
 * GETRANGE), else one at a time. Keys and members are drawn at random, so that they are new. It
 * runs one kind of command after the other, and their times are added up. In its favour: it checks
 * nothing and makes no records. In ours: its keys come in no order, while our members rise, which
 * a sorted set takes more cheaply. Rounds of ours and of theirs take turns; told are the median of
 * their ratios, of the time and of Redis' own CPU. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "store/codec.h"
#include "store/store.h"
#include "tests/bench/phrases.h"
#include "tests/helpers/redis_server.h"

enum { ROUNDS = 11, TEXT = 700, TITLE = 60, DRAWN = 12 /* digits of a number drawn */ };

struct work {
    struct phrases phrases;
    char dir[256];
    struct redis_server *server;
    struct store *store;
    struct store_item *items; /* of one batch */
    size_t batch, batches;    /* items in one; of them in a round */
    size_t record;            /* bytes of an item's */
    uint64_t number;          /* of the last item */
};

/* What one round came to, an item (µs). */
struct cost {
    double wall, cpu; /* cpu: of redis-server */
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double field(const char *text, const char *name)
{
    const char *at = text ? strstr(text, name) : NULL;

    return at ? strtod(at + strlen(name), NULL) : 0;
}

static double server_cpu(const struct work *w)
{
    char *info = redis_server_say(w->server, (const char *[]){"INFO", "cpu", NULL});
    double used = field(info, "used_cpu_user:") + field(info, "used_cpu_sys:");

    free(info);
    return used;
}

/* Items as feeds bring them; the texts are cut out of the made-up ones between characters. */
static void make_items(struct work *w, int64_t now)
{
    struct str all = buf_str(&w->phrases.texts);

    for (size_t i = 0; i < w->batch; i++) {
        size_t from = i * 977 % (all.n - 2 * TEXT);
        while (((unsigned char)all.p[from] & 0xC0) == 0x80)
            from++;
        struct str rest = {all.p + from, all.n - from};
        w->items[i] = (struct store_item){
            .source = STR("qingshi-bbs"),
            .link = STR("https://bbs.qingshi.example/thread-1234567-1.html"),
            .title = {rest.p, utf8_cut(rest, TITLE)}, .text = {rest.p, utf8_cut(rest, TEXT)},
            .region = STR("330000"), .content = 1 + i, .published = now, .found = now,
            .expires = now + 7 * CLOCK_DAY};
    }
}

/* Others than any before: keyed hashes look like this. */
static void renew_items(struct work *w)
{
    for (size_t i = 0; i < w->batch; i++) {
        struct store_item *item = &w->items[i];
        uint64_t part = ++w->number * UINT64_C(0x9E3779B97F4A7C15);
        memcpy(item->ident, &part, 8);
        part = w->number * UINT64_C(0xC2B2AE3D27D4EB4F);
        memcpy(item->ident + 8, &part, 8);
        item->aliases[0] = w->number * UINT64_C(0x165667B19E3779F9) | 1;
        item->aliases[1] = w->number * UINT64_C(0x27D4EB2F165667C5) | 1;
    }
}

/* As the ledger has it: what is known of them is looked up, then they are committed. */
static int put_items(struct work *w)
{
    unsigned char(*idents)[STORE_IDENT] = calloc(w->batch, sizeof *idents);
    uint64_t(*aliases)[2] = calloc(w->batch, sizeof *aliases);
    struct store_seen *seen = calloc(w->batch, sizeof *seen);
    int err = idents && aliases && seen ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < w->batch && !err; i++) {
        memcpy(idents[i], w->items[i].ident, STORE_IDENT);
        memcpy(aliases[i], w->items[i].aliases, sizeof *aliases);
    }
    if (!err)
        err = store_seen(w->store, (const unsigned char(*)[STORE_IDENT])idents, w->batch, seen);
    if (!err)
        err = store_seen_as(w->store, (const uint64_t(*)[2])aliases, w->batch, seen);
    if (!err)
        err = store_commit(w->store, &(struct store_batch){.items = w->items, .nitems = w->batch});
    free(idents);
    free(aliases);
    free(seen);
    return err;
}

static int measure_ours(struct work *w, struct cost *out)
{
    double n = (double)(w->batch * w->batches), cpu = server_cpu(w), wall = 0;
    int err = 0;

    for (size_t i = 0; i < w->batches && !err; i++) {
        renew_items(w);
        double begin = seconds();
        err = put_items(w);
        wall += seconds() - begin;
    }
    *out = (struct cost){wall * 1e6 / n, (server_cpu(w) - cpu) * 1e6 / n};
    return err;
}

/* A command of the yardstick. Words parted by spaces; what stands in brackets comes again for each
 * item of a batch. KN is a word of N bytes with a number drawn in it, VN one without, R as long as
 * an item's record. */
struct command {
    const char *words;
    size_t calls; /* a batch; 0: one an item, pipelined */
};
static const struct command commands[] = {
    {"GETRANGE K28 0 61", 0},
    {"HMGET {huiying}:yard-aliases ( K12 )", 2},
    {"HMGET {huiying}:yard-meta fence batch head items changes concerns open overdue", 1},
    {"MSETNX ( K28 R )", 1},
    {"ZADD {huiying}:yard-texts ( 0 K32 )", 1},
    {"HSET {huiying}:yard-aliases ( K12 V16 K12 V16 )", 1},
    {"APPEND {huiying}:yard-numbers ( V16", 1}, /* one word, of all of them */
    {"HSET {huiying}:yard-meta batch V40 items V8 changes V8 concerns V8 open V8 overdue V8", 1},
};

/* Add a word of the command line as the letters of the template have it. */
static int add_word(const struct work *w, struct buf *words, struct str word, size_t times)
{
    size_t bytes = 0, at = words->len;

    if (word.p[0] == 'R' && word.n == 1)
        bytes = w->record;
    else if ((word.p[0] == 'K' || word.p[0] == 'V') && word.n > 1 && word.p[1] <= '9')
        bytes = (size_t)strtoul(word.p + 1, NULL, 10) * times;
    if (!bytes)
        buf_add_str(words, word);
    else if (word.p[0] == 'K')
        buf_add_text(words, "__rand_int__");
    while (words->len < at + bytes)
        buf_add_char(words, 'x');
    return buf_add_char(words, '\0');
}

/* The words of the command, each with its NUL. */
static int spell(const struct work *w, const char *template, struct buf *words, size_t *n)
{
    const char *at = template, *again = NULL;
    size_t left = w->batch;

    while (*at) {
        struct str word = {at, strcspn(at, " ")};
        at += word.n + (at[word.n] == ' ');
        if (str_is(word, "(")) {
            again = at;
            if (strchr(at, ')'))
                continue;
            word = (struct str){at, strlen(at)};
            ++*n;
            return add_word(w, words, word, w->batch);
        }
        if (str_is(word, ")")) {
            at = --left ? again : at;
            continue;
        }
        ++*n;
        if (add_word(w, words, word, 1))
            return ERR_NOMEM;
    }
    return 0;
}

/* Requests a second, out of the last line of its table: seven numbers behind the command. */
static double read_rate(const struct buf *out)
{
    size_t commas = 0, at = out->len;

    while (at && commas < 7)
        commas += out->data[--at] == ',';
    return commas == 7 ? strtod(out->data + at + 2, NULL) : 0;
}

static int run_benchmark(char **words, struct buf *out)
{
    int ends[2], status;
    char piece[65536];
    ssize_t n;

    if (pipe(ends))
        return ERR_IO;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(words[0], words);
        _exit(127);
    }
    close(ends[1]);
    while (pid > 0 && (n = read(ends[0], piece, sizeof piece)) > 0)
        buf_add(out, piece, (size_t)n);
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status || !buf_ok(out))
        return ERR_IO;
    return buf_add_char(out, '\0');
}

/* Its seconds for one batch's worth of the command. */
static int measure_command(const struct work *w, const struct command *c, double *batch)
{
    enum { FIXED = 12 };
    size_t calls = c->calls ? c->calls : w->batch, n = 0, filled = 0;
    struct buf words = BUF_INIT, out = BUF_INIT;
    char requests[24], depth[24];
    int err = spell(w, c->words, &words, &n);
    char **list = calloc(FIXED + n + 1, sizeof *list);

    snprintf(requests, sizeof requests, "%zu", calls * w->batches);
    snprintf(depth, sizeof depth, "%zu", c->calls ? 1 : w->batch);
    char *const fixed[FIXED] = {"redis-benchmark", "-s", (char *)redis_server_socket(w->server),
                                "-c", "1", "-n", requests, "-P", depth, "-r", "2000000000",
                                "--csv"};
    if (!list || err) {
        err = ERR_NOMEM;
    } else {
        for (size_t i = 0; i < FIXED; i++)
            list[filled++] = fixed[i];
        for (char *at = words.data; n--; at += strlen(at) + 1)
            list[filled++] = at;
        err = run_benchmark(list, &out);
    }
    double rate = err ? 0 : read_rate(&out);
    if (!err && rate <= 0)
        err = ERR_CORRUPT;
    *batch = err ? 0 : (double)calls / rate;
    free(list);
    buf_free(&words);
    buf_free(&out);
    return err;
}

static int measure_yardstick(const struct work *w, struct cost *out)
{
    double cpu = server_cpu(w), n = (double)(w->batch * w->batches), wall = 0;
    int err = 0;

    for (size_t i = 0; i < sizeof commands / sizeof *commands && !err; i++) {
        double batch;
        err = measure_command(w, &commands[i], &batch);
        wall += batch;
    }
    *out = (struct cost){wall * 1e6 / (double)w->batch, (server_cpu(w) - cpu) * 1e6 / n};
    return err;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(const double *list)
{
    double sorted[ROUNDS];

    memcpy(sorted, list, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, compare);
    return sorted[ROUNDS / 2];
}

static int measure(struct work *w, size_t items)
{
    double ours[ROUNDS], theirs[ROUNDS], ratio[ROUNDS], cpu[ROUNDS], used[ROUNDS];
    struct cost a = {0}, b = {0};
    struct buf record = BUF_INIT;
    int err = 0;

    w->batches = items / ROUNDS / w->batch;
    w->batches += !w->batches;
    make_items(w, clock_now());
    codec_item(&w->items[0], &record);
    w->record = record.len;
    buf_free(&record);
    for (size_t i = 0; i < ROUNDS && !err; i++) {
        err = measure_ours(w, &a);
        if (!err)
            err = measure_yardstick(w, &b);
        ours[i] = a.wall;
        theirs[i] = b.wall;
        ratio[i] = err ? 0 : b.wall / a.wall;
        cpu[i] = err ? 0 : b.cpu / a.cpu;
        used[i] = a.cpu;
    }
    if (!err)
        printf("{\"row\":\"redis: items stored, %zu a commit\",\"item_us\":%.2f,\"items_s\":%.0f,"
               "\"record_bytes\":%zu,\"yardstick\":{\"redis_benchmark_us\":%.2f},\"ratio\":%.2f,"
               "\"server_cpu_ratio\":%.2f,\"server_cpu_us\":%.2f,\"reach\":0.8}\n",
               w->batch, median(ours), 1e6 / median(ours), w->record, median(theirs),
               median(ratio), median(cpu), median(used));
    fflush(stdout);
    return err;
}

int main(int argc, char **argv)
{
    size_t sizes[] = {1000, 0, 10}; /* 0: as many as the ledger commits at once */
    size_t items = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 250000;
    const char *tmp = getenv("TMPDIR");
    char address[320], *remove = NULL;
    struct work w = {0};
    int err;

    log_set_level(LOG_WARN);
    snprintf(w.dir, sizeof w.dir, "%s/huiying-bench-XXXXXX", tmp ? tmp : P_tmpdir);
    if (!redis_server_there()) {
        printf("{\"row\":\"redis: items stored\",\"err\":\"no redis-server\"}\n");
        return 0;
    }
    if (!items || !mkdtemp(w.dir) || phrases_make(&w.phrases))
        return 1;
    w.server = redis_server_start(w.dir, (const char *[]){
                                             "--appendfsync", "everysec",
                                             "--auto-aof-rewrite-percentage", "0", NULL});
    snprintf(address, sizeof address, "redis+unix:%s/redis.sock", w.dir);
    err = w.server ? store_open(address, &w.store) : ERR_NOTFOUND;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !err; i++) {
        w.batch = sizes[i] ? sizes[i] : store_batch_items(w.store);
        free(w.items);
        w.items = calloc(w.batch, sizeof *w.items);
        err = w.items ? measure(&w, w.batch < 100 ? items / 4 : items) : ERR_NOMEM;
    }
    if (err)
        printf("{\"row\":\"redis: items stored\",\"err\":\"%s\"}\n", err_name(err));
    store_close(w.store);
    redis_server_kill(w.server);
    phrases_free(&w.phrases);
    free(w.items);
    if (asprintf(&remove, "rm -rf '%s'", w.dir) > 0 && system(remove))
        log_warn("bench.cleanup", "dir=%s", w.dir);
    free(remove);
    return err != 0;
}
