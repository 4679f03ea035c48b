/* daemon/routes/form.h - public forms: a token that keeps out what posts blindly; their bodies. */
#ifndef HUIYING_DAEMON_ROUTES_FORM_H
#define HUIYING_DAEMON_ROUTES_FORM_H

#include "store/store.h"

enum { FORM_TOKEN = 33 }; /* with the NUL */

/* Of this purpose, concern, round and day; `purpose` is a word of ours. */
void form_token(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                char out[static FORM_TOKEN]);
/* Of today, or of yesterday: a form may lie open over midnight. */
bool form_token_fits(const struct store *reader, const char *purpose, uint64_t concern,
                     uint16_t round, struct str token);
/* A member of a form's body; empty when it is not there. Ours need no percent signs. */
struct str form_member(struct str body, const char *name);

#endif
