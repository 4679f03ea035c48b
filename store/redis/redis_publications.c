/* What people said of replies. And the texts of replies that the ledger publishes: a hash for each
 * concern, with the fields SEQ (what is known of it), SEQ:p (once it is published) and SEQ:t (its
 * text, while it is kept). */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

void redis_publication_known(const struct store_publication *p, struct buf *out)
{
    buf_add_u32(out, p->round);
    buf_add_u64(out, (uint64_t)p->drafted);
    buf_add(out, p->hash, sizeof p->hash);
}

void redis_publication_published(const struct store_publication *p, struct buf *out)
{
    buf_add_u32(out, p->round);
    buf_add_u32(out, p->edition);
    buf_add_u64(out, (uint64_t)p->published);
    buf_add_lstr(out, str_from(p->unit));
}

static bool read_known(struct str bytes, struct store_publication *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};

    out->round = (uint16_t)buf_read_u32(&in);
    out->drafted = (int64_t)buf_read_u64(&in);
    if (in.bad || in.left != sizeof out->hash)
        return false;
    memcpy(out->hash, bytes.p + bytes.n - sizeof out->hash, sizeof out->hash);
    return true;
}

static bool read_published(struct str bytes, struct store_publication *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};

    buf_read_u32(&in);
    out->edition = (uint16_t)buf_read_u32(&in);
    out->published = (int64_t)buf_read_u64(&in);
    struct str unit = buf_read_lstr(&in);
    if (in.bad || in.left || unit.n >= sizeof out->unit)
        return false;
    memcpy(out->unit, unit.p, unit.n);
    return true;
}

/* The row of this number, made when it is the first field of it: NULL when the name is none of
 * ours; *kind: 0, 'p' or 't'. */
static struct store_publication *row_of(struct store_publication *list, size_t *n, struct str name,
                                        char *kind)
{
    long long seq;
    size_t i = 0;

    *kind = '\0';
    if (name.n > 2 && name.p[name.n - 2] == ':') {
        *kind = name.p[name.n - 1];
        name.n -= 2;
    }
    if (str_int(name, 1, INT64_MAX, &seq))
        return NULL;
    while (i < *n && list[i].seq != (uint64_t)seq)
        i++;
    if (i == *n)
        list[(*n)++].seq = (uint64_t)seq;
    return &list[i];
}

static int by_seq(const void *a, const void *b)
{
    const struct store_publication *x = a, *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int read_all(const redisReply *reply, uint64_t concern, struct store_publication *list,
                    size_t *n)
{
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct str value = redis_str(reply->element[i + 1]);
        char kind;
        struct store_publication *p = row_of(list, n, redis_str(reply->element[i]), &kind);
        if (!p || (kind == '\0' && !read_known(value, p)) ||
            (kind == 'p' && !read_published(value, p)))
            return ERR_CORRUPT;
        if (kind == 't')
            p->text = value;
        p->concern = concern;
    }
    qsort(list, *n, sizeof *list, by_seq);
    return 0;
}

int redis_publications(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_publication *p), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct buf name = BUF_INIT;
    redisReply *reply = NULL;
    size_t n = 0;

    redis_begin(&a, "HGETALL");
    int err = buf_add_decimal(&name, concern);
    redis_put_key(r, &a, "texts:", buf_str(&name));
    err = err ? err : redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    buf_free(&name);
    if (err)
        return err;
    struct store_publication *list = calloc(reply->elements + 1, sizeof *list);
    err = list ? read_all(reply, concern, list, &n) : ERR_NOMEM;
    size_t first = n > STORE_PUBLICATIONS_MAX ? n - STORE_PUBLICATIONS_MAX : 0;
    for (size_t i = first; i < n && !err; i++)
        err = each(arg, &list[i]);
    free(list);
    freeReplyObject(reply);
    return err;
}

void redis_survey_bytes(const struct store_survey *survey, struct buf *out)
{
    buf_add_u32(out, survey->solved);
    buf_add_u32(out, survey->not_yet);
    buf_add_u64(out, (uint64_t)survey->hour);
    buf_add_u32(out, survey->in_hour);
}

void redis_survey_name(uint64_t concern, uint16_t round, struct buf *out)
{
    buf_add_decimal(out, concern);
    buf_add_char(out, '.');
    buf_add_decimal(out, round);
}

int redis_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct buf name = BUF_INIT;
    redisReply *reply = NULL;

    redis_survey_name(concern, round, &name);
    redis_begin(&a, "HGET");
    redis_put_key(r, &a, "surveys", STR_NONE);
    redis_put_str(&a, buf_str(&name));
    int err = buf_ok(&name) ? redis_ask(r, &a, REDIS_REPLY_STRING, true, &reply) : ERR_NOMEM;
    redis_args_free(&a);
    buf_free(&name);
    if (err)
        return err;
    struct str bytes = redis_str(reply);
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool there = reply->type != REDIS_REPLY_NIL;
    *out = (struct store_survey){.concern = concern, .round = round};
    out->solved = buf_read_u32(&in);
    out->not_yet = buf_read_u32(&in);
    out->hour = (int64_t)buf_read_u64(&in);
    out->in_hour = buf_read_u32(&in);
    freeReplyObject(reply);
    return !there ? ERR_NOTFOUND : in.bad || in.left ? ERR_CORRUPT : 0;
}
