/* Sources, pages that people point to, what is taken out, and what receivers on the bus have. */
#include <stdlib.h>

#include "base/err.h"
#include "base/member.h"
#include "base/problems.h"
#include "daemon/cluster/fields.h"
#include "daemon/ledger/ledger_text.h"

static void write_cursors(json_t *o, const struct message *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->ncursors; i++) {
        const struct store_cursor *c = &m->cursors[i];
        json_array_append_new(list, json_pack("[s, s, I]", c->unit, c->receiver,
                                              (json_int_t)c->unitseq));
    }
    json_object_set_new(o, "cursors", list);
}

static int read_cursor(const json_t *o, struct store_cursor *c)
{
    struct str unit = member_str(json_array_get(o, 0));
    struct str receiver = member_str(json_array_get(o, 1));

    if (!unit.n || unit.n >= sizeof c->unit || !receiver.n || receiver.n >= sizeof c->receiver)
        return ERR_CORRUPT;
    memcpy(c->unit, unit.p, unit.n);
    memcpy(c->receiver, receiver.p, receiver.n);
    c->unitseq = (uint64_t)json_integer_value(json_array_get(o, 2));
    return 0;
}

static int blank(struct message **m)
{
    *m = calloc(1, sizeof **m);
    return *m ? 0 : ERR_NOMEM;
}

static int read_cursors(const json_t *o, struct message **m)
{
    const json_t *list = json_object_get(o, "cursors");
    size_t n = json_array_size(list);
    int err = blank(m);

    if (err)
        return err;
    (*m)->cursors = calloc(n + 1, sizeof *(*m)->cursors);
    if (!(*m)->cursors)
        err = ERR_NOMEM;
    for (; !err && (*m)->ncursors < n; (*m)->ncursors++)
        err = read_cursor(json_array_get(list, (*m)->ncursors), &(*m)->cursors[(*m)->ncursors]);
    if (err)
        ledger_message_free(*m);
    return err;
}

static void write_reach(json_t *o, const struct message *m)
{
    fields_put_str(o, "units", m->names);
}

static int read_reach(const json_t *o, struct message **m)
{
    struct str names = fields_get_str(o, "units");
    int err = blank(m);
    char *at = err ? NULL : malloc(names.n + 1);

    if (err)
        return err;
    if (!at) {
        ledger_message_free(*m);
        return ERR_NOMEM;
    }
    (*m)->strings = at;
    (*m)->names = ledger_ask_pack(&at, names);
    return 0;
}

static void write_source(json_t *list, enum ledger_source_act act, const struct source *s)
{
    struct buf yaml = BUF_INIT;

    if (act != LEDGER_SOURCE_ADD)
        json_array_append_new(list, json_string(s->id));
    else if (!source_write(s, &yaml))
        json_array_append_new(list, json_stringn(yaml.data, yaml.len));
    buf_free(&yaml);
}

static void write_sources(json_t *o, const struct message *m)
{
    json_t *list = json_array();

    fields_put(o, "act", m->act);
    fields_put_text(o, "key", m->key);
    fields_put(o, "request", (int64_t)m->request);
    fields_put(o, "person", (int64_t)m->person);
    for (size_t i = 0; i < m->nsources; i++)
        write_source(list, m->act, &m->flat[i]);
    json_object_set_new(o, "sources", list);
}

static int read_source(const json_t *o, enum ledger_source_act act, struct source **out)
{
    struct str text = member_str(o);
    struct source bare = {.id = (char *)text.p, .name = "", .url = ""};

    if (!text.n || memchr(text.p, '\0', text.n))
        return ERR_CORRUPT;
    if (act != LEDGER_SOURCE_ADD) {
        *out = source_copy(&bare, NULL);
        return *out ? 0 : ERR_NOMEM;
    }
    struct problems *problems = problems_new();
    int err = problems ? source_load_text("source", text, out, problems) : ERR_NOMEM;
    problems_free(problems);
    return err == ERR_SYNTAX ? ERR_CORRUPT : err;
}

static int read_sources(const json_t *o, struct message **m)
{
    struct source *list[LEDGER_SOURCES_MAX], flat[LEDGER_SOURCES_MAX];
    const json_t *sources = json_object_get(o, "sources");
    size_t n = json_array_size(sources), i = 0;
    struct ledger_once once = {.request = (uint64_t)fields_get(o, "request"),
                               .person = (uint64_t)fields_get(o, "person")};
    char key[STORE_KEY_MAX];
    int64_t act;

    if (n > LEDGER_SOURCES_MAX || fields_get_text(o, "key", key, sizeof key) ||
        fields_get_code(o, "act", LEDGER_SOURCE_POLL, &act))
        return ERR_CORRUPT;
    int err = 0;
    for (; i < n && !err; i++) {
        err = read_source(json_array_get(sources, i), (enum ledger_source_act)act, &list[i]);
        if (!err)
            flat[i] = *list[i];
    }
    once.key = *key ? key : NULL;
    *m = err ? NULL : ledger_sources_message((enum ledger_source_act)act, flat, n, &once);
    if (err)
        i--; /* the last one is none */
    while (i)
        free(list[--i]);
    return err ? err : *m ? 0 : ERR_NOMEM;
}

static void write_register(json_t *o, const struct message *m)
{
    fields_put_str(o, "url", m->url);
    fields_put_str(o, "topic", m->asked.page.topic);
    fields_put_str(o, "by", m->asked.page.by);
    fields_put_str(o, "note", m->asked.page.note);
}

static int read_register(const json_t *o, struct message **m)
{
    const struct desk_page page = {fields_get_str(o, "topic"), fields_get_str(o, "by"),
                                   fields_get_str(o, "note")};

    *m = ledger_register_message(fields_get_str(o, "url"), &page);
    return *m ? 0 : ERR_NOMEM;
}

static const struct fields_row erase_rows[] = {
    FIELDS_ROW("what", FIELDS_CODE, struct batch_erasure, what, BATCH_ERASE_REPLY),
    FIELDS_ROW("code", FIELDS_CODE, struct batch_erasure, code, ERASURES - 1),
    FIELDS_ROW("item", FIELDS_BYTES, struct batch_erasure, ident),
    FIELDS_ROW("link", FIELDS_STR, struct batch_erasure, link),
    FIELDS_ROW("concern", FIELDS_NUMBER, struct batch_erasure, concern),
    FIELDS_ROW("round", FIELDS_CODE, struct batch_erasure, round, UINT16_MAX),
    FIELDS_END};

static void write_erase(json_t *o, const struct message *m)
{
    fields_write(o, erase_rows, m->erasure);
}

static int read_erase(const json_t *o, struct message **m)
{
    struct batch_erasure e = {.what = 0};

    if (fields_read(o, erase_rows, &e))
        return ERR_CORRUPT;
    *m = ledger_erase_message(&e);
    return *m ? 0 : ERR_NOMEM;
}

static const struct fields_row correct_rows[] = {
    FIELDS_ROW("act", FIELDS_CODE, struct batch_correction, act, BATCH_CORRECTION_REFUSE),
    FIELDS_ROW("concern", FIELDS_NUMBER, struct batch_correction, concern),
    FIELDS_ROW("wish", FIELDS_CODE, struct batch_correction, wish, STORE_WISHES - 1),
    FIELDS_ROW("reason", FIELDS_CODE, struct batch_correction, reason, ERASURES - 1),
    FIELDS_END};

static void write_correct(json_t *o, const struct message *m)
{
    fields_write(o, correct_rows, &m->correction);
}

static int read_correct(const json_t *o, struct message **m)
{
    struct batch_correction c;

    if (fields_read(o, correct_rows, &c))
        return ERR_CORRUPT;
    int err = blank(m);
    if (!err)
        (*m)->correction = c;
    return err;
}

const struct ledger_text_kind ledger_text_town[] = {
    {"cursors", MESSAGE_CURSORS, write_cursors, read_cursors},
    {"reach", MESSAGE_REACH, write_reach, read_reach},
    {"sources", MESSAGE_SOURCES, write_sources, read_sources},
    {"register", MESSAGE_REGISTER, write_register, read_register},
    {"erase", MESSAGE_ERASE, write_erase, read_erase},
    {"correct", MESSAGE_CORRECT, write_correct, read_correct},
    {"share", MESSAGE_SHARE, ledger_share_write, ledger_share_read},
    {"load", MESSAGE_LOAD, ledger_share_write_load, ledger_share_read_load},
    {NULL, MESSAGE_POLL, NULL, NULL},
};
