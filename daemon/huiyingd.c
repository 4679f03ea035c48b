/* huiyingd: the daemon's command line, signals and life. */
#define _GNU_SOURCE
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "build-config.h"
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "daemon/cluster/node.h"
#include "daemon/config/config.h"
#include "daemon/house.h"
#include "feeds/formats/parse.h"

#ifdef HAVE_SYSTEMD
#define notify(text) sd_notify(0, text)
#define watchdog(us) sd_watchdog_enabled(0, us)
#else
#define notify(text) ((void)0)
#define watchdog(us) 0
#endif

static const char help[] =
    "用法 Usage: huiyingd [--config FILE] [--check-config FILE]\n"
    "听取公开信源，分办、计时、公示对公众关切的回应。\n"
    "Listen to published sources; dispatch, time and publish the answers to public concerns.\n"
    "\n"
    "  -c, --config FILE        配置文件 configuration (default /etc/huiying/huiying.yaml)\n"
    "  -t, --check-config FILE  只检查配置，列出全部问题；有问题退出码 78\n"
    "                           check only, list every problem; exit 78 when there is one\n"
    "  -v, --verbose            多记日志 log more\n"
    "  -h, --help               本帮助 this help\n"
    "  -V, --version            版本 version\n";

static const char fenced[] =
    "huiyingd: 另一个 huiyingd 已接管这个库，本进程退出；只留一个，或都配 cluster: "
    "(another huiyingd has taken this store: this one ends; keep one, or give both cluster:)\n";

enum { AGAIN_MS = 500, FIRST_TRIES = 20 };

enum action { RUN, CHECK, DONE, USAGE };

static enum action read_options(int argc, char **argv, const char **path)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", required_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},      {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {0},
    };
    enum action action = RUN;
    int c;

    while ((c = getopt_long(argc, argv, "c:t:vhV", options, NULL)) != -1) {
        switch (c) {
        case 't': action = CHECK; /* fall through */
        case 'c': *path = optarg; break;
        case 'v': log_set_level(LOG_DEBUG); break;
        case 'h': fputs(help, stdout); return DONE;
        case 'V': puts("huiyingd " PACKAGE_VERSION); return DONE;
        default: return USAGE;
        }
    }
    return optind < argc ? USAGE : action;
}

static void reloaded(void)
{
    notify("READY=1");
}

/* How often systemd wants to hear that all is well, ms; 0: never. */
static int64_t watch_interval(void)
{
    uint64_t us = 0;

    return watchdog(&us) > 0 ? (int64_t)(us / 1000) : 0;
}

/* A thread that stands still is told of once; systemd, hearing nothing, starts the daemon anew. */
static void tell_health(int64_t interval)
{
    static const char *told;
    const char *still = pulse_still(interval / 2);

    if (still && still != told)
        log_error("daemon.still", "thread=%s ms=%lld", still, (long long)(interval / 2));
    told = still;
    if (!still)
        notify("WATCHDOG=1");
}

/* The next signal, or -1 when it is time to look around: soon when there is no house. */
static int next_signal(const struct house *house, const sigset_t *signals, int64_t interval)
{
    int64_t ms = house ? interval / 4 : AGAIN_MS;
    const struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};

    return ms ? sigtimedwait(signals, NULL, &rest) : sigwaitinfo(signals, NULL);
}

/* Signals are blocked in all threads and taken here, one by one. A house whose part among the
 * machines has changed makes way for another one, which is tried again until it stands. */
static int live(struct house *house, const struct config *config, struct node *node,
                const sigset_t *signals)
{
    const int64_t interval = watch_interval();

    for (;;) {
        int sig = next_signal(house, signals, interval);
        if (interval)
            tell_health(interval);
        if (sig == SIGTERM || sig == SIGINT) {
            notify("STOPPING=1");
            log_info("daemon.stop", "signal=%d", sig);
            house_close(house);
            return EX_OK;
        }
        if (sig == SIGUSR1 && house && house_fenced(house)) {
            notify("STOPPING=1");
            fputs(fenced, stderr);
            house_close(house);
            return EX_UNAVAILABLE;
        }
        if (sig == SIGHUP && house) {
            notify("RELOADING=1");
            house_reload(house, reloaded);
        } else if (!house || (sig == SIGUSR1 && house_outdated(house))) {
            house_close(house);
            house = house_open(config, node);
        }
    }
}

/* The first house, which on a machine that follows waits for somebody to lead. */
static struct house *settle(const struct config *config, struct node *node)
{
    struct house *house = house_open(config, node);

    for (int tries = 1; node && !house && tries < FIRST_TRIES; tries++) {
        clock_sleep(AGAIN_MS);
        house = house_open(config, node);
    }
    return house;
}

static int join(const struct config *config, struct node **node)
{
    struct node_part part;
    int err = config->node ? node_open(config, node) : 0;

    if (err)
        log_error("cluster.join", "node=%s err=%s", config->node, err_name(err));
    if (err || !*node || config->demonstration_rate == 1)
        return err;
    /* The clocks of all machines agree, and go on when another one leads. */
    node_part(*node, &part);
    clock_set_rate(part.began + (clock_now() - part.began) * config->demonstration_rate,
                   config->demonstration_rate);
    return 0;
}

/* What lies in `cache` is one daemon's: the search index, the timetable, the spool. Where it cannot
 * be written, each of those tells so by itself. */
static bool have_folder(const struct config *config, int *lock)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/huiyingd.lock", config->cache);
    int err = n < 0 || (size_t)n >= sizeof path ? ERR_LIMIT : file_make_dirs(config->cache);

    *lock = -1;
    if (!err)
        err = file_lock(path, lock);
    if (err == ERR_REFUSED)
        fprintf(stderr, "huiyingd: %s: 另一个 huiyingd 正在用这个文件夹，请给每个各设 cache: (another "
                "huiyingd has this folder: give each a cache: of its own)\n", config->cache);
    else if (err)
        log_warn("daemon.cache", "folder=\"%s\" err=%s", config->cache, err_name(err));
    return err != ERR_REFUSED;
}

static int run(const struct config *config, const sigset_t *signals)
{
    struct node *node = NULL;
    int lock;

    if (!have_folder(config, &lock))
        return EX_UNAVAILABLE;
    struct house *house = join(config, &node) ? NULL : settle(config, node);
    int code = EX_UNAVAILABLE;

    if (house) {
        notify("READY=1");
        code = live(house, config, node, signals);
    } else {
        fputs("huiyingd: 启动不了，原因见上一行日志 (could not start; the log line above says why)\n",
              stderr);
    }
    node_close(node);
    if (lock >= 0)
        close(lock);
    return code;
}

int main(int argc, char **argv)
{
    const char *path = "/etc/huiying/huiying.yaml";
    sigset_t signals;

    switch (read_options(argc, argv, &path)) {
    case DONE: return EX_OK;
    case USAGE: fputs("huiyingd: 参数不对，见 --help (bad usage)\n", stderr); return EX_USAGE;
    case CHECK: {
        struct config *config = config_load_told(path);
        config_free(config);
        if (config)
            printf("%s: 没有问题 (no problem found)\n", path);
        return config ? EX_OK : EX_CONFIG;
    }
    case RUN: break;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1); /* node.h, ledger.h */
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    memory_tune();
    file_raise_limit();
    parse_init();
    struct config *config = config_load_told(path);
    if (!config)
        return EX_CONFIG;
    drill_set(config->drill);
    int code = run(config, &signals);
    config_free(config);
    return code;
}
