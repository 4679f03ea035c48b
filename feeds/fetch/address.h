/* feeds/fetch/address.h - a web address taken apart for polling it. Pure; any thread. */
#ifndef HUIYING_FEEDS_ADDRESS_H
#define HUIYING_FEEDS_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    char *url;    /* normalised: no fragment, no user, numeric hosts in their usual form */
    char *host;   /* lower case, IDNA; an IPv6 literal without its brackets */
    char *origin; /* "https://host:port", port always there */
    char *domain; /* whom politeness is owed: the registrable domain (public suffix list), or the
                     host where there is none; a loopback literal with its port */
    uint16_t port;
    bool https;
    bool literal; /* host is an IP address */
};

/* 0, ERR_SYNTAX, ERR_UNSUPPORTED (neither http nor https) or ERR_NOMEM; *out is then empty. */
int address_parse(const char *url, struct address *out);
/* Where in the host its registrable domain begins, + 1; 0 when the domain is not a part of it. */
uint8_t address_domain_at(const struct address *a);
/* As address_parse() of the url of an address that was parsed before; with what
 * address_domain_at() said of it (0: not known) at half the cost. */
int address_parse_again(const char *url, uint8_t domain_at, struct address *out);
/* As address_parse(), for a Location header relative to base (RFC 3986 §5). */
int address_join(const struct address *base, const char *location, struct address *out);
/* Frees url, in whose block the others lie; harmless on a zeroed one. Who takes url takes all. */
void address_clear(struct address *a);

/* The socket address of a literal host: false when host is none. */
bool address_literal(const char *host, uint16_t port, struct sockaddr_storage *out);

#endif
