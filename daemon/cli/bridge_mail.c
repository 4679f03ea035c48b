/* A mail (RFC 5322, RFC 2045, RFC 2047). */
#include "daemon/cli/bridge.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#include "base/utf8.h"
#include "daemon/cli/human.h"

enum { LINE = 57 /* bytes that make 76 of base64 */, WORD = 42 };

static void add_base64(struct buf *out, struct str bytes)
{
    char text[LINE / 3 * 4 + 1];

    sodium_bin2base64(text, sizeof text, (const unsigned char *)bytes.p, bytes.n,
                      sodium_base64_VARIANT_ORIGINAL);
    buf_add_text(out, text);
}

/* Encoded words hold whole characters, and a line at most 76 bytes. */
static void add_subject(struct buf *out, struct str title)
{
    buf_add_text(out, "Subject:");
    while (title.n) {
        struct str word = {title.p, title.n};
        while (word.n > WORD || (word.n < title.n && (title.p[word.n] & 0xC0) == 0x80))
            word.n--;
        buf_add_text(out, " =?UTF-8?B?");
        add_base64(out, word);
        buf_add_text(out, "?=\r\n");
        title = (struct str){title.p + word.n, title.n - word.n};
    }
}

/* By which a mailbox can tell what comes again. */
static void add_identity(struct buf *out, const struct bridge *b, const char *id)
{
    const char *at = strrchr(b->from, '@');

    buf_addf(out, "Message-ID: <%s.%s%s>\r\n", b->receiver, id, at ? at : "@localhost");
}

static void add_date(struct buf *out, int64_t now)
{
    time_t seconds = (time_t)(now / 1000) + 8 * 3600;
    struct tm t;
    char text[64];

    gmtime_r(&seconds, &t);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0800", &t);
    buf_addf(out, "Date: %s\r\n", text);
}

void bridge_mail(const struct bridge *b, const char *id, struct str title, struct str text,
                 int64_t now, struct buf *out)
{
    add_date(out, now);
    buf_addf(out, "From: <%s>\r\nTo: ", b->from);
    for (size_t i = 0; i < conf_count(b->to); i++)
        buf_addf(out, "%s<%.*s>", i ? ",\r\n " : "", STR_ARG(conf_text(conf_at(b->to, i))));
    buf_add_text(out, "\r\n");
    add_identity(out, b, id);
    add_subject(out, title);
    buf_add_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n");
    while (text.n) {
        size_t part = text.n < LINE ? text.n : LINE;
        add_base64(out, (struct str){text.p, part});
        buf_add_text(out, "\r\n");
        text = (struct str){text.p + part, text.n - part};
    }
}
