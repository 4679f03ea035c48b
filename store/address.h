/* store/address.h - what an address of a store says. */
#ifndef HUIYING_STORE_ADDRESS_H
#define HUIYING_STORE_ADDRESS_H

#include "store/store.h"

/* Would store_open() understand it? 0, ERR_INVALID, ERR_UNSUPPORTED, ERR_NOMEM. */
int address_check(const char *address);
enum { ADDRESS_SHOWN = 256 };
/* As a log may show it, without a password. Returns out. */
char *address_shown(const char *address, char out[static ADDRESS_SHOWN]);
/* Is there a store at it? 0, ERR_NOTFOUND, or as store_open(); nothing is made. */
int address_there(const char *address);
/* A reader of a store in Redis that may have a writer elsewhere: 0, ERR_NOTFOUND, ERR_UNSUPPORTED
 * (not in Redis), or as store_open(). */
int address_look(const char *address, struct store **out);
/* Take away a store that nobody has open: its files, or its keys. 0, or as store_open():
 * ERR_REFUSED when somebody has, this process too. */
int address_erase(const char *address);

#endif
