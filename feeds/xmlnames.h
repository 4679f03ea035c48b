/* feeds/xmlnames.h - which element of the tables a name means, and what a fault is called. */
#ifndef HUIYING_FEEDS_XMLNAMES_H
#define HUIYING_FEEDS_XMLNAMES_H

#include "feeds/xmlfeed.h"

enum { XMLNAMES_CACHE = 64, XMLNAMES_SCOPES = 4 };

struct xmlnames_entry {
    const unsigned char *name, *space;
    const struct xmlfeed_element *element[XMLNAMES_SCOPES]; /* by bit of `where` */
    bool known;
};

struct xmlnames {
    enum xmlfeed_ns unnamed; /* namespace of elements that name none */
    struct xmlnames_entry cache[XMLNAMES_CACHE];
};

/* The element of a name where exactly one IN_ bit says; NULL when it is not read. Names come out
 * of one parser's dictionary, where equal pointers are equal names: reset with each parser. */
const struct xmlfeed_element *xmlnames_find(struct xmlnames *x, const unsigned char *name,
                                            const unsigned char *prefix, const unsigned char *uri,
                                            unsigned where);
void xmlnames_reset(struct xmlnames *x);

/* Static English for a code of libxml2's enum xmlParserErrors. */
const char *xmlnames_fault(int code);

#endif
