/* tests/unit/redis_line.h - real Redis servers of which each is the replica of the one before it,
 * and what a failover does to them. A test that makes one is skipped where there is no
 * redis-server; what goes wrong fails it. */
#ifndef HUIYING_TESTS_REDIS_LINE_H
#define HUIYING_TESTS_REDIS_LINE_H

#include "store/cluster.h"
#include "store/store.h"
#include "tests/helpers/redis_server.h"

enum {
    REDIS_LINE_WAIT_MS = 60000, /* until a condition that does not come fails the test */
    REDIS_LINE_LOOK_MS = 5,
    REDIS_LINE_REST_MS = 1200, /* after which the writer looks at its server again */
    REDIS_LINE_ROUNDS = 4,
    REDIS_LINE_SERVERS = REDIS_LINE_ROUNDS + 2
};

/* A line of servers, each the replica of the one before it, and one address that leads to the
 * master: a link to its socket. */
struct redis_line {
    char *folder, *where, *link, *spool, *folders[REDIS_LINE_SERVERS];
    char port[16];
    struct redis_server *servers[REDIS_LINE_SERVERS];
    int master; /* index */
};

/* With its first server; redis_line_end() it. */
struct redis_line redis_line_new(const char *fsync);
void redis_line_end(struct redis_line *l);
/* The next server: the first one, or the replica of the master. */
void redis_line_add(struct redis_line *l, const char *fsync);
struct redis_server *redis_line_replica(struct redis_line *l);
/* Until the server says this to these words. */
void redis_line_until(struct redis_server *s, const char *const *words, const char *wanted);
void redis_line_until_linked(struct redis_line *l);
void redis_line_until_head(struct redis_server *s, uint64_t head);
/* From here on the replica hears nothing, and the master knows it. */
void redis_line_cut(struct redis_line *l);
/* The master is killed, and its replica takes its place. */
void redis_line_fail_over(struct redis_line *l);
/* The lease is over, and who led has not come for its first claim. */
void redis_line_forget_leader(struct redis_line *l);
/* Lead there, with a spool. */
struct cluster *redis_line_lead(const char *where, const char *node);
struct store *redis_line_open(struct redis_line *l, struct cluster *c);
/* One event, of this time: as store_commit(). */
int redis_line_commit(struct store *s, uint64_t seq, int64_t at);
/* One item with these words; the number is its own. As store_commit(). */
int redis_line_commit_words(struct store *s, unsigned number, const char *words);
/* So long that the writer looks at its server again with the next commit. */
void redis_line_rest(void);
/* Do these bytes stand in the file of the spool, or in its WAL? */
bool redis_line_spooled(const struct redis_line *l, const char *text);

#endif
