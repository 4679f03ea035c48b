/* Who may connect to the bus. */
#include <jansson.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/cluster/keyring.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"

static int add_key(void *arg, const char *name, bool dashboard,
                   const char public_key[static KEY_TEXT])
{
    struct buf *b = arg;

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "role", dashboard ? "dashboard" : "unit");
    json_out_text(b, "name", name);
    json_out_text(b, "key", public_key);
    return buf_add_char(b, '}');
}

enum MHD_Result routes_keys(struct exchange *x)
{
    struct buf b = BUF_INIT;

    struct keys *keys = keys_load(x->side->http->conf.config->keys_dir);
    if (!keys)
        return reply_error(x, ERR_IO, "密钥目录读不出 (the keys directory cannot be read)");
    buf_add_char(&b, '{');
    json_out_name(&b, "keys");
    buf_add_char(&b, '[');
    keys_each(keys, add_key, &b);
    buf_add_text(&b, "]}");
    keys_free(keys);
    return reply_json(x, &b);
}

static enum MHD_Result tell(struct exchange *x, int err)
{
    struct buf b = BUF_INIT;

    if (err == ERR_SYNTAX)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "公钥应为 40 个 Z85 字符 (a public key is 40 characters of Z85)");
    if (err == ERR_EXISTS)
        return reply_error(x, err, "此公钥已由别人登记 (another owner has this key)");
    if (err)
        return reply_error(x, err, NULL);
    if (x->side->http->conf.bus)
        bus_reload_keys(x->side->http->conf.bus);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

/* Among several machines it is committed first, and done here and there because of that. */
static enum MHD_Result tell_committed(struct exchange *x)
{
    struct pending_outcome outcome;
    bool changed;

    pending_outcome(x->pending, &outcome);
    if (outcome.status && outcome.status != ERR_EXISTS)
        return reply_error(x, outcome.status, outcome.reason);
    int err = outcome.status;
    if (!err)
        err = keyring_follow(x->side->reader, x->side->http->conf.config->keys_dir, &changed);
    return tell(x, err);
}

static enum MHD_Result share(struct exchange *x, bool dashboard, struct str key)
{
    const struct store_shared row = keyring_row(x->slug, dashboard, key);
    int err = pending_share(x, &row);

    return err ? reply_error(x, err, NULL) : MHD_YES;
}

static enum MHD_Result enrol(struct exchange *x, bool dashboard)
{
    const struct http_conf *conf = &x->side->http->conf;
    const char *dir = conf->config->keys_dir;

    if (x->traced && x->pending)
        return tell_committed(x);
    json_t *object = body_read(x);
    struct str text = member_get(object, "key");
    bool known = dashboard || units_find(exchange_units(x), str_from(x->slug)) >= 0;
    int err = text.p && json_object_size(object) == 1
                  ? keys_check(dir, x->slug, dashboard, text)
                  : ERR_SYNTAX;
    enum MHD_Result result;

    if (!known)
        result = reply_problem(x, 422, err_name(ERR_INVALID), "没有这个单位 (no such unit)");
    else if (err)
        result = tell(x, err);
    else if (exchange_traced(x, &result))
        result = conf->node ? share(x, dashboard, text)
                            : tell(x, keys_enrol(dir, x->slug, dashboard, text));
    json_decref(object);
    return result;
}

enum MHD_Result routes_unit_enrol(struct exchange *x)
{
    return enrol(x, false);
}

enum MHD_Result routes_dashboard_enrol(struct exchange *x)
{
    return enrol(x, true);
}

static enum MHD_Result take_away(struct exchange *x, bool dashboard)
{
    const struct http_conf *conf = &x->side->http->conf;
    const char *dir = conf->config->keys_dir;
    enum MHD_Result result;

    if (x->traced && x->pending)
        return tell_committed(x);
    int err = keys_revocable(dir, x->slug, dashboard);
    if (err)
        return tell(x, err);
    if (!exchange_traced(x, &result))
        return result;
    return conf->node ? share(x, dashboard, STR_NONE)
                      : tell(x, keys_revoke(dir, x->slug, dashboard));
}

enum MHD_Result routes_unit_revoke(struct exchange *x)
{
    return take_away(x, false);
}

enum MHD_Result routes_dashboard_revoke(struct exchange *x)
{
    return take_away(x, true);
}
