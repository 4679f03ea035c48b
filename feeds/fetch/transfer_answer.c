/* What comes back: each header and byte is counted, and kept as far as it is wanted. */
#include <stdlib.h>
#include <sys/socket.h>

#include "feeds/fetch/hop.h"
#include "feeds/fetch/transfer_inside.h"

/* All headers of one answer, 1xx ones included; one kept value. */
enum { HEAD_MAX = 64 * 1024, VALUE_MAX = 4096, EXPECT_MAX = 256 * 1024 };
/* Of a handle that waits for its next transfer. */
enum { KEPT_ROOM = 1024 };

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

static void clear_headers(struct transfer *t)
{
    buf_reset(&t->kept);
    memset(t->kept_at, 0, sizeof t->kept_at);
}

void transfer_clear(struct transfer *t)
{
    if (t->kept.cap > KEPT_ROOM)
        buf_free(&t->kept);
    clear_headers(t);
    buf_free(&t->result.body);
    t->result = (struct transfer_result){0};
}

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n && s.n <= VALUE_MAX;
}

static bool redirects(struct str status_line)
{
    const char *space = memchr(status_line.p, ' ', status_line.n);
    long long code;

    if (!space || status_line.n - (size_t)(space - status_line.p) < 4)
        return false;
    return !str_int((struct str){space + 1, 3}, 300, 399, &code) && hop_redirects((int)code);
}

/* Two names of one length begin with different letters. */
static int index_of(struct str name)
{
    for (int i = 0; i < HEADER_COUNT; i++)
        if (name.n == header_names[i].n && (name.p[0] | 0x20) == header_names[i].p[0])
            return str_eq_nocase(name, header_names[i]) ? i : HEADER_COUNT;
    return HEADER_COUNT;
}

static void take_named(struct transfer *t, struct str name, struct str value)
{
    static const struct str codings[] = {{"content-encoding", 16}, {"transfer-encoding", 17}};
    int i = index_of(name);

    if (i < HEADER_COUNT) {
        size_t at = t->kept.len + 1;
        value = str_trim(value);
        if (!t->kept_at[i] && plain(value) && !buf_add_str(&t->kept, value) &&
            !buf_add_char(&t->kept, '\0'))
            t->kept_at[i] = at;
        return;
    }
    if (str_among_nocase(name, codings, sizeof codings / sizeof *codings))
        transfer_count_wire(t, true);
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
    /* A status line begins a new answer: what a 103 said does not count. A redirect mostly leads to
     * where it came from. */
    if (str_starts(line, STR("HTTP/"))) {
        clear_headers(t);
        if (redirects(line))
            transfer_keep_open(t, true);
    }
    const char *colon = memchr(line.p, ':', line.n);
    if (colon)
        take_named(t, (struct str){line.p, (size_t)(colon - line.p)},
                   (struct str){colon + 1, (size_t)(line.p + line.n - colon - 1)});
    return size * n;
}

/* Room for what the answer promises, so that its body is not moved as it grows; a promise is no
 * reason to take much memory. */
static void expect(struct transfer *t, size_t least)
{
    curl_off_t promised = -1;

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
    if (promised > (curl_off_t)least && promised <= EXPECT_MAX)
        buf_reserve_exact(&t->result.body, (size_t)promised);
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

/* Bytes that unpack to nothing never reach take_body(): what is on the wire is counted too, of an
 * answer that is packed or in chunks. */
static int take_progress(void *arg, curl_off_t all, curl_off_t got, curl_off_t up, curl_off_t sent)
{
    struct transfer *t = arg;

    (void)all, (void)up, (void)sent;
    t->too_big |= !t->cut && (size_t)got > t->body_max;
    return t->too_big;
}

bool transfer_listen(struct transfer *t)
{
    bool ok = true;

#define SET(option, value) ok = ok && curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_XFERINFOFUNCTION, take_progress);
    SET(CURLOPT_XFERINFODATA, t);
#undef SET
    return ok;
}

void transfer_conclude(struct transfer *t, CURLcode code)
{
    struct transfer_result *r = &t->result;
    long status = 0;
    curl_off_t connected = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    r->status = (int)status;
    for (int i = 0; i < HEADER_COUNT; i++)
        r->headers[i] = t->kept_at[i] && buf_ok(&t->kept) ? t->kept.data + t->kept_at[i] - 1 : NULL;
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
