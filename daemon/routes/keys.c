/* Who may connect to the bus. */
#include <jansson.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/keyring.h"
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
    if (!outcome.done)
        return reply_error(x, ERR_CLOSED, NULL);
    if (outcome.status && outcome.status != ERR_EXISTS)
        return reply_error(x, outcome.status, *outcome.reason ? outcome.reason : NULL);
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

    if (x->pending)
        return tell_committed(x);
    json_t *object = json_loadb(x->body.data ? x->body.data : "", x->body.len,
                                JSON_REJECT_DUPLICATES, NULL);
    const json_t *key = json_object_get(object, "key");
    struct str text = {json_string_value(key), json_string_length(key)};
    bool known = dashboard || units_find(exchange_units(x), str_from(x->slug)) >= 0;
    int err = text.p && json_object_size(object) == 1 && known ? 0 : ERR_SYNTAX;
    enum MHD_Result result;

    if (!known)
        result = reply_problem(x, 422, err_name(ERR_INVALID), "没有这个单位 (no such unit)");
    else if (conf->node && !(err = err ? err : keys_check(dir, x->slug, dashboard, text)))
        result = share(x, dashboard, text);
    else
        result = tell(x, err ? err : keys_enrol(dir, x->slug, dashboard, text));
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

struct wanted {
    const char *name;
    bool dashboard, there;
};

static int look(void *arg, const char *name, bool dashboard,
                const char public_key[static KEY_TEXT])
{
    struct wanted *w = arg;

    (void)public_key;
    w->there |= dashboard == w->dashboard && !strcmp(name, w->name);
    return 0;
}

/* Has the owner a key, here at least? */
static int find(const struct exchange *x, bool dashboard)
{
    struct wanted w = {x->slug, dashboard, false};
    struct keys *keys = keys_load(x->side->http->conf.config->keys_dir);
    int err = keys ? keys_each(keys, look, &w) : ERR_IO;

    keys_free(keys);
    return err ? err : w.there ? 0 : ERR_NOTFOUND;
}

static enum MHD_Result take_away(struct exchange *x, bool dashboard)
{
    const struct http_conf *conf = &x->side->http->conf;

    if (x->pending)
        return tell_committed(x);
    if (!conf->node)
        return tell(x, keys_revoke(conf->config->keys_dir, x->slug, dashboard));
    int err = find(x, dashboard);
    return err ? tell(x, err) : share(x, dashboard, STR_NONE);
}

enum MHD_Result routes_unit_revoke(struct exchange *x)
{
    return take_away(x, false);
}

enum MHD_Result routes_dashboard_revoke(struct exchange *x)
{
    return take_away(x, true);
}
