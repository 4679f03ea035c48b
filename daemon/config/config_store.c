#define _GNU_SOURCE
#include "daemon/config/config_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/config/config_paths.h"
#include "store/address.h"

static const char DEFAULT_FOLDER[] = "/var/lib/huiying";
static const char FORM[] = "sqlite:文件、redis://主机:端口/库?前缀 或 redis+sentinel://主机:端口,…/名字 "
                           "(expected sqlite:FILE, redis://HOST:PORT/DB?PREFIX or "
                           "redis+sentinel://HOST:PORT,…/MASTER)";

/* "SCHEME:PATH" with its path resolved. */
static char *resolved(const struct config *c, struct str scheme, struct str path)
{
    char *file = config_paths_of(c, path), *out = NULL;

    if (file && asprintf(&out, "%.*s%s", STR_ARG(scheme), file) < 0)
        out = NULL;
    free(file);
    return out;
}

static void read_store(struct config *c, const struct conf_node *node, struct problems *problems)
{
    static const struct str files[] = {{"sqlite:", 7}, {"redis+unix:", 11}};
    struct str s = conf_text(node);

    if (!s.n && asprintf(&c->store, "sqlite:%s/huiying.db", DEFAULT_FOLDER) < 0)
        c->store = NULL;
    for (size_t i = 0; i < 2 && !c->store; i++)
        if (str_starts(s, files[i]) && s.n > files[i].n)
            c->store = resolved(c, files[i],
                                (struct str){s.p + files[i].n, s.n - files[i].n});
    if (!c->store && s.n)
        c->store = strndup(s.p, s.n);
    if (!c->store || !address_check(c->store))
        return;
    /* A redis address may hold a password. */
    if (str_starts(s, STR("redis")))
        conf_problem(problems, node, "store: 应为 %s", FORM);
    else
        conf_problem(problems, node, "store: “%.*s” 应为 %s", STR_ARG(s), FORM);
}

/* Beside the store's file, unless said otherwise. */
static char *default_cache(const char *store)
{
    const char *slash;

    if (strncmp(store, "sqlite:", 7) != 0)
        return strdup(DEFAULT_FOLDER);
    slash = strrchr(store + 7, '/');
    return slash ? strndup(store + 7, (size_t)(slash - store - 7) + (slash == store + 7))
                 : strdup(".");
}

void config_store_read(struct config *c, const struct conf_node *root, struct problems *problems)
{
    struct str cache = conf_text(conf_get(root, "cache"));

    read_store(c, conf_get(root, "store"), problems);
    if (!c->store)
        return;
    c->cache = cache.n ? config_paths_of(c, cache) : default_cache(c->store);
    if (!c->cache)
        return;
    int n = !cache.n && strncmp(c->store, "sqlite:", 7) == 0
                ? asprintf(&c->timetable, "%s.timetable", c->store + 7)
                : asprintf(&c->timetable, "%s/huiying.timetable", c->cache);
    if (n < 0)
        c->timetable = NULL;
}

void config_store_free(struct config *c)
{
    free(c->store);
    free(c->cache);
    free(c->timetable);
}
