/* Who may use the API: accounts and the tokens of their scripts. Changed on the Unix socket
 * only. */
#include <jansson.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/hasher.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { TOKEN_DAYS = 90, TOKEN_DAYS_MOST = 366, TOKEN_ID = 16 /* hex digits of its hash */ };

static void token_id(const unsigned char hash[static ACCOUNT_TOKEN], char out[static TOKEN_ID + 1])
{
    sodium_bin2hex(out, TOKEN_ID + 1, hash, TOKEN_ID / 2);
}

static int add_account(void *arg, const struct account *a)
{
    struct buf *b = arg;

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "account", a->name);
    json_out_text(b, "role", account_role_name((enum account_role)a->role));
    json_out_text(b, "unit", a->unit[0] ? a->unit : NULL);
    json_out_bool(b, "disabled", a->disabled);
    json_out_time(b, "created", a->created);
    json_out_time(b, "changed", a->changed);
    return buf_add_char(b, '}');
}

static int add_token(void *arg, const struct account_token *t)
{
    struct buf *b = arg;
    char id[TOKEN_ID + 1];

    token_id(t->hash, id);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", id);
    json_out_text(b, "account", t->account);
    json_out_text(b, "role", account_role_name((enum account_role)t->role));
    json_out_text(b, "unit", t->unit[0] ? t->unit : NULL);
    json_out_time(b, "created", t->created);
    json_out_time(b, "expires", t->expires);
    return buf_add_char(b, '}');
}

enum MHD_Result routes_accounts(struct exchange *x)
{
    struct buf b = BUF_INIT;

    buf_add_text(&b, "{\"accounts\":[");
    int err = account_each(x->side->reader, add_account, &b);
    buf_add_text(&b, "],\"tokens\":[");
    if (!err)
        err = account_each_token(x->side->reader, add_token, &b);
    buf_add_text(&b, "]}");
    if (!err)
        return reply_json(x, &b);
    buf_free(&b);
    return reply_error(x, err, NULL);
}

static enum MHD_Result invalid(struct exchange *x, const char *detail)
{
    return reply_problem(x, 422, err_name(ERR_INVALID), detail);
}

/* {"status":"ok"} and what `more` adds, once the change is stored. */
static enum MHD_Result tell(struct exchange *x, const char *exists)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.status == ERR_EXISTS ? exists : NULL);
    buf_add_text(&b, "{\"status\":\"ok\"}");
    return reply_json(x, &b);
}

static json_t *read_body(struct exchange *x)
{
    return json_loadb(x->body.data ? x->body.data : "", x->body.len, JSON_REJECT_DUPLICATES, NULL);
}

static struct str text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return (struct str){json_string_value(value), json_string_length(value)};
}

/* No members but these. */
static bool only(const json_t *object, const char *const *names)
{
    size_t known = 0;

    for (; *names; names++)
        known += json_object_get(object, *names) != NULL;
    return json_is_object(object) && json_object_size(object) == known;
}

/* Role and unit that fit each other: NULL, or what is wrong. */
static const char *read_role(struct exchange *x, struct str role, struct str unit, uint8_t *to,
                             char to_unit[static SLUG_MAX])
{
    int found = account_role_find(role.p);

    if (found < 0)
        return "role 应为 coordinator、unit、operator 或 auditor (role is one of these)";
    if ((found == ACCOUNT_UNIT) != (unit.n != 0))
        return "职责为 unit 时须写明 unit，其他职责不写 (a unit belongs to the role unit, and only to "
               "it)";
    if (unit.n && units_find(exchange_units(x), unit) < 0)
        return "没有这个单位 (no such unit)";
    *to = (uint8_t)found;
    if (unit.n)
        memcpy(to_unit, unit.p, unit.n + 1);
    return NULL;
}

static const char *read_account(struct exchange *x, const json_t *object, struct account *a)
{
    static const char *const members[] = {"account", "role", "unit", "password", NULL};
    struct str name = text_of(object, "account"), password = text_of(object, "password");

    if (!only(object, members) || !name.n || !password.p)
        return "应为 {\"account\", \"role\", \"unit\"?, \"password\"} (expected these members)";
    if (name.n >= SLUG_MAX || !query_slug(name.p) || name.p[0] < 'a')
        return "账号只含 a-z、0-9 和 -，以字母开头 (an account is a-z, 0-9 and -, a letter first)";
    memcpy(a->name, name.p, name.n + 1);
    const char *wrong = read_role(x, text_of(object, "role"), text_of(object, "unit"), &a->role,
                                  a->unit);
    return wrong ? wrong : hasher_objection(password, a->name);
}

enum MHD_Result routes_account_add(struct exchange *x)
{
    struct batch_access access = {.act = BATCH_ACCOUNT_ADD};

    if (x->pending)
        return tell(x, "已有这个账号 (this account is there already)");
    json_t *object = read_body(x);
    const char *wrong = read_account(x, object, &access.account);
    int err = wrong ? 0
                    : pending_access(x, &access, text_of(object, "password"), access.account.name);
    json_decref(object);
    if (wrong)
        return invalid(x, wrong);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_account_remove(struct exchange *x)
{
    struct batch_access access = {.act = BATCH_ACCOUNT_CHANGE, .account.disabled = true};

    if (x->pending)
        return tell(x, NULL);
    memcpy(access.account.name, x->slug, SLUG_MAX);
    int err = pending_access(x, &access, STR_NONE, x->slug);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

enum MHD_Result routes_account_password(struct exchange *x)
{
    static const char *const members[] = {"password", NULL};
    struct batch_access access = {.act = BATCH_ACCOUNT_CHANGE};

    if (x->pending)
        return tell(x, NULL);
    memcpy(access.account.name, x->slug, SLUG_MAX);
    json_t *object = read_body(x);
    struct str password = text_of(object, "password");
    const char *wrong = only(object, members) && password.p
                            ? hasher_objection(password, x->slug)
                            : "应为 {\"password\"} (expected a password)";
    int err = wrong ? 0 : pending_access(x, &access, password, x->slug);
    json_decref(object);
    if (wrong)
        return invalid(x, wrong);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

/* The token itself is shown here, once. */
static enum MHD_Result tell_token(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[TOKEN_ID + 1];

    pending_outcome(x->pending, &outcome);
    if (!outcome.done || outcome.status)
        return tell(x, NULL);
    const struct account_token *t = pending_token(x->pending);
    token_id(t->hash, id);
    buf_add_char(&b, '{');
    json_out_str(&b, "token", pending_answer(x->pending));
    json_out_text(&b, "id", id);
    json_out_text(&b, "role", account_role_name((enum account_role)t->role));
    json_out_time(&b, "expires", t->expires);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

/* A token may less than its account, or as much. */
static const char *read_token(struct exchange *x, const json_t *object, const struct account *a,
                              struct account_token *t)
{
    static const char *const members[] = {"role", "unit", "days", NULL};
    const json_t *days = json_object_get(object, "days");
    json_int_t n = days ? json_integer_value(days) : TOKEN_DAYS;
    struct str role = text_of(object, "role"), unit = text_of(object, "unit");

    if (!only(object, members) || n < 1 || n > TOKEN_DAYS_MOST)
        return "应为 {\"role\"?, \"unit\"?, \"days\"?}，days 为 1 到 366 (expected these; 1 to 366 "
               "days)";
    memcpy(t->account, a->name, SLUG_MAX);
    t->expires = clock_now() + n * CLOCK_DAY;
    t->role = a->role;
    memcpy(t->unit, a->unit, SLUG_MAX);
    if (!role.p)
        return NULL;
    memset(t->unit, 0, SLUG_MAX);
    if (a->role == ACCOUNT_UNIT && !unit.p)
        unit = str_from(a->unit);
    const char *wrong = read_role(x, role, unit, &t->role, t->unit);
    if (wrong)
        return wrong;
    if (!access_within((enum access_role)t->role, (enum access_role)a->role) ||
        (a->role == ACCOUNT_UNIT && strcmp(t->unit, a->unit) != 0))
        return "令牌的权限不能超过账号 (a token may no more than its account)";
    return NULL;
}

enum MHD_Result routes_token_add(struct exchange *x)
{
    struct batch_access access = {.act = BATCH_TOKEN_ADD};
    char token[CALLER_TOKEN];
    struct account a;

    if (x->pending)
        return tell_token(x);
    int err = account_find(x->side->reader, x->slug, &a);
    if (err || a.disabled)
        return reply_error(x, err ? err : ERR_NOTFOUND, NULL);
    json_t *object = x->body.len ? read_body(x) : json_object();
    const char *wrong = read_token(x, object, &a, &access.token);
    json_decref(object);
    if (wrong)
        return invalid(x, wrong);
    caller_token_new(token, access.token.hash);
    err = pending_access(x, &access, STR_NONE, x->slug);
    if (!err)
        pending_keep(x->pending, str_from(token));
    sodium_memzero(token, sizeof token);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

struct wanted {
    const char *id;
    struct account_token *found;
};

static int match_token(void *arg, const struct account_token *t)
{
    struct wanted *w = arg;
    char id[TOKEN_ID + 1];

    token_id(t->hash, id);
    if (strcmp(id, w->id) == 0)
        *w->found = *t;
    return 0;
}

enum MHD_Result routes_token_remove(struct exchange *x)
{
    struct batch_access access = {.act = BATCH_TOKEN_REMOVE};
    struct wanted w = {x->slug, &access.token};

    if (x->pending)
        return tell(x, NULL);
    int err = account_each_token(x->side->reader, match_token, &w);
    if (!err && !access.token.account[0])
        err = ERR_NOTFOUND;
    access.token.drop = true;
    if (!err)
        err = pending_access(x, &access, STR_NONE, access.token.account);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
