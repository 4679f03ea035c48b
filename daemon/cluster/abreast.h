/* daemon/cluster/abreast.h - a thread that keeps one machine among several abreast of what all of
 * them go by (store/shared.h), whoever changed it: it looks every second. */
#ifndef HUIYING_DAEMON_ABREAST_H
#define HUIYING_DAEMON_ABREAST_H

#include "alerts/bus/bus.h"
#include "daemon/reload/reload.h"
#include "store/store.h"

struct abreast;

struct abreast_conf {
    const char *keys_dir;
    struct store *store; /* to open a reader of it */
    struct bus *bus;
    struct reload *reload; /* of who leads too: he may not have read what is everybody's */
};

/* 0, ERR_NOMEM, or as store_reader(). What conf names must outlive it. */
int abreast_start(const struct abreast_conf *conf, struct abreast **out);
/* Harmless on NULL. */
void abreast_stop(struct abreast *a);

#endif
