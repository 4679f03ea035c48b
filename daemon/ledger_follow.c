/* The ledger's thread on a machine that does not lead: nothing is written here. It follows what the
 * leader commits, and tells who asks for something where to ask. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/queue.h"
#include "daemon/ledger_state.h"
#include "daemon/node.h"

enum {
    LOOK_MS = 50,  /* between looks at what the leader committed */
    AWAY_MS = 500  /* while the store does not answer */
};

static void refuse(struct ledger *l, struct message *m)
{
    struct node_part part;
    char why[2 * (CLUSTER_NODE + CLUSTER_REACH) + 160];
    int status = m->kind == MESSAGE_RULES ? 0 : ERR_AGAIN; /* the leader tells of its own rules */

    node_part(l->node, &part);
    snprintf(why, sizeof why, "本机不是主节点，请到 %s（%s）办理 (not the leader; ask %s at %s)",
             part.leader, part.reach, part.leader, part.reach);
    if (m->done)
        m->done(m->arg, status, status ? why : NULL, 0);
    if (m->sources_done)
        m->sources_done(m->arg, ERR_AGAIN, why, NULL, m->nsources);
    ledger_message_free(m);
}

static int64_t look(struct ledger *l, uint64_t *head)
{
    struct store_counts n;
    int err = store_counts(l->store, &n);

    l->stalled = err;
    if (err)
        return AWAY_MS;
    if (n.events != *head) {
        *head = n.events;
        ledger_tell_head(l, n.events);
    }
    return LOOK_MS;
}

void *ledger_follow(void *arg)
{
    struct ledger *l = arg;
    struct message *messages[LEDGER_MESSAGES];
    uint64_t head = store_head(l->store);
    int64_t next = 0;
    int some, polls;

    pthread_setname_np(pthread_self(), "ledger");
    do {
        int64_t now = clock_mono();
        if (now >= next)
            next = now + look(l, &head);
        some = queue_take(l->commands, (void **)messages, LEDGER_MESSAGES, LOOK_MS);
        for (int i = 0; i < some; i++)
            refuse(l, messages[i]);
        polls = queue_take(l->polls, (void **)messages, LEDGER_MESSAGES, 0);
        for (int i = 0; i < polls; i++)
            refuse(l, messages[i]);
    } while (some >= 0 || polls >= 0);
    return NULL;
}
