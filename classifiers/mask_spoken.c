/* Phones as they are said: digits in Chinese, or some of them, and the desk behind a number. */
#include "classifiers/mask_scan.h"

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

/* 0-9 as a figure or a Chinese one (大写 too), or what is taken for one, else -1. */
static int figure(uint32_t cp)
{
    switch (cp) {
    case 0x96F6: case 0x3007: case 0x25CB: case 'O': case 'o': return 0; /* 零 〇 ○ */
    case 0x4E00: case 0x5E7A: case 0x58F9: return 1;                     /* 一 幺 壹 */
    case 0x4E8C: case 0x8D30: return 2;
    case 0x4E09: case 0x53C1: return 3;
    case 0x56DB: case 0x8086: return 4;
    case 0x4E94: case 0x4F0D: return 5;
    case 0x516D: case 0x9646: return 6;
    case 0x4E03: case 0x67D2: case 0x62D0: return 7; /* 拐 */
    case 0x516B: case 0x634C: return 8;
    case 0x4E5D: case 0x7396: case 0x52FE: return 9; /* 勾 */
    default: return scan_digit(cp);
    }
}

/* Eleven that begin as a mobile number does, or 11 to 13 together that are all Chinese. */
size_t number_spoken(struct scan *s, size_t i)
{
    enum { LONGEST = 14 };
    size_t at = i, next, end = i;
    unsigned n = 0, chinese = 0, gaps = 0;
    int d, digits[LONGEST] = {0};

    for (; n < LONGEST; at = next) {
        uint32_t cp = scan_cp(s, at, &next);
        if (n && (cp == ' ' || cp == '-' || cp == 0x3000 || cp == 0x2014) &&
            figure(scan_cp(s, next, &at)) >= 0) {
            gaps++;
            continue;
        }
        if ((d = figure(cp)) < 0)
            break;
        digits[n++] = d;
        chinese += scan_spoken(cp);
        end = next;
    }
    bool mobile = n == 11 && digits[0] == 1 && digits[1] >= 3 && (chinese || gaps < 4);
    bool code = chinese && n >= 10 && n <= 12 && digits[0] == 0 && digits[1] > 0;
    if (!mobile && !code && (n < 11 || n > 13 || chinese < n || gaps))
        return 0;
    if (!chinese && !(i < s->phone_until))
        return 0;
    scan_hide(s, i, end);
    name_before_number(s, i);
    name_after_number(s, end);
    return end;
}
