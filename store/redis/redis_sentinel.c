/* Who is the master now: the first Sentinel that answers says. */
#define _GNU_SOURCE
#include "store/redis/redis.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"

/* "HOST:PORT" of the next one, or false. */
static bool next_sentinel(struct str *list, char host[static REDIS_HOST], int *port)
{
    const char *comma = list->n ? memchr(list->p, ',', list->n) : NULL;
    struct str one = {list->p, comma ? (size_t)(comma - list->p) : list->n};
    const char *colon = one.n ? memrchr(one.p, ':', one.n) : NULL;
    long long number;

    if (!colon || colon == one.p || colon - one.p >= REDIS_HOST)
        return false;
    struct str digits = {colon + 1, one.n - (size_t)(colon + 1 - one.p)};
    if (str_int(digits, 1, 65535, &number))
        return false;
    snprintf(host, REDIS_HOST, "%.*s", (int)(colon - one.p), one.p);
    *port = (int)number;
    list->p += one.n + (comma != NULL);
    list->n -= one.n + (comma != NULL);
    return true;
}

bool redis_sentinel_check(struct str list)
{
    char host[REDIS_HOST];
    int port;

    if (!list.n)
        return false;
    while (list.n)
        if (!next_sentinel(&list, host, &port))
            return false;
    return true;
}

static bool ask(const char *host, int port, const char *master, const struct timeval wait,
                char found[static REDIS_HOST], int *found_port)
{
    redisContext *link = redisConnectWithTimeout(host, port, wait);
    redisReply *reply = NULL;
    long long number = 0;
    bool fine = false;

    if (link && !link->err && redisSetTimeout(link, wait) == REDIS_OK)
        reply = redisCommand(link, "SENTINEL get-master-addr-by-name %s", master);
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
        struct str name = redis_str(reply->element[0]);
        fine = name.n && name.n < REDIS_HOST &&
               !str_int(redis_str(reply->element[1]), 1, 65535, &number);
        snprintf(found, REDIS_HOST, "%.*s", fine ? (int)name.n : 0, name.p ? name.p : "");
        *found_port = (int)number;
    }
    if (reply)
        freeReplyObject(reply);
    if (link)
        redisFree(link);
    return fine;
}

int redis_sentinel_ask(const struct redis_address *a, const struct timeval wait,
                       char host[static REDIS_HOST], int *port)
{
    struct str list = str_from(a->sentinels);
    char at[REDIS_HOST];
    int number;

    while (list.n && next_sentinel(&list, at, &number))
        if (ask(at, number, a->master, wait, host, port))
            return 0;
    return ERR_NET;
}
