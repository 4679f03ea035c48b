#include "daemon/cli/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/places.h"
#include "daemon/cli/sse.h"
#include "daemon/http/socket.h"

enum { ANSWER_MAX = 64 * 1024 * 1024, ANSWER_WAIT_MS = 60000, HUSHED_WAIT_MS = 5000 };

struct client {
    CURL *curl;
    int dir; /* the socket's folder; alias is reached through it */
    char alias[SOCKET_ALIAS];
    char path[PLACES_MAX];
    const char *subject; /* or NULL */
    bool hushed;
};

bool client_running(void)
{
    char path[PLACES_MAX];
    int fd = socket_connect_unix(places_socket(path));

    if (fd >= 0)
        close(fd);
    return fd >= 0 || fd == ERR_IO; /* one that we may not ask is one, too */
}

struct client *client_open(void)
{
    struct client *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    places_socket(c->path);
    c->dir = socket_alias(c->path, c->alias);
    if (c->dir < 0) {
        cli_error("%s: 服务没有运行 (no daemon there)", c->path);
        free(c);
        return NULL;
    }
    c->curl = curl_easy_init();
    if (!c->curl) {
        client_close(c);
        return NULL;
    }
    return c;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    if (c->curl)
        curl_easy_cleanup(c->curl);
    if (c->dir >= 0)
        close(c->dir);
    free(c);
}

void client_add_query(struct buf *path, const char *name, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    bool first = str_find(buf_str(path), STR("?"), 0) == (size_t)-1;

    if (!value)
        return;
    buf_addf(path, "%c%s=", first ? '?' : '&', name);
    for (; *value; value++) {
        if (strchr(plain, *value))
            buf_add_char(path, *value);
        else
            buf_addf(path, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

static size_t keep(char *data, size_t size, size_t n, void *arg)
{
    struct buf *out = arg;

    if (out->len + size * n > ANSWER_MAX)
        return 0;
    return buf_add(out, data, size * n) ? 0 : size * n;
}

static bool prepare(struct client *c, const char *path)
{
    const char *token = getenv("HUIYING_TOKEN");
    struct buf url = BUF_INIT;

    curl_easy_reset(c->curl);
    buf_addf(&url, "http://localhost%s", path);
    buf_add_char(&url, '\0');
    bool ok = buf_ok(&url) && curl_easy_setopt(c->curl, CURLOPT_URL, url.data) == CURLE_OK;
    buf_free(&url);
    /* A proxy of the environment must not see what stays on this machine. */
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    if (token && *token) { /* an account's, in place of who sits here */
        curl_easy_setopt(c->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        ok = ok && curl_easy_setopt(c->curl, CURLOPT_XOAUTH2_BEARER, token) == CURLE_OK;
    }
    return ok &&
           curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->alias) == CURLE_OK;
}

static const struct {
    long status;
    int exit;
} exits[] = {
    {400, EX_DATAERR}, {404, EX_NOINPUT}, {409, EX_NOPERM},
    {413, EX_DATAERR}, {422, EX_DATAERR}, {503, EX_TEMPFAIL},
};

/* What is wrong with files, where the problem says so. */
static void tell_each(const json_t *problems)
{
    const json_t *one;
    size_t i;

    json_array_foreach(problems, i, one) {
        const char *file = json_string_value(json_object_get(one, "file"));
        const char *detail = json_string_value(json_object_get(one, "detail"));
        cli_error_at(file ? file : "", (int)json_integer_value(json_object_get(one, "line")), "%s",
                     detail ? detail : "");
    }
}

/* "找不到 not found" and "找不到 (not found)": one in place of a reason, the other of a kind. */
static bool same_words(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, "()");
        b += strspn(b, "()");
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

static int tell_problem(const struct client *c, long status, struct str body)
{
    json_t *root = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
    const char *title = json_string_value(json_object_get(root, "title"));
    const char *detail = json_string_value(json_object_get(root, "detail"));

    if (detail && title && same_words(detail, title))
        detail = NULL;
    if (!c->hushed)
        cli_error("%s%s%s%s%s", c->subject ? c->subject : "", c->subject ? ": " : "",
              detail ? detail : title ? title : "服务答复有误 (unexpected answer)",
              detail && title ? " · " : "", detail && title ? title : "");
    if (!c->hushed)
        tell_each(json_object_get(root, "problems"));
    json_decref(root);
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        if (exits[i].status == status)
            return exits[i].exit;
    return EX_PROTOCOL;
}

static void tell_away(const struct client *c, int status)
{
    if (status == EX_UNAVAILABLE && !c->hushed)
        cli_error("%s: 服务没有运行 (no daemon answers there)", c->path);
}

static int fetch(struct client *c, struct buf *body)
{
    long status = 0;

    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS,
                     (long)(c->hushed ? HUSHED_WAIT_MS : ANSWER_WAIT_MS));
    CURLcode code = curl_easy_perform(c->curl);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        return EX_UNAVAILABLE;
    return status == 200 ? 0 : tell_problem(c, status, buf_str(body));
}

static int perform(struct client *c, json_t **out)
{
    struct buf body = BUF_INIT;
    int exit_status = fetch(c, &body);

    if (!exit_status && !(*out = json_loadb(body.data, body.len, 0, NULL))) {
        cli_error("服务答复不是 JSON (the answer is not JSON)");
        exit_status = EX_PROTOCOL;
    }
    buf_free(&body);
    return exit_status;
}

int client_get(struct client *c, const char *path, json_t **out)
{
    int status = prepare(c, path) ? perform(c, out) : EX_OSERR;

    tell_away(c, status);
    return status;
}

int client_bytes(struct client *c, const char *path, struct buf *out)
{
    int status = prepare(c, path) ? fetch(c, out) : EX_OSERR;

    tell_away(c, status);
    return status;
}

int client_delete(struct client *c, const char *path, json_t **out)
{
    int status = EX_OSERR;

    if (prepare(c, path) && curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, "DELETE") == CURLE_OK)
        status = perform(c, out);
    tell_away(c, status);
    return status;
}

void client_hush(struct client *c, bool hushed)
{
    c->hushed = hushed;
}

void client_about(struct client *c, const char *subject)
{
    c->subject = subject;
}

/* "Idempotency-Key: " and 128 random bits. */
static int make_key(char header[static 64])
{
    unsigned char raw[16];
    size_t n = (size_t)snprintf(header, 64, "Idempotency-Key: ");

    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
        return ERR_IO;
    for (size_t i = 0; i < sizeof raw; i++)
        n += (size_t)snprintf(header + n, 64 - n, "%02x", raw[i]);
    return 0;
}

static int post_once(struct client *c, const char *path, const char *text,
                     struct curl_slist *headers, json_t **out)
{
    if (!prepare(c, path))
        return EX_OSERR;
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
    return perform(c, out);
}

int client_post(struct client *c, const char *path, const json_t *body, json_t **out)
{
    struct curl_slist *headers = NULL, *more;
    char key[64];
    int status = EX_OSERR;
    char *text = json_dumps(body, JSON_COMPACT);

    if (!text || make_key(key))
        goto done;
    more = curl_slist_append(headers, key);
    headers = more ? more : headers;
    more = curl_slist_append(headers, "Content-Type: application/json");
    if (!more)
        goto done;
    headers = more;
    status = post_once(c, path, text, headers, out);
    if (status == EX_UNAVAILABLE)
        status = post_once(c, path, text, headers, out);
    tell_away(c, status);
done:
    curl_slist_free_all(headers);
    free(text);
    return status;
}

int client_put(struct client *c, const char *path, const json_t *body, json_t **out)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char *text = json_dumps(body, JSON_COMPACT);
    int status = EX_OSERR;

    if (text && headers && prepare(c, path)) {
        curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
        curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, "PUT");
        status = perform(c, out);
    }
    tell_away(c, status);
    curl_slist_free_all(headers);
    free(text);
    return status;
}

struct listening {
    struct client *client;
    struct sse sse;
    struct buf *detail;
    bool stopped;
};

static size_t feed_stream(char *data, size_t size, size_t n, void *arg)
{
    struct listening *l = arg;
    long status = 0;

    curl_easy_getinfo(l->client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return keep(data, size, n, l->detail);
    l->stopped = sse_feed(&l->sse, (struct str){data, size * n}) != 0;
    return l->stopped ? 0 : size * n;
}

void client_stream(struct client *c, const char *path, int (*event)(void *arg, struct str data),
                   void *arg, long *status, struct buf *detail)
{
    struct listening l = {.client = c, .sse = {.event = event, .arg = arg}, .detail = detail};

    *status = 0;
    if (!prepare(c, path))
        return;
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, feed_stream);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &l);
    curl_easy_perform(c->curl);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, status);
    sse_free(&l.sse);
}

struct client_tail {
    CURLM *multi;
    struct client *client;
    struct listening l;
    struct buf refusal;
};

struct client_tail *client_tail_open(const char *path, int (*event)(void *arg, struct str data),
                                     void *arg)
{
    struct client_tail *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->client = client_open();
    t->multi = curl_multi_init();
    if (!t->client || !t->multi || !prepare(t->client, path)) {
        client_tail_close(t);
        return NULL;
    }
    t->l = (struct listening){.client = t->client, .sse = {.event = event, .arg = arg},
                              .detail = &t->refusal};
    curl_easy_setopt(t->client->curl, CURLOPT_WRITEFUNCTION, feed_stream);
    curl_easy_setopt(t->client->curl, CURLOPT_WRITEDATA, &t->l);
    if (curl_multi_add_handle(t->multi, t->client->curl) == CURLM_OK)
        return t;
    client_tail_close(t);
    return NULL;
}

bool client_tail_wait(struct client_tail *t, const int *fds, size_t n, int ms)
{
    struct curl_waitfd extra[CLIENT_TAIL_FDS];
    int running = 0;

    assert(n <= CLIENT_TAIL_FDS);
    for (size_t i = 0; i < n; i++)
        extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    curl_multi_poll(t->multi, extra, (unsigned)n, ms, NULL);
    return curl_multi_perform(t->multi, &running) == CURLM_OK && running;
}

void client_tail_close(struct client_tail *t)
{
    if (!t)
        return;
    if (t->client && t->multi)
        curl_multi_remove_handle(t->multi, t->client->curl);
    client_close(t->client);
    if (t->multi)
        curl_multi_cleanup(t->multi);
    sse_free(&t->l.sse);
    buf_free(&t->refusal);
    free(t);
}
