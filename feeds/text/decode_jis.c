#include "feeds/text/decode_jis.h"

#include "base/utf8.h"
#include "feeds/text/decode_tables.h"

enum mode { MODE_ASCII, MODE_ROMAN, MODE_KATAKANA, MODE_JIS };

enum { ESCAPE = 0x1B, FAULT = 0xFFFD };

struct state {
    enum mode mode;
    bool written; /* something stands behind the last escape, which so was of use */
};

static bool two_byte(unsigned char c)
{
    return c >= 0x21 && c <= 0x7E;
}

/* The escape at p: bytes read, and what it writes, which is nothing or a fault. */
static unsigned escape(struct state *s, const unsigned char *p, size_t left, uint32_t *cp)
{
    static const struct {
        char sequence[3];
        enum mode mode;
    } escapes[] = {{"(B", MODE_ASCII}, {"(J", MODE_ROMAN}, {"(I", MODE_KATAKANA},
                   {"$@", MODE_JIS},   {"$B", MODE_JIS}};

    for (size_t i = 0; left > 2 && i < sizeof escapes / sizeof *escapes; i++)
        if (memcmp(p + 1, escapes[i].sequence, 2) == 0) {
            s->mode = escapes[i].mode;
            *cp = s->written ? 0 : FAULT; /* two in a row hide something */
            s->written = false;
            return 3;
        }
    *cp = FAULT;
    s->written = true;
    return 1;
}

static unsigned character(const struct state *s, const unsigned char *p, size_t left, uint32_t *cp)
{
    *cp = FAULT;
    switch (s->mode) {
    case MODE_ROMAN:
    case MODE_ASCII:
        if (*p < 0x80 && *p != 0x0E && *p != 0x0F)
            *cp = s->mode == MODE_ASCII || (*p != 0x5C && *p != 0x7E) ? *p
                  : *p == 0x5C                                         ? 0xA5
                                                                       : 0x203E;
        return 1;
    case MODE_KATAKANA:
        if (*p >= 0x21 && *p <= 0x5F)
            *cp = 0xFF61u - 0x21 + *p;
        return 1;
    case MODE_JIS:
        break;
    }
    if (!two_byte(*p) || left < 2 || p[1] == ESCAPE)
        return 1;
    uint32_t found = two_byte(p[1]) ? decode_jis0208[(p[0] - 0x21u) * 94 + p[1] - 0x21u] : 0;
    *cp = found ? found : FAULT;
    return 2;
}

char *decode_jis(struct str in, char *to, size_t *faults)
{
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;
    struct state s = {.written = true};

    while (p < end) {
        size_t left = (size_t)(end - p);
        uint32_t cp;
        if (*p == ESCAPE) {
            p += escape(&s, p, left, &cp);
        } else {
            p += character(&s, p, left, &cp);
            s.written = true;
        }
        if (cp == '\r')
            cp = p < end && *p == '\n' ? 0 : '\n';
        *faults += cp == FAULT;
        if (cp && decode_allowed(cp))
            to += utf8_put(cp, to);
    }
    return to;
}
