/* One item, and what was said of its verdict. */
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/mark_view.h"
#include "daemon/routes/routes.h"

struct detail {
    struct exchange *x;
    struct buf *b;
    unsigned char ident[STORE_IDENT];
};

static int add_item(void *arg, const struct store_item *item)
{
    struct detail *d = arg;
    const struct http_conf *conf = &d->x->side->http->conf;
    char region[REGION_MAX] = "", concern[24];

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
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
