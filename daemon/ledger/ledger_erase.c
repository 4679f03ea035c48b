/* Texts that are taken out for good, by the only writer. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/ledger/ledger_state.h"

struct message *ledger_erase_message(const struct batch_erasure *what)
{
    struct message *m = calloc(1, sizeof *m);

    if (m) {
        m->erasure = malloc(sizeof *m->erasure);
        m->strings = malloc(what->link.n + 1);
    }
    if (!m || !m->erasure || !m->strings) {
        if (m)
            ledger_message_free(m);
        return NULL;
    }
    char *at = m->strings;
    m->kind = MESSAGE_ERASE;
    *m->erasure = *what;
    m->erasure->link = ledger_ask_pack(&at, what->link);
    return m;
}

int ledger_erase(struct ledger *l, const struct batch_erasure *what, ledger_done *done, void *arg)
{
    struct message *m = ledger_erase_message(what);

    return m ? ledger_ask_hand_over(l, m, done, arg) : ERR_NOMEM;
}

int ledger_correct(struct ledger *l, const struct batch_correction *what, ledger_done *done,
                   void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_CORRECT;
    m->correction = *what;
    return ledger_ask_push(l, m, done, arg);
}

void ledger_erase_free(struct message *m)
{
    free(m->erasure);
}

static int take_noted(void *arg, const struct event *e)
{
    return e->noted ? buf_add_u64(arg, e->seq) : 0;
}

int ledger_erase_notes(struct ledger *l, const struct message *m)
{
    struct buf seqs = BUF_INIT;

    if (m->kind != MESSAGE_ERASE || m->status || m->erasure->what != BATCH_ERASE_CONCERN)
        return 0;
    int err = store_concern_events(l->store, m->erasure->concern, take_noted, &seqs);
    struct buf_reader in = {seqs.data, seqs.len, false};
    while (!err && in.left) {
        err = store_drop_note(l->store, buf_read_u64(&in));
        err = err == ERR_NOTFOUND ? 0 : err;
    }
    buf_free(&seqs);
    return err;
}
