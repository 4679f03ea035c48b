/* One item, and what was said of its verdict; taking its words out. */
#include "alerts/concern.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/mark_view.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

struct detail {
    struct exchange *x;
    struct buf *b;
    unsigned char ident[STORE_IDENT];
    bool foreign; /* the caller's unit has no part in its concern */
};

/* Of a concern that the caller's unit leads or assists in? */
static bool is_own(struct exchange *x, uint64_t concern)
{
    struct concern c = {0};

    if (!concern || store_concern(x->side->reader, concern, &c))
        return false;
    bool own = query_own(x, &c);
    concern_clear(&c);
    return own;
}

static int add_item(void *arg, const struct store_item *item)
{
    struct detail *d = arg;
    const struct http_conf *conf = &d->x->side->http->conf;
    char region[REGION_MAX] = "", concern[24];

    d->foreign = caller_own(d->x) && !is_own(d->x, item->concern);
    if (d->foreign)
        return ERR_REFUSED;
    views_item(d->b, conf->roster, item);
    views_source(d->b, conf->roster, item->source);
    views_topic_or_null(d->b, exchange_rules(d->x), "topic", item->topic);
    views_topic_or_null(d->b, exchange_rules(d->x), "proposed", item->proposed);
    if (item->region.n < sizeof region)
        memcpy(region, item->region.n ? item->region.p : "", item->region.n);
    views_region(d->b, conf->config, exchange_rules(d->x), "region", region);
    if (item->concern)
        concern_format_id(item->concern, concern);
    json_out_text(d->b, "concern", item->concern ? concern : NULL);
    json_out_text(d->b, "home", conf->config->home_region);
    return 0;
}

static int add_mark(void *arg, const struct store_mark *mark)
{
    struct detail *d = arg;

    if (memcmp(mark->ident, d->ident, STORE_IDENT))
        return 0;
    json_out_next(d->b);
    buf_add_char(d->b, '{');
    mark_view_members(d->b, mark);
    buf_add_char(d->b, '}');
    return 0;
}

enum MHD_Result routes_item(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct detail d = {.x = x, .b = &b};
    struct store_mark first = {0};

    if (!views_item_ident(str_from(x->slug), d.ident))
        return reply_error(x, ERR_NOTFOUND, NULL);
    memcpy(first.ident, d.ident, STORE_IDENT);
    buf_add_char(&b, '{');
    int err = store_item(x->side->reader, d.ident, add_item, &d);
    json_out_name(&b, "marks");
    buf_add_char(&b, '[');
    if (!err)
        err = store_each_mark(x->side->reader, &first, STORE_ASPECTS, add_mark, &d);
    buf_add_text(&b, "]}");
    if (err) {
        buf_free(&b);
        return d.foreign ? reply_not_own(x) : reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}

static enum MHD_Result tell_redacted(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[24];

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason);
    if (outcome.seq)
        concern_format_id(outcome.seq, id);
    log_info("item.redacted", "item=%s concern=%s", x->slug, outcome.seq ? id : "-");
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "item", x->slug);
    json_out_text(&b, "concern", outcome.seq ? id : NULL);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

enum MHD_Result routes_redact(struct exchange *x)
{
    unsigned char ident[STORE_IDENT];

    if (!views_item_ident(str_from(x->slug), ident))
        return reply_error(x, ERR_NOTFOUND, NULL);
    if (x->pending)
        return tell_redacted(x);
    int err = pending_redact(x, ident);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
