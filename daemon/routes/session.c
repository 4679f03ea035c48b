/* Logging in and out: a cookie for pages. Scripts use tokens. */
#include <jansson.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/http/hasher.h"
#include "daemon/http/json_out.h"
#include "daemon/http/lockout.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/stream.h"
#include "daemon/routes/body.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/routes/session.h"

static const char EXPECTED[] =
    "应为 {\"account\": \"账号\", \"password\": \"密码\"} (expected account and password)";

/* Seconds until the session ends when nothing is asked, and in any case; null without one. */
static void put_ends(struct buf *b, const struct session *s)
{
    if (!s) {
        json_out_text(b, "ends_in", NULL);
        json_out_text(b, "limit_in", NULL);
        return;
    }
    int64_t first = s->idle_left < s->last_left ? s->idle_left : s->last_left;
    json_out_int(b, "ends_in", first / 1000);
    json_out_int(b, "limit_in", s->last_left / 1000);
}

static void who(struct buf *b, const struct caller *c, const struct session *session)
{
    json_out_text(b, "role", access_role_name(c->role));
    json_out_text(b, "account", c->name[0] ? c->name : NULL);
    json_out_text(b, "unit", c->unit[0] ? c->unit : NULL);
    json_out_text(b, "csrf", session ? session->csrf : NULL);
    put_ends(b, session);
}

static enum MHD_Result say_who(struct exchange *x, const struct caller *c,
                               const struct session *session, const char *cookie)
{
    struct buf b = BUF_INIT;

    buf_add_char(&b, '{');
    who(&b, c, session);
    buf_add_char(&b, '}');
    return reply_json_cookie(x, &b, cookie);
}

enum MHD_Result routes_session(struct exchange *x)
{
    return say_who(x, &x->caller, x->caller.cookie ? &x->caller.session : NULL, NULL);
}

/* The one account and password of the body; object owns them. */
static json_t *read_login(struct exchange *x, struct str *account, struct str *password)
{
    json_t *object = body_read(x);

    *account = member_get(object, "account");
    *password = member_get(object, "password");
    if (json_object_size(object) == 2 && account->p && password->p && account->n < SLUG_MAX &&
        password->n <= HASHER_PASSWORD)
        return object;
    json_decref(object);
    return NULL;
}

static enum MHD_Result refuse(struct exchange *x)
{
    return reply_problem(x, 401, "login", "账号或密码不对 (account or password is wrong)");
}

static enum MHD_Result later(struct exchange *x, int64_t wait_ms)
{
    return reply_later(x, wait_ms, "locked", "尝试过多，请稍后再试 (too many attempts: try later)");
}

static enum MHD_Result welcome(struct exchange *x, const struct caller *c, const char *cookie)
{
    return say_who(x, c, &c->session, cookie);
}

static enum MHD_Result fail(struct exchange *x, int err)
{
    return reply_error(x, err, NULL);
}

static const struct session_voice json = {welcome, refuse, later, fail};

/* The password was right; the account may have gone meanwhile. */
static enum MHD_Result let_in(struct exchange *x, const char *name,
                              const struct session_voice *voice)
{
    struct http *h = x->side->http;
    struct caller c = {.cookie = true};
    struct buf cookie = BUF_INIT;
    char id[SESSIONS_TOKEN];
    struct account a;

    if (account_find(x->side->reader, name, &a) || a.disabled)
        return voice->refuse(x);
    lockout_passed(h->lockout, name);
    int err = sessions_open(h->sessions, &a, clock_mono(), id, &c.session);
    if (err)
        return voice->fail(x, err);
    c.role = (enum access_role)a.role;
    memcpy(c.name, a.name, sizeof a.name);
    memcpy(c.unit, a.unit, sizeof a.unit);
    caller_set_cookie(h, id, &cookie);
    enum MHD_Result result = buf_ok(&cookie) ? voice->welcome(x, &c, cookie.data)
                                             : voice->fail(x, ERR_NOMEM);
    sodium_memzero(id, sizeof id);
    buf_free(&cookie);
    return result;
}

static enum MHD_Result tell(struct exchange *x, const char *name,
                            const struct session_voice *voice)
{
    struct pending_outcome outcome;

    pending_outcome(x->pending, &outcome);
    if (outcome.status == ERR_REFUSED)
        return voice->refuse(x);
    if (outcome.status == ERR_AGAIN || outcome.status == ERR_CLOSED)
        lockout_undo(x->side->http->lockout, name);
    return outcome.status ? voice->fail(x, outcome.status) : let_in(x, name, voice);
}

static enum MHD_Result attempt(struct exchange *x, const char *name, struct str password,
                               const struct session_voice *voice)
{
    struct account a = {0};
    int64_t wait = lockout_try(x->side->http->lockout, name, clock_mono());

    if (wait)
        return voice->later(x, wait);
    if (query_slug(name) && account_find(x->side->reader, name, &a))
        a = (struct account){0};
    memccpy(a.name, name, '\0', sizeof a.name - 1);
    if (a.disabled)
        a.hash[0] = '\0';
    int err = pending_login(x, &a, password);
    return err ? voice->fail(x, err) : MHD_YES;
}

enum MHD_Result session_log_in(struct exchange *x, struct str account, struct str password,
                               const struct session_voice *voice)
{
    char name[SLUG_MAX] = "";

    memcpy(name, account.p, account.n);
    return x->pending ? tell(x, name, voice) : attempt(x, name, password, voice);
}

void session_log_out(struct exchange *x, struct buf *cookie)
{
    const char *id = MHD_lookup_connection_value(x->conn, MHD_COOKIE_KIND,
                                                 caller_cookie(x->side->http));

    if (x->caller.cookie && id) {
        sessions_close(x->side->http->sessions, id, x->caller.session.account);
        streams_review(x->side->http->streams);
    }
    caller_set_cookie(x->side->http, "", cookie);
}

/* A form of another site cannot send JSON; the type is asked for, so that none can log a browser in
 * as somebody else. */
static bool is_json(struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");

    return type && str_starts(str_from(type), STR("application/json"));
}

enum MHD_Result routes_login(struct exchange *x)
{
    struct str account, password;

    if (!x->pending && !is_json(x))
        return reply_problem(x, 415, "type", "应为 application/json (expected application/json)");
    json_t *object = read_login(x, &account, &password);
    if (!object)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    enum MHD_Result result = session_log_in(x, account, password, &json);
    json_decref(object);
    return result;
}

enum MHD_Result routes_logout(struct exchange *x)
{
    struct buf cookie = BUF_INIT, b = BUF_INIT;

    session_log_out(x, &cookie);
    buf_add_text(&b, "{\"status\":\"ok\"}");
    enum MHD_Result result = buf_ok(&cookie) ? reply_json_cookie(x, &b, cookie.data)
                                             : reply_error(x, ERR_NOMEM, NULL);
    buf_free(&cookie);
    return result;
}
