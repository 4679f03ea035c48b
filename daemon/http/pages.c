#include "daemon/http/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
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
    struct buf body[KNOWN];
    char etag[KNOWN][ETAG_MAX];
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
        snprintf(p->etag[i], ETAG_MAX, "\"%016" PRIx64 "\"",
                 (uint64_t)XXH3_64bits(p->body[i].data, p->body[i].len));
    }
    return p;
}

void pages_free(struct pages *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < KNOWN; i++)
        buf_free(&p->body[i]);
    free(p);
}

/* If-None-Match is a list of tags, or "*" (RFC 9110 §13.1.2). */
static bool client_has(struct exchange *x, const char *etag)
{
    const char *given = exchange_header(x, "If-None-Match");

    return given && (strcmp(given, "*") == 0 ||
                     str_find(str_from(given), str_from(etag), 0) != (size_t)-1);
}

enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, const char *path)
{
    size_t i = 0;

    while (i < KNOWN && strcmp(known[i].path, path) != 0)
        i++;
    if (i == KNOWN)
        return reply_error(x, ERR_NOTFOUND, NULL);
    bool same = client_has(x, p->etag[i]);
    struct MHD_Response *response =
        same ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
             : MHD_create_response_from_buffer(p->body[i].len, p->body[i].data,
                                               MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "ETag", p->etag[i]);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    MHD_add_response_header(response, "Content-Type", known[i].mime);
    return reply_send(x, same ? 304 : 200, response);
}
