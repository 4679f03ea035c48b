/* alerts/keys.h - CURVE keys (ZeroMQ RFC 26): the server's, and one per enrolled unit or
 * dashboard. A unit is its key. */
#ifndef HUIYING_ALERTS_KEYS_H
#define HUIYING_ALERTS_KEYS_H

#include <stdbool.h>

#include "alerts/event.h"
#include "base/str.h"

enum { KEY_TEXT = 41 }; /* Z85 of 32 bytes, with the NUL */

struct key_pair {
    char public_key[KEY_TEXT];
    char secret_key[KEY_TEXT]; /* wiped by keys_wipe() */
};
void keys_wipe(struct key_pair *pair);

/* Files under dir: server.public, server.secret (0600), units/UNIT.public, dashboards/NAME.public,
 * and where made here units/UNIT.secret (0600, for handing over). One Z85 line each. */

/* Make a pair at dir/stem.{public,secret} unless it exists: 0, ERR_IO, ERR_CORRUPT (a file holds no
 * key, or the two do not belong together). A lone secret gets its public half; a lone public key,
 * enrolled from outside, stays alone. */
int keys_ensure(const char *dir, const char *stem);
/* Read dir/stem.{public,secret}; the secret is required only when asked for. */
int keys_read(const char *dir, const char *stem, bool secret, struct key_pair *out);

/* Who may connect: every *.public under units/ and dashboards/ whose stem is a slug. Files that
 * hold no key and keys that two files claim are logged and enrol nobody. */
struct keys;
/* NULL when memory is exhausted or a folder that exists cannot be read (logged). */
struct keys *keys_load(const char *dir);
void keys_free(struct keys *k);
/* Owner of a raw 32-byte public key: 0 and name and role, or ERR_NOTFOUND. */
int keys_owner(const struct keys *k, const unsigned char raw[static 32], char name[static SLUG_MAX],
               bool *dashboard);
/* True when a dashboard's key of `before` is no dashboard's key any more. */
bool keys_lost_dashboard(const struct keys *before, const struct keys *now);

#endif
