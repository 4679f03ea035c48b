/* alerts/bus/keys.h - CURVE keys (ZeroMQ RFC 26): the server's, and one per enrolled unit or
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

/* Enrol the owner of a public key (Z85) that was made elsewhere, in place of an earlier one, whose
 * secret half, if it was made here, is removed: 0, ERR_SYNTAX (no slug, or no key), ERR_EXISTS
 * (somebody else's key), ERR_IO. */
int keys_enrol(const char *dir, const char *name, bool dashboard, struct str public_key);
/* May it be enrolled so? 0 or as keys_enrol(), and nothing is changed. */
int keys_check(const char *dir, const char *name, bool dashboard, struct str public_key);
/* The owner is enrolled no more, and no secret half is left to make it so again: 0, ERR_NOTFOUND,
 * ERR_SYNTAX, ERR_IO. */
int keys_revoke(const char *dir, const char *name, bool dashboard);
/* Would it find the owner's file, be what that says a key or not? 0 or as keys_revoke(), and
 * nothing is changed. */
int keys_revocable(const char *dir, const char *name, bool dashboard);

/* Who may connect: every *.public under units/ and dashboards/ whose stem is a slug. Files that
 * hold no key and keys that two files claim are logged and enrol nobody. */
struct keys;
/* NULL when memory is exhausted or a folder that exists cannot be read (logged). */
struct keys *keys_load(const char *dir);
void keys_free(struct keys *k);
/* Owner of a raw 32-byte public key: 0 and name and role, or ERR_NOTFOUND. */
int keys_owner(const struct keys *k, const unsigned char raw[static 32], char name[static SLUG_MAX],
               bool *dashboard);
/* Call `each` for every enrolled owner, until it returns non-zero, which is returned. */
int keys_each(const struct keys *k, int (*each)(void *arg, const char *name, bool dashboard,
                                                const char public_key[static KEY_TEXT]),
              void *arg);
/* Changes when a key file is made, replaced or removed (not when one is edited in place). */
uint64_t keys_stamp(const char *dir);
/* True when a dashboard's key of `before` is no dashboard's key any more. */
bool keys_lost_dashboard(const struct keys *before, const struct keys *now);

#endif
