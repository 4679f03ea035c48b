/* What one machine was asked for, as it goes to the one that leads: JSON. Names that people write
 * and numbers that are kept in the store stand for the same on both. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/ledger_state.h"


static void put(json_t *o, const char *name, int64_t value)
{
    if (value)
        json_object_set_new(o, name, json_integer(value));
}

static void put_str(json_t *o, const char *name, struct str s)
{
    if (s.n)
        json_object_set_new(o, name, json_stringn(s.p, s.n));
}

static void put_text(json_t *o, const char *name, const char *text)
{
    put_str(o, name, str_from(text));
}

static json_t *hex(const unsigned char *bytes, size_t n)
{
    char text[2 * ACCOUNT_TOKEN + 1];

    sodium_bin2hex(text, sizeof text, bytes, n);
    return json_string(text);
}

static int64_t get(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static struct str get_str(const json_t *o, const char *name)
{
    const json_t *s = json_object_get(o, name);

    return (struct str){json_string_value(s), json_string_length(s)};
}

/* A number up to max. */
static int get_code(const json_t *o, const char *name, int64_t max, int64_t *out)
{
    *out = get(o, name);
    return *out >= 0 && *out <= max ? 0 : ERR_CORRUPT;
}

static int get_text(const json_t *o, const char *name, char *to, size_t size)
{
    struct str s = get_str(o, name);

    if (s.n >= size || (s.n && memchr(s.p, '\0', s.n)))
        return ERR_CORRUPT;
    snprintf(to, size, "%.*s", STR_ARG(s));
    return 0;
}

static int get_hex(const json_t *s, unsigned char *to, size_t n)
{
    size_t length;
    const char *text = json_string_value(s);

    return text && !sodium_hex2bin(to, n, text, strlen(text), NULL, &length, NULL) && length == n
               ? 0 : ERR_CORRUPT;
}

static void write_command(json_t *o, const struct message *m)
{
    const struct command *c = &m->command;
    json_t *units = json_array(), *items = json_array();

    put_text(o, "act", command_form(c->act)->name);
    put(o, "concern", (int64_t)c->concern);
    put_str(o, "by", c->by);
    put_str(o, "url", c->url);
    put_str(o, "note", c->note);
    put_str(o, "text", c->text);
    put_str(o, "key", c->key);
    for (size_t i = 0; i < c->nunits; i++)
        json_array_append_new(units, json_stringn(c->units[i].p, c->units[i].n));
    for (size_t i = 0; i < c->nitems; i++)
        json_array_append_new(items, hex(c->items[i], COMMAND_IDENT));
    json_object_set_new(o, "units", units);
    json_object_set_new(o, "items", items);
    put(o, "graded", c->graded);
    put(o, "grade", c->grade);
    put(o, "until", c->until);
    put(o, "code", c->code);
    put(o, "other", (int64_t)c->other);
    put(o, "scoped", c->scoped);
    put(o, "scope", c->scope);
    put(o, "article", c->article);
    put(o, "person", (int64_t)c->person);
    put(o, "draft", (int64_t)c->draft);
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
        err = get_hex(json_array_get(items, i), c->items[i], COMMAND_IDENT);
    return err;
}

static int read_command(const json_t *o, struct message **m)
{
    struct command c = {.concern = (uint64_t)get(o, "concern"), .by = get_str(o, "by"),
                        .url = get_str(o, "url"), .note = get_str(o, "note"),
                        .text = get_str(o, "text"), .key = get_str(o, "key"),
                        .graded = get(o, "graded"), .until = get(o, "until"),
                        .other = (uint64_t)get(o, "other"), .scoped = get(o, "scoped"),
                        .person = (uint64_t)get(o, "person"), .draft = (uint64_t)get(o, "draft")};
    int64_t grade, code, scope, article;
    const char *reason;
    int act = command_find(get_str(o, "act"));

    if (act < 0 || get_code(o, "grade", GRADE_GRAVE, &grade) ||
        get_code(o, "code", DISMISSALS - 1, &code) || get_code(o, "scope", SCOPES - 1, &scope) ||
        get_code(o, "article", SCOPE_ARTICLES - 1, &article) || read_lists(o, &c))
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
    json_object_set_new(o, "item", hex(m->mark.ident, STORE_IDENT));
    put(o, "aspect", m->mark.aspect);
    put(o, "value", m->mark.value);
    put_text(o, "topic", m->mark.topic);
    put(o, "rules", (int64_t)m->mark.rules);
    put(o, "at", m->mark.at);
}

static int read_mark(const json_t *o, struct message **m)
{
    struct store_mark mark = {.rules = (uint64_t)get(o, "rules"), .at = get(o, "at")};
    int64_t aspect, value;

    if (get_hex(json_object_get(o, "item"), mark.ident, STORE_IDENT) ||
        get_code(o, "aspect", UINT8_MAX, &aspect) || get_code(o, "value", UINT8_MAX, &value) ||
        get_text(o, "topic", mark.topic, sizeof mark.topic))
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
    put(o, "concern", (int64_t)m->command.concern);
    put(o, "round", m->round);
    put(o, "solved", m->solved);
}

static int read_survey(const json_t *o, struct message **m)
{
    int64_t round;
    int err = get_code(o, "round", UINT16_MAX, &round);

    if (!err)
        err = blank(m);
    if (err)
        return err;
    (*m)->command.concern = (uint64_t)get(o, "concern");
    (*m)->round = (uint16_t)round;
    (*m)->solved = get(o, "solved");
    return 0;
}

static void write_access(json_t *o, const struct message *m)
{
    const struct account *a = &m->access->account;
    const struct account_token *t = &m->access->token;

    put(o, "act", m->access->act);
    put_text(o, "name", a->name);
    put_text(o, "unit", a->unit);
    put(o, "role", a->role);
    put(o, "disabled", a->disabled);
    put_text(o, "hash", a->hash);
    put(o, "created", a->created);
    put(o, "changed", a->changed);
    json_object_set_new(o, "token", hex(t->hash, ACCOUNT_TOKEN));
    put_text(o, "account", t->account);
    put_text(o, "token_unit", t->unit);
    put(o, "token_role", t->role);
    put(o, "token_created", t->created);
    put(o, "expires", t->expires);
    put(o, "drop", t->drop);
}

static int read_token(const json_t *o, struct account_token *t)
{
    int64_t role;

    if (get_hex(json_object_get(o, "token"), t->hash, ACCOUNT_TOKEN) ||
        get_text(o, "account", t->account, sizeof t->account) ||
        get_text(o, "token_unit", t->unit, sizeof t->unit) ||
        get_code(o, "token_role", ACCOUNT_ROLES - 1, &role))
        return ERR_CORRUPT;
    t->role = (uint8_t)role;
    t->created = get(o, "token_created");
    t->expires = get(o, "expires");
    t->drop = get(o, "drop");
    return 0;
}

static int read_account(const json_t *o, struct account *a)
{
    int64_t role;

    if (get_text(o, "name", a->name, sizeof a->name) ||
        get_text(o, "unit", a->unit, sizeof a->unit) ||
        get_text(o, "hash", a->hash, sizeof a->hash) ||
        get_code(o, "role", ACCOUNT_ROLES - 1, &role))
        return ERR_CORRUPT;
    a->role = (uint8_t)role;
    a->disabled = get(o, "disabled");
    a->created = get(o, "created");
    a->changed = get(o, "changed");
    return 0;
}

static int read_access(const json_t *o, struct message **m)
{
    struct batch_access access = {0};
    int64_t act;

    if (get_code(o, "act", BATCH_TOKEN_REMOVE, &act) || read_account(o, &access.account) ||
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

    put(o, "at", row->at);
    put_text(o, "who", row->who);
    put_text(o, "role", row->role);
    put_text(o, "act", row->act);
    put_text(o, "target", row->target);
    return o;
}

/* NULL: there is none, or *err. */
static struct trail_row *row_in(const json_t *o, int *err)
{
    struct trail_row *row = o ? calloc(1, sizeof *row) : NULL;

    *err = o && !row ? ERR_NOMEM : 0;
    if (!row)
        return NULL;
    row->at = get(o, "at");
    if (!get_text(o, "who", row->who, sizeof row->who) &&
        !get_text(o, "role", row->role, sizeof row->role) &&
        !get_text(o, "act", row->act, sizeof row->act) &&
        !get_text(o, "target", row->target, sizeof row->target))
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
static const struct kind {
    const char *name;
    enum message_kind kind;
    void (*write)(json_t *o, const struct message *m);
    int (*read)(const json_t *o, struct message **m);
} KINDS[] = {
    {"command", MESSAGE_COMMAND, write_command, read_command},
    {"mark", MESSAGE_MARK, write_mark, read_mark},
    {"redact", MESSAGE_REDACT, write_mark, read_mark},
    {"survey", MESSAGE_SURVEY, write_survey, read_survey},
    {"access", MESSAGE_ACCESS, write_access, read_access},
    {"trail", MESSAGE_TRAIL, write_trail, read_trail},
};

static const size_t NKINDS = sizeof KINDS / sizeof *KINDS;

int ledger_text_write(const struct message *m, const struct trail_row *row, struct buf *out)
{
    const struct kind *k = KINDS;

    while (k < KINDS + NKINDS && k->kind != m->kind)
        k++;
    if (k == KINDS + NKINDS)
        return ERR_UNSUPPORTED;
    json_t *o = json_object();
    put_text(o, "kind", k->name);
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
    struct str name = get_str(o, "kind");
    const struct kind *k = KINDS;
    int err;

    while (k < KINDS + NKINDS && !str_is(name, k->name))
        k++;
    struct trail_row *row = row_in(json_object_get(o, "row"), &err);
    if (k == KINDS + NKINDS)
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
