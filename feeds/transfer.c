#include "feeds/transfer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "feeds/hop.h"
#include "feeds/multi.h"

/* All headers of one answer, 1xx ones included; one kept value. */
enum { HEAD_MAX = 64 * 1024, VALUE_MAX = 4096, EXPECT_MAX = 256 * 1024 };
/* Handles kept for the next transfer, of 8 KiB each. */
enum { IDLE_MAX = 256 };

struct transfer {
    struct transfer *next; /* idle ones */
    struct transfer_pool *pool;
    struct transfer *older, *newer; /* those under way, for transfer_pool_free() */
    CURL *easy;
    struct multi_part *part; /* while under way */
    struct curl_slist *headers, *last; /* its own, and the last of them */
    struct curl_slist *connect_to;
    struct transfer_result result;
    size_t head, body_max;
    bool cut, too_big, refused, full, proxied;
};

struct transfer_pool {
    const struct fetch_conf *conf;
    const struct guard *guard;
    struct multi *multi;
    struct curl_slist *headers; /* of every request */
    struct transfer *idle, *active;
    size_t nidle;
};

static const struct str header_names[HEADER_COUNT] = {
    [HEADER_ETAG] = {"etag", 4},
    [HEADER_LAST_MODIFIED] = {"last-modified", 13},
    [HEADER_CONTENT_TYPE] = {"content-type", 12},
    [HEADER_LOCATION] = {"location", 8},
    [HEADER_RETRY_AFTER] = {"retry-after", 11},
    [HEADER_DATE] = {"date", 4},
    [HEADER_CACHE_CONTROL] = {"cache-control", 13},
    [HEADER_EXPIRES] = {"expires", 7},
};

static void clear_headers(struct transfer_result *r)
{
    for (int i = 0; i < HEADER_COUNT; i++) {
        free(r->headers[i]);
        r->headers[i] = NULL;
    }
}

static void clear_result(struct transfer_result *r)
{
    clear_headers(r);
    buf_free(&r->body);
    *r = (struct transfer_result){0};
}

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n && s.n <= VALUE_MAX;
}

static size_t take_header(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct str line = {data, size * n};

    t->head += line.n;
    if (t->head > HEAD_MAX) {
        t->too_big = true;
        return 0;
    }
    /* A status line begins a new answer: what a 103 said does not count. */
    if (str_starts(line, STR("HTTP/")))
        clear_headers(&t->result);
    const char *colon = memchr(line.p, ':', line.n);
    struct str name = {line.p, colon ? (size_t)(colon - line.p) : 0};
    for (int i = 0; colon && i < HEADER_COUNT; i++) {
        if (t->result.headers[i] || name.n != header_names[i].n ||
            !str_eq_nocase(name, header_names[i]))
            continue;
        struct str value = str_trim((struct str){colon + 1, line.n - name.n - 1});
        if (plain(value))
            t->result.headers[i] = strndup(value.p, value.n);
    }
    return size * n;
}

/* Room for what the answer promises, so that its body is not moved as it grows; a promise is no
 * reason to take much memory. */
static void expect(struct transfer *t, size_t least)
{
    curl_off_t promised = -1;

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
    if (promised > (curl_off_t)least && promised <= EXPECT_MAX)
        buf_reserve(&t->result.body, (size_t)promised);
}

/* Counted here, decoded: CURLOPT_MAXFILESIZE does not see what a bomb unpacks to. */
static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t length = size * n, room = t->body_max - t->result.body.len;

    if (length > room) {
        if (t->cut && !buf_add(&t->result.body, data, room))
            t->full = true;
        else
            t->too_big = true;
        return 0;
    }
    if (!t->result.body.len)
        expect(t, length);
    return buf_add(&t->result.body, data, length) ? 0 : length;
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = arg;

    (void)purpose;
    /* Looked at again where it counts: whatever path led here. A proxy stands where it was put. */
    if (!t->proxied && !guard_allows(t->pool->guard, &address->addr)) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Bytes that unpack to nothing never reach take_body(): what is on the wire is counted too. */
static int take_progress(void *arg, curl_off_t all, curl_off_t got, curl_off_t up, curl_off_t sent)
{
    struct transfer *t = arg;

    (void)all, (void)up, (void)sent;
    t->too_big |= !t->cut && (size_t)got > t->body_max;
    return t->too_big;
}

static bool set_fixed(struct transfer *t)
{
    const struct fetch_limits *l = &t->pool->conf->limits;
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
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(l->connect_ms ? l->connect_ms : 10000));
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)(l->slow_bytes ? l->slow_bytes : 64));
    SET(CURLOPT_LOW_SPEED_TIME, (long)(l->slow_seconds ? l->slow_seconds : 10));
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, take_progress);
    SET(CURLOPT_XFERINFODATA, t);
    SET(CURLOPT_PRIVATE, t);
#undef SET
    return ok && multi_prepare(t->pool->multi, t->easy);
}

static void drop_headers(struct transfer *t)
{
    if (t->last)
        t->last->next = NULL;
    curl_slist_free_all(t->headers);
    t->headers = t->last = NULL;
}

static void destroy(struct transfer *t)
{
    if (!t)
        return;
    curl_easy_cleanup(t->easy);
    drop_headers(t);
    curl_slist_free_all(t->connect_to);
    clear_result(&t->result);
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
    if (!t->easy || !set_fixed(t)) {
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
    buf_addf(&line, "%s%c", "Accept: application/rss+xml,application/atom+xml,application/feed+json,"
                            "text/html;q=.8,*/*;q=.9", '\0');
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

static int add_header(struct curl_slist **list, const char *name, const char *value)
{
    struct buf line = BUF_INIT;

    if (!value)
        return 0;
    buf_add_text(&line, name);
    buf_add_text(&line, value);
    buf_add_char(&line, '\0');
    int err = add(list, &line);
    buf_free(&line);
    return err;
}

/* Set only where it changes, for most transfers know none. */
static int set_proxy(struct transfer *t, const struct transfer_request *r)
{
    if (!r->proxy && !t->proxied)
        return 0;
    t->proxied = r->proxy != NULL;
    return curl_easy_setopt(t->easy, CURLOPT_PROXY, r->proxy ? r->proxy : "") ? ERR_NOMEM : 0;
}

/* This request's own come before the pool's, whose list ends them all. */
static int set_headers(struct transfer *t, const struct transfer_request *r)
{
    if (add_header(&t->headers, "If-None-Match: ", r->etag) ||
        add_header(&t->headers, "If-Modified-Since: ", r->last_modified))
        return ERR_NOMEM;
    /* What is not allowed was refused when it was read, too. */
    for (char *const *more = r->headers; more && *more; more++)
        if (hop_header_allowed(*more) && add_header(&t->headers, "", *more))
            return ERR_NOMEM;
    for (t->last = t->headers; t->last && t->last->next;)
        t->last = t->last->next;
    if (t->last)
        t->last->next = t->pool->headers;
    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->last ? t->headers : t->pool->headers)
               ? ERR_NOMEM
               : 0;
}

/* The name stays in the URL for Host, SNI and the certificate; the connection goes to where the
 * guard looked. */
static int set_connect_to(struct transfer *t, const struct transfer_request *r)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)r->at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)r->at;
    char text[INET6_ADDRSTRLEN];
    struct buf line = BUF_INIT;

    if (!r->at) /* its proxy looks it up */
        return 0;
    const uint8_t *octets = (const uint8_t *)&v4->sin_addr;
    buf_add_text(&line, "::");
    if (r->at->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        buf_addf(&line, "[%s]", text);
    } else {
        for (int i = 0; i < 4; i++) {
            buf_add_decimal(&line, octets[i]);
            buf_add_text(&line, i < 3 ? "." : "");
        }
    }
    buf_add_char(&line, ':');
    buf_add_decimal(&line, r->to->port);
    buf_add_char(&line, '\0');
    int err = add(&t->connect_to, &line);
    buf_free(&line);
    return err;
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
    t->head = 0;
    t->cut = r->cut;
    t->body_max = r->body_max;
    t->too_big = t->refused = t->full = false;
    t->result.owner = r->owner;
    if (set_headers(t, r) || set_proxy(t, r) || set_connect_to(t, r) ||
        curl_easy_setopt(t->easy, CURLOPT_URL, r->to->url) ||
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to) ||
        curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(r->budget > 1 ? r->budget : 1)) ||
        multi_add(p->multi, t->easy, str_from(r->to->host), r->to->https, &t->part)) {
        transfer_release(p, t);
        return ERR_NOMEM;
    }
    return 0;
}

int transfer_wait_ms(struct transfer_pool *p, int most)
{
    return multi_wait_ms(p->multi, most);
}

static void conclude(struct transfer *t, CURLcode code)
{
    struct transfer_result *r = &t->result;
    long status = 0;
    curl_off_t connected = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    r->status = (int)status;
    r->asked = !t->refused;
    if (code == CURLE_OK || t->full) {
        r->fault = TRANSFER_OK;
        return;
    }
    r->fault = TRANSFER_FAILED;
    r->problem = transfer_problem(code);
    if (code == CURLE_COULDNT_CONNECT || (code == CURLE_OPERATION_TIMEDOUT && !connected))
        r->fault = TRANSFER_CONNECT;
    if (t->refused) {
        r->fault = TRANSFER_REFUSED;
        r->problem = "地址不在公网，且不在允许列表中 "
                     "(the address is not public, nor on the allow list)";
    } else if (t->too_big) {
        r->problem = "内容超过上限 (the answer passes the size limit)";
    }
}

void transfer_tick(struct transfer_pool *p)
{
    multi_tick(p->multi);
}

struct transfer *transfer_next(struct transfer_pool *p)
{
    struct transfer *t = NULL;
    CURL *easy;
    CURLcode code;

    if (!multi_next(p->multi, &easy, &code))
        return NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    assert(t);
    t->part = NULL;
    conclude(t, code);
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
    clear_result(&t->result);
    drop_headers(t);
    curl_slist_free_all(t->connect_to);
    t->connect_to = NULL;
    t->part = NULL;
    if (p->nidle == IDLE_MAX) {
        destroy(t);
        return;
    }
    t->next = p->idle;
    p->idle = t;
    p->nidle++;
}
