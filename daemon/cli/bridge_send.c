/* One delivery at a time, by libcurl, beside the bus. */
#include "daemon/cli/bridge.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/client.h"
#include "daemon/cli/human.h"

enum { ANSWER_MAX = 64 * 1024, SLOW_DOWN_MS = 60000 };

struct bridge_send {
    CURLM *multi;
    CURL *curl;                       /* NULL: none is under way */
    struct client *daemon;
    struct curl_slist *headers, *rcpt;
    struct buf url, body, answer;
    size_t sent;
    char told[160];                   /* the last failure, told once */
};

int bridge_send_open(struct bridge *b)
{
    b->send = calloc(1, sizeof *b->send);
    if (!b->send)
        return ERR_NOMEM;
    b->send->multi = curl_multi_init();
    b->send->daemon = client_open();
    return b->send->multi && b->send->daemon ? 0 : ERR_NOMEM;
}

static void finish(struct bridge_send *s)
{
    if (s->curl) {
        curl_multi_remove_handle(s->multi, s->curl);
        curl_easy_cleanup(s->curl);
    }
    curl_slist_free_all(s->headers);
    curl_slist_free_all(s->rcpt);
    s->curl = NULL;
    s->headers = s->rcpt = NULL;
}

void bridge_send_close(struct bridge *b)
{
    struct bridge_send *s = b->send;

    if (!s)
        return;
    finish(s);
    curl_multi_cleanup(s->multi);
    client_close(s->daemon);
    buf_free(&s->url);
    buf_free(&s->body);
    buf_free(&s->answer);
    free(s);
    b->send = NULL;
}

static size_t keep(char *data, size_t size, size_t n, void *arg)
{
    struct bridge_send *s = arg;

    if (s->answer.len + size * n > ANSWER_MAX)
        return 0;
    return buf_add(&s->answer, data, size * n) ? 0 : size * n;
}

static size_t give(char *out, size_t size, size_t n, void *arg)
{
    struct bridge_send *s = arg;
    size_t left = s->body.len - s->sent, part = size * n < left ? size * n : left;

    memcpy(out, s->body.data + s->sent, part);
    s->sent += part;
    return part;
}

/* The daemon's view of an event's concern, for its names; NULL: ids have to do. */
static json_t *ask_names(struct bridge_send *s, const json_t *event)
{
    const char *id = human_text(event, "data", "concern", NULL);
    struct buf path = BUF_INIT;
    json_t *out = NULL;

    buf_addf(&path, "/api/v1/concerns/%s", id);
    buf_add_char(&path, '\0');
    if (*id && buf_ok(&path) && client_get(s->daemon, path.data, &out))
        out = NULL;
    buf_free(&path);
    return out;
}

static void compose(struct bridge *b, json_t *const *events, size_t n, struct buf *title,
                    struct buf *text)
{
    for (size_t i = 0; i < n; i++) {
        json_t *concern = b->form == BRIDGE_JSON ? NULL : ask_names(b->send, events[i]);
        if (i == 0)
            bridge_notice_title(events[i], concern, title);
        else
            buf_add_char(text, '\n');
        bridge_notice_lines(events[i], concern, b->address, text);
        json_decref(concern);
    }
    if (n > 1)
        buf_addf(title, " 等 %zu 条 (%zu alerts)", n, n);
}

static void add_header(struct bridge_send *s, const char *text)
{
    struct curl_slist *more = curl_slist_append(s->headers, text);

    s->headers = more ? more : s->headers;
}

static int prepare_post(struct bridge *b)
{
    struct bridge_send *s = b->send;
    bool batch = b->form == BRIDGE_JSON && s->body.len && s->body.data[0] == '[';
    struct buf line = BUF_INIT;

    if (bridge_post_query(b, clock_now(), &s->url))
        return ERR_NOMEM;
    add_header(s, b->form != BRIDGE_JSON ? "Content-Type: application/json; charset=utf-8"
                  : batch ? "Content-Type: application/cloudevents-batch+json; charset=utf-8"
                          : "Content-Type: application/cloudevents+json; charset=utf-8");
    if (b->form == BRIDGE_JSON && b->secret.len > 1) {
        buf_add_text(&line, "X-Huiying-Signature: ");
        bridge_post_signature(b, buf_str(&s->body), &line);
        buf_add_char(&line, '\0');
        if (buf_ok(&line))
            add_header(s, line.data);
    }
    buf_free(&line);
    if (b->drill)
        add_header(s, "X-Huiying-Drill: true");
    curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, s->body.data);
    curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)s->body.len);
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    return 0;
}

static int prepare_mail(struct bridge *b)
{
    struct bridge_send *s = b->send;

    for (size_t i = 0; i < conf_count(b->to); i++) {
        struct curl_slist *more = curl_slist_append(s->rcpt, conf_text(conf_at(b->to, i)).p);
        if (!more)
            return ERR_NOMEM;
        s->rcpt = more;
    }
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(s->curl, CURLOPT_USE_SSL, (long)(b->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, b->from);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, s->rcpt);
    curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
    if (b->user) {
        curl_easy_setopt(s->curl, CURLOPT_USERNAME, b->user);
        curl_easy_setopt(s->curl, CURLOPT_PASSWORD, b->password.len ? b->password.data : "");
    }
    return 0;
}

static int prepare(struct bridge *b)
{
    struct bridge_send *s = b->send;

    s->curl = curl_easy_init();
    if (!s->curl)
        return ERR_NOMEM;
    s->sent = 0;
    buf_reset(&s->answer);
    buf_reset(&s->url);
    buf_add_text(&s->url, b->url.data);
    int err = b->form == BRIDGE_MAIL ? prepare_mail(b) : prepare_post(b);
    buf_add_char(&s->url, '\0');
    if (err || !buf_ok(&s->url))
        return ERR_NOMEM;
    curl_easy_setopt(s->curl, CURLOPT_URL, s->url.data);
    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)b->timeout);
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    if (b->ca_file)
        curl_easy_setopt(s->curl, CURLOPT_CAINFO, b->ca_file);
    return curl_multi_add_handle(s->multi, s->curl) == CURLM_OK ? 0 : ERR_NOMEM;
}

/* What the body holds by now goes out. */
static int begin(struct bridge *b)
{
    int err = buf_ok(&b->send->body) ? prepare(b) : ERR_NOMEM;

    if (err)
        finish(b->send);
    return err;
}

int bridge_send_mail(struct bridge *b, const char *id, struct str title, struct str text)
{
    buf_reset(&b->send->body);
    bridge_mail(b, id, title, text, clock_now(), &b->send->body);
    return begin(b);
}

static int send_post(struct bridge *b, json_t *const *events, size_t n, struct str text)
{
    buf_reset(&b->send->body);
    int err = bridge_post_body(b, events, n, text, clock_now(), &b->send->body);
    return err ? err : begin(b);
}

int bridge_send_start(void *arg, json_t *const *events, size_t n)
{
    struct bridge *b = arg;
    struct buf title = BUF_INIT, text = BUF_INIT;
    char id[96];
    int err = ERR_NOMEM;

    compose(b, events, n, &title, &text);
    snprintf(id, sizeof id, "%lld.%lld.%zu",
             (long long)json_integer_value(json_object_get(events[0], "seq")),
             (long long)json_integer_value(json_object_get(events[0], "unitseq")), n);
    if (buf_ok(&title) && buf_ok(&text))
        err = b->form == BRIDGE_MAIL ? bridge_send_mail(b, id, buf_str(&title), buf_str(&text))
                                     : send_post(b, events, n, buf_str(&text));
    buf_free(&title);
    buf_free(&text);
    return err;
}

/* The same failure again is not told again. Neither address nor answer is quoted: the one is a
 * secret, the other somebody else's text. */
static void tell(struct bridge *b, const char *what)
{
    if (strcmp(what, b->send->told) == 0)
        return;
    snprintf(b->send->told, sizeof b->send->told, "%s", what);
    if (*what)
        cli_error("%s: 未送达，将重试 (not delivered, tried again): %s", b->receiver, what);
    else
        cli_error("%s: 已恢复送达 (delivered again)", b->receiver);
}

static int judge(struct bridge *b, CURLcode code, int64_t *after)
{
    struct bridge_send *s = b->send;
    char what[160] = "";
    long status = 0;
    curl_off_t wait = 0;

    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(s->curl, CURLINFO_RETRY_AFTER, &wait);
    *after = (int64_t)wait * 1000;
    if (code != CURLE_OK) {
        snprintf(what, sizeof what, "%s%s%.3ld", curl_easy_strerror(code), status ? ", " : "",
                 status);
    } else if (b->form != BRIDGE_MAIL && (status < 200 || status > 299)) {
        snprintf(what, sizeof what, "HTTP %ld", status);
        if (status == 429 && !wait)
            *after = SLOW_DOWN_MS;
    } else {
        long refusal = bridge_post_verdict(b, buf_str(&s->answer));
        if (refusal)
            snprintf(what, sizeof what, "code %ld", refusal);
        if (refusal)
            *after = SLOW_DOWN_MS;
    }
    tell(b, what);
    return *what ? ERR_NET : 0;
}

int bridge_send_turn(void *arg, int64_t *after)
{
    struct bridge *b = arg;
    struct bridge_send *s = b->send;
    int running = 0, left;
    CURLMsg *m;

    curl_multi_perform(s->multi, &running);
    while ((m = curl_multi_info_read(s->multi, &left)))
        if (m->msg == CURLMSG_DONE) {
            int err = judge(b, m->data.result, after);
            finish(s);
            return err;
        }
    return ERR_AGAIN;
}

void bridge_send_wait(struct bridge *b, int ms)
{
    curl_multi_poll(b->send->multi, NULL, 0, ms, NULL);
}
