/* feeds/text/link.h - relative addresses to absolute ones (RFC 3986 §5). */
#ifndef HUIYING_FEEDS_LINK_H
#define HUIYING_FEEDS_LINK_H

#include "base/buf.h"

/* The parts of an address, pointing into it. `has` bits tell an empty part from none. */
struct link {
    struct str scheme, authority, path, query, fragment;
    bool has_authority, has_query, has_fragment;
};

struct link link_split(struct str url);
void link_join(const struct link *l, struct buf *out);
/* Append ref, resolved against base (may be empty) with dot segments removed: 0 or ERR_NOMEM.
 * Any thread. RFC 3986 §5.2; a ref without base stays relative. */
int link_resolve(struct str base, struct str ref, struct buf *out);

/* Append a reference as people and pages write it as an absolute http or https address: blanks
 * are escaped or left out, feed: stands for http: or before it. 0, ERR_UNSUPPORTED when it is
 * none or is longer than 4096 bytes, ERR_NOMEM. Any thread. */
int link_web(struct str base, struct str ref, struct buf *out);

#endif
