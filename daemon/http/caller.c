#define _GNU_SOURCE
#include "daemon/http/caller.h"

#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/exchange.h"
#include "daemon/routes/routes.h"

static const char prefix[] = "hy_";

/* Cookies go by host, not by port: a drill beside the town has names of its own. */
const char *caller_cookie(const struct http *h)
{
    static const char *const names[2][2] = {{"huiying", "__Host-huiying"},
                                            {"huiying-drill", "__Host-huiying-drill"}};

    return names[drill_on()][h->conf.config->site != NULL];
}

void caller_put_cookie(const struct http *h, const char *name, const char *value, struct buf *out)
{
    buf_addf(out, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, value,
             h->conf.config->site ? "; Secure" : "", value[0] ? "" : "; Max-Age=0");
    buf_add_char(out, '\0');
}

void caller_set_cookie(const struct http *h, const char *id, struct buf *out)
{
    caller_put_cookie(h, caller_cookie(h), id, out);
}

static void hash_token(const char *token, unsigned char hash[static ACCOUNT_TOKEN])
{
    crypto_generichash(hash, ACCOUNT_TOKEN, (const unsigned char *)token, strlen(token), NULL, 0);
}

bool caller_token_hash(const char *token, unsigned char hash[static ACCOUNT_TOKEN])
{
    if (strlen(token) != CALLER_TOKEN - 1 || strncmp(token, prefix, sizeof prefix - 1) != 0)
        return false;
    hash_token(token, hash);
    return true;
}

void caller_token_new(char token[static CALLER_TOKEN], unsigned char hash[static ACCOUNT_TOKEN])
{
    unsigned char raw[32];

    randombytes_buf(raw, sizeof raw);
    memcpy(token, prefix, sizeof prefix);
    sodium_bin2base64(token + sizeof prefix - 1, CALLER_TOKEN - (sizeof prefix - 1), raw,
                      sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, sizeof raw);
    hash_token(token, hash);
}

static void become(struct caller *c, uint8_t role, const char name[static SLUG_MAX],
                   const char unit[static SLUG_MAX])
{
    c->role = (enum access_role)role;
    memcpy(c->name, name, SLUG_MAX);
    memcpy(c->unit, unit, SLUG_MAX);
}

/* A token lives no longer than its account is in use. */
static int by_token(struct exchange *x, const char *text, struct caller *c)
{
    unsigned char hash[ACCOUNT_TOKEN];
    struct account_token token;
    struct account account;

    if (!caller_token_hash(text, hash))
        return ERR_REFUSED;
    int err = account_find_token(x->side->reader, hash, &token);
    if (!err)
        err = account_find(x->side->reader, token.account, &account);
    if (err == ERR_NOTFOUND || (!err && (account.disabled || token.expires <= clock_now())))
        return ERR_REFUSED;
    if (!err)
        become(c, token.role, token.account, token.unit);
    return err;
}

/* A session ends with the password or the account that it was begun with. `looks`: it does not
 * count as used. */
static int by_cookie(struct exchange *x, const char *id, bool looks, struct caller *c)
{
    struct sessions *sessions = x->side->http->sessions;
    struct account account;

    int err = looks ? sessions_look(sessions, id, clock_mono(), &c->session)
                   : sessions_find(sessions, id, clock_mono(), &c->session);
    if (err)
        return err;
    err = account_find(x->side->reader, c->session.account, &account);
    if (err == ERR_NOTFOUND ||
        (!err && (account.disabled || account.changed != c->session.changed))) {
        sessions_close(sessions, id, c->session.account);
        return ERR_NOTFOUND;
    }
    if (!err)
        become(c, account.role, account.name, account.unit);
    c->cookie = !err;
    return err;
}

static int stop_at_one(void *arg, const struct account *a)
{
    (void)a;
    *(bool *)arg = true;
    return ERR_LIMIT;
}

/* Rows of accounts stay when they are disabled: once closed, this port stays closed. */
static bool anybody_may_read(struct exchange *x)
{
    struct http *h = x->side->http;
    bool one = false;

    if (h->conf.config->site || atomic_load(&h->accounts))
        return false;
    int err = account_each(x->side->reader, stop_at_one, &one);
    if (one)
        atomic_store(&h->accounts, true);
    return !err;
}

/* unix(7), SO_PEERCRED: as it was when the connection was made. */
static void see_peer(struct exchange *x, struct caller *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return;
    c->uid = peer.uid;
    c->known = true;
}

uint64_t caller_person(const struct caller *c)
{
    char uid[16];

    if (*c->name)
        return command_person(COMMAND_ACCOUNT, str_from(c->name));
    snprintf(uid, sizeof uid, "%u", c->uid);
    return c->known ? command_person(COMMAND_OS_USER, str_from(uid)) : 0;
}

static int identify(struct exchange *x, bool looks, struct caller *out)
{
    static const struct str bearer = {"Bearer ", 7};
    const char *authorization = exchange_header(x, "Authorization");
    const char *cookie = MHD_lookup_connection_value(x->conn, MHD_COOKIE_KIND,
                                                     caller_cookie(x->side->http));
    int err;

    *out = (struct caller){.role = ACCESS_SOCKET};
    if (x->side->commands && !authorization) {
        see_peer(x, out);
        return 0;
    }
    out->role = ACCESS_PUBLIC;
    if (authorization && str_starts(str_from(authorization), bearer))
        return by_token(x, authorization + bearer.n, out);
    err = cookie ? by_cookie(x, cookie, looks, out) : ERR_NOTFOUND;
    if (err == ERR_NOTFOUND && anybody_may_read(x))
        out->role = ACCESS_GUEST;
    return err == ERR_NOTFOUND ? 0 : err;
}

/* Who asks how long a session has does not use it: a page can watch it without keeping it. */
int caller_identify(struct exchange *x, struct caller *out)
{
    return identify(x, x->route->handle == routes_session, out);
}

bool caller_lasts(struct exchange *x)
{
    const struct caller *was = &x->caller;
    struct caller now;
    int err = identify(x, true, &now);

    if (err)
        return err != ERR_REFUSED;
    return now.role == was->role && strcmp(now.name, was->name) == 0 &&
           strcmp(now.unit, was->unit) == 0;
}

const char *caller_own(const struct exchange *x)
{
    return access_may(x->access, x->caller.role) == ACCESS_OWN ? x->caller.unit : NULL;
}

bool caller_sign(const struct exchange *x, struct trail_row *row)
{
    *row = (struct trail_row){0};
    if (!x->access || !x->access->act)
        return false;
    memcpy(row->who, x->caller.name, sizeof row->who);
    snprintf(row->role, sizeof row->role, "%s", access_role_name(x->caller.role));
    snprintf(row->act, sizeof row->act, "%s", x->access->act);
    if (x->concern)
        concern_format_id(x->concern, row->target);
    else
        memcpy(row->target, x->slug, sizeof row->target);
    return true;
}
