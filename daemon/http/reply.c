#include "daemon/http/reply.h"

#include <stdio.h>

#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/drill_mode.h"
#include "daemon/http/encoding.h"
#include "daemon/http/keeping.h"
#include "daemon/http/kept.h"

struct header {
    const char *name, *value;
};

/* The pages need their own script, style and API only; nothing may frame or embed them. */
static const struct header of_pages = {
    "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
                               "img-src 'self'; connect-src 'self'; manifest-src 'self'; "
                               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};
/* What needs no script has none, and asks back here alone; the picture is the large pointer. */
static const struct header of_forms = {
    "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "
                               "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"};
/* What is read may be read aloud, by a script that asks for nothing. */
static const struct header of_readings = {
    "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
                               "img-src 'self'; base-uri 'none'; form-action 'self'; "
                               "frame-ancestors 'none'"};
static const struct header always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};
static const struct header of_drills[] = {
    {"X-Huiying-Drill", "true"},
    {"X-Robots-Tag", "noindex, nofollow"},
};

static enum MHD_Result send_under(struct exchange *x, unsigned status,
                                  struct MHD_Response *response, const struct header *policy)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, policy->name, policy->value);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i].name, always[i].value);
    for (size_t i = 0; drill_on() && i < sizeof of_drills / sizeof *of_drills; i++)
        MHD_add_response_header(response, of_drills[i].name, of_drills[i].value);
    if (status == 401) /* RFC 9110 §15.5.2 */
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"huiying\"");
    enum MHD_Result queued = MHD_queue_response(x->conn, status, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_send(struct exchange *x, unsigned status, struct MHD_Response *response)
{
    return send_under(x, status, response, &of_pages);
}

/* Smaller, if the client takes that: *packed. */
static void pack(struct exchange *x, struct buf *body, bool *packed)
{
    struct buf gzip = BUF_INIT;

    *packed = body->len >= ENCODING_LEAST && encoding_gzip_wanted(x) &&
              encoding_gzip(buf_str(body), &gzip) == 0;
    if (!*packed)
        return;
    buf_free(body);
    *body = gzip;
}

const char reply_json_mime[] = "application/json; charset=utf-8";

enum MHD_Result reply_not_modified(struct exchange *x)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response)
        MHD_add_response_header(response, "ETag", x->etag);
    return reply_send(x, 304, response);
}

static void describe(struct MHD_Response *response, const char *mime)
{
    MHD_add_response_header(response, "Content-Type", mime);
    MHD_add_response_header(response, "Cache-Control", "no-store");
}

struct MHD_Response *reply_from(struct buf *body, const char *mime)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);

    if (!response) {
        buf_free(body);
        return NULL;
    }
    *body = BUF_INIT;
    describe(response, mime);
    return response;
}

/* Of a view, whose body may have been made smaller; response may be NULL. */
static void describe_view(const struct exchange *x, struct MHD_Response *response, bool packed)
{
    if (!response)
        return;
    if (packed)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    if (x->etag[0])
        MHD_add_response_header(response, "ETag", x->etag);
    if (x->link.len && buf_ok(&x->link))
        MHD_add_response_header(response, "Link", x->link.data);
}

/* Two of one text: where a page's own script may run is told by which. */
static const char html_mime[] = "text/html; charset=utf-8";
static const char read_mime[] = "text/html; charset=utf-8";

static const struct header *policy_of(const char *mime)
{
    return mime == html_mime ? &of_forms : mime == read_mime ? &of_readings : &of_pages;
}

enum MHD_Result reply_kept(struct exchange *x, struct kept_body *body)
{
    if (!body)
        return reply_error(x, ERR_NOMEM, NULL);
    const char *mime = kept_mime(body);
    bool packed = encoding_gzip_wanted(x);
    struct str bytes = kept_bytes(body, &packed);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        bytes.n, (void *)bytes.p, kept_let_go, body);
    if (response)
        describe(response, mime);
    else
        kept_let_go(body);
    describe_view(x, response, packed);
    return send_under(x, 200, response, policy_of(mime));
}

enum MHD_Result reply_text(struct exchange *x, struct buf *body, const char *mime)
{
    if (!strncmp(mime, html_mime, sizeof "text/html" - 1))
        drill_mode_mark(body);
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    if (x->keep.len)
        return reply_kept(x, keeping_put(x, body, mime));
    bool packed;
    pack(x, body, &packed);
    struct MHD_Response *response = reply_from(body, mime);
    describe_view(x, response, packed);
    return send_under(x, 200, response, policy_of(mime));
}

enum MHD_Result reply_file(struct exchange *x, struct buf *body, const char *mime, const char *name)
{
    char saved[128];

    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    struct MHD_Response *response = reply_from(body, mime);
    snprintf(saved, sizeof saved, "attachment; filename=\"%s\"", name);
    if (response)
        MHD_add_response_header(response, "Content-Disposition", saved);
    describe_view(x, response, false);
    return reply_send(x, 200, response);
}

enum MHD_Result reply_page(struct exchange *x, struct buf *body)
{
    return reply_text(x, body, html_mime);
}

enum MHD_Result reply_reading(struct exchange *x, struct buf *body)
{
    return reply_text(x, body, read_mime);
}

enum MHD_Result reply_form(struct exchange *x, unsigned status, struct buf *body)
{
    return reply_form_header(x, status, body, NULL, NULL, 0);
}

void reply_add_wait(struct MHD_Response *response, int64_t wait_ms)
{
    char seconds[24];

    snprintf(seconds, sizeof seconds, "%lld", (long long)((wait_ms + 999) / 1000));
    if (response && wait_ms)
        MHD_add_response_header(response, "Retry-After", seconds);
}

enum MHD_Result reply_form_header(struct exchange *x, unsigned status, struct buf *body,
                                  const char *name, const char *value, int64_t wait_ms)
{
    drill_mode_mark(body);
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    struct MHD_Response *response = reply_from(body, html_mime);
    if (response && value)
        MHD_add_response_header(response, name, value);
    reply_add_wait(response, wait_ms);
    return send_under(x, status, response, &of_forms);
}

enum MHD_Result reply_see_other(struct exchange *x, const char *to, const char *cookie,
                                bool forget)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response) {
        MHD_add_response_header(response, "Location", to);
        MHD_add_response_header(response, "Cache-Control", "no-store");
    }
    if (response && cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    if (response && forget)
        MHD_add_response_header(response, "Clear-Site-Data", "\"storage\"");
    return send_under(x, 303, response, &of_forms);
}

enum MHD_Result reply_json(struct exchange *x, struct buf *body)
{
    buf_add_char(body, '\n');
    return reply_text(x, body, reply_json_mime);
}

enum MHD_Result reply_json_same(struct exchange *x, struct buf *body, size_t from)
{
    enum MHD_Result known;

    if (!buf_ok(body) ||
        !encoding_same(x, (struct str){body->data + from, body->len - from}, &known))
        return reply_json(x, body);
    buf_free(body);
    return known;
}

enum MHD_Result reply_json_cookie(struct exchange *x, struct buf *body, const char *cookie)
{
    buf_add_char(body, '\n');
    if (!buf_ok(body)) {
        buf_free(body);
        return reply_error(x, ERR_NOMEM, NULL);
    }
    struct MHD_Response *response = reply_from(body, reply_json_mime);
    if (response && cookie)
        MHD_add_response_header(response, "Set-Cookie", cookie);
    return reply_send(x, 200, response);
}
