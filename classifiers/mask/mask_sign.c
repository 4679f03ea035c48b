/* Who signed, at the end of a text, and who is spoken to. */
#include "classifiers/mask/mask_name.h"

static bool date_char(uint32_t cp)
{
    return scan_digit(cp) >= 0 || cp == 0x5E74 || cp == 0x6708 || cp == 0x65E5 || cp == '-' ||
           cp == '.' || cp == '/' || cp == ':' || cp == ' ' || cp == '\n' || cp == 0x3000 ||
           cp == 0x3007 || cp == '\t' || cp == '\r';
}

static bool is_dash(uint32_t cp)
{
    return cp == 0x2014 || cp == '-' || cp == 0x2015 || cp == 0x2500;
}

static bool ends_sentence(uint32_t cp)
{
    return cp == '\n' || cp == 0x3002 || cp == 0xFF01 || cp == '!' || cp == 0xFF1F || cp == '?';
}

/* "谢谢。——X": a dash that begins a line or follows a sentence. */
static bool dashed(const struct scan *s, size_t i)
{
    size_t start;
    uint32_t cp;

    while (is_dash(cp = scan_before(s, i, &start)) || cp == ' ' || cp == 0x3000)
        i = start;
    return ends_sentence(cp);
}

/* "（X）" at the end, as newspapers sign: three or four characters that begin like a name. */
static void bracketed(struct scan *s)
{
    size_t start, end = s->n, from, name;
    unsigned n = 0;
    uint32_t cp = scan_before(s, end, &start);

    if (cp != ')' && cp != 0xFF09)
        return;
    end = start;
    for (from = end; scan_han(cp = scan_before(s, from, &start)) && n < 5; n++)
        from = start;
    if (n < 3 || n > 4 || (cp != '(' && cp != 0xFF08))
        return;
    name = name_end(s, from, NAME_MAYBE);
    if (name == end)
        scan_hide(s, from, end);
}

/* A last line, or last words after a full stop or a dash, that are a name and perhaps a date. */
void name_signature(struct scan *s)
{
    static const char *const respects[] = {"敬上", "拜上", "敬启", "谨启", "呈上", "叩首"};
    static const char *const firsts[] = {"此致", "敬礼", NULL};
    size_t end = s->n, start, from;
    unsigned n = 0;
    uint32_t cp;

    bracketed(s);
    while (date_char(cp = scan_before(s, end, &start)))
        end = start;
    for (size_t k = 0; k < 6; k++) {
        size_t n_word = sizeof "敬上" - 1;
        if (end > n_word && scan_word(s, end - n_word, respects[k])) {
            end -= n_word;
            while (date_char(cp = scan_before(s, end, &start)))
                end = start;
        }
    }
    for (from = end; scan_han(cp = scan_before(s, from, &start)) && n < 6; n++)
        from = start;
    size_t mark = from;
    while (cp == ' ' || cp == 0x3000) {
        mark = start;
        cp = scan_before(s, mark, &start);
    }
    bool alone = ends_sentence(cp) || is_dash(cp) || (mark < from && cp == 0xFF1A);
    if (n < 2 || n > 4 || !alone || mark == 0 || scan_any(s, from, firsts))
        return;
    bool sure = is_dash(cp) && dashed(s, mark);
    bool dated = end < s->n && cp == '\n'; /* a line of its own with a date beneath */
    size_t name = name_end(s, from, sure || dated ? NAME_CALLED : NAME_MAYBE);
    if (name != end && sure)
        name = name_apart(s, from);
    if (name == end)
        scan_hide(s, from, end);
}

/* Byte where a family name and `want` given characters before i begin, else i. */
static size_t before_honour(const struct scan *s, size_t i, unsigned want)
{
    enum family kind;
    size_t at = i, start;
    unsigned weight = 0;

    for (unsigned k = 0; k < want; k++, at = start) {
        unsigned w = name_given(scan_before(s, at, &start));
        if (!w)
            return i;
        weight += w;
    }
    scan_before(s, at, &start);
    if (name_family(s, start, &kind) != at || kind < FAMILY_COMMON || name_is_word(s, start))
        return i;
    return want == 2 ? (weight > 2 ? start : i) : start;
}

size_t name_honoured(struct scan *s, size_t from, size_t end)
{
    static const char *const hello[] = {"您", "你好", NULL};
    static const char *const marks[] = {"：", ":", "，", ",", "！", " ", "”", "、", NULL};
    size_t at = before_honour(s, from, 2), next, start;

    if (at == from) {
        at = before_honour(s, from, 1);
        if (at < from && !scan_delimits(scan_before(s, at, &start)))
            at = from;
    }
    next = end;
    for (int k = 0; k < 3 && scan_any(s, next, marks); k++)
        next = scan_any(s, next, marks);
    if (at == from && scan_any(s, next, hello) && (scan_before(s, from, &start), start < from)) {
        enum family kind;
        if (name_family(s, start, &kind) == from)
            at = start;
    }
    scan_hide(s, at, from);
    return at < from ? end : 0;
}

void name_opening(struct scan *s)
{
    enum family kind;
    size_t i = scan_blanks(s, 0), given = name_family(s, i, &kind), next, end;
    unsigned n;

    if (!given || kind == FAMILY_RARE || !(end = name_end(s, i, NAME_MAYBE)))
        return;
    name_run(s, given, 3, &n);
    uint32_t cp = scan_cp(s, end, &next);
    if (n == 2 && (cp == ':' || cp == 0xFF1A))
        scan_hide(s, i, end);
}
