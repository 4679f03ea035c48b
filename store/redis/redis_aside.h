/* store/redis/redis_aside.h - a Redis' snapshot, and a server of ours that has it: the two halves
 * of snapshot.h. Private to this folder. */
#ifndef HUIYING_STORE_REDIS_ASIDE_H
#define HUIYING_STORE_REDIS_ASIDE_H

#include "store/redis/redis.h"
#include "store/snapshot.h"

/* redis_fetch.c */
/* Write a snapshot of the server at `where`, or of a replica of it, into this empty file: 0, or as
 * snapshot_take(). */
int redis_fetch(const struct redis_address *where, int file, const struct snapshot_watch *watch,
                enum snapshot_trouble *why);

/* redis_aside.c */
struct redis_aside;

/* The path of a server's program, for the caller to free; NULL: none is installed. */
char *redis_aside_program(void);
/* Start it with the snapshot in this file, and wait until it has loaded that: 0; ERR_IO with *why;
 * ERR_NOMEM. */
int redis_aside_start(const char *program, int file, const struct snapshot_watch *watch,
                      struct redis_aside **out, enum snapshot_trouble *why);
/* The path of its socket. */
const char *redis_aside_socket(const struct redis_aside *a);
/* End it; nothing of it is left. Harmless on NULL. */
void redis_aside_stop(struct redis_aside *a);

#endif
