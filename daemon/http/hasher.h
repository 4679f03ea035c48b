/* daemon/http/hasher.h - one thread that makes and checks password hashes, which takes a tenth of a
 * second and 64 MiB each: no request waits behind another's. */
#ifndef HUIYING_DAEMON_HTTP_HASHER_H
#define HUIYING_DAEMON_HTTP_HASHER_H

#include "base/str.h"

struct hasher;

enum { HASHER_PASSWORD = 512, HASHER_WAITING = 32 };

/* From the hasher's thread, once: 0; ERR_REFUSED (not that password), ERR_CLOSED, ERR_NOMEM. `hash`
 * is what was made, else NULL; borrowed. */
typedef void hasher_done(void *arg, int err, const char *hash);

struct hasher *hasher_start(void); /* NULL without memory */
/* Who waits is told ERR_CLOSED. Harmless on NULL. */
void hasher_stop(struct hasher *h);
/* Make an argon2id hash (crypto_pwhash_str(), interactive limits) of at most HASHER_PASSWORD bytes,
 * or check one; an empty `hash` takes as long, and is refused. Both are copied. 0, ERR_AGAIN (too
 * many wait), ERR_CLOSED, ERR_LIMIT, ERR_NOMEM: done is not called then. Any thread. */
int hasher_make(struct hasher *h, struct str password, hasher_done *done, void *arg);
int hasher_check(struct hasher *h, struct str password, const char *hash, hasher_done *done,
                 void *arg);

/* Why this may not be an account's password, "zh (en)"; NULL: it may. */
const char *hasher_objection(struct str password, const char *account);

#endif
