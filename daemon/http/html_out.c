#include "daemon/http/html_out.h"

#include "base/clock.h"

void html_out_str(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&': buf_add_text(b, "&amp;"); break;
        case '<': buf_add_text(b, "&lt;"); break;
        case '>': buf_add_text(b, "&gt;"); break;
        case '"': buf_add_text(b, "&quot;"); break;
        case '\'': buf_add_text(b, "&#39;"); break;
        default: buf_add_char(b, text.p[i]);
        }
    }
}

void html_out_text(struct buf *b, const char *text)
{
    html_out_str(b, str_from(text));
}

void html_out_paragraphs(struct buf *b, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t end = at;
        while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r')
            end++;
        if (end > at) {
            buf_add_text(b, "<p>");
            html_out_str(b, (struct str){text.p + at, end - at});
            buf_add_text(b, "</p>\n");
        }
        at = end + 1;
    }
}

void html_out_time(struct buf *b, int64_t ms)
{
    char text[CLOCK_TEXT];

    clock_format(ms, text); /* 2026-01-01T17:30:00.000+08:00 */
    text[10] = ' ';
    buf_add_str(b, (struct str){text, 16});
}

void html_out_hex(struct buf *b, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(b, "%02x", bytes[i]);
}
