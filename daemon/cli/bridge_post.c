/* Webhooks: what each service wants to be sent, how it is signed, and what it answers. */
#include "daemon/cli/bridge.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BASE64_SHA256 = 45 };

/* HMAC-SHA256 (RFC 2104). */
static void sign(struct str key, struct str text, unsigned char out[static 32])
{
    crypto_auth_hmacsha256_state s;

    crypto_auth_hmacsha256_init(&s, (const unsigned char *)key.p, key.n);
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)text.p, text.n);
    crypto_auth_hmacsha256_final(&s, out);
    sodium_memzero(&s, sizeof s);
}

static struct str secret_of(const struct bridge *b)
{
    return b->secret.len ? (struct str){b->secret.data, b->secret.len - 1} : STR_NONE;
}

/* "TIME\nSECRET": what 钉钉 signs, and what 飞书 signs nothing with. */
static void stamp(const struct bridge *b, int64_t time, struct buf *out)
{
    buf_addf(out, "%" PRId64 "\n", time);
    buf_add_str(out, secret_of(b));
}

static void base64(const unsigned char raw[static 32], char out[static BASE64_SHA256])
{
    sodium_bin2base64(out, BASE64_SHA256, raw, 32, sodium_base64_VARIANT_ORIGINAL);
}

/* 钉钉自定义机器人「加签」: the key is the secret, the text the time (ms) and the secret. */
int bridge_post_query(const struct bridge *b, int64_t now, struct buf *url)
{
    struct buf text = BUF_INIT;
    unsigned char raw[32];
    char encoded[BASE64_SHA256];

    if (b->form != BRIDGE_DINGTALK || !secret_of(b).n)
        return 0;
    stamp(b, now, &text);
    if (buf_ok(&text)) {
        sign(secret_of(b), buf_str(&text), raw);
        base64(raw, encoded);
        buf_addf(url, "%ctimestamp=%" PRId64 "&sign=", strchr(b->url.data, '?') ? '&' : '?', now);
        for (const char *c = encoded; *c; c++)
            if (strchr("+/=", *c))
                buf_addf(url, "%%%02X", *c);
            else
                buf_add_char(url, *c);
    }
    bool fine = buf_ok(&text);
    buf_free(&text);
    return fine && buf_ok(url) ? 0 : ERR_NOMEM;
}

/* 飞书自定义机器人「签名校验」: the key is the time (s) and the secret, the text is empty. */
static void sign_feishu(const struct bridge *b, int64_t now, json_t *body)
{
    struct buf key = BUF_INIT;
    unsigned char raw[32];
    char encoded[BASE64_SHA256], time[24];

    stamp(b, now / 1000, &key);
    if (buf_ok(&key)) {
        sign(buf_str(&key), STR(""), raw);
        base64(raw, encoded);
        snprintf(time, sizeof time, "%" PRId64, now / 1000);
        json_object_set_new(body, "timestamp", json_string(time));
        json_object_set_new(body, "sign", json_string(encoded));
    }
    buf_free(&key);
}

void bridge_post_signature(const struct bridge *b, struct str body, struct buf *out)
{
    unsigned char raw[32];

    sign(secret_of(b), body, raw);
    buf_add_text(out, "sha256=");
    for (size_t i = 0; i < sizeof raw; i++)
        buf_addf(out, "%02x", raw[i]);
}

/* One event as CloudEvents' structured mode has it, several as its batched mode. */
static json_t *plain(const struct bridge *b, json_t *const *events, size_t n)
{
    json_t *out = json_array();

    if (n == 1 && b->carrier.most == 1) {
        json_decref(out);
        return bridge_notice_event(events[0], b->address);
    }
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, bridge_notice_event(events[i], b->address));
    return out;
}

int bridge_post_body(const struct bridge *b, json_t *const *events, size_t n, struct str text,
                     int64_t now, struct buf *body)
{
    json_t *doc = NULL;

    switch (b->form) {
    case BRIDGE_WECOM:
    case BRIDGE_DINGTALK:
        doc = json_pack("{s:s,s:{s:s%}}", "msgtype", "text", "text", "content", text.p, text.n);
        break;
    case BRIDGE_FEISHU:
        doc = json_pack("{s:s,s:{s:s%}}", "msg_type", "text", "content", "text", text.p, text.n);
        if (doc && secret_of(b).n)
            sign_feishu(b, now, doc);
        break;
    case BRIDGE_JSON: doc = plain(b, events, n); break;
    case BRIDGE_MAIL: break;
    }
    char *out = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    json_decref(doc);
    int err = out ? buf_add_text(body, out) : ERR_NOMEM;
    free(out);
    return err;
}

long bridge_post_verdict(const struct bridge *b, struct str answer)
{
    static const char *const members[] = {[BRIDGE_WECOM] = "errcode", [BRIDGE_DINGTALK] = "errcode",
                                          [BRIDGE_FEISHU] = "code"};

    if (b->form > BRIDGE_FEISHU)
        return 0;
    json_t *doc = json_loadb(answer.p ? answer.p : "", answer.n, 0, NULL);
    const json_t *code = json_object_get(doc, members[b->form]);
    if (!code && b->form == BRIDGE_FEISHU)
        code = json_object_get(doc, "StatusCode"); /* as older addresses answer */
    long out = json_is_integer(code) ? (long)json_integer_value(code) : -1;
    json_decref(doc);
    return out;
}
