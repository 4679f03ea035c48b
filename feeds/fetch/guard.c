#include "feeds/fetch/guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "feeds/fetch/address.h"

enum { URL_LONGEST = 2048 };

struct block {
    int family;
    unsigned char address[16];
    unsigned bits;
};

/* Sixteen octets of any address; IPv4 is mapped. */
struct own {
    unsigned char address[16];
    bool machine; /* all addresses of this machine */
    in_port_t port; /* network order */
};

struct guard {
    struct block *allow, *refuse;
    size_t nallow, nrefuse;
    struct own *own;
    size_t nown;
    unsigned char (*machine)[16]; /* what this machine's interfaces are called */
    size_t nmachine;
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
    free(g->own);
    free(g->machine);
    free(g);
}

static void map(const unsigned char v4[4], unsigned char out[16])
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

    memcpy(out, prefix, sizeof prefix);
    memcpy(out + sizeof prefix, v4, 4);
}

/* The address without its family and its port. The unspecified one reaches loopback. */
static bool canonical(const struct sockaddr *a, unsigned char out[16], in_port_t *port)
{
    static const unsigned char v4_none[4], v4_loop[4] = {127, 0, 0, 1};

    if (a->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)a;
        map((const void *)&v4->sin_addr, out);
        *port = v4->sin_port;
    } else if (a->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)a;
        memcpy(out, &v6->sin6_addr, 16);
        *port = v6->sin6_port;
    } else {
        return false;
    }
    if (memcmp(out, &in6addr_any, 16) == 0)
        memcpy(out, &in6addr_loopback, 16);
    if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)out) && !memcmp(out + 12, v4_none, 4))
        map(v4_loop, out);
    return true;
}

static bool parse_own(const char *text, struct own *out)
{
    const char *mark = strstr(text, "://");
    struct str s = str_from(mark ? mark + 3 : text);
    size_t colon = s.n;
    char host[INET6_ADDRSTRLEN];
    unsigned char v4[4];
    long long port;

    while (colon && s.p[colon - 1] != ':')
        colon--;
    if (!colon || str_int((struct str){s.p + colon, s.n - colon}, 1, 65535, &port))
        return false;
    struct str name = {s.p, colon - 1};
    if (name.n > 1 && name.p[0] == '[' && name.p[name.n - 1] == ']')
        name = (struct str){name.p + 1, name.n - 2};
    *out = (struct own){.port = htons((uint16_t)port)};
    if (name.n < sizeof host) {
        memcpy(host, name.p, name.n);
        host[name.n] = '\0';
        if (inet_pton(AF_INET, host, v4) == 1)
            map(v4, out->address);
        else if (inet_pton(AF_INET6, host, out->address) != 1)
            out->machine = true;
    } else {
        out->machine = true;
    }
    static const unsigned char any4[16] = {[10] = 0xff, [11] = 0xff}, any6[16];
    out->machine = out->machine || !memcmp(out->address, any4, 16) ||
                   !memcmp(out->address, any6, 16);
    return true;
}

static int list_machine(struct guard *g)
{
    struct ifaddrs *all = NULL;
    size_t n = 0;
    in_port_t port;

    if (getifaddrs(&all))
        return ERR_IO;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next)
        n++;
    g->machine = calloc(n ? n : 1, sizeof *g->machine);
    for (const struct ifaddrs *i = all; g->machine && i; i = i->ifa_next)
        if (i->ifa_addr && canonical(i->ifa_addr, g->machine[g->nmachine], &port))
            g->nmachine++;
    freeifaddrs(all);
    return g->machine ? 0 : ERR_NOMEM;
}

int guard_close(struct guard *g, const char *const *own)
{
    size_t n = 0;

    while (own && own[n])
        n++;
    g->own = calloc(n ? n : 1, sizeof *g->own);
    if (!g->own)
        return ERR_NOMEM;
    for (; g->nown < n; g->nown++)
        if (!parse_own(own[g->nown], &g->own[g->nown])) {
            log_error("guard.own", "problem=ill-formed index=%zu", g->nown);
            return ERR_INVALID;
        }
    return list_machine(g);
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

static bool is_machine(const struct guard *g, const unsigned char address[16])
{
    const struct in6_addr *a = (const void *)address;

    if (IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && address[12] == 127))
        return true;
    for (size_t i = 0; i < g->nmachine; i++)
        if (memcmp(g->machine[i], address, 16) == 0)
            return true;
    return false;
}

static bool is_own(const struct guard *g, const struct sockaddr *to)
{
    unsigned char address[16];
    in_port_t port;

    if (!g->nown || !canonical(to, address, &port))
        return false;
    for (size_t i = 0; i < g->nown; i++)
        if (g->own[i].port == port && (g->own[i].machine ? is_machine(g, address)
                                       : !memcmp(g->own[i].address, address, 16)))
            return true;
    return false;
}

bool guard_allows(const struct guard *g, const struct sockaddr *address)
{
    const unsigned char *bytes;

    if (is_own(g, address))
        return false;
    if (address->sa_family == AF_INET)
        bytes = (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
    else
        return false;
    return any_holds(g->allow, g->nallow, address->sa_family, bytes) ||
           !any_holds(g->refuse, g->nrefuse, address->sa_family, bytes);
}

bool guard_allows_url(const struct guard *g, struct str url)
{
    struct sockaddr_storage to;
    struct address a = {0};
    char text[URL_LONGEST + 1];

    if (url.n >= sizeof text)
        return true;
    memcpy(text, url.p, url.n);
    text[url.n] = '\0';
    if (address_parse(text, &a))
        return true;
    const char *host = strcmp(a.host, "localhost") == 0 ? "127.0.0.1" : a.host;
    bool is = !address_literal(host, a.port, &to) || guard_allows(g, (const struct sockaddr *)&to);
    address_clear(&a);
    return is;
}
