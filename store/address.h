/* store/address.h - what an address of a store says. */
#ifndef HUIYING_STORE_ADDRESS_H
#define HUIYING_STORE_ADDRESS_H

#include "store/store.h"

/* Would store_open() understand it? 0, ERR_INVALID, ERR_UNSUPPORTED, ERR_NOMEM. */
int address_check(const char *address);
enum { ADDRESS_SHOWN = 256 };
/* As a log may show it, without a password. Returns out. */
char *address_shown(const char *address, char out[static ADDRESS_SHOWN]);

#endif
