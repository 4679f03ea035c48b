#include "daemon/routes/form.h"

#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"

static void make(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                 int64_t day, char out[static FORM_TOKEN])
{
    unsigned char token[FORM_TOKEN / 2];
    char text[96];
    int n = snprintf(text, sizeof text, "%.16s c%ju %u %jd", purpose, (uintmax_t)concern, round,
                     (intmax_t)day);

    crypto_generichash(token, sizeof token, (const unsigned char *)text, (size_t)n,
                       store_hash_key(reader), 16);
    sodium_bin2hex(out, FORM_TOKEN, token, sizeof token);
}

static int64_t today(void)
{
    return (clock_now() + CLOCK_CHINA) / CLOCK_DAY;
}

void form_token(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                char out[static FORM_TOKEN])
{
    make(reader, purpose, concern, round, today(), out);
}

bool form_token_fits(const struct store *reader, const char *purpose, uint64_t concern,
                     uint16_t round, struct str token)
{
    bool fits = false;
    char made[FORM_TOKEN];

    for (int64_t day = today(); token.n == FORM_TOKEN - 1 && day >= today() - 1; day--) {
        make(reader, purpose, concern, round, day, made);
        fits = fits || sodium_memcmp(made, token.p, FORM_TOKEN - 1) == 0;
    }
    return fits;
}

struct str form_member(struct str body, const char *name)
{
    struct str want = str_from(name);

    for (size_t at = 0; at < body.n;) {
        struct str rest = {body.p + at, body.n - at};
        size_t end = str_find(rest, STR("&"), 0);
        rest.n = end == (size_t)-1 ? rest.n : end;
        if (rest.n > want.n && str_starts(rest, want) && rest.p[want.n] == '=')
            return (struct str){rest.p + want.n + 1, rest.n - want.n - 1};
        at += rest.n + 1;
    }
    return STR_NONE;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) % 16 : -1;
}

int form_decode(struct str member, struct buf *out)
{
    for (size_t i = 0; i < member.n; i++) {
        int c = (unsigned char)member.p[i];
        if (c == '%') {
            int high = member.n - i > 2 ? hex_digit(member.p[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_digit(member.p[i + 2]);
            c = low < 0 ? 0 : high * 16 + low;
            i += 2;
        }
        if (!c)
            return ERR_SYNTAX;
        buf_add_char(out, (char)(c == '+' && member.p[i] == '+' ? ' ' : c));
    }
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

bool form_is_foreign(const char *site)
{
    return site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}
