/* What is asked, and by what handle. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "feeds/fetch/hop.h"
#include "feeds/fetch/transfer_inside.h"

/* Handles kept for the next transfer, of 8 KiB each. */
enum { IDLE_MAX = 256 };

static bool set_fixed(struct transfer *t)
{
    bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK
    SET(CURLOPT_NOSIGNAL, 1L);
    /* A usual feed in one read; it is there for each transfer under way. */
    SET(CURLOPT_BUFFERSIZE, 24L * 1024);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(CURLOPT_ACCEPT_ENCODING, "");
    /* With a folder beside the file libcurl reads all authorities anew for each connection: 20 ms
     * and 800 KiB. Debian's file holds what its folder does. */
    SET(CURLOPT_CAPATH, NULL);
    if (t->pool->conf->ca_file)
        SET(CURLOPT_CAINFO, t->pool->conf->ca_file);
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_CURLU, t->url);
#undef SET
    return ok && transfer_listen(t) && multi_prepare(t->pool->multi, t->easy);
}

static void destroy(struct transfer *t)
{
    if (!t)
        return;
    curl_easy_cleanup(t->easy);
    curl_url_cleanup(t->url);
    buf_free(&t->lines);
    free(t->nodes);
    transfer_clear(t);
    buf_free(&t->kept);
    free(t);
}

static struct transfer *obtain(struct transfer_pool *p)
{
    struct transfer *t = p->idle;

    if (t) {
        p->idle = t->next;
        p->nidle--;
        t->next = NULL;
        return t;
    }
    t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->pool = p;
    t->easy = curl_easy_init();
    t->url = curl_url();
    t->kept_open = true;
    if (!t->easy || !t->url || !set_fixed(t)) {
        destroy(t);
        return NULL;
    }
    return t;
}

static int add(struct curl_slist **list, const struct buf *line)
{
    struct curl_slist *more = buf_ok(line) ? curl_slist_append(*list, line->data) : NULL;

    if (!more)
        return ERR_NOMEM;
    *list = more;
    return 0;
}

/* The headers of every request, in the list's form: libcurl writes those of its own options twice,
 * a byte at a time. */
static int set_fixed_headers(struct transfer_pool *p)
{
    unsigned has = (unsigned)curl_version_info(CURLVERSION_NOW)->features;
    struct buf line = BUF_INIT;

    buf_addf(&line, "Accept-Encoding: gzip%s%s%c", has & CURL_VERSION_BROTLI ? ", br" : "",
             has & CURL_VERSION_ZSTD ? ", zstd" : "", '\0');
    int err = add(&p->headers, &line);
    buf_reset(&line);
    buf_addf(&line, "User-Agent: %s%c", p->conf->user_agent, '\0');
    err = err ? err : add(&p->headers, &line);
    buf_reset(&line);
    buf_addf(&line, "%s%c",
             "Accept: application/rss+xml,application/atom+xml,application/feed+json,"
             "text/html;q=.8,*/*;q=.9",
             '\0');
    err = err ? err : add(&p->headers, &line);
    buf_free(&line);
    return err;
}

struct transfer_pool *transfer_pool_new(const struct fetch_conf *conf, const struct guard *guard,
                                        struct loop *loop)
{
    struct transfer_pool *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->conf = conf;
    p->look = INT64_MAX;
    p->guard = guard;
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        log_error("transfer.start", "problem=curl");
        free(p);
        return NULL;
    }
    p->multi = multi_new(loop, (size_t)conf->max_transfers);
    struct transfer *probe = p->multi && !set_fixed_headers(p) ? obtain(p) : NULL;
    if (!probe) {
        log_error("transfer.start", "problem=curl-options");
        transfer_pool_free(p);
        return NULL;
    }
    p->idle = probe;
    p->nidle = 1;
    return p;
}

void transfer_pool_free(struct transfer_pool *p)
{
    if (!p)
        return;
    while (p->active) {
        if (p->active->part)
            multi_remove(p->active->part, p->active->easy);
        transfer_release(p, p->active);
    }
    for (struct transfer *t = p->idle, *next; t; t = next) {
        next = t->next;
        destroy(t);
    }
    multi_free(p->multi);
    curl_slist_free_all(p->headers);
    curl_global_cleanup();
    free(p);
}

/* Set only where it changes, for most transfers know none. */
static int set_proxy(struct transfer *t, const struct transfer_request *r)
{
    if (!r->proxy && !t->proxied)
        return 0;
    t->proxied = r->proxy != NULL;
    return curl_easy_setopt(t->easy, CURLOPT_PROXY, r->proxy ? r->proxy : "") ? ERR_NOMEM : 0;
}

static void add_line(struct transfer *t, const char *name, const char *value)
{
    buf_add_text(&t->lines, name);
    buf_add_text(&t->lines, value);
    buf_add_char(&t->lines, '\0');
    t->nlines++;
}

/* The name stays in the URL for Host, SNI and the certificate; the connection goes to where the
 * guard looked. */
static void add_connect_to(struct transfer *t, const struct transfer_request *r)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)r->at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)r->at;
    const uint8_t *octets = (const uint8_t *)&v4->sin_addr;
    struct buf *line = &t->lines;
    char text[INET6_ADDRSTRLEN];

    buf_add_text(line, "::");
    if (r->at->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        buf_add_char(line, '[');
        buf_add_text(line, text);
        buf_add_char(line, ']');
    } else {
        for (int i = 0; i < 4; i++) {
            buf_add_decimal(line, octets[i]);
            buf_add_text(line, i < 3 ? "." : "");
        }
    }
    buf_add_char(line, ':');
    buf_add_decimal(line, r->to->port);
    buf_add_char(line, '\0');
    t->nlines++;
}

/* Nodes for the lines, which move no more. libcurl copies neither, and a list of its own making
 * would cost two allocations a line. */
static int make_nodes(struct transfer *t)
{
    char *line = t->lines.data;

    if (!buf_ok(&t->lines))
        return ERR_NOMEM;
    if (t->cap_nodes < t->nlines) {
        struct curl_slist *nodes = reallocarray(t->nodes, t->nlines, sizeof *nodes);
        if (!nodes)
            return ERR_NOMEM;
        t->nodes = nodes;
        t->cap_nodes = t->nlines;
    }
    for (size_t i = 0; i < t->nlines; i++, line += strlen(line) + 1)
        t->nodes[i] = (struct curl_slist){line, i + 1 < t->nlines ? &t->nodes[i + 1] : NULL};
    return 0;
}

int transfer_keep_open(struct transfer *t, bool keep)
{
    keep = keep && multi_may_keep(t->pool->multi);
    if (t->kept_open == keep)
        return 0;
    t->kept_open = keep;
    return curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, keep ? 0L : 1L) ? ERR_NOMEM : 0;
}

int transfer_count_wire(struct transfer *t, bool count)
{
    if (t->counted == count)
        return 0;
    t->counted = count;
    return curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, count ? 0L : 1L) ? ERR_NOMEM : 0;
}

/* This request's own headers come before the pool's, whose list ends them all. */
static int set_lines(struct transfer *t, const struct transfer_request *r)
{
    struct curl_slist *headers = t->pool->headers, *connect_to = NULL;
    size_t own;

    buf_reset(&t->lines);
    t->nlines = 0;
    if (r->etag)
        add_line(t, "If-None-Match: ", r->etag);
    if (r->last_modified)
        add_line(t, "If-Modified-Since: ", r->last_modified);
    /* What is not allowed was refused when it was read, too. */
    for (char *const *more = r->headers; more && *more; more++)
        if (hop_header_allowed(*more))
            add_line(t, "", *more);
    own = t->nlines;
    if (r->at) /* else its proxy looks it up */
        add_connect_to(t, r);
    if (make_nodes(t))
        return ERR_NOMEM;
    if (r->at)
        connect_to = &t->nodes[own];
    if (own) {
        t->nodes[own - 1].next = headers;
        headers = t->nodes;
    }
    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, headers) ||
                   curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, connect_to)
               ? ERR_NOMEM
               : 0;
}

static void insert(struct transfer_pool *p, struct transfer *t)
{
    t->older = p->active;
    t->newer = NULL;
    if (p->active)
        p->active->newer = t;
    p->active = t;
}

int transfer_begin(struct transfer_pool *p, const struct transfer_request *r)
{
    struct transfer *t = obtain(p);

    if (!t)
        return ERR_NOMEM;
    insert(p, t);
    transfer_late_begin(t, r->now, r->budget);
    t->head = 0;
    t->cut = r->cut;
    t->body_max = r->body_max;
    t->too_big = t->refused = t->full = false;
    t->result.owner = r->owner;
    if (set_lines(t, r) || set_proxy(t, r) || transfer_keep_open(t, r->keep) ||
        transfer_count_wire(t, false) ||
        curl_url_set(t->url, CURLUPART_URL, r->to->url, 0) ||
        multi_add(p->multi, t->easy, str_from(r->to->host), r->to->https, &t->part)) {
        transfer_release(p, t);
        return ERR_NOMEM;
    }
    return 0;
}

int transfer_wait_ms(struct transfer_pool *p, int most)
{
    int64_t rest = p->look == INT64_MAX ? most : p->look - clock_mono();

    return multi_wait_ms(p->multi, rest < 0 ? 0 : rest < most ? (int)rest : most);
}

void transfer_tick(struct transfer_pool *p)
{
    multi_tick(p->multi);
}

struct transfer *transfer_next(struct transfer_pool *p)
{
    CURLcode code = CURLE_OPERATION_TIMEDOUT;
    struct transfer *t = NULL;
    CURL *easy;

    if (multi_next(p->multi, &easy, &code))
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    else if ((t = transfer_late_next(p)))
        multi_remove(t->part, t->easy);
    else
        return NULL;
    assert(t);
    t->part = NULL;
    transfer_conclude(t, code);
    return t;
}

struct transfer_result *transfer_result(struct transfer *t)
{
    return &t->result;
}

void transfer_release(struct transfer_pool *p, struct transfer *t)
{
    *(t->newer ? &t->newer->older : &p->active) = t->older;
    if (t->older)
        t->older->newer = t->newer;
    t->older = t->newer = NULL;
    transfer_clear(t);
    t->part = NULL;
    if (p->nidle == IDLE_MAX) {
        destroy(t);
        return;
    }
    t->next = p->idle;
    p->idle = t;
    p->nidle++;
}
