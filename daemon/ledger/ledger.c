#define _GNU_SOURCE
#include "daemon/ledger/ledger.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pulse.h"
#include "base/queue.h"
#include "daemon/cluster/remote.h"
#include "daemon/ledger/ledger_state.h"

enum {
    POLLS_MAX = 128,        /* waiting: past it the workers wait, then the fetch thread */
    COMMANDS_MAX = 4096,    /* waiting: past it callers are told to come again */
    RETRY_MS = 500,         /* between tries while the disk refuses */
    CHANGE_MS = 15000,      /* that a change of rules takes at most, on all machines */
    AFTER_MS = 3000,        /* until what was judged meanwhile is asked for again */
};
#define GROUP_WINDOW (7 * CLOCK_DAY)

/* Texts of our own: what a worker says of a feed is not shown, for it could quote the feed. */
static const char *wrong_with(const struct verdicts *v)
{
    if (str_is(v->format, item_format_name(FEED_UNKNOWN)))
        return "不是信源，选择器也对不上 (not a feed, nor a page that the selectors fit)";
    if (v->nproblems)
        return "内容有错，能读的都读了 (the body has faults; what could be read was)";
    return NULL;
}

/* Those who follow need a moment to go by new rules, too: a body that was judged meanwhile is asked
 * for after it. */
static bool ask_after_change(const struct ledger *l, const struct message *m)
{
    return m->other_rules && clock_mono() - l->rules_since < CHANGE_MS;
}

/* Tell the fetch thread what became of a body. */
static void tell_fetch(struct ledger *l, const struct message *m)
{
    const struct fetched *f = m->meta;

    if (f && f->page) {
        if (f->page->kind == FETCH_PAGE_NEXT)
            ledger_sources_next_came(l, f->source);
        else if (f->page->kind == FETCH_PAGE_ITEM)
            ledger_pages_release(l, f->page->number);
        else if (f->page->kind == FETCH_PAGE_REPLY)
            ledger_replies_release(l, f->page);
        return;
    }
    if (!f || f->outcome != FETCH_BODY || !*l->fetch || !roster_live(l->roster, f->source))
        return;
    if (m->death)
        fetch_quarantine(*l->fetch, f->source,
                         f->at + batch_quarantine(
                                     source_table_get(l->sources, f->source).failures));
    else if (ask_after_change(l, m))
        fetch_quarantine(*l->fetch, f->source, clock_now() + AFTER_MS * clock_rate());
    else if (!m->verdicts)
        fetch_forget(*l->fetch, f->source);
    else
        fetch_note(*l->fetch, f->source, wrong_with(m->verdicts));
}

/* Its event is committed, and every verdict of the old rules before it: from here on the desk knows
 * the new topics. */
static void adopt_rules(struct ledger *l, struct rule_set *rules)
{
    struct rule_set *old = l->rules;

    l->rules = rule_set_hold(rules);
    l->rules_since = clock_mono();
    l->desk_conf.rules = rule_set_rules(rules);
    l->desk_conf.units = rule_set_town(rules)->units;
    l->desk_conf.deadlines = rule_set_town(rules)->deadlines;
    l->desk_conf.heat = rule_set_town(rules)->heat;
    desk_reconfigure(l->desk, &l->desk_conf);
    ledger_warn_gone(l);
    l->calendar_next = 0;
    rule_set_release(old);
}

static void finish(struct ledger *l, struct message **messages, size_t n, int err)
{
    for (size_t i = 0; i < n; i++) {
        struct message *m = messages[i];
        tell_fetch(l, m);
        if (!err && !m->status)
            m->status = ledger_erase_notes(l, m);
        ledger_register_done(l, m->meta, m->kind == MESSAGE_SKIP && !err ? ERR_IO : err);
        if (m->kind == MESSAGE_REACH)
            ledger_tell_reached(l, m->names);
        if (m->entry[0] && !err)
            remote_committed(l->among.remote, m->entry);
        else if (m->kind == MESSAGE_POLL && !err && l->among.remote)
            remote_polled(l->among.remote, m->meta);
        if (m->kind == MESSAGE_RULES) {
            m->status = err;
            if (!err)
                adopt_rules(l, m->rules);
        }
        if (m->done)
            m->done(m->arg, m->status, m->reason, m->seq);
        if (m->sources_done)
            m->sources_done(m->arg, m->status, NULL, m->status ? NULL : m->each, m->nsources);
        ledger_message_free(m);
    }
}

static int commit(struct ledger *l, struct message **messages, size_t n)
{
    struct store_batch out;
    int err = ledger_build(l, messages, n);

    if (err)
        return err;
    if (!batch_finish(l->batch, &out)) {
        l->calendar_news = false;
        batch_applied(l->batch);
        ledger_sources_settle(l);
        return 0;
    }
    ledger_shown_limit(l, &out);
    err = store_commit(l->store, &out);
    if (err)
        return err;
    l->commits++;
    l->items += out.nitems;
    l->elsewhere += batch_elsewhere(l->batch);
    l->too_old += batch_too_old(l->batch);
    l->events += out.nevents;
    l->calendar_news = false;
    batch_applied(l->batch);
    ledger_sources_settle(l);
    if (out.npages)
        ledger_pages_changed(l);
    if (out.nreplies)
        l->replies_next = 0;
    if (out.nblanks || out.nredacts || out.npublications) /* the WAL has them: cut it now */
        l->expire_next = 0;
    ledger_shown_committed(l, &out);
    ledger_tell_acked(l, out.cursors, out.ncursors);
    return 0;
}

static const char FULL[] = "存储写不进去，请稍后再试 (the store cannot be written now)";
static const char UNKNOWN[] = "存储没有答复，不知是否已办，请用同一幂等键重试 "
                              "(the store did not answer: try again with the same key)";

/* People waiting for a command are told at once that it was not done, or, when it was sent to a
 * store across a network that did not answer, that nobody knows; acks will come again. Rules stay:
 * the workers have them already; and so does the state of a unit's line, told once. */
static size_t drop_commands(struct message **messages, size_t n, int err, bool sent)
{
    bool unknown = sent && (err == ERR_NET || err == ERR_AGAIN);
    const char *reason = unknown ? UNKNOWN : FULL;
    size_t kept = 0;

    err = unknown ? ERR_TIMEOUT : err;

    for (size_t i = 0; i < n; i++) {
        struct message *m = messages[i];
        if (m->kind == MESSAGE_POLL || m->kind == MESSAGE_RULES || m->kind == MESSAGE_LINE ||
            m->kind == MESSAGE_SKIP) {
            messages[kept++] = m;
            continue;
        }
        if (m->done)
            m->done(m->arg, err, reason, 0);
        if (m->sources_done)
            m->sources_done(m->arg, err, reason, NULL, m->nsources);
        ledger_message_free(m);
    }
    return kept;
}

/* Rest before the next try; who asks for something meanwhile is told at once. */
static void refuse_commands(struct ledger *l, int err)
{
    struct message *messages[LEDGER_MESSAGES];
    int n = queue_take(l->commands, (void **)messages, LEDGER_MESSAGES, RETRY_MS);

    pulse_beat(l->pulse); /* it waits, however long: a supervisor's new start would not help */
    size_t kept = n > 0 ? drop_commands(messages, (size_t)n, err, false) : 0;
    for (size_t i = 0; i < kept; i++)
        if (queue_try_push(l->commands, messages[i]))
            ledger_message_free(messages[i]);
    if (kept) /* they are there at once when one looks again */
        clock_sleep(RETRY_MS);
}

/* Commit these messages, however long the disk refuses: intake stops meanwhile (the queue fills,
 * then the workers, then the fetch thread), and what could not be committed was never accepted. */
static void settle(struct ledger *l, struct message **messages, size_t n)
{
    int err;

    while ((err = commit(l, messages, n)) != 0) {
        l->failed++;
        if (l->stalled != err)
            log_error("ledger.stalled", "err=%s waiting=%zu", err_name(err), queue_count(l->polls));
        l->stalled = err;
        ledger_shown_doubt(l);
        ledger_tell_lost(l, err);
        n = drop_commands(messages, n, err, true);
        /* Nothing is built on a desk that holds what was never committed. */
        int unread = ledger_restore_desk(l);
        if (unread)
            log_error("ledger.restore", "err=%s", err_name(unread));
        while (!l->stopping && unread) {
            ledger_tell_lost(l, unread);
            refuse_commands(l, err);
            unread = ledger_restore_desk(l);
        }
        if (l->stopping)
            break;
        refuse_commands(l, err);
    }
    if (!err && l->stalled) {
        log_info("ledger.resumed", "failed=%llu", (unsigned long long)l->failed);
        l->stalled = 0;
    }
    finish(l, messages, n, err);
    pulse_beat(l->pulse); /* a round of many commits, each with its WAIT, may be long */
}

/* When there is something to do that no message tells of, ms. */
static int64_t wake(const struct ledger *l)
{
    const int64_t times[] = {desk_next(l->desk), l->expire_next, l->forget_next, l->pages_next,
                             l->replies_next};
    int64_t first = times[0];
    size_t n = *l->fetch ? 5 : 3; /* nobody to ask for pages and replies yet */

    for (size_t i = 1; i < n; i++)
        first = times[i] < first ? times[i] : first;
    return first;
}

/* Commands first: a person waits for them. ERR_CLOSED when both queues are closed and drained. */
static int take(struct ledger *l, struct message **messages)
{
    struct pollfd fds[] = {{queue_fd(l->commands), POLLIN, 0}, {queue_fd(l->polls), POLLIN, 0}};

    poll(fds, 2, clock_wait_ms(wake(l)));
    int commands = queue_take(l->commands, (void **)messages, LEDGER_MESSAGES, 0);
    int n = commands > 0 ? commands : 0;
    int polls = queue_take(l->polls, (void **)messages + n, (size_t)(LEDGER_MESSAGES - n), 0);

    if (commands < 0 && polls < 0)
        return ERR_CLOSED;
    return polls > 0 ? n + polls : n;
}

/* What changes the roster or the rules ends its transaction: the next one sees them changed. What
 * regroups items has one to itself, and sees all of them stored. Many items end one too: a Redis
 * does nothing else meanwhile, not even for the lease by which this machine leads. */
static void settle_all(struct ledger *l, struct message **messages, size_t n)
{
    size_t from = 0, items = 0, most = store_batch_items(l->store);

    for (size_t i = 0; i < n; i++) {
        const struct message *m = messages[i];
        items += m->verdicts ? m->verdicts->count : 0;
        bool alone = m->kind == MESSAGE_ACCESS || m->kind == MESSAGE_ERASE ||
                     m->kind == MESSAGE_SHARE ||
                     (m->kind == MESSAGE_COMMAND && batch_regroups(&m->command));
        if (alone && from < i)
            settle(l, messages + from, i - from);
        if (alone)
            from = i;
        if (alone || m->kind == MESSAGE_SOURCES || m->kind == MESSAGE_RULES ||
            items >= most) {
            settle(l, messages + from, i + 1 - from);
            from = i + 1;
            items = 0;
        }
    }
    if (from < n || l->calendar_news || desk_next(l->desk) <= clock_now())
        settle(l, messages + from, n - from);
}

static void *run(void *arg)
{
    struct ledger *l = arg;
    struct message *messages[LEDGER_MESSAGES];
    int n;

    l->pulse = pulse_start("ledger");
    pthread_setname_np(pthread_self(), "ledger");
    while ((n = take(l, messages)) >= 0) {
        pulse_beat(l->pulse);
        n = ledger_register_take(l, messages, n);
        settle_all(l, messages, (size_t)n);
        ledger_shown_look(l);
        ledger_hourly(l);
        ledger_pages_ask(l);
        ledger_replies_ask(l);
    }
    pulse_stop(l->pulse);
    return NULL;
}

static void discard(struct ledger *l)
{
    desk_free(l->desk);
    batch_free(l->batch);
    source_table_free(l->sources);
    queue_free(l->polls);
    queue_free(l->commands);
    pthread_mutex_destroy(&l->watch_lock);
    free(l);
}

struct ledger *ledger_open(const struct config *config, struct roster *roster, struct store *store,
                           struct fetch **fetch)
{
    struct ledger *l = calloc(1, sizeof *l);
    int err = ERR_NOMEM;

    if (!l)
        return NULL;
    pthread_mutex_init(&l->watch_lock, NULL);
    l->config = config;
    l->roster = roster;
    l->store = store;
    l->fetch = fetch;
    l->desk_conf =
        (struct desk_conf){config->town->units, config->town->deadlines, config->rules,
                           str_from(config->home_region), GROUP_WINDOW, config->town->heat,
                           str_from(config->public_url)};
    l->polls = queue_new(POLLS_MAX);
    l->commands = queue_new(COMMANDS_MAX);
    l->sources = source_table_new();
    l->batch = batch_new(&(struct batch_conf){config, roster, store, l->sources});
    if (!l->polls || !l->commands || !l->sources || !l->batch)
        goto fail;
    err = ledger_restore_desk(l);
    if (!err)
        ledger_warn_gone(l);
    if (!err)
        err = ledger_restore_sources(l);
    if (!err)
        err = ledger_register_open(l);
    if (!err)
        return l;
fail:
    log_error("ledger.open", "err=%s", err_name(err));
    discard(l);
    return NULL;
}

int ledger_run(struct ledger *l)
{
    bool follows = l->among.node && !l->among.leads;

    if (pthread_create(&l->thread, NULL, follows ? ledger_follow : run, l))
        return ERR_NOMEM;
    l->running = true;
    return 0;
}

void ledger_join(struct ledger *l, const struct ledger_among *among)
{
    l->among = *among;
}

void ledger_quit(struct ledger *l)
{
    l->stopping = true;
}

void ledger_stop(struct ledger *l)
{
    if (!l)
        return;
    ledger_quit(l);
    queue_close(l->polls);
    queue_close(l->commands);
    if (l->running)
        pthread_join(l->thread, NULL);
    ledger_register_close(l);
    rule_set_release(l->rules);
    discard(l);
}

void ledger_counters(struct ledger *l, struct ledger_counters *out)
{
    struct source_table_counts n;

    source_table_counts(l->sources, &n);
    *out = (struct ledger_counters){l->items,   l->commits, l->failed, l->events,     l->asked,
                                    l->elsewhere, l->too_old, l->stalled, n.retired,  n.paused,
                                    n.quarantined, n.silent,  l->calendar_missing};
}
