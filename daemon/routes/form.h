/* daemon/routes/form.h - public forms: a token that keeps out what posts blindly; their bodies. */
#ifndef HUIYING_DAEMON_ROUTES_FORM_H
#define HUIYING_DAEMON_ROUTES_FORM_H

#include "base/buf.h"
#include "store/store.h"

enum { FORM_TOKEN = 49 }; /* with the NUL */

/* A new one of this purpose, concern, round and day; `purpose` is a word of ours. */
void form_token(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                char out[static FORM_TOKEN]);
/* Of today, or of yesterday: a form may lie open over midnight. */
bool form_token_fits(const struct store *reader, const char *purpose, uint64_t concern,
                     uint16_t round, struct str token);
/* A form counts once. Take the token, which fits: false when it was taken before. The last 1024 are
 * remembered, as a number that follows from the token alone, by this process: a form that is sent
 * again to another machine or after a restart counts once more there. Any thread. */
bool form_take(struct str token);
/* What it was taken for failed: it may be sent again. */
void form_give_back(struct str token);
/* A member of a form's body; empty when it is not there. As it was sent: ours need no percent
 * signs, but for what is typed in. */
struct str form_member(struct str body, const char *name);
/* Such a member as it was typed (application/x-www-form-urlencoded) onto out: 0, ERR_SYNTAX (a
 * percent sign that begins nothing, or a NUL) or ERR_NOMEM. */
int form_decode(struct str member, struct buf *out);
/* Does a browser say that another site's page sends this? (Fetch Metadata) */
bool form_is_foreign(const char *sec_fetch_site);

#endif
