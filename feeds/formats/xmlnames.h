/* feeds/formats/xmlnames.h - which element of the tables a name means (Namespaces in XML 1.0). */
#ifndef HUIYING_FEEDS_XMLNAMES_H
#define HUIYING_FEEDS_XMLNAMES_H

#include "feeds/formats/xmlfeed.h"

enum { XMLNAMES_CACHE = 64, XMLNAMES_SCOPES = 4, XMLNAMES_BOUND = 64 };

struct xmlnames_entry {
    struct str name;
    unsigned known; /* the bits that were looked up */
    const struct xmlfeed_element *element[XMLNAMES_SCOPES]; /* by bit of `where` */
};

struct xmlnames {
    enum xmlfeed_ns unnamed; /* namespace of elements that name none */
    struct {
        struct str prefix;
        enum xmlfeed_ns ns;
        int depth;
    } bound[XMLNAMES_BOUND];
    size_t nbound;
    struct xmlnames_entry cache[XMLNAMES_CACHE];
};

/* An element at `depth` declares a namespace: xmlns:prefix="uri", or xmlns="uri" without prefix.
 * The prefix must outlive its element. */
void xmlnames_bind(struct xmlnames *x, struct str prefix, struct str uri, int depth);
/* All that was declared deeper than `depth` is out of scope. */
void xmlnames_unbind(struct xmlnames *x, int depth);

/* The element of a name, as written, where exactly one IN_ bit says; NULL when it is not read. A
 * prefix that nothing declares means what feeds mean by it. The name must outlive x. */
const struct xmlfeed_element *xmlnames_find(struct xmlnames *x, struct str name, unsigned where);
/* A name without its prefix. */
struct str xmlnames_local(struct str name);
/* An attribute of this name declares a namespace. */
bool xmlnames_declares(struct str name);

#endif
