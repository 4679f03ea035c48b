#define ZLIB_CONST
#include "daemon/http/encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/reply.h"

enum { LEVEL = 5, GZIP = 16 /* zlib: with the header of gzip */, MINUTE_MS = 60000 };

/* "gzip", or "gzip;q=0.5", in a list; "gzip;q=0" is a refusal. */
static bool takes(struct str item)
{
    struct str name = str_trim(item);
    size_t semicolon = str_find(name, STR(";"), 0);
    struct str quality = STR_NONE;

    if (semicolon != (size_t)-1) {
        quality = str_trim((struct str){name.p + semicolon + 1, name.n - semicolon - 1});
        name = str_trim((struct str){name.p, semicolon});
    }
    if (!str_eq_nocase(name, STR("gzip")))
        return false;
    for (size_t i = 2; i < quality.n; i++)
        if (quality.p[i] >= '1' && quality.p[i] <= '9')
            return true;
    return quality.n == 0;
}

bool encoding_gzip_wanted(struct exchange *x)
{
    const char *given = exchange_header(x, "Accept-Encoding");
    struct str rest = str_from(given);

    while (rest.n) {
        size_t comma = str_find(rest, STR(","), 0);
        size_t n = comma == (size_t)-1 ? rest.n : comma;
        if (takes((struct str){rest.p, n}))
            return true;
        n += comma != (size_t)-1;
        rest = (struct str){rest.p + n, rest.n - n};
    }
    return false;
}

int encoding_gzip(struct str body, struct buf *out)
{
    z_stream z = {0};

    if (body.n < ENCODING_LEAST || body.n > UINT32_MAX / 2)
        return ERR_LIMIT;
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return ERR_NOMEM;
    char *to = buf_reserve(out, body.n);
    z.next_in = (const Bytef *)body.p;
    z.avail_in = (uInt)body.n;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)body.n - 1; /* no longer than it was */
    int rc = to ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
    out->len += rc == Z_STREAM_END ? z.total_out : 0;
    deflateEnd(&z);
    if (rc == Z_STREAM_END)
        return 0;
    buf_free(out);
    return to ? ERR_LIMIT : ERR_NOMEM;
}

/* Its opaque part, in quotes: what is compared. */
static struct str opaque(const char *etag)
{
    struct str tag = str_from(etag);

    return str_starts(tag, STR("W/")) ? (struct str){tag.p + 2, tag.n - 2} : tag;
}

bool encoding_known(struct exchange *x, const char *etag)
{
    const char *given = exchange_header(x, "If-None-Match");

    return given && (strcmp(given, "*") == 0 ||
                     str_find(str_from(given), opaque(etag), 0) != (size_t)-1);
}

bool encoding_unchanged(struct exchange *x, enum MHD_Result *answered)
{
    struct store *reader = x->side->reader;
    struct buf b = BUF_INIT;

    x->head = store_head(reader);
    buf_addf(&b, "%s %" PRIu64 " %s %" PRId64 " %d %s %s", store_epoch(reader),
             x->head, rules_version(exchange_rules(x)), clock_now() / MINUTE_MS,
             (int)x->caller.role, x->caller.name, x->caller.unit);
    snprintf(x->etag, sizeof x->etag, "W/\"%016" PRIx64 "\"", (uint64_t)XXH3_64bits(b.data, b.len));
    bool known = buf_ok(&b) && encoding_known(x, x->etag);
    buf_free(&b);
    if (known)
        *answered = reply_not_modified(x);
    return known;
}
