/* Phones as they are said: digits in Chinese, or some of them, and the desk behind a number. */
#include "classifiers/mask/mask_scan.h"

size_t number_extension(struct scan *s, size_t i)
{
    enum { LONGEST = 5 };
    static const char *const joins[] = {"转分机", "转", "分机", "-", "－", "—", " 转", " 分机",
                                        "(转", "（转", "ext", " ext", NULL};
    size_t at = scan_any(s, i, joins), next;
    unsigned n = 0;

    if (!at)
        return i;
    size_t from = at = scan_blanks(s, at);
    for (; n <= LONGEST && scan_digit(scan_cp(s, at, &next)) >= 0; at = next)
        n++;
    if (n < 2 || n > LONGEST)
        return i;
    scan_hide(s, from, at);
    return at;
}

/* What stands for a figure, Chinese ones (大写 too) and what is taken for one among them. */
static const char *const figures[] = {"0０零〇○Oo", "1１一幺壹", "2２二贰", "3３三叁", "4４四肆", "5５五伍",
                                      "6６六陆", "7７七柒拐", "8８八捌", "9９九玖勾"};

enum { CODES = 0x10000, SHORTEST = 10 };

static uint8_t shown[CODES]; /* 1 + the figure */

void spoken_prepare(void)
{
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
        for (size_t at = 0; figures[k][at];)
            shown[utf8_next(str_from(figures[k]), &at)] = (uint8_t)(k + 1);
}

void spoken_figures(uint64_t *bits)
{
    for (uint32_t cp = 0; cp < CODES; cp++)
        bits[cp / 64] |= (uint64_t)((shown[cp] != 0) | scan_spoken(cp)) << cp % 64;
}

/* 0-9, else -1. */
static inline int figure(uint32_t cp)
{
    return cp < CODES ? shown[cp] - 1 : -1;
}

static inline bool parts(uint32_t cp)
{
    return cp == ' ' || cp == '-' || cp == 0x3000 || cp == 0x2014;
}

/* Fewer figures than a phone has, with or without a gap: nearly all there are. */
static bool is_short(const struct scan *s, size_t i)
{
    size_t next;

    for (unsigned n = 0; n < SHORTEST; i = next) {
        uint32_t cp = scan_cp(s, i, &next);
        if (figure(cp) >= 0)
            n++;
        else if (!n || !parts(cp))
            return true;
    }
    return false;
}

/* Eleven that begin as a mobile number does, or 11 to 13 together that are all Chinese. */
size_t number_spoken(struct scan *s, size_t i)
{
    enum { LONGEST = 14 };
    size_t at = i, next, end = i;
    unsigned n = 0, chinese = 0, gaps = 0;
    int d, digits[LONGEST] = {0};

    if (is_short(s, i))
        return 0;
    for (; n < LONGEST; at = next) {
        uint32_t cp = scan_cp(s, at, &next);
        if (n && parts(cp) && figure(scan_cp(s, next, &at)) >= 0) {
            gaps++;
            continue;
        }
        if ((d = figure(cp)) < 0)
            break;
        digits[n++] = d;
        chinese += scan_spoken(cp);
        end = next;
    }
    bool apart = gaps == 10; /* 1 3 9 0 …: nobody writes a count so */
    bool mobile = n == 11 && digits[0] == 1 && digits[1] >= 3 && (chinese || gaps < 4 || apart);
    bool code = chinese && n >= 10 && n <= 12 && digits[0] == 0 && digits[1] > 0;
    if (!mobile && !code && (n < 11 || n > 13 || chinese < n || gaps))
        return 0;
    if (!chinese && !(mobile && apart) && !(i < s->phone_until))
        return 0;
    scan_hide(s, i, end);
    name_before_number(s, i);
    name_after_number(s, end);
    return end;
}
