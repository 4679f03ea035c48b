/* daemon/cluster/keyring.h - the keys folder of one machine among several: what was enrolled and
 * revoked at any of them is done here too. */
#ifndef HUIYING_DAEMON_KEYRING_H
#define HUIYING_DAEMON_KEYRING_H

#include "store/store.h"

/* Do what the store has of keys and this folder (alerts/bus/keys.h) has not heard of yet; the
 * folder's file `town.at` says how far it has. A key file that is put there or taken away by hand
 * is this machine's own matter, and is left so until the next change of that key. *changed: the
 * bus is to read the folder again. 0, ERR_NOMEM, ERR_IO, or as a reading call of store.h: what is
 * left is done with the next call. Any thread that the store's handle is used by. */
int keyring_follow(struct store *s, const char *dir, bool *changed);
/* The row by which a key is enrolled, or with an empty one revoked. `key` is borrowed. */
struct store_shared keyring_row(const char *name, bool dashboard, struct str key);

#endif
