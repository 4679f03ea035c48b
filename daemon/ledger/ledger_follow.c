/* The ledger's thread on a machine that does not lead: nothing is written here. It hands on to the
 * leader what was polled and asked for here, obeys its letters, and tells who asks for what cannot
 * be handed on where to ask. Of what the leader commits tail.h tells. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/cluster/forward.h"
#include "daemon/cluster/node.h"
#include "daemon/cluster/remote.h"
#include "daemon/ledger/ledger_state.h"

enum {
    LOOK_MS = 50,  /* between looks at the leader's letters, and whether what it committed stands */
    AWAY_MS = 500, /* while the store does not answer */
    WAIT_MS = 5,   /* between looks for the leader's answers */
    OFFER_MS = 100 /* between two tries to hand on a poll */
};

static void refuse(struct ledger *l, struct message *m)
{
    struct node_part part;
    char why[2 * (CLUSTER_NODE + CLUSTER_REACH) + 160];
    int status = m->kind == MESSAGE_RULES ? 0 : ERR_AGAIN; /* the leader tells of its own rules */

    node_part(l->among.node, &part);
    snprintf(why, sizeof why, "本机不是主节点，请到 %s（%s）办理 (not the leader; ask %s at %s)",
             part.leader, part.reach, part.leader, part.reach);
    if (m->done)
        m->done(m->arg, status, status ? why : NULL, 0);
    if (m->sources_done)
        m->sources_done(m->arg, ERR_AGAIN, why, NULL, m->nsources);
    ledger_message_free(m);
}

/* To the leader, or its address is told. */
static void forward(struct ledger *l, struct forward *f, struct message *m)
{
    if (!f || forward_ask(f, m))
        refuse(l, m);
}

static int64_t look(struct ledger *l, uint64_t *head)
{
    struct store_counts n;
    int err = store_counts(l->store, &n);

    l->stalled = err;
    if (err)
        return AWAY_MS;
    if (n.events < *head) { /* what was lost is void: there is a new epoch, or will be */
        node_renew(l->among.node);
        *head = 0;
        return AWAY_MS;
    }
    *head = n.events;
    remote_hear(l->among.remote);
    return LOOK_MS;
}

/* Until the leader's stream has it, or it can never have it; who asks for something meanwhile is
 * told at once. */
static void offer(struct ledger *l, struct forward *f, struct message *m)
{
    struct message *asked[LEDGER_MESSAGES];
    int err;

    while ((err = remote_offer(l->among.remote, m->meta, m->verdicts, m->death)) != 0) {
        bool later = err == ERR_LIMIT || err == ERR_NET || err == ERR_AGAIN || err == ERR_IO;
        if (!later || l->stopping) {
            log_warn("cluster.offer", "err=%s", err_name(err));
            break;
        }
        l->failed++;
        l->stalled = err;
        int n = queue_take(l->commands, (void **)asked, LEDGER_MESSAGES, OFFER_MS);
        for (int i = 0; i < n; i++)
            forward(l, f, asked[i]);
        forward_settle(f);
        if (n < 0)
            clock_sleep(OFFER_MS);
    }
    if (!err)
        l->stalled = 0;
    ledger_message_free(m);
}

static void take_polls(struct ledger *l, struct forward *f, struct message **messages, int n)
{
    for (int i = 0; i < n; i++) {
        if (messages[i]->kind == MESSAGE_POLL)
            offer(l, f, messages[i]);
        else
            refuse(l, messages[i]);
    }
}

void *ledger_follow(void *arg)
{
    struct ledger *l = arg;
    struct message *messages[LEDGER_MESSAGES];
    struct forward *f = forward_new(l); /* without one nothing is handed on */
    uint64_t head = 0;
    int64_t next = 0;
    int some, polls;

    pthread_setname_np(pthread_self(), "ledger");
    do {
        int64_t now = clock_mono();
        if (now >= next)
            next = now + look(l, &head);
        some = queue_take(l->commands, (void **)messages, LEDGER_MESSAGES,
                          forward_waiting(f) ? WAIT_MS : LOOK_MS);
        for (int i = 0; i < some; i++)
            forward(l, f, messages[i]);
        forward_settle(f);
        polls = queue_take(l->polls, (void **)messages, LEDGER_MESSAGES, 0);
        take_polls(l, f, messages, polls);
    } while (some >= 0 || polls >= 0);
    forward_free(f);
    return NULL;
}
