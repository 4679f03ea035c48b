/* Messages to the ledger into one transaction. */
#include "base/clock.h"
#include "daemon/batch_order.h"
#include "daemon/ledger_state.h"

static int build_poll(struct ledger *l, struct message *m)
{
    const struct fetched *meta = m->meta;
    int err;

    if (ledger_register_build(l, m, &err))
        return err;
    if (meta->page && meta->page->kind == FETCH_PAGE_REPLY)
        return batch_reply(l->batch, meta, m->verdicts, m->death);
    if (!meta->page || meta->page->kind != FETCH_PAGE_ITEM)
        return batch_poll(l->batch, meta, m->verdicts, m->death);
    const unsigned char *ident = ledger_pages_ident(l, meta->page->number);
    return ident ? batch_page(l->batch, meta, m->verdicts, m->death, ident) : 0;
}

static int build_one(struct ledger *l, struct message *m)
{
    switch (m->kind) {
    case MESSAGE_POLL: return build_poll(l, m);
    case MESSAGE_RULES: return batch_rules(l->batch, rule_set_rules(m->rules), &m->seq);
    case MESSAGE_COMMAND:
        return batch_command(l->batch, &m->command, &m->status, &m->reason, &m->seq);
    case MESSAGE_CURSOR: return batch_cursor(l->batch, &m->cursor);
    case MESSAGE_LINE:
        return batch_line(l->batch, str_from(m->unit), m->offline, m->missed);
    case MESSAGE_MARK: return batch_mark(l->batch, &m->mark, &m->status, &m->seq);
    case MESSAGE_REDACT: return batch_redact(l->batch, m->mark.ident, &m->status, &m->seq);
    case MESSAGE_REGISTER: return 0; /* begun by ledger_register_take() */
    case MESSAGE_SOURCES:
        return batch_sources(l->batch, (enum batch_source_act)m->act, m->flat, m->nsources,
                             m->each);
    }
    return 0;
}

/* Polls that stand together, by their grades. */
static int build_polls(struct ledger *l, struct message **messages, size_t n)
{
    struct batch_waiting waiting[LEDGER_MESSAGES] = {0};
    size_t order[LEDGER_MESSAGES];

    for (size_t i = 0; i < n; i++)
        waiting[i] = (struct batch_waiting){messages[i]->meta->source, messages[i]->verdicts};
    int err = batch_order_polls(waiting, n, order);
    for (size_t i = 0; i < n && !err; i++)
        err = build_one(l, messages[order[i]]);
    return err;
}

static size_t count_polls(struct message **messages, size_t n)
{
    size_t polls = 0;

    while (polls < n && messages[polls]->kind == MESSAGE_POLL)
        polls++;
    return polls;
}

int ledger_build(struct ledger *l, struct message **messages, size_t n)
{
    struct batch_bounds bounds = {.polls = n, .commands = n};

    for (size_t i = 0; i < n; i++) {
        bounds.items += messages[i]->verdicts ? messages[i]->verdicts->count : 0;
        bounds.sources += messages[i]->nsources;
    }
    int err = batch_begin(l->batch, l->desk, clock_now(), &bounds);
    for (size_t i = 0; i < n && !err;) {
        size_t polls = count_polls(messages + i, n - i);
        err = polls ? build_polls(l, messages + i, polls) : build_one(l, messages[i]);
        i += polls ? polls : 1;
    }
    if (!err && l->calendar_news)
        err = batch_calendar(l->batch, l->calendar_missing);
    if (!err)
        err = batch_tick(l->batch);
    return err ? err : batch_replies_want(l->batch);
}
