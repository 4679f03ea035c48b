#include "daemon/http/keeping.h"

#include <inttypes.h>

#include "base/clock.h"
#include "daemon/http/kept.h"
#include "daemon/http/reply.h"
#include "daemon/routes/routes.h"

/* Lengths go first, so that no two queries have one key. */
static enum MHD_Result add_parameter(void *arg, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct buf *key = arg;

    (void)kind;
    buf_addf(key, " %zu:%s", strlen(name), name);
    if (value)
        buf_addf(key, "=%zu:%s", strlen(value), value);
    return key->len <= KEEPING_KEY ? MHD_YES : MHD_NO;
}

bool keeping_known(struct exchange *x, enum MHD_Result *answered)
{
    struct kept *kept = x->side->kept;

    exchange_rules(x);
    buf_addf(&x->keep, "%s %s %s %" PRIu64 " %" PRIx64, store_epoch(x->side->reader),
             x->route->path, x->slug, x->concern, x->also);
    MHD_get_connection_values(x->conn, MHD_GET_ARGUMENT_KIND, add_parameter, &x->keep);
    if (!buf_ok(&x->keep) || x->keep.len > KEEPING_KEY) {
        buf_free(&x->keep);
        return false;
    }
    kept_at(kept, store_head(x->side->reader), x->rules, clock_now());
    struct kept_body *body = kept_find(kept, buf_str(&x->keep));
    if (body)
        *answered = reply_kept(x, body);
    return body != NULL;
}

struct kept_body *keeping_put(struct exchange *x, struct buf *body, const char *mime)
{
    return kept_put(x->side->kept, buf_str(&x->keep), body, mime);
}
