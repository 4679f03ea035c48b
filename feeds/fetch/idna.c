#include "feeds/fetch/idna.h"

#include <stdint.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/err.h"
#include "base/utf8.h"

enum { LABEL_MAX = 63 };
/* RFC 3492 §5 */
enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static void add_number(struct buf *out, uint32_t q, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        if (q < t)
            break;
        buf_add_char(out, digits[t + (q - t) % (BASE - t)]);
        q = (q - t) / (BASE - t);
    }
    buf_add_char(out, digits[q]);
}

/* RFC 3492 §6.3; at most LABEL_MAX points, so that no product here passes 32 bits. */
static void add_punycode(const uint32_t *points, uint32_t n, struct buf *out)
{
    uint32_t next = FIRST, delta = 0, bias = BIAS, basic = 0, done;

    for (uint32_t i = 0; i < n; i++)
        if (points[i] < FIRST) {
            buf_add_char(out, (char)points[i]);
            basic++;
        }
    if (basic)
        buf_add_char(out, '-');
    for (done = basic; done < n; delta++, next++) {
        uint32_t least = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++)
            if (points[i] >= next && points[i] < least)
                least = points[i];
        delta += (least - next) * (done + 1);
        next = least;
        for (uint32_t i = 0; i < n; i++) {
            delta += points[i] < next;
            if (points[i] != next)
                continue;
            add_number(out, delta, bias);
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
}

static int add_label(struct str label, struct buf *out)
{
    uint32_t points[LABEL_MAX], n = 0;
    size_t begun = out->len;
    bool ascii = true;

    for (size_t at = 0; at < label.n;) {
        if (n == LABEL_MAX)
            return ERR_SYNTAX;
        points[n] = utf8_next(label, &at);
        ascii = ascii && points[n] < FIRST;
        n++;
    }
    if (ascii) {
        buf_add_str(out, label);
    } else {
        buf_add_text(out, "xn--");
        add_punycode(points, n, out);
    }
    return !buf_ok(out) ? ERR_NOMEM : out->len - begun > LABEL_MAX ? ERR_SYNTAX : 0;
}

int idna_ascii(struct str host, struct buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    int err = 0;

    if (!utf8_valid(host) || !host.n)
        return ERR_SYNTAX;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)host.p, (utf8proc_ssize_t)host.n,
                                      &folded,
                                      UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    if (n < 0)
        return n == UTF8PROC_ERROR_NOMEM ? ERR_NOMEM : ERR_SYNTAX;
    struct str rest = {(const char *)folded, (size_t)n};
    for (bool more = true; more && !err;) {
        size_t dot = str_find(rest, STR("."), 0), wide = str_find(rest, STR("。"), 0);
        size_t end = dot < wide ? dot : wide;
        more = end != (size_t)-1;
        struct str label = {rest.p, more ? end : rest.n};
        err = add_label(label, out);
        if (more) {
            size_t gone = end + (dot < wide ? 1 : strlen("。"));
            rest.p += gone;
            rest.n -= gone;
            buf_add_char(out, '.');
        }
    }
    free(folded);
    return err ? err : buf_ok(out) ? 0 : ERR_NOMEM;
}
