#define _GNU_SOURCE
#include "store/redis/redis.h"

#include <stdlib.h>

#include "base/err.h"

static const char DEFAULT_PREFIX[] = "huiying";
enum { PREFIX_MAX = 64, DATABASES = 16384 };

static int dup(struct str s, char **out)
{
    *out = strndup(s.n ? s.p : "", s.n);
    return *out ? 0 : ERR_NOMEM;
}

/* Up to the first `end`, or all of it; what is past it stays in *s, with *there set. */
static struct str cut(struct str *s, char end, bool *there)
{
    const char *at = s->n ? memchr(s->p, end, s->n) : NULL;
    struct str head = {s->p, at ? (size_t)(at - s->p) : s->n};
    size_t past = head.n + (at != NULL);

    *there = at != NULL;
    s->p += past;
    s->n -= past;
    return head;
}

/* A hash tag: no braces in it, and nothing that a pattern or a log could take for more. */
static int take_prefix(struct str s, bool there, struct redis_address *out)
{
    if (!there)
        return dup(str_from(DEFAULT_PREFIX), &out->prefix);
    if (!s.n || s.n > PREFIX_MAX)
        return ERR_INVALID;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '.';
        if (!fine)
            return ERR_INVALID;
    }
    return dup(s, &out->prefix);
}

static int take_number(struct str s, int least, int most, int *out)
{
    long long v;

    if (str_int(s, least, most, &v))
        return ERR_INVALID;
    *out = (int)v;
    return 0;
}

/* [[USER]:PASSWORD@]: the last @, since a password may hold one. */
static int take_user(struct str *s, struct redis_address *out)
{
    const char *at = s->n ? memrchr(s->p, '@', s->n) : NULL;
    bool there;

    if (!at)
        return 0;
    struct str user = {s->p, (size_t)(at - s->p)};
    s->n -= user.n + 1;
    s->p = at + 1;
    struct str password = user;
    user = cut(&password, ':', &there);
    if (!there)
        return ERR_INVALID;
    int err = user.n ? dup(user, &out->user) : 0;
    return err ? err : dup(password, &out->password);
}

static int take_host(struct str s, struct redis_address *out)
{
    bool port, db, bracket;
    struct str rest = s, host;

    if (s.n && s.p[0] == '[') { /* an IPv6 address */
        rest.p++;
        rest.n--;
        host = cut(&rest, ']', &bracket);
        if (!bracket || (rest.n && rest.p[0] != ':' && rest.p[0] != '/'))
            return ERR_INVALID;
    } else {
        host = (struct str){s.p, 0};
        while (host.n < s.n && s.p[host.n] != ':' && s.p[host.n] != '/')
            host.n++;
        rest = (struct str){s.p + host.n, s.n - host.n};
    }
    struct str number = cut(&rest, '/', &db);
    port = number.n && number.p[0] == ':';
    out->port = REDIS_PORT;
    if (!host.n || (number.n && !port))
        return ERR_INVALID;
    if (port && take_number((struct str){number.p + 1, number.n - 1}, 1, 65535, &out->port))
        return ERR_INVALID;
    if (db && rest.n && take_number(rest, 0, DATABASES, &out->db))
        return ERR_INVALID;
    return dup(host, &out->host);
}

static int take_path(struct str s, struct redis_address *out)
{
    return s.n ? dup(s, &out->path) : ERR_INVALID;
}

static int take_sentinels(struct str s, struct redis_address *out)
{
    bool named, db;
    struct str list = cut(&s, '/', &named), master = cut(&s, '/', &db);

    if (!redis_sentinel_check(list) || !master.n)
        return ERR_INVALID;
    if (db && s.n && take_number(s, 0, DATABASES, &out->db))
        return ERR_INVALID;
    int err = dup(list, &out->sentinels);
    return err ? err : dup(master, &out->master);
}

static const struct form {
    struct str scheme;
    bool user;
    int (*take)(struct str where, struct redis_address *out);
} forms[] = {
    {{"redis://", 8}, true, take_host},
    {{"redis+unix:", 11}, false, take_path},
    {{"redis+sentinel://", 17}, true, take_sentinels},
};

int redis_address_parse(const char *text, struct redis_address *out)
{
    struct str s = str_from(text);
    const struct form *form = NULL;
    bool there;

    *out = (struct redis_address){0};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_starts(s, forms[i].scheme))
            form = &forms[i];
    if (!form)
        return ERR_INVALID;
    struct str prefix = {s.p + form->scheme.n, s.n - form->scheme.n};
    int err = form->user ? take_user(&prefix, out) : 0;
    struct str where = cut(&prefix, '?', &there);
    if (!err)
        err = take_prefix(prefix, there, out);
    return err ? err : form->take(where, out);
}

int redis_check(const char *address)
{
    struct redis_address a;
    int err = redis_address_parse(address, &a);

    redis_address_free(&a);
    return err;
}

void redis_address_free(struct redis_address *a)
{
    if (a->password)
        explicit_bzero(a->password, strlen(a->password));
    free(a->host);
    free(a->path);
    free(a->user);
    free(a->password);
    free(a->prefix);
    free(a->sentinels);
    free(a->master);
    *a = (struct redis_address){0};
}

int redis_address_copy(const struct redis_address *from, struct redis_address *to)
{
    char *const strings[] = {from->host,     from->path,   from->user,     from->password,
                             from->prefix,   from->sentinels, from->master};
    char **const copies[] = {&to->host,   &to->path,      &to->user,  &to->password,
                             &to->prefix, &to->sentinels, &to->master};

    *to = (struct redis_address){.port = from->port, .db = from->db};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        if (strings[i] && !(*copies[i] = strdup(strings[i])))
            return ERR_NOMEM;
    return 0;
}
