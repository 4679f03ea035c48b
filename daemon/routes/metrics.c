#include "daemon/http/metrics.h"

#include "daemon/http/reply.h"
#include "daemon/routes/routes.h"

enum MHD_Result routes_metrics(struct exchange *x)
{
    const struct http *h = x->side->http;
    struct buf b = BUF_INIT;
    int err = metrics_write(h->metrics, &h->conf, x->side->reader, &b);

    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_text(x, &b, "text/plain; version=0.0.4; charset=utf-8");
}
