#include "daemon/http/pages.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "daemon/http/drill_mode.h"
#include "daemon/http/encoding.h"
#include "daemon/http/reply.h"

enum { PAGE_MAX = 1024 * 1024, ETAG_MAX = 24 };

/* Every file of dashboard/ that is served, at the address of its name. */
static const char *const files[] = {
    "index.html", "concern.html", "desk.html", "handover.html", "inbox.html", "login.html",
    "sources.html", "wall.html", "workbench.html", "aloud.css", "app.css", "app.js", "desk.css",
    "favicon.svg", "format.js", "ledger.css", "overview.css", "pointer-hand.svg", "pointer.svg",
    "js/api.js", "js/concern.js", "js/desk.js", "js/dom.js", "js/events.js", "js/handover.js",
    "js/i18n.js", "js/inbox.js", "js/keys.js", "js/ledger.js", "js/live.js", "js/login.js",
    "js/names.js", "js/overview.js", "js/prefs.js", "js/shell.js", "js/sources.js", "js/time.js",
    "js/typed.js", "js/wall.js", "js/words.js", "js/workbench.js", "js/parts/acts.js",
    "js/parts/aloud.js", "js/parts/charts.js", "js/parts/concerns.js", "js/parts/diff_table.js",
    "js/parts/differ.js", "js/parts/event_list.js", "js/parts/filters.js", "js/parts/guide.js",
    "js/parts/headline.js",
    "js/parts/measure.js", "js/parts/measured.js", "js/parts/mention.js", "js/parts/request.js",
    "js/parts/ringing.js", "js/parts/roles.js", "js/parts/row.js", "js/parts/sentences.js",
    "js/parts/session_end.js", "js/parts/source_state.js", "js/parts/spark.js", "js/parts/stage.js",
    "js/parts/term_lines.js", "js/parts/timeline.js", "js/parts/topic_edit.js",
    "js/parts/topic_edits.js",
    "js/parts/tryout.js",
};
/* Debian's Chart.js, which is not of this house: a town may be without it. */
static const char chart_js[] = "vendor/chart.js";
enum { FILES = sizeof files / sizeof *files, CHART = FILES, SERVED };

static const struct {
    const char *ending, *mime;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
};

struct pages {
    struct buf body[SERVED], packed[SERVED]; /* as gzip; empty: not worth it */
    char etag[SERVED][2][ETAG_MAX];          /* of either */
};

static void make_ready(struct pages *p, size_t i)
{
    drill_mode_mark(&p->body[i]);
    uint64_t hash = XXH3_64bits(p->body[i].data, p->body[i].len);
    encoding_gzip(buf_str(&p->body[i]), &p->packed[i]);
    snprintf(p->etag[i][0], ETAG_MAX, "\"%016" PRIx64 "\"", hash);
    snprintf(p->etag[i][1], ETAG_MAX, "\"%016" PRIx64 "-gz\"", hash);
}

static void load_chart(struct pages *p, const char *path)
{
    int err = path ? file_read(path, PAGE_MAX, &p->body[CHART]) : ERR_NOTFOUND;

    if (!err)
        make_ready(p, CHART);
    else if (path)
        log_warn("http.chart", "file=\"%s\" err=%s charts=none package=libjs-chart.js", path,
                 err_name(err));
    if (err)
        buf_free(&p->body[CHART]);
}

struct pages *pages_load(const char *dir, const char *chart)
{
    struct pages *p = calloc(1, sizeof *p);
    char path[4096];

    for (size_t i = 0; p && i < FILES; i++) {
        int n = snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        int err = n < 0 || n >= (int)sizeof path ? ERR_LIMIT
                                                 : file_read(path, PAGE_MAX, &p->body[i]);
        if (err) {
            log_error("http.page", "file=\"%s\" err=%s", path, err_name(err));
            pages_free(p);
            return NULL;
        }
        make_ready(p, i);
    }
    if (p)
        load_chart(p, chart);
    return p;
}

void pages_free(struct pages *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < SERVED; i++) {
        buf_free(&p->body[i]);
        buf_free(&p->packed[i]);
    }
    free(p);
}

const char *pages_at(size_t i)
{
    return i < FILES ? files[i] : NULL;
}

int pages_find(struct str address)
{
    if (str_is(address, "/"))
        address = STR("/index.html");
    for (size_t i = 0; address.n && address.p[0] == '/' && i < FILES; i++)
        if (str_is((struct str){address.p + 1, address.n - 1}, files[i]))
            return (int)i;
    return address.n && str_is((struct str){address.p + 1, address.n - 1}, chart_js) ? CHART
                                                                                    : ERR_NOTFOUND;
}

bool pages_have_chart(const struct pages *p)
{
    return p->body[CHART].len != 0;
}

static const char *mime_of(const char *file)
{
    size_t i = 0;

    while (i + 1 < sizeof types / sizeof *types && !strstr(file, types[i].ending))
        i++;
    return types[i].mime;
}

enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, int page)
{
    const char *file = page == CHART ? chart_js : pages_at((size_t)page);

    assert(file);
    if (!p->body[page].len)
        return reply_problem(x, 404, "not-found", "这里没有装 Chart.js (it is not installed here)");
    bool packed = p->packed[page].len && encoding_gzip_wanted(x);
    const struct buf *body = packed ? &p->packed[page] : &p->body[page];
    const char *etag = p->etag[page][packed];
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
    MHD_add_response_header(response, "Content-Type", mime_of(file));
    return reply_send(x, same ? 304 : 200, response);
}
