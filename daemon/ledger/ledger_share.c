/* What all machines of the town go by, through the ledger. */
#include <sodium.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/cluster/fields.h"
#include "daemon/ledger/ledger_text.h"

enum { ROWS_MAX = 16, VERB_MAX = 4 /* RELOAD_RESTORE */ };

/* A copy of the rows, each value in its place in one block. */
static struct message *message_of(const struct store_shared *rows, size_t n)
{
    struct message *m = calloc(1, sizeof *m);
    size_t total = 1;

    for (size_t i = 0; i < n; i++)
        total += rows[i].value.n + 1;
    if (m) {
        m->shared = calloc(n + 1, sizeof *m->shared);
        m->strings = malloc(total);
    }
    if (!m || !m->shared || !m->strings) {
        if (m)
            ledger_message_free(m);
        return NULL;
    }
    m->kind = MESSAGE_SHARE;
    m->nshared = n;
    char *at = m->strings;
    for (size_t i = 0; i < n; i++) {
        m->shared[i] = rows[i];
        m->shared[i].value = ledger_ask_pack(&at, rows[i].value);
    }
    return m;
}

int ledger_share(struct ledger *l, const struct store_shared *rows, size_t n, ledger_done *done,
                 void *arg)
{
    struct message *m = message_of(rows, n);

    return m ? ledger_ask_hand_over(l, m, done, arg) : ERR_NOMEM;
}

int ledger_load(struct ledger *l, const struct ledger_load *load, ledger_done *done, void *arg)
{
    struct store_shared rows[] = {
        {.kind = STORE_SHARED_RULES, .name = "name", .value = load->name},
        {.kind = STORE_SHARED_RULES, .name = "stage", .value = load->stage},
        {.kind = STORE_SHARED_RULES, .name = "reason", .value = load->reason},
        {.kind = STORE_SHARED_RULES, .name = "base", .value = load->base},
        {.kind = STORE_SHARED_RULES, .name = "files", .value = load->pack},
        {.kind = STORE_SHARED_RULES, .name = "edits", .value = load->edits}};
    struct message *m = message_of(rows, sizeof rows / sizeof *rows);

    if (!m)
        return ERR_NOMEM;
    m->kind = MESSAGE_LOAD;
    m->number = load->verb;
    m->request = load->person;
    return ledger_ask_hand_over(l, m, done, arg);
}

void ledger_on_load(struct ledger *l,
                    int (*load)(void *arg, const struct ledger_load *load, ledger_done *done,
                                void *done_arg),
                    void *arg)
{
    l->load = load;
    l->load_arg = arg;
}

/* The text of this name; no text: without p. */
static struct str text_of(const struct message *m, const char *name)
{
    for (size_t i = 0; i < m->nshared; i++)
        if (!strcmp(m->shared[i].name, name) && m->shared[i].value.n)
            return m->shared[i].value;
    return STR_NONE;
}

int ledger_share_load(struct ledger *l, struct message *m, ledger_done *done, void *arg)
{
    const struct ledger_load load = {
        .verb = (uint8_t)m->number, .person = m->request, .name = text_of(m, "name"),
        .stage = text_of(m, "stage"), .reason = text_of(m, "reason"),
        .base = text_of(m, "base"), .pack = text_of(m, "files"),
        .edits = text_of(m, "edits")};
    int err = l->load ? l->load(l->load_arg, &load, done, arg) : ERR_UNSUPPORTED;

    ledger_message_free(m);
    return err;
}

static json_t *write_row(const struct store_shared *row)
{
    size_t size = sodium_base64_encoded_len(row->value.n, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    json_t *o = json_object();

    fields_put(o, "kind", row->kind);
    fields_put_text(o, "name", row->name);
    fields_put(o, "drop", row->drop);
    if (text)
        sodium_bin2base64(text, size, (const unsigned char *)row->value.p, row->value.n,
                          sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(o, "value", text ? json_string(text) : json_null());
    free(text);
    return o;
}

void ledger_share_write(json_t *o, const struct message *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->nshared; i++)
        json_array_append_new(list, write_row(&m->shared[i]));
    json_object_set_new(o, "rows", list);
}

/* Its value is a block of its own. */
static int read_row(const json_t *o, struct store_shared *row)
{
    struct str text = fields_get_str(o, "value");
    unsigned char *value = malloc(text.n + 1);
    int64_t kind;
    size_t n;

    *row = (struct store_shared){.drop = fields_get(o, "drop")};
    row->value.p = (const char *)value;
    if (!value)
        return ERR_NOMEM;
    if (!text.p || fields_get_code(o, "kind", STORE_SHARED_KINDS - 1, &kind) ||
        fields_get_text(o, "name", row->name, sizeof row->name) ||
        sodium_base642bin(value, text.n + 1, text.p, text.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        return ERR_CORRUPT;
    row->kind = (uint8_t)kind;
    row->value.n = n;
    return *row->name ? 0 : ERR_CORRUPT;
}

int ledger_share_read(const json_t *o, struct message **m)
{
    const json_t *list = json_object_get(o, "rows");
    struct store_shared rows[ROWS_MAX];
    size_t n = json_array_size(list), read = 0;
    int err = n && n <= ROWS_MAX ? 0 : ERR_CORRUPT;

    while (!err && read < n) {
        err = read_row(json_array_get(list, read), &rows[read]);
        read++;
    }
    *m = err ? NULL : message_of(rows, n);
    while (read)
        free((char *)rows[--read].value.p);
    return err ? err : *m ? 0 : ERR_NOMEM;
}

void ledger_share_write_load(json_t *o, const struct message *m)
{
    fields_put(o, "verb", (int64_t)m->number);
    fields_put(o, "person", (int64_t)m->request);
    ledger_share_write(o, m);
}

int ledger_share_read_load(const json_t *o, struct message **m)
{
    int64_t verb;
    int err = fields_get_code(o, "verb", VERB_MAX, &verb);

    if (!err)
        err = ledger_share_read(o, m);
    if (err)
        return err;
    (*m)->number = (uint64_t)verb;
    (*m)->request = (uint64_t)fields_get(o, "person");
    return 0;
}
