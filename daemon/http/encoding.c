#define ZLIB_CONST
#include "daemon/http/encoding.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <xxhash.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/reply.h"
#include "daemon/reload/rulebook.h"

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

/* What a view follows from; the set of rules stands for names and places, too. */
static uint64_t view_of(struct exchange *x, int64_t minute)
{
    struct store *reader = x->side->reader;
    struct buf b = BUF_INIT;

    exchange_rules(x);
    x->head = store_head(reader);
    buf_addf(&b, "%s %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRId64 " %d %s %s", store_epoch(reader),
             x->head, rule_set_mark(x->rules), x->also, minute, (int)x->caller.role,
             x->caller.name, x->caller.unit);
    uint64_t view = XXH3_64bits(b.data, b.len);
    if (!buf_ok(&b)) /* no tag that anybody has */
        randombytes_buf(&view, sizeof view);
    buf_free(&b);
    return view;
}

void encoding_also(struct exchange *x, uint64_t mark)
{
    const uint64_t both[] = {x->also, mark};

    x->also = XXH3_64bits(both, sizeof both);
}

static bool is_known(struct exchange *x, uint64_t view, enum MHD_Result *answered)
{
    snprintf(x->etag, sizeof x->etag, "W/\"%016" PRIx64 "\"", view);
    bool known = encoding_known(x, x->etag);
    if (known)
        *answered = reply_not_modified(x);
    return known;
}

bool encoding_unchanged(struct exchange *x, enum MHD_Result *answered)
{
    return is_known(x, view_of(x, clock_now() / MINUTE_MS), answered);
}

bool encoding_same(struct exchange *x, struct str said, enum MHD_Result *answered)
{
    return is_known(x, XXH3_64bits(said.p, said.n), answered);
}

void encoding_turn(struct encoding_spell *spell, int64_t at, int64_t now)
{
    if (at <= now)
        spell->since = at > spell->since ? at : spell->since;
    else
        spell->until = at < spell->until ? at : spell->until;
}

void encoding_tag(struct exchange *x, const struct encoding_spell *spell)
{
    snprintf(x->etag, sizeof x->etag, "W/\"%016" PRIx64 ".%" PRId64 ".%" PRId64 "\"", x->view,
             spell->since, spell->until);
}

/* "SINCE.UNTIL" up to a quotation mark. */
static bool read_spell(struct str text, struct encoding_spell *out)
{
    size_t end = str_find(text, STR("\""), 0), dot = str_find(text, STR("."), 0);
    long long since, until;

    if (end == (size_t)-1 || dot == (size_t)-1 || dot > end ||
        str_int((struct str){text.p, dot}, 0, INT64_MAX, &since) ||
        str_int((struct str){text.p + dot + 1, end - dot - 1}, 0, INT64_MAX, &until))
        return false;
    *out = (struct encoding_spell){since, until};
    return true;
}

bool encoding_current(struct exchange *x, enum MHD_Result *answered)
{
    struct str given = str_from(exchange_header(x, "If-None-Match"));
    struct encoding_spell spell;
    int64_t now = clock_now();
    bool current = str_is(given, "*"); /* whatever it is, as of now */
    char own[24];

    x->view = view_of(x, 0);
    spell = (struct encoding_spell){now, now};
    snprintf(own, sizeof own, "\"%016" PRIx64 ".", x->view);
    for (size_t at = 0; !current && (at = str_find(given, str_from(own), at)) != (size_t)-1;) {
        at += strlen(own);
        current = read_spell((struct str){given.p + at, given.n - at}, &spell) &&
                  spell.since <= now && now < spell.until;
    }
    if (!current)
        return false;
    encoding_tag(x, &spell);
    *answered = reply_not_modified(x);
    return true;
}
