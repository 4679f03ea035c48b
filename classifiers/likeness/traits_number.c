/* Counts, dates, and names that are numbers: 36路, 三中. */
#include "classifiers/likeness/traits.h"
#include "classifiers/likeness/traits_words.h"

static uint32_t cp_at(const struct fold *f, size_t at)
{
    return at < f->n ? f->cp[at] : 0;
}

static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

/* Digits with a point or commas from *at; *at is moved behind them. */
static uint64_t read_number(const struct fold *f, size_t *at)
{
    uint64_t value = 0;

    for (; is_digit(cp_at(f, *at)) ||
           ((cp_at(f, *at) == '.' || cp_at(f, *at) == ',') && is_digit(cp_at(f, *at + 1)));
         ++*at)
        if (f->cp[*at] != ',')
            value = value * 11 + (f->cp[*at] == '.' ? 10 : f->cp[*at] - '0');
    return value;
}

/* How long it lasts, what time of the day it is, where one lives: such numbers change from one
 * telling to the next. */
static bool passing_unit(const struct fold *f, size_t at)
{
    static const char32_t units[] = U"天小时分点秒岁楼层单栋幢室周多几余:度年";
    uint32_t unit = cp_at(f, at), next = cp_at(f, at + 1);

    for (const char32_t *p = units; *p; p++)
        if (*p == unit)
            return true;
    return (unit == U'个' && (next == U'月' || next == U'小' || next == U'多')) ||
           (unit == U'号' && (next == U'楼' || next == U'栋'));
}

static uint32_t from_digits(const struct fold *f, size_t *at)
{
    size_t start = *at;
    uint64_t value = read_number(f, at);
    uint32_t unit = cp_at(f, *at), next = cp_at(f, *at + 1);
    bool line = (unit == U'路' && *at - start <= 3) || (unit == U'号' && next == U'线');

    if (line)
        return trait_make(TRAIT_LINE, value);
    if (unit == U'月' && is_digit(next)) {
        ++*at;
        value = value << 32 | read_number(f, at);
        return trait_make(TRAIT_DATE, value);
    }
    if (unit == U'日' || (unit == U'号' && !passing_unit(f, *at)) || unit == U'月')
        return trait_make(TRAIT_DATE, value << 21 | unit);
    if (!passing_unit(f, *at))
        return trait_make(TRAIT_NUMBER, value << 21 | (fold_is_han(unit) ? unit : 0));
    return 0;
}

/* 第十三期, 三例: Chinese numerals where only a count can stand. */
static uint32_t from_numerals(const struct fold *f, const uint8_t *kinds, size_t *at)
{
    bool ordinal = *at > 0 && f->cp[*at - 1] == U'第';
    uint64_t value = 0;

    for (; *at < f->n && (kinds[*at] & CHAR_NUMERAL); ++*at)
        value = value * 0x3001 + f->cp[*at];
    uint32_t unit = cp_at(f, *at);
    if (unit == U'中' && !ordinal && cp_at(f, *at + 1) != U'心' && cp_at(f, *at + 1) != U'央')
        return trait_make(TRAIT_SCHOOL, value << 21 | unit); /* 三中 */
    if ((ordinal && (unit == U'期' || unit == U'批' || unit == U'号' || unit == U'轮')) ||
        unit == U'例')
        return trait_make(TRAIT_NUMBER, value << 21 | unit);
    return 0;
}

uint32_t traits_number(const struct fold *f, const uint8_t *kinds, size_t *at)
{
    if (is_digit(f->cp[*at]) && (*at == 0 || !fold_is_latin(f->cp[*at - 1])))
        return from_digits(f, at);
    return kinds[*at] & CHAR_NUMERAL ? from_numerals(f, kinds, at) : 0;
}
