/* What other threads hand to the ledger. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/queue.h"
#include "daemon/ledger/ledger_state.h"

void ledger_message_free(struct message *m)
{
    fetch_fetched_free(m->meta);
    verdict_free(m->verdicts);
    free(m->strings);
    free(m->cursors);
    free(m->shared);
    rule_set_release(m->rules);
    ledger_sources_free(m);
    ledger_access_free(m);
    ledger_erase_free(m);
    free(m);
}

int ledger_submit(struct ledger *l, struct fetched *meta, struct verdicts *verdicts,
                  const char *death)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_POLL;
    m->meta = meta;
    m->verdicts = verdicts;
    m->death = death;
    int err = queue_push(l->polls, m);
    if (err)
        free(m);
    return err;
}

static int submit_entry(struct ledger *l, enum message_kind kind, struct fetched *meta,
                        struct verdicts *verdicts, char *death, const char *entry)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = kind;
    m->meta = meta;
    m->verdicts = verdicts;
    m->death = m->strings = death;
    snprintf(m->entry, sizeof m->entry, "%s", entry);
    int err = queue_push(l->polls, m);
    if (err)
        free(m);
    return err;
}

int ledger_submit_entry(struct ledger *l, struct fetched *meta, struct verdicts *verdicts,
                        char *death, const char *entry)
{
    return submit_entry(l, MESSAGE_POLL, meta, verdicts, death, entry);
}

int ledger_skip_entry(struct ledger *l, struct fetched *meta, const char *entry)
{
    return submit_entry(l, MESSAGE_SKIP, meta, NULL, NULL, entry);
}

int ledger_rules(struct ledger *l, struct rule_set *rules, ledger_done *done, void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_RULES;
    m->rules = rule_set_hold(rules);
    m->done = done;
    m->arg = arg;
    int err = queue_push(l->polls, m);
    if (err)
        ledger_message_free(m);
    return err;
}

struct str ledger_ask_pack(char **at, struct str s)
{
    char *to = *at;

    if (s.n)
        memcpy(to, s.p, s.n);
    to[s.n] = '\0';
    *at += s.n + 1;
    return (struct str){to, s.n};
}

static size_t texts_size(const struct command *c)
{
    size_t n = c->by.n + c->url.n + c->note.n + c->key.n + c->receiver.n + c->text.n + 6;

    for (size_t i = 0; i < c->nunits; i++)
        n += c->units[i].n + 1;
    return n;
}

struct message *ledger_ask_command(const struct command *command)
{
    struct message *m = calloc(1, sizeof *m);
    char *at = m ? malloc(texts_size(command)) : NULL;

    if (!at) {
        free(m);
        return NULL;
    }
    m->kind = MESSAGE_COMMAND;
    m->strings = at;
    m->command = *command;
    m->command.by = ledger_ask_pack(&at, command->by);
    m->command.url = ledger_ask_pack(&at, command->url);
    m->command.note = ledger_ask_pack(&at, command->note);
    m->command.text = ledger_ask_pack(&at, command->text);
    for (size_t i = 0; i < command->nunits; i++)
        m->command.units[i] = ledger_ask_pack(&at, command->units[i]);
    m->command.key = ledger_ask_pack(&at, command->key);
    m->command.receiver = ledger_ask_pack(&at, command->receiver);
    return m;
}

int ledger_ask_push(struct ledger *l, struct message *m, ledger_done *done, void *arg)
{
    m->done = done;
    m->arg = arg;
    int err = queue_try_push(l->commands, m);
    if (err)
        ledger_message_free(m);
    return err;
}

int ledger_ask_hand_over(struct ledger *l, struct message *m, ledger_done *done, void *arg)
{
    bool by_program = m->kind == MESSAGE_CURSORS || m->kind == MESSAGE_REACH;
    int err = ledger_ask_push(l, m, done, arg);

    if (!err)
        l->asked += !by_program;
    return err;
}

int ledger_command(struct ledger *l, const struct command *command, ledger_done *done, void *arg)
{
    struct message *m = ledger_ask_command(command);

    return m ? ledger_ask_hand_over(l, m, done, arg) : ERR_NOMEM;
}

int ledger_forwarded(struct ledger *l, struct str epoch, struct str text, ledger_done *done,
                     ledger_sources_done *sources_done, void *arg)
{
    struct message *m;
    int err = str_is(epoch, store_epoch(l->store)) ? ledger_text_read(text, &m) : ERR_AGAIN;

    if (err)
        return err;
    if (m->kind == MESSAGE_LOAD)
        return ledger_share_load(l, m, done, arg);
    if (m->kind == MESSAGE_SOURCES)
        m->sources_done = sources_done;
    return ledger_ask_hand_over(l, m, m->sources_done ? NULL : done, arg);
}

static int ask_of_item(struct ledger *l, enum message_kind kind, const struct store_mark *mark,
                       ledger_done *done, void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = kind;
    m->mark = *mark;
    return ledger_ask_hand_over(l, m, done, arg);
}

int ledger_mark(struct ledger *l, const struct store_mark *mark, ledger_done *done, void *arg)
{
    return ask_of_item(l, MESSAGE_MARK, mark, done, arg);
}

int ledger_redact(struct ledger *l, const unsigned char ident[STORE_IDENT], ledger_done *done,
                  void *arg)
{
    struct store_mark of = {0};

    memcpy(of.ident, ident, STORE_IDENT);
    return ask_of_item(l, MESSAGE_REDACT, &of, done, arg);
}

int ledger_survey(struct ledger *l, uint64_t concern, uint16_t round, bool solved,
                  ledger_done *done, void *arg)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_SURVEY;
    m->command.concern = concern;
    m->round = round;
    m->solved = solved;
    return ledger_ask_push(l, m, done, arg);
}

int ledger_line(struct ledger *l, const char *unit, bool offline, uint32_t missed)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_LINE;
    m->offline = offline;
    m->missed = missed;
    memccpy(m->unit, unit, '\0', sizeof m->unit - 1);
    return ledger_ask_push(l, m, NULL, NULL);
}

int ledger_reach(struct ledger *l, struct str names)
{
    struct message *m = calloc(1, sizeof *m);
    char *at = m ? malloc(names.n + 1) : NULL;

    if (!at) {
        free(m);
        return ERR_NOMEM;
    }
    m->kind = MESSAGE_REACH;
    m->strings = at;
    m->names = ledger_ask_pack(&at, names);
    return ledger_ask_push(l, m, NULL, NULL);
}

size_t ledger_cursors(struct ledger *l, const struct store_cursor *cursors, size_t n)
{
    struct message *m = calloc(1, sizeof *m);

    if (m)
        m->cursors = calloc(n + 1, sizeof *m->cursors);
    if (!m || !m->cursors) {
        free(m);
        return 0;
    }
    m->kind = MESSAGE_CURSORS;
    m->ncursors = n;
    memcpy(m->cursors, cursors, n * sizeof *cursors);
    return ledger_ask_push(l, m, NULL, NULL) ? 0 : n;
}
