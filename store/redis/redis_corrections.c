/* What people ask to be corrected or erased: a hash, and a set that has its fields in order. */
#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

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

struct correction_to {
    int (*each)(void *arg, const struct store_correction *row);
    void *arg;
};

static int correction_row(const redisReply *row, void *to)
{
    const struct correction_to *t = to;
    struct store_correction one;

    if (row->elements != 2)
        return ERR_CORRUPT;
    int err = read_row(redis_str(row->element[0]), redis_str(row->element[1]), &one);
    return err ? err : t->each(t->arg, &one);
}

int redis_corrections(struct store *s, const struct store_correction *from, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg)
{
    struct correction_to to = {each, arg};
    struct redis_walk w;
    struct buf name = BUF_INIT;

    redis_correction_name(from, &name);
    redis_walk_start(&w, "correction", "corrections", false);
    redis_walk_bound(&w.from, '[', name.data, name.len);
    w.from.failed |= !buf_ok(&name);
    buf_free(&name);
    return redis_walk_each((struct redis *)s, &w, limit, correction_row, &to);
}
