#define _GNU_SOURCE
#include "daemon/config.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "alerts/gate.h"
#include "build-config.h"
#include "daemon/config_bus.h"
#include "daemon/config_cluster.h"
#include "daemon/config_drill.h"
#include "daemon/config_fetch.h"
#include "daemon/config_rules.h"
#include "daemon/config_store.h"
#include "feeds/source/preset.h"

#define DAY (24.0 * 3600 * 1000)

static const struct conf_key operator_keys[] = {
    {"name", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"contact", CONF_TEXT, true, NULL, NULL, NULL, 0, 0,
     "邮箱或网址，写进 User-Agent (an e-mail or web address, told to every source)"},
    {0},
};
static const struct conf_key listen_keys[] = {
    {"http", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"site", CONF_URL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"socket", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"bus_pub", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"bus_units", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {0},
};
static const struct conf_key retention_keys[] = {
    {"unmatched", CONF_DURATION, false, NULL, NULL, NULL, 0.04 * DAY, 30 * DAY, NULL},
    {"matched", CONF_DURATION, false, NULL, NULL, NULL, 0.04 * DAY, 90 * DAY, NULL},
    {"backtest", CONF_BOOL, false, NULL, NULL, NULL, 0, 0, NULL},
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
    {"listen", CONF_MAP, false, listen_keys, NULL, NULL, 0, 0, NULL},
    {"bus", CONF_MAP, false, config_bus_keys, NULL, NULL, 0, 0, NULL},
    {"keys", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"rules", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"rules_approval", CONF_CHOICE, false, NULL, NULL, approvals, 0, 0, NULL},
    {"places", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"units", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"deadlines", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"calendars", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"dashboard", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
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

/* Folder of a path with its '/', or "" for the working directory. */
static struct str folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (struct str){path, (size_t)(slash - path) + 1} : STR_NONE;
}

static char *resolve(struct str base, struct str path)
{
    char *out = NULL;

    if (path.n && path.p[0] == '/')
        base = STR_NONE;
    return asprintf(&out, "%.*s%.*s", STR_ARG(base), STR_ARG(path)) < 0 ? NULL : out;
}

static char *text_or(const struct conf_node *node, const char *absent)
{
    struct str s = conf_text(node);

    return s.n ? strndup(s.p, s.n) : strdup(absent);
}

/* A path key: relative to the file's folder; the default is taken as it is. */
static char *path_or(const struct config *c, const struct conf_node *node, const char *absent)
{
    struct str s = conf_text(node);

    return s.n ? resolve(folder(c->path), s) : strdup(absent);
}

static char *shipped(const char *under)
{
    char *out = NULL;

    return asprintf(&out, "%s/%s", config_datadir(), under) < 0 ? NULL : out;
}

static char *path_or_shipped(const struct config *c, const struct conf_node *node,
                             const char *under)
{
    return conf_text(node).n ? path_or(c, node, "") : shipped(under);
}

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

/* ADDRESS:PORT as `scheme` wants it; the HTTP API knows no accounts: loopback only. */
static void check_endpoint(const struct conf_node *node, const char *value, const char *scheme,
                           struct problems *problems)
{
    struct str s = str_from(value), prefix = str_from(scheme);
    bool fits = str_starts(s, prefix);
    long long port;

    if (fits) {
        const char *colon = strrchr(value, ':');
        fits = colon && colon > value + prefix.n &&
               !str_int(str_from(colon + 1), 1, 65535, &port);
    }
    if (!fits && node)
        conf_problem(problems, node, "“%s” 应为 %s地址:端口 (expected %sADDRESS:PORT)", value, scheme,
                     scheme);
}

static void check_loopback(const struct conf_node *node, const char *value,
                           struct problems *problems)
{
    if (node && strncmp(value, "127.0.0.1:", 10) && strncmp(value, "[::1]:", 6))
        conf_problem(problems, node,
                     "http: 只能监听 127.0.0.1 或 [::1]，对外请用反向代理 (loopback only; put a "
                     "reverse proxy in front)");
}

/* The origin that browsers see, without a path. */
static char *read_site(const struct conf_node *node, struct problems *problems)
{
    static const struct str scheme = {"https://", 8};
    struct str s = conf_text(node);

    if (!s.n)
        return NULL;
    if (str_starts(s, scheme) && s.n > scheme.n &&
        !memchr(s.p + scheme.n, '/', s.n - scheme.n))
        return strndup(s.p, s.n);
    conf_problem(problems, node, "site: 应为 https://主机名，不带路径 (expected https://HOST, without "
                                 "a path)");
    return NULL;
}

/* Where people find the ledger: replies that it publishes have their address there. */
static char *public_url(const struct config *c)
{
    char *made = NULL;

    if (c->site)
        return strdup(c->site);
    return c->http && asprintf(&made, "http://%s", c->http) >= 0 ? made : NULL;
}

static void read_listen(struct config *c, const struct conf_node *listen,
                        struct problems *problems)
{
    const struct conf_node *http = conf_get(listen, "http"), *pub = conf_get(listen, "bus_pub"),
                           *units = conf_get(listen, "bus_units");

    c->http = text_or(http, "127.0.0.1:8420");
    c->bus_pub = text_or(pub, "tcp://127.0.0.1:8421");
    c->bus_units = text_or(units, "tcp://127.0.0.1:8422");
    c->site = read_site(conf_get(listen, "site"), problems);
    c->socket_path = path_or(c, conf_get(listen, "socket"), "/run/huiying/huiying.sock");
    c->public_url = public_url(c);
    check_endpoint(http, c->http, "", problems);
    check_loopback(http, c->http, problems);
    check_endpoint(pub, c->bus_pub, "tcp://", problems);
    check_endpoint(units, c->bus_units, "tcp://", problems);
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

/* DESIGN.md §1.6: what no rule matched is only kept longer for trying rules on it. */
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
}

static void read_basics(struct config *c, const struct conf_node *root, struct problems *problems)
{
    const struct conf_node *op = conf_get(root, "operator"), *home = conf_get(root, "home");
    char program[PATH_MAX];

    c->operator_name = text_or(conf_get(op, "name"), "");
    c->operator_contact = text_or(conf_get(op, "contact"), "");
    c->user_agent = user_agent(c->operator_contact ? c->operator_contact : "");
    c->place_name = text_or(conf_get(root, "place"), "");
    c->home_region = text_or(home, "");
    if (home && !is_division(conf_text(home)))
        conf_problem(problems, home,
                     "home: 应为 6、9 或 12 位行政区划代码 (expected a division code of 6, 9 or 12 "
                     "digits)");
    c->keys_dir = path_or(c, conf_get(root, "keys"), "/var/lib/huiying/keys");
    c->dashboard_dir = path_or_shipped(c, conf_get(root, "dashboard"), "dashboard");
    c->rules_dir = path_or_shipped(c, conf_get(root, "rules"), "rules");
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
    char *rules = shipped("rules"), *boards = shipped("rules/boards");

    paths->units = path_or(c, conf_get(root, "units"), "");
    paths->deadlines = path_or_shipped(c, conf_get(root, "deadlines"), "rules/deadlines.yaml");
    paths->calendars = path_or_shipped(c, conf_get(root, "calendars"), "rules/calendars");
    c->places = path_or(c, conf_get(root, "places"), "");
    c->town = town_load(paths, problems);
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
    read_listen(c, conf_get(root, "listen"), problems);
    config_bus_read(c, conf_get(root, "bus"));
    config_store_read(c, root, folder(c->path), problems);
    config_cluster_read(c, conf_get(root, "cluster"), problems);
    config_fetch_read(c, root, folder(c->path), problems);
    read_files(c, root, problems);
    config_drill_read(c, root, folder(c->path), problems);
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

void config_free(struct config *c)
{
    if (!c)
        return;
    char **owned[] = {&c->path,      &c->operator_name, &c->operator_contact, &c->place_name,
                      &c->home_region, &c->http,        &c->socket_path,      &c->site,
                      &c->public_url,
                      &c->bus_pub,   &c->bus_units,     &c->keys_dir,         &c->rules_dir,
                      &c->dashboard_dir, &c->places, &c->worker_path, &c->user_agent,
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

/* Folder of the running program, without the last '/'; "" when unknown. */
static const char *program_dir(void)
{
    static char dir[PATH_MAX];

    if (!*dir) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
        char *slash = n > 0 ? memrchr(dir, '/', (size_t)n) : NULL;
        *(slash ? slash : dir) = '\0';
    }
    return dir;
}

static bool in_build_tree(void)
{
    char mark[PATH_MAX + 16];

    snprintf(mark, sizeof mark, "%s/config.status", program_dir());
    return access(mark, F_OK) == 0;
}

/* Length of what stands before the installed place of the running program: the DESTDIR of a
 * staged installation. 0 when it runs where it belongs, or elsewhere. */
static int stage_length(void)
{
    static const char *const bins[] = {HUIYING_BINDIR, HUIYING_SBINDIR};
    size_t n = strlen(program_dir());

    for (size_t i = 0; i < sizeof bins / sizeof *bins; i++) {
        size_t tail = strlen(bins[i]);
        if (n > tail && !strcmp(program_dir() + n - tail, bins[i]))
            return (int)(n - tail);
    }
    return 0;
}

const char *config_datadir(void)
{
    static char dir[PATH_MAX + sizeof HUIYING_DATADIR];
    char mark[sizeof dir + 32];

    if (*dir)
        return dir;
    snprintf(dir, sizeof dir, "%.*s%s", stage_length(), program_dir(), HUIYING_DATADIR);
    if (in_build_tree()) {
        /* The sources stand beside build/, unless the build was configured from elsewhere. */
        snprintf(dir, sizeof dir, "%s/..", program_dir());
        snprintf(mark, sizeof mark, "%s/rules/topics", dir);
        if (access(mark, F_OK))
            snprintf(dir, sizeof dir, "%s", HUIYING_SRCDIR);
    }
    return dir;
}

char *config_program(const char *name, char *out, size_t size)
{
    bool built = in_build_tree();
    int stage = built ? (int)strlen(program_dir()) : stage_length();
    const char *folder = strcmp(name, "huiying") == 0 ? HUIYING_BINDIR : HUIYING_LIBEXECDIR;

    if ((size_t)snprintf(out, size, "%.*s%s/%s", stage, program_dir(),
                         built ? "" : folder, name) >= size)
        *out = '\0'; /* a path that does not fit names nothing */
    return out;
}
