#define _GNU_SOURCE
#include "daemon/config/config.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/gate/gate.h"
#include "build-config.h"
#include "daemon/config/config_bus.h"
#include "daemon/config/config_cluster.h"
#include "daemon/config/config_drill.h"
#include "daemon/config/config_fetch.h"
#include "daemon/config/config_listen.h"
#include "daemon/config/config_paths.h"
#include "daemon/config/config_rules.h"
#include "daemon/config/config_store.h"
#include "feeds/source/preset.h"

#define DAY (24.0 * 3600 * 1000)

static const struct conf_key operator_keys[] = {
    {"name", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"contact", CONF_TEXT, true, NULL, NULL, NULL, 0, 0,
     "邮箱或网址，写进 User-Agent (an e-mail or web address, told to every source)"},
    {0},
};
static const char *const never[] = {"never", NULL};
static const struct conf_key retention_keys[] = {
    {"unmatched", CONF_DURATION, false, NULL, NULL, NULL, 0.04 * DAY, 30 * DAY, NULL},
    {"matched", CONF_DURATION, false, NULL, NULL, NULL, 0.04 * DAY, 90 * DAY, NULL},
    {"backtest", CONF_BOOL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"items", CONF_DURATION | CONF_CHOICE, false, NULL, NULL, never, 30 * DAY, 36500 * DAY,
     "30d 到 36500d 的时长，或 never (a duration from 30d to 36500d, or never)"},
    {0},
};
static const struct conf_key demonstration_keys[] = {
    {"rate", CONF_INT, true, NULL, NULL, NULL, 1, 86400, NULL},
    {0},
};
static const struct conf_key cidr = {NULL, CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key domain_entry = {NULL, CONF_MAP, false, config_fetch_domain_keys, NULL,
                                             NULL, 0, 0, NULL};
static const struct conf_key source_entry = {NULL, CONF_MAP, false, source_keys, NULL, NULL, 0, 0,
                                             NULL};
static const char *const approvals[] = {"one", "two", NULL};
static const struct conf_key root_keys[] = {
    {"operator", CONF_MAP, true, operator_keys, NULL, NULL, 0, 0, NULL},
    {"place", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"home", CONF_TEXT, true, NULL, NULL, NULL, 0, 0,
     "6、9 或 12 位行政区划代码，加引号 (a quoted division code of 6, 9 or 12 digits)"},
    {"store", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"cache", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"cluster", CONF_MAP, false, config_cluster_keys, NULL, NULL, 0, 0, NULL},
    {"listen", CONF_MAP, false, config_listen_keys, NULL, NULL, 0, 0, NULL},
    {"bus", CONF_MAP, false, config_bus_keys, NULL, NULL, 0, 0, NULL},
    {"keys", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"rules", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"rules_approval", CONF_CHOICE, false, NULL, NULL, approvals, 0, 0, NULL},
    {"places", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"units", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"deadlines", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"calendars", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"dashboard", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"chart_js", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"workers", CONF_INT, false, NULL, NULL, NULL, 1, 64, NULL},
    {"allow", CONF_LIST, false, NULL, &cidr, NULL, 0, 0, NULL},
    {"domain_spacing", CONF_DURATION, false, NULL, NULL, NULL, 0, 3600000, NULL},
    {"domains", CONF_LIST, false, NULL, &domain_entry, NULL, 0, 0, NULL},
    {"ca_file", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"retention", CONF_MAP, false, retention_keys, NULL, NULL, 0, 0, NULL},
    {"demonstration", CONF_MAP, false, demonstration_keys, NULL, NULL, 0, 0, NULL},
    {"drill", CONF_MAP, false, config_drill_keys, NULL, NULL, 0, 0, NULL},
    {"sources", CONF_LIST, true, NULL, &source_entry, NULL, 0, 0, NULL},
    {0},
};

static bool is_division(struct str s)
{
    if (s.n != 6 && s.n != 9 && s.n != 12)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static bool is_cidr(struct str s)
{
    char address[INET6_ADDRSTRLEN];
    unsigned char raw[16];
    size_t slash = str_find(s, STR("/"), 0);
    struct str host = {s.p, slash == (size_t)-1 ? s.n : slash};
    long long bits = 0;

    if (host.n >= sizeof address)
        return false;
    memcpy(address, host.p, host.n);
    address[host.n] = '\0';
    bool six = inet_pton(AF_INET6, address, raw) == 1;
    if (!six && inet_pton(AF_INET, address, raw) != 1)
        return false;
    return host.n == s.n ||
           !str_int((struct str){s.p + slash + 1, s.n - slash - 1}, 0, six ? 128 : 32, &bits);
}

static void read_allow(struct config *c, const struct conf_node *list, struct problems *problems)
{
    size_t n = conf_count(list);

    c->allow = calloc(n + 1, sizeof *c->allow);
    for (size_t i = 0; c->allow && i < n; i++) {
        struct str s = conf_text(conf_at(list, i));
        if (!is_cidr(s))
            conf_problem(problems, conf_at(list, i),
                         "allow: “%.*s” 不是 IP 网段，如 127.0.0.0/8 (not an IP range such as "
                         "127.0.0.0/8)",
                         STR_ARG(s));
        c->allow[i] = s.p;
    }
}

/* User-Agent values cannot carry line breaks or non-ASCII names, and must not lie. */
static char *user_agent(const char *contact)
{
    char *out = NULL;

    if (asprintf(&out, "huiying/%s (+%s)", PACKAGE_VERSION, contact) < 0)
        return NULL;
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    return out;
}

/* Law 6: what no rule matched is only kept longer for trying rules on it. */
static void read_retention(struct config *c, const struct conf_node *retention,
                           struct problems *problems)
{
    const struct conf_node *unmatched = conf_get(retention, "unmatched");

    c->backtest = conf_bool(conf_get(retention, "backtest"), false);
    const int64_t most = (int64_t)((c->backtest ? 30 : 7) * DAY);
    c->unmatched_keep = conf_int(unmatched, most);
    c->matched_keep = conf_int(conf_get(retention, "matched"), (int64_t)(90 * DAY));
    if (c->unmatched_keep > most)
        conf_problem(problems, unmatched,
                     "没有 backtest: true 时最多 7d (at most 7d without backtest: true)");
    const struct conf_node *items = conf_get(retention, "items");
    bool forever = str_is(conf_text(items), "never");
    c->items_keep = forever ? 0 : conf_int(items, (int64_t)(400 * DAY));
    if (!forever && (c->items_keep < c->matched_keep || c->items_keep < c->unmatched_keep))
        conf_problem(problems, items,
                     "不能短于文字的保存时间 (not shorter than texts are kept)");
}

static void read_basics(struct config *c, const struct conf_node *root, struct problems *problems)
{
    const struct conf_node *op = conf_get(root, "operator"), *home = conf_get(root, "home");
    char program[PATH_MAX];

    c->operator_name = conf_copy(conf_get(op, "name"), "");
    c->operator_contact = conf_copy(conf_get(op, "contact"), "");
    c->user_agent = user_agent(c->operator_contact ? c->operator_contact : "");
    c->place_name = conf_copy(conf_get(root, "place"), "");
    c->home_region = conf_copy(home, "");
    if (home && !is_division(conf_text(home)))
        conf_problem(problems, home,
                     "home: 应为 6、9 或 12 位行政区划代码 (expected a division code of 6, 9 or 12 "
                     "digits)");
    c->keys_dir = config_paths_or(c, conf_get(root, "keys"), "/var/lib/huiying/keys");
    c->dashboard_dir = config_paths_or_shipped(c, conf_get(root, "dashboard"), "dashboard");
    c->chart_js = config_paths_or(c, conf_get(root, "chart_js"), HUIYING_CHARTJS);
    c->rules_dir = config_paths_or_shipped(c, conf_get(root, "rules"), "rules");
    c->rules_two = str_is(conf_text(conf_get(root, "rules_approval")), "two");
    c->worker_path = strdup(config_program("huiying-worker", program, sizeof program));
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    c->workers = (int)conf_int(conf_get(root, "workers"), cores > 0 ? cores : 1);
    c->demonstration_rate =
        (int)conf_int(conf_get(conf_get(root, "demonstration"), "rate"), 1);
    read_retention(c, conf_get(root, "retention"), problems);
    read_allow(c, conf_get(root, "allow"), problems);
}

/* The files that huiying.yaml names. All are read even when one fails: all errors at once. */
static void read_files(struct config *c, const struct conf_node *root, struct problems *problems)
{
    struct town_paths *paths = &c->town_paths;
    char *rules = config_paths_shipped("rules"), *boards = config_paths_shipped("rules/boards");

    paths->units = config_paths_or(c, conf_get(root, "units"), "");
    paths->deadlines = config_paths_or_shipped(c, conf_get(root, "deadlines"),
                                               "rules/deadlines.yaml");
    paths->calendars = config_paths_or_shipped(c, conf_get(root, "calendars"), "rules/calendars");
    c->places = config_paths_or(c, conf_get(root, "places"), "");
    c->town = town_load(paths, problems);
    town_check_channels(c->town, paths, (const char *const *)c->allow, problems);
    if (rules)
        rules_set_shipped(rules);
    c->rules = config_rules_compile(c, c->rules_dir, problems);
    if (boards)
        preset_set_folder(boards);
    source_load(conf_get(root, "sources"), &c->sources, problems);
    free(rules);
    free(boards);
}

struct config *config_load(const char *path, struct problems *problems)
{
    struct config *c = calloc(1, sizeof *c);

    if (!c || !(c->path = strdup(path)) || !(c->doc = conf_load(path, root_keys, problems)))
        goto fail;
    const struct conf_node *root = conf_root(c->doc);
    read_basics(c, root, problems);
    config_listen_read(c, conf_get(root, "listen"), problems);
    config_bus_read(c, conf_get(root, "bus"));
    config_store_read(c, root, problems);
    config_cluster_read(c, conf_get(root, "cluster"), problems);
    config_fetch_read(c, root, problems);
    read_files(c, root, problems);
    config_drill_read(c, root, problems);
    if (problems_count(problems) || !c->rules || !c->town || !c->town->units ||
        !c->town->deadlines)
        goto fail;
    return c;
fail:
    if (!problems_count(problems))
        problems_add(problems, path, 0, "内存不足 (out of memory)");
    problems_sort(problems);
    config_free(c);
    return NULL;
}

struct config *config_load_told(const char *path)
{
    struct problems *problems = problems_new();
    struct config *config = problems ? config_load(path, problems) : NULL;

    if (problems)
        problems_print(problems, stderr);
    problems_free(problems);
    return config;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    char **owned[] = {&c->path,      &c->operator_name, &c->operator_contact, &c->place_name,
                      &c->home_region, &c->http,        &c->socket_path,      &c->site,
                      &c->public_url,
                      &c->bus_pub,   &c->bus_units,     &c->keys_dir,         &c->rules_dir,
                      &c->dashboard_dir, &c->chart_js, &c->places, &c->worker_path, &c->user_agent,
                      &c->town_paths.units, &c->town_paths.deadlines,
                      &c->town_paths.calendars};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(*owned[i]);
    free(c->allow);
    config_fetch_free(c);
    config_store_free(c);
    config_drill_free(c);
    source_free(&c->sources);
    rules_free(c->rules);
    town_free(c->town);
    conf_free(c->doc);
    free(c);
}
