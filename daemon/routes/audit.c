/* The audit trail, as it can be checked by anybody who has it. */
#include <limits.h>
#include <sodium.h>

#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 200 };

struct page {
    struct buf *b;
    uint64_t last;
    size_t count;
};

static void out_hash(struct buf *b, const unsigned char hash[static TRAIL_HASH])
{
    char hex[2 * TRAIL_HASH + 1];

    sodium_bin2hex(hex, sizeof hex, hash, TRAIL_HASH);
    json_out_text(b, "hash", hex);
}

static int add_row(void *arg, const struct trail_row *row)
{
    struct page *p = arg;

    p->last = row->seq;
    p->count++;
    json_out_next(p->b);
    buf_add_char(p->b, '{');
    json_out_count(p->b, "seq", row->seq);
    json_out_time(p->b, "at", row->at);
    json_out_int(p->b, "at_ms", row->at);
    json_out_text(p->b, "who", row->who);
    json_out_text(p->b, "role", row->role);
    json_out_text(p->b, "act", row->act);
    json_out_text(p->b, "target", row->target);
    out_hash(p->b, row->hash);
    return buf_add_char(p->b, '}');
}

enum MHD_Result routes_audit(struct exchange *x)
{
    uint64_t after = 0, limit = PAGE_DEFAULT, head;
    unsigned char hash[TRAIL_HASH];
    struct buf b = BUF_INIT;
    struct page page = {.b = &b};

    if (query_number(exchange_query(x, "after"), 0, LLONG_MAX, &after))
        return reply_problem(x, 400, "query", "after 应为行号 (after is a row's seq)");
    if (query_number(exchange_query(x, "limit"), 1, TRAIL_PAGE, &limit))
        return reply_problem(x, 400, "query", "limit 应为 1 到 1000 (limit is 1 to 1000)");
    /* The head first: rows that come meanwhile are past it, never before. */
    int err = trail_head(x->side->reader, &head, hash);
    buf_add_text(&b, "{\"head\":{");
    json_out_count(&b, "seq", head);
    out_hash(&b, hash);
    buf_add_char(&b, '}');
    json_out_bool(&b, "drill", drill_on());
    buf_add_text(&b, ",\"items\":[");
    if (!err)
        err = trail_after(x->side->reader, after, (size_t)limit, add_row, &page);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    buf_add_text(&b, "],\"next_cursor\":");
    if (page.count == limit)
        buf_addf(&b, "\"%llu\"", (unsigned long long)page.last);
    else
        buf_add_text(&b, "null");
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}
