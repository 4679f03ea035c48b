/* feeds/people/ident.h - links, image addresses and GUIDs without their user parts (law 1). */
#ifndef HUIYING_FEEDS_IDENT_H
#define HUIYING_FEEDS_IDENT_H

#include "base/arena.h"
#include "base/buf.h"

/* Resolve ref against base and take out log-in names, user path segments (/u/NAME, /@NAME,
 * space-uid-1), user, session and sharing parameters (uid, from, share_token, utm_* …). STR_NONE
 * when nothing is left that identifies the page (a bare profile), when it is no http(s) address,
 * or when memory is exhausted. The result lives in the arena. Any thread. */
struct str ident_link(struct arena *arena, struct str base, struct str ref);

/* The same for an address that may stay relative, inside HTML; false when it names a person only.
 * Appends to out. *changed tells whether anything was taken out. */
bool ident_clean(struct str url, struct buf *out, bool *changed);

/* A GUID without user parts; STR_NONE for e-mail-like ones or when nothing is left. */
struct str ident_guid(struct arena *arena, struct str guid);

#endif
