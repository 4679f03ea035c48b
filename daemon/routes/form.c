#include "daemon/routes/form.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"

enum { NONCE = 16, TAKEN = 1024 };

/* Two people's forms of one day differ by the nonce, in hexadecimal digits, which comes first. */
static void make(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                 int64_t day, const char nonce[static NONCE], char out[static FORM_TOKEN])
{
    unsigned char mac[(FORM_TOKEN - NONCE) / 2];
    char text[128];
    int n = snprintf(text, sizeof text, "%.16s c%ju %u %jd %.*s", purpose, (uintmax_t)concern,
                     round, (intmax_t)day, NONCE, nonce);

    crypto_generichash(mac, sizeof mac, (const unsigned char *)text, (size_t)n,
                       store_hash_key(reader), 16);
    memmove(out, nonce, NONCE);
    sodium_bin2hex(out + NONCE, FORM_TOKEN - NONCE, mac, sizeof mac);
}

static int64_t today(void)
{
    return (clock_now() + CLOCK_CHINA) / CLOCK_DAY;
}

void form_token(const struct store *reader, const char *purpose, uint64_t concern, uint16_t round,
                char out[static FORM_TOKEN])
{
    unsigned char raw[NONCE / 2];
    char nonce[NONCE + 1];

    randombytes_buf(raw, sizeof raw);
    sodium_bin2hex(nonce, sizeof nonce, raw, sizeof raw);
    make(reader, purpose, concern, round, today(), nonce, out);
}

bool form_token_fits(const struct store *reader, const char *purpose, uint64_t concern,
                     uint16_t round, struct str token)
{
    bool fits = false;
    char made[FORM_TOKEN];

    for (int64_t day = today(); token.n == FORM_TOKEN - 1 && day >= today() - 1; day--) {
        make(reader, purpose, concern, round, day, token.p, made);
        fits = fits || sodium_memcmp(made, token.p, FORM_TOKEN - 1) == 0;
    }
    return fits;
}

/* What was taken, in a ring: 0 is none. A token is a keyed hash of its nonce: its end will do. */
static struct {
    pthread_mutex_t lock;
    size_t next;
    uint64_t tokens[TAKEN];
} taken = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t number_of(struct str token)
{
    char digits[17] = "";

    memcpy(digits, token.p + token.n - 16, 16);
    return strtoull(digits, NULL, 16);
}

/* With the lock held. */
static size_t find_taken(uint64_t number)
{
    size_t i = 0;

    while (i < TAKEN && taken.tokens[i] != number)
        i++;
    return i;
}

bool form_take(struct str token)
{
    uint64_t number = number_of(token);

    pthread_mutex_lock(&taken.lock);
    bool is_new = find_taken(number) == TAKEN;
    if (is_new) {
        taken.tokens[taken.next] = number;
        taken.next = (taken.next + 1) % TAKEN;
    }
    pthread_mutex_unlock(&taken.lock);
    return is_new;
}

void form_give_back(struct str token)
{
    pthread_mutex_lock(&taken.lock);
    size_t at = find_taken(number_of(token));
    if (at < TAKEN)
        taken.tokens[at] = 0;
    pthread_mutex_unlock(&taken.lock);
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
