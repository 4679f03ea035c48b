/* Plates of vehicles: a province sign, a letter, digits. */
#include "classifiers/mask/mask_scan.h"

static bool wide_alnum(uint32_t cp)
{
    return scan_alnum(cp) || scan_digit(cp) >= 0 || ((cp - 0xFEE0) | 0x20) - 'a' < 26;
}

static bool parts_plate(uint32_t cp)
{
    return cp == 0xB7 || cp == '.' || cp == '-' || cp == ' ' || cp == 0x2022 || cp == 0x30FB ||
           cp == 0x2014 || cp == 0xFF0D || cp == 0x3000 || cp == 0xFF65 || cp == 0x2027;
}

/* A character, a blank and another stand at i. */
static bool apart_after(const struct scan *s, size_t i)
{
    size_t next;

    return wide_alnum(scan_cp(s, i, &next)) && scan_cp(s, next, &next) == ' ' &&
           wide_alnum(scan_cp(s, next, &next));
}

/* New-energy plates have six characters, those with a tail (学, 挂) four. */
size_t number_plate(struct scan *s, size_t i)
{
    size_t at, next;
    unsigned chars = 0, digits = 0;

    scan_cp(s, i, &at);
    uint32_t cp = scan_cp(s, at = scan_blanks(s, at), &next);
    if (!wide_alnum(cp) || scan_digit(cp) >= 0)
        return 0;
    at = next;
    for (int k = 0; k < 2 && parts_plate(scan_cp(s, at, &next)); k++)
        at = next;
    bool apart = apart_after(s, at); /* 湘 A 1 2 3 4 5 */
    for (; wide_alnum(cp = scan_cp(s, at, &next)) && chars < 7; at = next) {
        chars++;
        digits += scan_digit(cp) >= 0;
        if (apart && apart_after(s, at))
            scan_cp(s, next, &next);
    }
    static const char *const tails[] = {"学", "警", "挂", "港", "澳", "领", NULL};
    size_t tail = chars == 4 || chars == 5 ? scan_any(s, at, tails) : 0;
    if ((!tail && chars != 5 && chars != 6) || digits < (chars == 4 ? 3 : 2))
        return 0;
    at = tail ? tail : at;
    scan_hide(s, i, at);
    return at;
}
