/* Numbers of papers and badges, which only the word before them tells: 护照E1234567, 尾号6688. Their
 * letters go with the digits. */
#include "classifiers/mask/mask_scan.h"

enum { LONGEST = 24 };

static bool is_letter(uint32_t cp)
{
    return (cp | 0x20) - 'a' < 26 || ((cp - 0xFEE0) | 0x20) - 'a' < 26;
}

/* Byte after 号码, a colon and the like. */
static size_t past_label(const struct scan *s, size_t i)
{
    static const char *const between[] = {"号码", "编号", "证号", "卡号", "号", "是", "为", "：", ":",
                                          " ", "　", "（", "(", "【", "后四位", "后4位", "后六位",
                                          "后6位", "尾数", NULL};
    size_t next;

    for (int k = 0; k < 5 && (next = scan_any(s, i, between)); k++)
        i = next;
    return i;
}

/* After a date, a price or a count nothing of a person is told. */
static bool is_other(const struct scan *s, size_t i)
{
    static const char *const units[] = {"元", "年", "万", "人", "块", "天", "月", "个", "次", "路", "-", "/",
                                        NULL};

    return scan_any(s, scan_blanks(s, i), units) != 0;
}

size_t paper_mask(struct scan *s, size_t i, enum paper kind)
{
    static const unsigned least[] = {[PAPER_PERSON] = 6, [PAPER_BADGE] = 3, [PAPER_TAIL] = 3};
    size_t from = past_label(s, i), at = from, next, end = from;
    unsigned digits = 0, letters = 0, figures = 0;

    for (uint32_t cp; digits + letters < LONGEST; at = next) {
        cp = scan_cp(s, at, &next);
        if (cp == ' ' && digits + letters && scan_digit(scan_cp(s, next, &at)) >= 0)
            continue;
        bool shown = scan_digit(cp) >= 0; /* 尾号3021一直: no figure in Chinese after others */
        if (shown || (scan_spoken(cp) && figures == digits)) {
            figures += !shown;
            digits++;
        } else if (is_letter(cp) && letters < 4)
            letters++;
        else {
            break;
        }
        end = next;
    }
    if (digits < least[kind] || is_other(s, end) || (kind == PAPER_TAIL && digits > 8))
        return 0;
    scan_hide(s, from, end);
    return end;
}
