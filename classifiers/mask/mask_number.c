#include <string.h>

#include "classifiers/mask/mask_scan.h"

enum { GROUPS = 11, DIGITS = 24 };

/* Digits written in groups: 138 0013 8000, 0731-88888888. */
struct groups {
    unsigned plain; /* groups up to the first '.' or '_', which part a mobile number only */
    size_t start[GROUPS], end[GROUPS]; /* bytes */
    unsigned len[GROUPS];
    char digits[GROUPS][DIGITS + 1];
    unsigned n;
};

static bool separates(uint32_t cp)
{
    return cp == ' ' || cp == '-' || cp == 0x2010 || cp == 0x2013 || cp == 0x2014 ||
           cp == 0xFF0D || cp == 0x3000 || cp == 0xA0 || cp == ')' || cp == 0xFF09;
}

static bool separates_mobile(uint32_t cp)
{
    return cp == '.' || cp == '_' || cp == 0xB7 || cp == 0xFF0E || cp == '/';
}

static size_t read_group(const struct scan *s, size_t i, struct groups *g)
{
    size_t next;
    unsigned len = 0;

    g->start[g->n] = i;
    for (int d; (d = scan_digit(scan_cp(s, i, &next))) >= 0; i = next) {
        if (len < DIGITS)
            g->digits[g->n][len] = (char)('0' + d);
        len++;
    }
    g->digits[g->n][len < DIGITS ? len : DIGITS] = 0;
    g->len[g->n] = len;
    g->end[g->n] = i;
    g->n += len != 0;
    return i;
}

/* At most two separators between groups: "0731－ 8888". */
static void read_groups(const struct scan *s, size_t i, struct groups *g)
{
    size_t next;

    g->n = 0;
    g->plain = GROUPS;
    i = read_group(s, i, g);
    while (g->n < GROUPS) {
        size_t at = i;
        for (int k = 0; k < 2 && separates(scan_cp(s, at, &next)); k++)
            at = next;
        if (at == i && separates_mobile(scan_cp(s, at, &next))) {
            g->plain = g->plain < g->n ? g->plain : g->n;
            at = next;
        }
        if (at == i || scan_digit(scan_cp(s, at, &next)) < 0)
            break;
        i = read_group(s, at, g);
    }
    g->plain = g->plain < g->n ? g->plain : g->n;
}

/* How many of the groups from k on make up `want` digits, else 0; all gets the digits. */
static unsigned joined(const struct groups *g, unsigned k, unsigned want, char *all)
{
    unsigned n = 0;

    for (; k < g->n && n + g->len[k] <= want; k++) {
        memcpy(all + n, g->digits[k], g->len[k]);
        n += g->len[k];
        if (n == want) {
            all[n] = 0;
            return k + 1;
        }
    }
    return 0;
}

/* Do the groups from k on have these lengths (a digit each, "344"; 'a' = 10 …)? */
static bool shaped(const struct groups *g, unsigned k, const char *shape)
{
    for (; *shape; shape++, k++) {
        unsigned want = *shape >= 'a' ? (unsigned)(*shape - 'a') + 10 : (unsigned)(*shape - '0');
        if (k >= g->n || g->len[k] != want)
            return false;
    }
    return true;
}

/* Groups used by the first shape that fits, else 0. */
static unsigned fits(const struct groups *g, unsigned k, const char *const *shapes)
{
    for (; *shapes; shapes++)
        if (shaped(g, k, *shapes))
            return (unsigned)strlen(*shapes);
    return 0;
}

/* After 电话 the groups of a mobile number may be any. */
static unsigned mobile(const struct scan *s, const struct groups *g)
{
    char all[12];
    static const char *const shapes[] = {"b", "344", "38", "434", "443", "74", "56", "65",
                                         "335", NULL};
    unsigned k = 0, n;

    if (g->n > 1 && (!strcmp(g->digits[0], "86") || !strcmp(g->digits[0], "0086")))
        k = 1;
    const char *d = g->digits[k];
    if (d[0] == '1' && (d[1] >= '3' || !d[1])) {
        if (d[1] && (n = fits(g, k, shapes)))
            return k + n;
        bool loose = g->start[0] < s->phone_until || g->len[0] == 3;
        if (loose && (n = joined(g, k, 11, all)) && all[1] >= '3')
            return n;
    }
    d = g->digits[0];
    if ((g->len[0] == 13 && !strncmp(d, "861", 3) && d[3] >= '3') ||
        (g->len[0] == 15 && !strncmp(d, "00861", 5)) ||
        (g->len[0] == 12 && d[0] == '0' && d[1] == '1' && d[2] >= '3'))
        return 1;
    return 0;
}

static unsigned landline(const struct groups *g)
{
    static const char *const shapes[] = {"38", "47", "48", "344", "434", "444", "37", "334",
                                         "a",  "b",  "c",  NULL};

    return g->digits[0][0] == '0' && g->digits[0][1] != '0' ? fits(g, 0, shapes) : 0;
}

static bool dated(const char *d) /* a birthday yyyymmdd within an identity number */
{
    int year = (d[0] - '0') * 1000 + (d[1] - '0') * 100 + (d[2] - '0') * 10 + d[3] - '0';
    int month = (d[4] - '0') * 10 + d[5] - '0', day = (d[6] - '0') * 10 + d[7] - '0';

    return year >= 1900 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* GB 11643: the last of 18 follows from the 17 before it. */
static bool checks(const char *d, uint32_t last)
{
    static const unsigned weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;

    for (unsigned k = 0; k < 17; k++)
        sum += (unsigned)(d[k] - '0') * weights[k];
    return last == (uint32_t)"10X98765432"[sum % 11];
}

static bool is_x(uint32_t cp)
{
    return cp == 'x' || cp == 'X' || cp == 0xFF38 || cp == 0xFF58 || cp == 0xD7 || cp == '*';
}

/* Groups of an identity number; *sure: its check digit is right. One with a wrong digit is one
 * too, but 18 digits that number something else may look the same. */
static unsigned identity(const struct scan *s, const struct groups *g, bool *sure)
{
    char all[19];
    size_t next;
    unsigned n = joined(g, 0, 18, all);
    uint32_t last = n ? (uint32_t)all[17] : 'X';

    if (!n && (!(n = joined(g, 0, 17, all)) || !is_x(scan_cp(s, g->end[n - 1], &next))))
        return 0;
    if (all[0] < '1' || all[0] > '8' || !dated(all + 6))
        return 0;
    *sure = checks(all, last);
    return n == 1 || *sure ? n : 0;
}

/* ISO/IEC 7812: the last digit of a card follows from the others. */
static bool luhn(const char *d, unsigned n)
{
    unsigned sum = 0;

    for (unsigned k = 0; k < n; k++) {
        unsigned v = (unsigned)(d[n - 1 - k] - '0') * (1 + k % 2);
        sum += v > 9 ? v - 9 : v;
    }
    return sum % 10 == 0;
}

/* UnionPay's cards begin with 62; one of those is a card though a digit be mistyped. */
static bool is_card(const struct groups *g)
{
    const char *d = g->digits[0];
    unsigned n = g->len[0];

    return n >= 16 && n <= 19 && ((d[0] == '6' && d[1] == '2') || (d[0] >= '3' && luhn(d, n)));
}

/* Long numbers. A serial number's cue keeps them, unless it is a plain identity number. */
static unsigned account(const struct scan *s, const struct groups *g)
{
    static const char *const cards[] = {"4443", "44443", "44442", "44441", "4444", "468", "6d",
                                        "3384", "684", "683", "664", NULL};
    bool cued = g->start[0] < s->account_until;
    char old[9] = "19";
    bool sure = false;
    unsigned n = identity(s, g, &sure);

    if (n && (sure || cued || g->start[0] >= s->keep_until))
        return n;
    if (g->start[0] < s->keep_until && !cued)
        return 0;
    if (is_card(g))
        return 1;
    if (g->len[0] == 15) {
        memcpy(old + 2, g->digits[0] + 6, 6);
        if (cued || dated(old))
            return 1;
    }
    if (cued && g->len[0] >= 8 && g->len[0] <= 24)
        return 1;
    n = fits(g, 0, cards);
    if (n && g->len[0] == 6 && g->len[1] == 8 && !dated(g->digits[1]))
        return 0;
    return n && (g->digits[0][0] != '1' || cued) && g->digits[0][0] != '0' &&
                   (g->digits[0][0] != '2' || cued || g->len[0] == 6 || g->len[0] == 3)
               ? n
               : 0;
}

static unsigned local_phone(const struct scan *s, const struct groups *g)
{
    static const char *const shapes[] = {"8", "7", "44", "34", NULL};

    if (g->start[0] >= s->phone_until || g->digits[0][0] < '2' || g->digits[0][0] > '8')
        return 0;
    unsigned n = fits(g, 0, shapes);
    return n && !(g->len[0] == 8 && dated(g->digits[0])) ? n : 0;
}

static unsigned service(const struct groups *g)
{
    static const char *const shapes[] = {"a", "334", "343", "37", "433", NULL};

    bool begins = !strncmp(g->digits[0], "400", 3) || !strncmp(g->digits[0], "800", 3);
    return begins ? fits(g, 0, shapes) : 0;
}

/* 138****5678: what others have half hidden. */
static size_t half_hidden(struct scan *s, const struct groups *g)
{
    size_t at = g->end[0], next;
    unsigned stars = 0, tail = 0;

    if (g->len[0] != 3 || g->digits[0][0] != '1' || g->digits[0][1] < '3')
        return 0;
    for (uint32_t cp; (cp = scan_cp(s, at, &next)) == '*' || cp == 'x' || cp == 'X' ||
                      cp == 0xFF0A || cp == 0xD7;
         at = next)
        stars++;
    for (; scan_digit(scan_cp(s, at, &next)) >= 0; at = next)
        tail++;
    if (stars < 3 || stars > 6 || tail < 2 || tail > 5)
        return 0;
    scan_hide(s, g->start[0], at);
    return at;
}

/* An amount, a decimal or part of an address: not a number of somebody. */
static bool is_quantity(const struct scan *s, const struct groups *g, unsigned last)
{
    static const char *const units[] = {"元", "万", "亿", "%", "％", "吨", "人次", "平方", "公里", NULL};
    size_t next, start;

    if (scan_any(s, scan_blanks(s, g->end[last]), units))
        return true;
    if (scan_cp(s, g->end[last], &next) == '.' && scan_digit(scan_cp(s, next, &next)) >= 0)
        return true;
    return scan_before(s, g->start[0], &start) == '.' &&
           scan_digit(scan_before(s, start, &start)) >= 0;
}

/* Years, counts and house numbers: too few digits for anybody's, with no cue before them, and none
 * of them hidden. What is not ASCII may go on a number when it begins like what separates() or a
 * full-width digit. */
static bool is_short(const struct scan *s, size_t i)
{
    enum { SHORTEST = 10 };
    unsigned digits = 0;

    if (i < s->phone_until || i < s->account_until)
        return false;
    for (; i < s->n && digits < SHORTEST; i++) {
        unsigned char c = (unsigned char)s->t[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (c == '*' || c == 'x' || c == 'X' || c == 0xC2 || c == 0xC3 || c == 0xE2 ||
                 c == 0xE3 || c == 0xEF)
            return false;
        else if (c != ' ' && c != '-' && c != ')' && c != '.' && c != '_' && c != '/')
            break;
    }
    return digits < SHORTEST;
}

size_t number_mask(struct scan *s, size_t i)
{
    struct groups g;
    size_t next, start;
    unsigned n;

    if (is_short(s, i) || scan_digit(scan_before(s, i, &start)) >= 0)
        return 0;
    read_groups(s, i, &g);
    if (g.len[0] < 2 && i >= s->phone_until)
        return 0;
    size_t past = half_hidden(s, &g);
    if (past)
        return past;
    bool kept = i < s->keep_until && i >= s->phone_until;
    bool phone = !kept && (n = mobile(s, &g));
    g.n = g.plain;
    phone = phone || (!kept && ((n = landline(&g)) || (n = service(&g))));
    if (!phone && !(n = account(s, &g)) && !(n = local_phone(s, &g)))
        return 0;
    if (is_quantity(s, &g, n - 1))
        return 0;
    past = g.end[n - 1];
    uint32_t cp = scan_cp(s, past, &next); /* the check digit of an identity number */
    if (is_x(cp) && !phone)
        past = next;
    if (scan_before(s, i, &start) == '+')
        i = start;
    scan_hide(s, i, past);
    if (phone) {
        past = number_extension(s, past);
        name_before_number(s, i);
        name_after_number(s, past);
    }
    if (phone && past + 16 > s->phone_until) /* "0731-84111111/84222222" */
        s->phone_until = past + 16;
    return past;
}

size_t number_after(struct scan *s, size_t i)
{
    static const char *const between[] = {"：", ":", "是", "为", "号码", " ", "　", NULL};
    size_t next;

    for (int k = 0; k < 4 && (next = scan_any(s, i, between)); k++)
        i = next;
    return scan_digit(scan_cp(s, i, &next)) >= 0 ? number_mask(s, i) : 0;
}

size_t number_serial(const struct scan *s, size_t i)
{
    static const char *const between[] = {"：", ":", "是", "为", " ", "　", "（", "(", "#", "号", "No.",
                                          "No", "“", "[", "【", "〔", NULL};
    size_t next;

    for (int k = 0; k < 5 && (next = scan_any(s, i, between)); k++)
        i = next;
    for (uint32_t cp; scan_alnum(cp = scan_cp(s, i, &next)) || scan_digit(cp) >= 0 ||
                      cp == '-' || cp == '/' || cp == '_' || cp == '.' || cp == 0xFF0D;
         i = next)
        ;
    return i;
}
