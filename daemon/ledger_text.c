/* What one machine was asked for, as it goes to the one that leads: JSON. Names that people write
 * and numbers that are kept in the store stand for the same on both. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/fields.h"
#include "daemon/ledger_text.h"

static void write_command(json_t *o, const struct message *m)
{
    const struct command *c = &m->command;
    json_t *units = json_array(), *items = json_array();

    fields_put_text(o, "act", command_form(c->act)->name);
    fields_put(o, "concern", (int64_t)c->concern);
    fields_put_str(o, "by", c->by);
    fields_put_str(o, "url", c->url);
    fields_put_str(o, "note", c->note);
    fields_put_str(o, "text", c->text);
    fields_put_str(o, "key", c->key);
    for (size_t i = 0; i < c->nunits; i++)
        json_array_append_new(units, json_stringn(c->units[i].p, c->units[i].n));
    for (size_t i = 0; i < c->nitems; i++)
        json_array_append_new(items, fields_hex(c->items[i], COMMAND_IDENT));
    json_object_set_new(o, "units", units);
    json_object_set_new(o, "items", items);
    fields_put(o, "graded", c->graded);
    fields_put(o, "grade", c->grade);
    fields_put(o, "until", c->until);
    fields_put(o, "code", c->code);
    fields_put(o, "other", (int64_t)c->other);
    fields_put(o, "scoped", c->scoped);
    fields_put(o, "scope", c->scope);
    fields_put(o, "article", c->article);
    fields_put(o, "person", (int64_t)c->person);
    fields_put(o, "draft", (int64_t)c->draft);
}

static int read_lists(const json_t *o, struct command *c)
{
    const json_t *units = json_object_get(o, "units"), *items = json_object_get(o, "items");
    int err = 0;

    c->nunits = json_array_size(units);
    c->nitems = json_array_size(items);
    if (c->nunits > COMMAND_UNITS || c->nitems > COMMAND_ITEMS)
        return ERR_CORRUPT;
    for (size_t i = 0; i < c->nunits; i++) {
        const json_t *unit = json_array_get(units, i);
        c->units[i] = (struct str){json_string_value(unit), json_string_length(unit)};
    }
    for (size_t i = 0; i < c->nitems && !err; i++)
        err = fields_get_hex(json_array_get(items, i), c->items[i], COMMAND_IDENT);
    return err;
}

static int read_command(const json_t *o, struct message **m)
{
    struct command c = {.concern = (uint64_t)fields_get(o, "concern"),
                        .by = fields_get_str(o, "by"), .url = fields_get_str(o, "url"),
                        .note = fields_get_str(o, "note"),
                        .text = fields_get_str(o, "text"), .key = fields_get_str(o, "key"),
                        .graded = fields_get(o, "graded"), .until = fields_get(o, "until"),
                        .other = (uint64_t)fields_get(o, "other"),
                        .scoped = fields_get(o, "scoped"),
                        .person = (uint64_t)fields_get(o, "person"),
                        .draft = (uint64_t)fields_get(o, "draft")};
    int64_t grade, code, scope, article;
    const char *reason;
    int act = command_find(fields_get_str(o, "act"));

    if (act < 0 || fields_get_code(o, "grade", GRADE_GRAVE, &grade) ||
        fields_get_code(o, "code", DISMISSALS - 1, &code) ||
        fields_get_code(o, "scope", SCOPES - 1, &scope) ||
        fields_get_code(o, "article", SCOPE_ARTICLES - 1, &article) || read_lists(o, &c))
        return ERR_CORRUPT;
    c.act = (enum command_act)act;
    c.grade = (enum grade)grade;
    c.code = (enum dismissal)code;
    c.scope = (enum scope)scope;
    c.article = (enum scope_article)article;
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

static void write_mark(json_t *o, const struct message *m)
{
    json_object_set_new(o, "item", fields_hex(m->mark.ident, STORE_IDENT));
    fields_put(o, "aspect", m->mark.aspect);
    fields_put(o, "value", m->mark.value);
    fields_put_text(o, "topic", m->mark.topic);
    fields_put(o, "rules", (int64_t)m->mark.rules);
    fields_put(o, "at", m->mark.at);
}

static int read_mark(const json_t *o, struct message **m)
{
    struct store_mark mark = {.rules = (uint64_t)fields_get(o, "rules"), .at = fields_get(o, "at")};
    int64_t aspect, value;

    if (fields_get_hex(json_object_get(o, "item"), mark.ident, STORE_IDENT) ||
        fields_get_code(o, "aspect", UINT8_MAX, &aspect) ||
        fields_get_code(o, "value", UINT8_MAX, &value) ||
        fields_get_text(o, "topic", mark.topic, sizeof mark.topic))
        return ERR_CORRUPT;
    mark.aspect = (uint8_t)aspect;
    mark.value = (uint8_t)value;
    int err = blank(m);
    if (!err)
        (*m)->mark = mark;
    return err;
}

static void write_survey(json_t *o, const struct message *m)
{
    fields_put(o, "concern", (int64_t)m->command.concern);
    fields_put(o, "round", m->round);
    fields_put(o, "solved", m->solved);
}

static int read_survey(const json_t *o, struct message **m)
{
    int64_t round;
    int err = fields_get_code(o, "round", UINT16_MAX, &round);

    if (!err)
        err = blank(m);
    if (err)
        return err;
    (*m)->command.concern = (uint64_t)fields_get(o, "concern");
    (*m)->round = (uint16_t)round;
    (*m)->solved = fields_get(o, "solved");
    return 0;
}

static void write_access(json_t *o, const struct message *m)
{
    const struct account *a = &m->access->account;
    const struct account_token *t = &m->access->token;

    fields_put(o, "act", m->access->act);
    fields_put_text(o, "name", a->name);
    fields_put_text(o, "unit", a->unit);
    fields_put(o, "role", a->role);
    fields_put(o, "disabled", a->disabled);
    fields_put_text(o, "hash", a->hash);
    fields_put(o, "created", a->created);
    fields_put(o, "changed", a->changed);
    json_object_set_new(o, "token", fields_hex(t->hash, ACCOUNT_TOKEN));
    fields_put_text(o, "account", t->account);
    fields_put_text(o, "token_unit", t->unit);
    fields_put(o, "token_role", t->role);
    fields_put(o, "token_created", t->created);
    fields_put(o, "expires", t->expires);
    fields_put(o, "drop", t->drop);
}

static int read_token(const json_t *o, struct account_token *t)
{
    int64_t role;

    if (fields_get_hex(json_object_get(o, "token"), t->hash, ACCOUNT_TOKEN) ||
        fields_get_text(o, "account", t->account, sizeof t->account) ||
        fields_get_text(o, "token_unit", t->unit, sizeof t->unit) ||
        fields_get_code(o, "token_role", ACCOUNT_ROLES - 1, &role))
        return ERR_CORRUPT;
    t->role = (uint8_t)role;
    t->created = fields_get(o, "token_created");
    t->expires = fields_get(o, "expires");
    t->drop = fields_get(o, "drop");
    return 0;
}

static int read_account(const json_t *o, struct account *a)
{
    int64_t role;

    if (fields_get_text(o, "name", a->name, sizeof a->name) ||
        fields_get_text(o, "unit", a->unit, sizeof a->unit) ||
        fields_get_text(o, "hash", a->hash, sizeof a->hash) ||
        fields_get_code(o, "role", ACCOUNT_ROLES - 1, &role))
        return ERR_CORRUPT;
    a->role = (uint8_t)role;
    a->disabled = fields_get(o, "disabled");
    a->created = fields_get(o, "created");
    a->changed = fields_get(o, "changed");
    return 0;
}

static int read_access(const json_t *o, struct message **m)
{
    struct batch_access access = {0};
    int64_t act;

    if (fields_get_code(o, "act", BATCH_TOKEN_REMOVE, &act) || read_account(o, &access.account) ||
        read_token(o, &access.token))
        return ERR_CORRUPT;
    access.act = (enum batch_access_act)act;
    int err = blank(m);
    if (err)
        return err;
    (*m)->access = malloc(sizeof access);
    if (!(*m)->access) {
        free(*m);
        return ERR_NOMEM;
    }
    *(*m)->access = access;
    return 0;
}

static json_t *row_out(const struct trail_row *row)
{
    json_t *o = json_object();

    fields_put(o, "at", row->at);
    fields_put_text(o, "who", row->who);
    fields_put_text(o, "role", row->role);
    fields_put_text(o, "act", row->act);
    fields_put_text(o, "target", row->target);
    return o;
}

/* NULL: there is none, or *err. */
static struct trail_row *row_in(const json_t *o, int *err)
{
    struct trail_row *row = o ? calloc(1, sizeof *row) : NULL;

    *err = o && !row ? ERR_NOMEM : 0;
    if (!row)
        return NULL;
    row->at = fields_get(o, "at");
    if (!fields_get_text(o, "who", row->who, sizeof row->who) &&
        !fields_get_text(o, "role", row->role, sizeof row->role) &&
        !fields_get_text(o, "act", row->act, sizeof row->act) &&
        !fields_get_text(o, "target", row->target, sizeof row->target))
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
