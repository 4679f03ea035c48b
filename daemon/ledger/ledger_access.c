/* Accounts, tokens and the audit trail through the ledger, the only writer. */
#include <stdlib.h>

#include "base/err.h"
#include "daemon/ledger/ledger_state.h"

int ledger_access(struct ledger *l, const struct batch_access *access, ledger_done *done, void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (m)
        m->access = malloc(sizeof *m->access);
    if (!m || !m->access) {
        free(m);
        return ERR_NOMEM;
    }
    m->kind = MESSAGE_ACCESS;
    *m->access = *access;
    return ledger_ask_push(l, m, done, arg);
}

int ledger_trail(struct ledger *l, const struct trail_row *row, ledger_done *done, void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (m)
        m->trail = malloc(sizeof *m->trail);
    if (!m || !m->trail) {
        free(m);
        return ERR_NOMEM;
    }
    m->kind = MESSAGE_TRAIL;
    *m->trail = *row;
    return ledger_ask_push(l, m, done, arg);
}

void ledger_access_free(struct message *m)
{
    free(m->access);
    free(m->trail);
}

void ledger_sign(struct ledger *l, const struct ledger_signs *signs)
{
    l->signs = *signs;
}

/* Was anything of it done, now? */
static bool done(const struct message *m)
{
    if (m->repeated)
        return false;
    if (m->kind != MESSAGE_SOURCES)
        return m->status == 0;
    for (size_t i = 0; i < m->nsources; i++)
        if (m->each[i] == 0)
            return true;
    return false;
}

/* Of a page that was pointed to it is known only now. */
static void name_concern(const struct message *m, struct trail_row *row)
{
    if (m->kind == MESSAGE_REGISTER && m->registered.concern)
        concern_format_id(m->registered.concern, row->target);
}

void ledger_trace(struct ledger *l, const struct message *m)
{
    const struct ledger_signs *s = &l->signs;
    struct trail_row row = {0};

    if (m->kind != MESSAGE_TRAIL && m->trail && done(m)) { /* signed for on another machine */
        row = *m->trail;
        name_concern(m, &row);
        batch_trail(l->batch, &row);
    }
    bool signed_for = (m->done && m->done == s->done) ||
                      (m->sources_done && m->sources_done == s->sources_done);

    if (m->kind == MESSAGE_TRAIL || !signed_for || !done(m) || !s->sign(m->arg, &row))
        return;
    name_concern(m, &row);
    batch_trail(l->batch, &row);
}
