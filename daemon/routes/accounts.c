/* Who may use the API: accounts and the tokens of their scripts. Changed on the Unix socket
 * only. */
#include <jansson.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/http/hasher.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/stream.h"
#include "daemon/routes/body.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { TOKEN_DAYS = 90, TOKEN_DAYS_MOST = 366, TOKEN_ID = 16 /* hex digits of its hash */ };

static void token_id(const unsigned char hash[static ACCOUNT_TOKEN], char out[static TOKEN_ID + 1])
{
    sodium_bin2hex(out, TOKEN_ID + 1, hash, TOKEN_ID / 2);
}

struct rows {
    struct buf *b;
    const struct units *units;
};

/* Of one whose unit units.yaml has no more each act is refused. */
static void add_unit(const struct rows *rows, const char *unit)
{
    json_out_text(rows->b, "unit", *unit ? unit : NULL);
    json_out_bool(rows->b, "unit_gone", *unit && units_find(rows->units, str_from(unit)) < 0);
}

static int add_account(void *arg, const struct account *a)
{
    struct rows *rows = arg;
    struct buf *b = rows->b;

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "account", a->name);
    json_out_text(b, "role", account_role_name((enum account_role)a->role));
    add_unit(rows, a->unit);
    json_out_bool(b, "disabled", a->disabled);
    json_out_time(b, "created", a->created);
    json_out_time(b, "changed", a->changed);
    return buf_add_char(b, '}');
}

static int add_token(void *arg, const struct account_token *t)
{
    struct rows *rows = arg;
    struct buf *b = rows->b;
    char id[TOKEN_ID + 1];

    token_id(t->hash, id);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", id);
    json_out_text(b, "account", t->account);
    json_out_text(b, "role", account_role_name((enum account_role)t->role));
    add_unit(rows, t->unit);
    json_out_time(b, "created", t->created);
    json_out_time(b, "expires", t->expires);
    return buf_add_char(b, '}');
}

enum MHD_Result routes_accounts(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct rows rows = {&b, exchange_units(x)};

    buf_add_text(&b, "{\"accounts\":[");
    int err = account_each(x->side->reader, add_account, &rows);
    buf_add_text(&b, "],\"tokens\":[");
    if (!err)
        err = account_each_token(x->side->reader, add_token, &rows);
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
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.status == ERR_EXISTS ? exists : NULL);
    streams_review(x->side->http->streams);
    buf_add_text(&b, "{\"status\":\"ok\"}");
    return reply_json(x, &b);
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
    struct str name = member_get(object, "account"), password = member_get(object, "password");

    if (!only(object, members) || !name.n || !password.p)
        return "应为 {\"account\", \"role\", \"unit\"?, \"password\"} (expected these members)";
    if (name.n >= SLUG_MAX || !query_slug(name.p) || name.p[0] < 'a')
        return "账号只含 a-z、0-9 和 -，以字母开头 (an account is a-z, 0-9 and -, a letter first)";
    memcpy(a->name, name.p, name.n + 1);
    const char *wrong = read_role(x, member_get(object, "role"), member_get(object, "unit"),
                                  &a->role, a->unit);
    return wrong ? wrong : hasher_objection(password, a->name);
}

enum MHD_Result routes_account_add(struct exchange *x)
{
    struct batch_access access = {.act = BATCH_ACCOUNT_ADD};

    if (x->pending)
        return tell(x, "已有这个账号 (this account is there already)");
    json_t *object = body_read(x);
    const char *wrong = read_account(x, object, &access.account);
    struct str password = member_get(object, "password");
    int err = wrong ? 0 : pending_access(x, &access, password, access.account.name);
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
    json_t *object = body_read(x);
    struct str password = member_get(object, "password");
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
    if (outcome.status)
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
    struct str role = member_get(object, "role"), unit = member_get(object, "unit");

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
    json_t *object = x->body.len ? body_read(x) : json_object();
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
