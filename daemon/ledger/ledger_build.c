/* Messages to the ledger into one transaction. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/batch_order.h"
#include "daemon/ledger/ledger_state.h"

/* Whether a source is new is known by who leads: another machine may have polled it before. */
static void tell_first(const struct ledger *l, struct message *m)
{
    if (l->among.node && m->meta->source != FETCH_NO_SOURCE)
        m->meta->first = !source_table_get(l->sources, m->meta->source).known;
}

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

static int build_sources(struct ledger *l, struct message *m)
{
    const struct batch_once once = {m->key, m->request, m->person};
    enum batch_source_act act = (enum batch_source_act)m->act;

    if (!m->key[0])
        return batch_sources(l->batch, act, m->flat, m->nsources, m->each);
    int err = batch_sources_once(l->batch, &once, act, m->flat, m->nsources, m->each, &m->status);
    m->repeated = batch_repeated(l->batch);
    return err;
}

static int build_command(struct ledger *l, struct message *m)
{
    int err = batch_command(l->batch, &m->command, &m->status, &m->reason, &m->seq);

    m->repeated = batch_repeated(l->batch);
    return err;
}

static int build_kind(struct ledger *l, struct message *m)
{
    switch (m->kind) {
    case MESSAGE_POLL: return build_poll(l, m);
    case MESSAGE_RULES: return batch_rules(l->batch, rule_set_rules(m->rules), &m->seq);
    case MESSAGE_COMMAND: return build_command(l, m);
    case MESSAGE_CURSORS: batch_cursors(l->batch, m->cursors, m->ncursors); return 0;
    case MESSAGE_REACH: return 0; /* it changes nothing */
    case MESSAGE_SKIP:
        return m->meta->source == l->guest || m->meta->source == FETCH_NO_SOURCE
                   ? 0 : batch_skipped(l->batch, m->meta);
    case MESSAGE_LINE:
        return batch_line(l->batch, str_from(m->unit), m->offline, m->missed);
    case MESSAGE_MARK: return batch_mark(l->batch, &m->mark, &m->status, &m->seq);
    case MESSAGE_REDACT: return batch_redact(l->batch, m->mark.ident, &m->status, &m->seq);
    case MESSAGE_CORRECT:
        return batch_correct(l->batch, &m->correction, &m->status, &m->reason);
    case MESSAGE_ERASE:
        return batch_erase(l->batch, m->erasure, &m->status, &m->seq);
    case MESSAGE_ACCESS: return batch_access(l->batch, m->access, &m->status);
    case MESSAGE_SHARE: return batch_share(l->batch, m->shared, m->nshared, &m->status);
    case MESSAGE_LOAD: m->status = ERR_UNSUPPORTED; return 0; /* one that follows hands it on */
    case MESSAGE_TRAIL: batch_trail(l->batch, m->trail); return 0;
    case MESSAGE_SURVEY:
        return batch_survey(l->batch, m->command.concern, m->round, m->solved, &m->status,
                            &m->reason);
    case MESSAGE_REGISTER: return ledger_register_known(l, m);
    case MESSAGE_SOURCES: return build_sources(l, m);
    }
    return 0;
}

static int build_one(struct ledger *l, struct message *m)
{
    int err = build_kind(l, m);

    if (!err)
        ledger_trace(l, m);
    return err;
}

/* The pages of a list, and of items and replies, are added whole, for what is asked for next
 * depends on what each of them brought; and so are polls that wait with pages of their source. */
static bool divisible(struct message **messages, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (messages[k]->meta->page && messages[k]->meta->source == messages[i]->meta->source)
            return false;
    return true;
}

static int build_part(struct ledger *l, const struct message *m, const struct batch_waiting *w,
                      int rank, struct batch_intake **in)
{
    int err = 0;

    if (w->rank == rank)
        err = batch_poll_open(l->batch, m->meta, m->verdicts, m->death, w->ranks, in);
    if (!err && *in)
        err = batch_poll_items(l->batch, *in, rank);
    if (!err && *in && rank == 0)
        err = batch_poll_close(l->batch, *in);
    return err;
}

/* By rank, over all polls: see batch_order.h. */
static int build_ranks(struct ledger *l, struct message **messages,
                       const struct batch_waiting *waiting, const size_t *order, size_t n)
{
    struct batch_intake *open[LEDGER_MESSAGES] = {0};
    int err = 0;

    for (int rank = BATCH_RANKS - 1; rank >= 0; rank--)
        for (size_t i = 0; i < n && !err && waiting[order[i]].rank >= rank; i++) {
            size_t at = order[i];
            if (divisible(messages, n, at))
                err = build_part(l, messages[at], &waiting[at], rank, &open[at]);
            else if (waiting[at].rank == rank)
                err = build_one(l, messages[at]);
        }
    return err;
}

/* Polls that stand together. */
static int build_polls(struct ledger *l, struct message **messages, size_t n)
{
    struct batch_waiting waiting[LEDGER_MESSAGES] = {0};
    size_t order[LEDGER_MESSAGES], items = 0;

    for (size_t i = 0; i < n; i++) {
        items += messages[i]->verdicts ? messages[i]->verdicts->count : 0;
        tell_first(l, messages[i]);
    }
    uint8_t *ranks = malloc(items + 1), *at = ranks;
    if (!ranks)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        waiting[i].source = messages[i]->meta->source;
        waiting[i].verdicts = messages[i]->verdicts;
        waiting[i].ranks = at;
        at += messages[i]->verdicts ? messages[i]->verdicts->count : 0;
    }
    int err = batch_order_polls(waiting, n, order);
    if (!err)
        err = build_ranks(l, messages, waiting, order, n);
    free(ranks);
    return err;
}

static size_t count_polls(struct message **messages, size_t n)
{
    size_t polls = 0;

    while (polls < n && messages[polls]->kind == MESSAGE_POLL)
        polls++;
    return polls;
}

/* What another machine judged by other rules than those in force here is not mixed with the rest:
 * it counts as not judged, and is asked for again. */
static void refuse_other_rules(const struct ledger *l, struct message *m)
{
    if (!m->entry[0] || !m->verdicts ||
        str_is(m->verdicts->rules, rules_version(l->desk_conf.rules)))
        return;
    log_info("cluster.other_rules", "judged_by=%.*s in_force=%s", STR_ARG(m->verdicts->rules),
             rules_version(l->desk_conf.rules));
    verdict_free(m->verdicts);
    m->verdicts = NULL;
    m->other_rules = true;
}

int ledger_build(struct ledger *l, struct message **messages, size_t n)
{
    struct batch_bounds bounds = {.polls = n, .commands = n};

    for (size_t i = 0; i < n; i++)
        refuse_other_rules(l, messages[i]);
    for (size_t i = 0; i < n; i++) {
        bounds.items += messages[i]->verdicts ? messages[i]->verdicts->count : 0;
        bounds.sources += messages[i]->nsources;
        bounds.cursors += messages[i]->ncursors;
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
