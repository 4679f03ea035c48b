#include "feeds/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

struct block {
    int family;
    unsigned char address[16];
    unsigned bits;
};

struct guard {
    struct block *allow, *refuse;
    size_t nallow, nrefuse;
};

/* IANA special-purpose registries; of IPv6, all but 2000::/3 is refused as a whole. */
static const char *const refused[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10",   "127.0.0.0/8",     "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",    "192.88.99.0/24",  "192.168.0.0/16",
    "198.18.0.0/15",   "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",     "240.0.0.0/4",
    "::/3",            "4000::/2",       "8000::/1",        "2001::/23",       "2001:db8::/32",
    "2002::/16",       "3fff::/20",
};

static bool parse_block(const char *text, struct block *out)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    char address[INET6_ADDRSTRLEN];
    long long bits;

    if (n >= sizeof address)
        return false;
    memcpy(address, text, n);
    address[n] = '\0';
    *out = (struct block){.family = strchr(address, ':') ? AF_INET6 : AF_INET};
    bits = out->family == AF_INET ? 32 : 128;
    if (inet_pton(out->family, address, out->address) != 1)
        return false;
    if (slash && str_int(str_from(slash + 1), 0, bits, &bits))
        return false;
    out->bits = (unsigned)bits;
    return true;
}

bool guard_valid(const char *text)
{
    struct block ignored;

    return parse_block(text, &ignored);
}

static bool parse_all(const char *const *texts, size_t n, struct block **out)
{
    *out = calloc(n ? n : 1, sizeof **out);
    if (!*out)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!parse_block(texts[i], &(*out)[i])) {
            log_error("guard.block", "problem=ill-formed index=%zu", i);
            return false;
        }
    return true;
}

struct guard *guard_new(const char *const *allow)
{
    struct guard *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    while (allow && allow[g->nallow])
        g->nallow++;
    g->nrefuse = sizeof refused / sizeof *refused;
    if (!parse_all(allow, g->nallow, &g->allow) || !parse_all(refused, g->nrefuse, &g->refuse)) {
        guard_free(g);
        return NULL;
    }
    return g;
}

void guard_free(struct guard *g)
{
    if (!g)
        return;
    free(g->allow);
    free(g->refuse);
    free(g);
}

static bool holds(const struct block *b, int family, const unsigned char *address)
{
    unsigned whole = b->bits / 8, rest = b->bits % 8;
    unsigned char mask = (unsigned char)(0xff00 >> rest);

    return b->family == family && memcmp(b->address, address, whole) == 0 &&
           (!rest || ((b->address[whole] ^ address[whole]) & mask) == 0);
}

static bool any_holds(const struct block *list, size_t n, int family, const unsigned char *address)
{
    for (size_t i = 0; i < n; i++)
        if (holds(&list[i], family, address))
            return true;
    return false;
}

bool guard_allows(const struct guard *g, const struct sockaddr *address)
{
    const unsigned char *bytes;

    if (address->sa_family == AF_INET)
        bytes = (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
    else
        return false;
    return any_holds(g->allow, g->nallow, address->sa_family, bytes) ||
           !any_holds(g->refuse, g->nrefuse, address->sa_family, bytes);
}
