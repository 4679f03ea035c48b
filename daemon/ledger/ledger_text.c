/* What one machine was asked for, as it goes to the one that leads: JSON. Names that people write
 * and numbers that are kept in the store stand for the same on both. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/member.h"
#include "daemon/cluster/fields.h"
#include "daemon/ledger/ledger_text.h"

static const struct fields_row command_rows[] = {
    FIELDS_ROW("concern", FIELDS_NUMBER, struct command, concern),
    FIELDS_ROW("by", FIELDS_STR, struct command, by),
    FIELDS_ROW("grouping", FIELDS_BOOL, struct command, grouping),
    FIELDS_ROW("url", FIELDS_STR, struct command, url),
    FIELDS_ROW("note", FIELDS_STR, struct command, note),
    FIELDS_ROW("text", FIELDS_STR, struct command, text),
    FIELDS_ROW("key", FIELDS_STR, struct command, key),
    FIELDS_ROW("receiver", FIELDS_STR, struct command, receiver),
    FIELDS_ROW("graded", FIELDS_BOOL, struct command, graded),
    FIELDS_ROW("grade", FIELDS_CODE, struct command, grade, GRADE_GRAVE),
    FIELDS_ROW("criteria", FIELDS_CODE, struct command, criteria, UINT32_MAX),
    FIELDS_ROW("emergency", FIELDS_CODE, struct command, emergency, EMERGENCY_NO),
    FIELDS_ROW("stepped", FIELDS_BOOL, struct command, stepped),
    FIELDS_ROW("step", FIELDS_CODE, struct command, step, ACTS - 1),
    FIELDS_ROW("until", FIELDS_NUMBER, struct command, until),
    FIELDS_ROW("code", FIELDS_CODE, struct command, code, DISMISSALS - 1),
    FIELDS_ROW("other", FIELDS_NUMBER, struct command, other),
    FIELDS_ROW("scoped", FIELDS_BOOL, struct command, scoped),
    FIELDS_ROW("scope", FIELDS_CODE, struct command, scope, SCOPES - 1),
    FIELDS_ROW("article", FIELDS_CODE, struct command, article, SCOPE_ARTICLES - 1),
    FIELDS_ROW("person", FIELDS_NUMBER, struct command, person),
    FIELDS_ROW("draft", FIELDS_NUMBER, struct command, draft),
    FIELDS_END};

static void write_command(json_t *o, const struct message *m)
{
    const struct command *c = &m->command;
    json_t *units = json_array(), *items = json_array();

    fields_put_text(o, "act", command_form(c->act)->name);
    fields_write(o, command_rows, c);
    for (size_t i = 0; i < c->nunits; i++)
        json_array_append_new(units, json_stringn(c->units[i].p, c->units[i].n));
    for (size_t i = 0; i < c->nitems; i++)
        json_array_append_new(items, fields_hex(c->items[i], COMMAND_IDENT));
    json_object_set_new(o, "units", units);
    json_object_set_new(o, "items", items);
}

static int read_lists(const json_t *o, struct command *c)
{
    const json_t *units = json_object_get(o, "units"), *items = json_object_get(o, "items");
    int err = 0;

    c->nunits = json_array_size(units);
    c->nitems = json_array_size(items);
    if (c->nunits > COMMAND_UNITS || c->nitems > COMMAND_ITEMS)
        return ERR_CORRUPT;
    for (size_t i = 0; i < c->nunits; i++)
        c->units[i] = member_str(json_array_get(units, i));
    for (size_t i = 0; i < c->nitems && !err; i++)
        err = fields_get_hex(json_array_get(items, i), c->items[i], COMMAND_IDENT);
    return err;
}

static int read_command(const json_t *o, struct message **m)
{
    struct command c = {.concern = 0};
    const char *reason;
    int act = command_find(fields_get_str(o, "act"));

    if (act < 0 || fields_read(o, command_rows, &c) || read_lists(o, &c))
        return ERR_CORRUPT;
    c.act = (enum command_act)act;
    if (command_check(&c, &reason))
        return ERR_CORRUPT;
    *m = ledger_ask_command(&c);
    return *m ? 0 : ERR_NOMEM;
}

static int blank(struct message **m)
{
    *m = calloc(1, sizeof **m);
    return *m ? 0 : ERR_NOMEM;
}

static const struct fields_row mark_rows[] = {
    FIELDS_ROW("item", FIELDS_BYTES, struct store_mark, ident),
    FIELDS_ROW("aspect", FIELDS_CODE, struct store_mark, aspect, UINT8_MAX),
    FIELDS_ROW("value", FIELDS_CODE, struct store_mark, value, UINT8_MAX),
    FIELDS_ROW("topic", FIELDS_TEXT, struct store_mark, topic),
    FIELDS_ROW("rules", FIELDS_NUMBER, struct store_mark, rules),
    FIELDS_ROW("at", FIELDS_NUMBER, struct store_mark, at),
    FIELDS_END};

static void write_mark(json_t *o, const struct message *m)
{
    fields_write(o, mark_rows, &m->mark);
}

static int read_mark(const json_t *o, struct message **m)
{
    struct store_mark mark = {.at = 0};
    int err = fields_read(o, mark_rows, &mark);

    if (!err)
        err = blank(m);
    if (!err)
        (*m)->mark = mark;
    return err;
}

static const struct fields_row survey_rows[] = {
    FIELDS_ROW("concern", FIELDS_NUMBER, struct message, command.concern),
    FIELDS_ROW("round", FIELDS_CODE, struct message, round, UINT16_MAX),
    FIELDS_ROW("solved", FIELDS_BOOL, struct message, solved),
    FIELDS_END};

static void write_survey(json_t *o, const struct message *m)
{
    fields_write(o, survey_rows, m);
}

static int read_survey(const json_t *o, struct message **m)
{
    int err = blank(m);

    if (!err && (err = fields_read(o, survey_rows, *m))) {
        free(*m);
        *m = NULL;
    }
    return err;
}

/* Both structs in one object: those of a token that an account has too have names of their own. */
static const struct fields_row access_rows[] = {
    FIELDS_ROW("act", FIELDS_CODE, struct batch_access, act, BATCH_TOKEN_REMOVE),
    FIELDS_ROW("name", FIELDS_TEXT, struct batch_access, account.name),
    FIELDS_ROW("unit", FIELDS_TEXT, struct batch_access, account.unit),
    FIELDS_ROW("role", FIELDS_CODE, struct batch_access, account.role, ACCOUNT_ROLES - 1),
    FIELDS_ROW("disabled", FIELDS_BOOL, struct batch_access, account.disabled),
    FIELDS_ROW("hash", FIELDS_TEXT, struct batch_access, account.hash),
    FIELDS_ROW("created", FIELDS_NUMBER, struct batch_access, account.created),
    FIELDS_ROW("changed", FIELDS_NUMBER, struct batch_access, account.changed),
    FIELDS_ROW("token", FIELDS_BYTES, struct batch_access, token.hash),
    FIELDS_ROW("account", FIELDS_TEXT, struct batch_access, token.account),
    FIELDS_ROW("token_unit", FIELDS_TEXT, struct batch_access, token.unit),
    FIELDS_ROW("token_role", FIELDS_CODE, struct batch_access, token.role, ACCOUNT_ROLES - 1),
    FIELDS_ROW("token_created", FIELDS_NUMBER, struct batch_access, token.created),
    FIELDS_ROW("expires", FIELDS_NUMBER, struct batch_access, token.expires),
    FIELDS_ROW("drop", FIELDS_BOOL, struct batch_access, token.drop),
    FIELDS_END};

static void write_access(json_t *o, const struct message *m)
{
    fields_write(o, access_rows, m->access);
}

static int read_access(const json_t *o, struct message **m)
{
    struct batch_access access = {.account = {.role = 0}};
    int err = fields_read(o, access_rows, &access);

    if (!err)
        err = blank(m);
    if (err)
        return err;
    (*m)->access = malloc(sizeof access);
    if (!(*m)->access) {
        free(*m);
        *m = NULL;
        return ERR_NOMEM;
    }
    *(*m)->access = access;
    return 0;
}

static const struct fields_row trail_rows[] = {
    FIELDS_ROW("at", FIELDS_NUMBER, struct trail_row, at),
    FIELDS_ROW("who", FIELDS_TEXT, struct trail_row, who),
    FIELDS_ROW("role", FIELDS_TEXT, struct trail_row, role),
    FIELDS_ROW("act", FIELDS_TEXT, struct trail_row, act),
    FIELDS_ROW("target", FIELDS_TEXT, struct trail_row, target),
    FIELDS_END};

static json_t *row_out(const struct trail_row *row)
{
    json_t *o = json_object();

    fields_write(o, trail_rows, row);
    return o;
}

/* NULL: there is none, or *err. */
static struct trail_row *row_in(const json_t *o, int *err)
{
    struct trail_row *row = o ? calloc(1, sizeof *row) : NULL;

    *err = o && !row ? ERR_NOMEM : 0;
    if (!row)
        return NULL;
    if (!fields_read(o, trail_rows, row))
        return row;
    free(row);
    *err = ERR_CORRUPT;
    return NULL;
}

static void write_trail(json_t *o, const struct message *m)
{
    json_object_set_new(o, "row", row_out(m->trail));
}

static int read_trail(const json_t *o, struct message **m)
{
    return json_object_get(o, "row") ? blank(m) : ERR_CORRUPT; /* which read() has read */
}

/* What is handed on. */
static const struct ledger_text_kind kinds[] = {
    {"command", MESSAGE_COMMAND, write_command, read_command},
    {"mark", MESSAGE_MARK, write_mark, read_mark},
    {"redact", MESSAGE_REDACT, write_mark, read_mark},
    {"survey", MESSAGE_SURVEY, write_survey, read_survey},
    {"access", MESSAGE_ACCESS, write_access, read_access},
    {"trail", MESSAGE_TRAIL, write_trail, read_trail},
    {NULL, MESSAGE_POLL, NULL, NULL},
};

/* By name, or (NULL) by kind. */
static const struct ledger_text_kind *find(struct str name, enum message_kind kind)
{
    const struct ledger_text_kind *tables[] = {kinds, ledger_text_town};

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct ledger_text_kind *k = tables[i]; k->name; k++)
            if (name.p ? str_is(name, k->name) : k->kind == kind)
                return k;
    return NULL;
}

int ledger_text_write(const struct message *m, const struct trail_row *row, struct buf *out)
{
    const struct ledger_text_kind *k = find(STR_NONE, m->kind);

    if (!k)
        return ERR_UNSUPPORTED;
    json_t *o = json_object();
    fields_put_text(o, "kind", k->name);
    if (row)
        json_object_set_new(o, "row", row_out(row));
    k->write(o, m);
    char *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    int err = text ? buf_add_text(out, text) : ERR_NOMEM;
    free(text);
    return err;
}

static int read(const json_t *o, struct message **out)
{
    struct str name = fields_get_str(o, "kind");
    const struct ledger_text_kind *k = name.p ? find(name, MESSAGE_POLL) : NULL;
    int err;

    struct trail_row *row = row_in(json_object_get(o, "row"), &err);
    if (!k)
        err = ERR_CORRUPT;
    if (!err)
        err = k->read(o, out);
    if (err) {
        free(row);
        return err;
    }
    (*out)->kind = k->kind;
    (*out)->trail = row;
    return 0;
}

int ledger_text_read(struct str text, struct message **out)
{
    json_t *o = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
    int err = json_is_object(o) ? read(o, out) : ERR_CORRUPT;

    json_decref(o);
    return err;
}
