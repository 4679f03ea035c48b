/* Items that people should look at: where rules and model are least sure. */
#include "base/err.h"
#include "base/log.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 20, PAGE_MOST = 200 };

struct page {
    struct exchange *x;
    struct buf *b;
    size_t texts;
};

static int add_item(void *arg, const struct store_item *item)
{
    struct page *p = arg;

    views_doubtful(p->b, p->x->side->http->conf.roster, exchange_rules(p->x), item);
    p->texts++;
    return 0;
}

enum MHD_Result routes_review(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct page page = {.x = x, .b = &b};
    uint64_t limit = PAGE_DEFAULT;

    if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &limit))
        return reply_problem(x, 400, "query", "limit 应为 1 到 200 (limit is 1 to 200)");
    buf_add_text(&b, "{\"items\":[");
    int err = store_each_doubt(x->side->reader, (size_t)limit, add_item, &page);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    buf_add_text(&b, "]}");
    if (page.texts) /* texts read in bulk are on record (law 6) */
        log_info("review.read", "texts=%zu", page.texts);
    return reply_json(x, &b);
}
