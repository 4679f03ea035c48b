/* What people ask to be corrected or erased: a hash, and a set that has its fields in order. */
#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"

enum { NAME = 10 }; /* concern (8), wish, reason */

void redis_correction_name(const struct store_correction *row, struct buf *out)
{
    codec_order(out, row->concern);
    buf_add_u8(out, row->wish);
    buf_add_u8(out, row->reason);
}

void redis_correction_bytes(const struct store_correction *row, struct buf *out)
{
    buf_add_u32(out, row->waiting);
    buf_add_u32(out, row->granted);
    buf_add_u32(out, row->refused);
    buf_add_u64(out, (uint64_t)row->since);
    buf_add_u64(out, (uint64_t)row->decided);
    buf_add_u64(out, (uint64_t)row->hour);
    buf_add_u32(out, row->in_hour);
}

static int read_row(struct str name, struct str bytes, struct store_correction *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};

    if (name.n != NAME || (unsigned char)name.p[8] >= STORE_WISHES ||
        (unsigned char)name.p[9] >= ERASURES)
        return ERR_CORRUPT;
    *out = (struct store_correction){.concern = codec_read_order(name.p),
                                     .wish = (uint8_t)name.p[8],
                                     .reason = (uint8_t)name.p[9]};
    out->waiting = buf_read_u32(&in);
    out->granted = buf_read_u32(&in);
    out->refused = buf_read_u32(&in);
    out->since = (int64_t)buf_read_u64(&in);
    out->decided = (int64_t)buf_read_u64(&in);
    out->hour = (int64_t)buf_read_u64(&in);
    out->in_hour = buf_read_u32(&in);
    return in.bad || in.left ? ERR_CORRUPT : 0;
}

int redis_corrections(struct store *s, const struct store_correction *from, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg)
{
    struct redis_walk w;
    struct buf name = BUF_INIT;
    redisReply *rows = NULL;

    redis_correction_name(from, &name);
    redis_walk_start(&w, "correction", "corrections", false);
    redis_walk_bound(&w.from, '[', name.data, name.len);
    int err = buf_ok(&name) ? redis_walk_next((struct redis *)s, &w, limit, &rows) : ERR_NOMEM;
    for (size_t i = 0; !err && i < rows->elements; i++) {
        const redisReply *row = rows->element[i];
        struct store_correction one;
        err = row->elements == 2
                  ? read_row(redis_str(row->element[0]), redis_str(row->element[1]), &one)
                  : ERR_CORRUPT;
        err = err ? err : each(arg, &one);
    }
    freeReplyObject(rows);
    redis_walk_free(&w);
    buf_free(&name);
    return err;
}
