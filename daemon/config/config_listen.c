#define _GNU_SOURCE
#include "daemon/config/config_listen.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/config_paths.h"

const struct conf_key config_listen_keys[] = {
    {"http", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"site", CONF_URL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"socket", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"bus_pub", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"bus_units", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {0},
};

/* ADDRESS:PORT as `scheme` wants it. */
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

/* TLS is a proxy's: loopback only. */
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

void config_listen_read(struct config *c, const struct conf_node *listen,
                        struct problems *problems)
{
    const struct conf_node *http = conf_get(listen, "http"), *pub = conf_get(listen, "bus_pub"),
                           *units = conf_get(listen, "bus_units");

    c->http = conf_copy(http, "127.0.0.1:8420");
    c->bus_pub = conf_copy(pub, "tcp://127.0.0.1:8421");
    c->bus_units = conf_copy(units, "tcp://127.0.0.1:8422");
    c->site = read_site(conf_get(listen, "site"), problems);
    c->socket_path = config_paths_or(c, conf_get(listen, "socket"), "/run/huiying/huiying.sock");
    c->public_url = public_url(c);
    check_endpoint(http, c->http, "", problems);
    check_loopback(http, c->http, problems);
    check_endpoint(pub, c->bus_pub, "tcp://", problems);
    check_endpoint(units, c->bus_units, "tcp://", problems);
}
