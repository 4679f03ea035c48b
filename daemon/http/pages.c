#include "daemon/http/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/http/encoding.h"
#include "daemon/http/reply.h"

enum { PAGE_MAX = 1024 * 1024, ETAG_MAX = 24 };

static const struct {
    const char *path, *file, *mime;
} known[] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/index.html", "index.html", "text/html; charset=utf-8"},
    {"/app.css", "app.css", "text/css; charset=utf-8"},
    {"/app.js", "app.js", "text/javascript; charset=utf-8"},
    {"/format.js", "format.js", "text/javascript; charset=utf-8"},
    {"/favicon.svg", "favicon.svg", "image/svg+xml"},
};
enum { KNOWN = sizeof known / sizeof *known };

struct pages {
    struct buf body[KNOWN], packed[KNOWN]; /* as gzip; empty: not worth it */
    char etag[KNOWN][2][ETAG_MAX];         /* of either */
};

struct pages *pages_load(const char *dir)
{
    struct pages *p = calloc(1, sizeof *p);
    char path[4096];

    for (size_t i = 0; p && i < KNOWN; i++) {
        int n = snprintf(path, sizeof path, "%s/%s", dir, known[i].file);
        int err = n < 0 || n >= (int)sizeof path ? ERR_LIMIT
                                                 : file_read(path, PAGE_MAX, &p->body[i]);
        if (err) {
            log_error("http.page", "file=\"%s\" err=%s", path, err_name(err));
            pages_free(p);
            return NULL;
        }
        uint64_t hash = XXH3_64bits(p->body[i].data, p->body[i].len);
        encoding_gzip(buf_str(&p->body[i]), &p->packed[i]);
        snprintf(p->etag[i][0], ETAG_MAX, "\"%016" PRIx64 "\"", hash);
        snprintf(p->etag[i][1], ETAG_MAX, "\"%016" PRIx64 "-gz\"", hash);
    }
    return p;
}

void pages_free(struct pages *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < KNOWN; i++) {
        buf_free(&p->body[i]);
        buf_free(&p->packed[i]);
    }
    free(p);
}

enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, const char *path)
{
    size_t i = 0;

    while (i < KNOWN && strcmp(known[i].path, path) != 0)
        i++;
    if (i == KNOWN)
        return reply_error(x, ERR_NOTFOUND, NULL);
    bool packed = p->packed[i].len && encoding_gzip_wanted(x);
    const struct buf *body = packed ? &p->packed[i] : &p->body[i];
    const char *etag = p->etag[i][packed];
    bool same = encoding_known(x, etag);
    struct MHD_Response *response =
        same ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
             : MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "ETag", etag);
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    if (packed && !same)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    MHD_add_response_header(response, "Content-Type", known[i].mime);
    return reply_send(x, same ? 304 : 200, response);
}
