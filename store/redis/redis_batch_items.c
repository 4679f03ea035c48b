/* A batch's items as commit.lua takes them. */
#include "store/codec.h"
#include "store/redis/redis.h"

enum { NUMBER = 8 }; /* bytes */

static void put_aliases(const struct store_item *item, struct redis_args *a, struct buf *scratch)
{
    for (size_t i = 0; i < 2; i++)
        if (item->aliases[i])
            buf_add_u64(scratch, item->aliases[i]);
    a->values.failed |= !buf_ok(scratch);
    redis_put_str(a, buf_str(scratch));
    buf_reset(scratch);
}

static void put_item(const struct store_item *item, struct redis_args *a, struct buf *scratch)
{
    redis_put(a, item->ident, STORE_IDENT);
    redis_put_text(a, item->update ? "1" : "0");
    codec_item(item, scratch);
    struct str record = buf_str(scratch);
    a->values.failed |= !buf_ok(scratch);
    if (record.n > NUMBER) /* the script numbers it */
        record = (struct str){record.p + NUMBER, record.n - NUMBER};
    redis_put_str(a, record);
    buf_reset(scratch);
    put_aliases(item, a, scratch);
}

void redis_put_items(const struct store_batch *batch, bool plain, struct redis_args *a,
                     struct buf *scratch)
{
    size_t scripted = 0;

    for (size_t i = 0; i < batch->nitems; i++)
        scripted += !plain || batch->items[i].update;
    redis_put_number(a, scripted);
    for (size_t i = 0; i < batch->nitems; i++)
        if (!plain || batch->items[i].update)
            put_item(&batch->items[i], a, scratch);
    if (!plain)
        return;
    redis_put_text(a, "stored");
    redis_put_number(a, batch->nitems - scripted);
}
