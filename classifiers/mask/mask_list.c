/* Names by their neighbours: in a list of names (、 or blanks between), beside a phone number, and
 * what was hidden once. */
#define _GNU_SOURCE
#include <string.h>

#include "classifiers/mask/mask_name.h"
#include "classifiers/text/codes.h"

enum { NAME_LONGEST = 4 };

static bool sure(const struct scan *s, size_t from, size_t to)
{
    return name_likely(s, from, to) == NAME_SURE;
}

void name_hide(struct scan *s, size_t from, size_t to)
{
    enum { SHORTEST = 6 };
    size_t n = to - from;

    if (n >= SHORTEST && n < SCAN_NAME && s->named < SCAN_NAMES && !name_is_word(s, from) &&
        !name_plain(s, from)) {
        memcpy(s->names[s->named], s->t + from, n);
        s->names[s->named++][n] = 0;
    }
    scan_hide(s, from, to);
}

/* Byte from `at` on where the name stands next, else s->n. *k: the code point to look on from,
 * where they have been read: one of them is sought faster than bytes are. */
static size_t stands_next(const struct scan *s, size_t at, struct str name, size_t *k)
{
    if (!s->codes) {
        const char *there = memmem(s->t + at, s->n - at, name.p, name.n);
        return there ? (size_t)(there - s->t) : s->n;
    }
    const uint32_t first = utf8_next(name, &(size_t){0});
    const uint32_t sought[CODES_SOUGHT] = {first, first, first};
    while ((*k = codes_seek(s->cp, *k, s->codes, sought)) < s->codes) {
        size_t i = s->base + s->start[(*k)++];
        if (i >= at && name.n <= s->n - i && memcmp(s->t + i, name.p, name.n) == 0)
            return i;
    }
    return s->n;
}

/* Two characters may begin a longer word: they count where a sentence goes on after a name. */
void name_again(struct scan *s)
{
    enum { TWO = 6 };

    for (unsigned k = 0; k < s->named; k++) {
        const struct str name = str_from(s->names[k]);
        size_t from, end = 0, code = 0, start;
        while ((from = stands_next(s, end, name, &code)) < s->n) {
            end = from + name.n;
            bool apart = !scan_han(scan_before(s, from, &start)) ||
                         !scan_han(scan_cp(s, end, &start));
            if (name.n > TWO || apart || name_followed(s, end))
                scan_hide(s, from, end);
        }
    }
}

/* 韦小宝，男，: [from, to) is ，男 or （女. */
size_t name_before_sex(struct scan *s, size_t from, size_t to)
{
    size_t at = from, start, next;
    unsigned n = 0;
    uint32_t cp = scan_cp(s, to, &next);

    if (!scan_delimits(cp))
        return 0;
    for (; n < 5 && scan_han(cp = scan_before(s, at, &start)); n++)
        at = start;
    if (n < 2 || n > 4 || !scan_delimits(cp) || name_plain(s, at) || name_is_office(s, at, from) ||
        name_is_word(s, at))
        return 0;
    name_hide(s, at, from);
    return to;
}

/* Code points in [from, to). */
static unsigned length(const struct scan *s, size_t from, size_t to)
{
    unsigned n = 0;

    for (size_t next; from < to; from = next, n++)
        scan_cp(s, from, &next);
    return n;
}

/* Characters, up to three, of a name hidden before that ends at `end`; fewer than two are none. It
 * opens a list as one that shows. */
static unsigned hidden_before(const struct scan *s, size_t end)
{
    unsigned n = 0;

    if ((unsigned char)s->t[end - 1] < 0x80)
        return 0;
    while (n < 3 && scan_before(s, end, &end) == 0x3007)
        n++;
    return n > 1 ? n : 0;
}

/* Where a name that ends at `end` begins, else `end`. What a mark sets apart is weighed as a whole;
 * else three or four characters are (同村喻大年、…), and two in a list that is sure without them. */
static size_t name_before(const struct scan *s, size_t end)
{
    size_t from[NAME_LONGEST + 1] = {end}, start;
    unsigned n = 0;
    uint32_t cp = SCAN_END;

    for (; n < NAME_LONGEST && scan_han(cp = scan_before(s, from[n], &start)); n++)
        from[n + 1] = start;
    bool apart = n >= 2 && !scan_han(cp = scan_before(s, from[n], &start)) && scan_delimits(cp);

    if (apart && name_likely(s, from[n], end))
        return from[n];
    for (unsigned k = 4; k >= 2; k--)
        if (n >= k && sure(s, from[k], end))
            return from[k];
    return end;
}

/* Byte after a name at i that something sets apart or that a sentence goes on after, else 0. */
static size_t name_after(const struct scan *s, size_t i)
{
    size_t end = name_end(s, i, NAME_MAYBE);

    return end && name_likely(s, i, end) ? end : 0;
}

/* "田福军 12000元，": what each of a list is owed or how old he is. Byte after it, or i. */
static size_t past_figure(const struct scan *s, size_t i)
{
    static const char *const units[] = {"元", "块", "万", "岁", "天", "个工", "人", "亩", "口", NULL};
    static const char *const opens[] = {" ", "　", "：", ":", "（", "(", "欠", "共", NULL};
    size_t at = i, next;

    while ((next = scan_any(s, at, opens)))
        at = next;
    size_t digits = at;
    for (uint32_t cp; scan_digit(cp = scan_cp(s, at, &next)) >= 0 || cp == '.'; at = next)
        ;
    if (at == digits)
        return i;
    while ((next = scan_any(s, at, units)))
        at = next;
    next = scan_any(s, at, (const char *const[]){"）", ")", NULL});
    return next ? next : at;
}

/* "2、" and "(2)" before one of a list. */
static size_t past_numbering(const struct scan *s, size_t i)
{
    static const char *const marks[] = {"、", ".", "．", "，", ")", "）", NULL};
    size_t at = i, next;

    for (int k = 0; k < 2 && scan_digit(scan_cp(s, at, &next)) >= 0; k++)
        at = next;
    next = at > i ? scan_any(s, at, marks) : 0;
    return next ? next : i;
}

static size_t past_join(const struct scan *s, size_t i)
{
    static const char *const joins[] = {"、", "，", ",", "；", ";", " ", "　", "\n", "和", "及", NULL};
    size_t at = i, next;

    for (int k = 0; k < 2 && (next = scan_any(s, at, joins)); k++)
        at = next;
    return at > i ? past_numbering(s, at) : at;
}

/* Byte where the next name of a list begins that a name ending at i is of, else 0. */
static size_t beyond(const struct scan *s, size_t i)
{
    size_t figure = past_figure(s, i), at = past_join(s, figure);

    return at > figure ? at : 0;
}

/* 等三人, 四个人, 和我: those who have just been listed are people. */
static bool are_people(const struct scan *s, size_t i)
{
    static const char *const joins[] = {"等", "共", "这", "，", "一共", "都是", NULL};
    static const char *const people[] = {"和我", "人", "个人", "名", "位", "户", "家", "个工人", "口子",
                                         "夫妻", "夫妇", "兄弟", "姐妹", "姐弟", "兄妹", "父子", "母女",
                                         "同学", "老师", "同志", NULL};
    size_t next, at = i;
    unsigned n = 0;

    if (scan_any(s, i, people) && scan_cp(s, i, &next) == 0x548C) /* 和 */
        return true;
    for (int k = 0; k < 2 && (next = scan_any(s, at, joins)); k++)
        at = next;
    for (uint32_t cp; n < 3 && (scan_digit(cp = scan_cp(s, at, &next)) >= 0 || scan_spoken(cp) ||
                                cp == 0x4E24 || cp == 0x51E0 || cp == 0x591A); /* 两, 几, 多 */
         at = next)
        n++;
    return (n || at > i) && scan_any(s, at, people);
}

/* Names of two characters each are as often towns: three that are sure, or what follows, tell. */
static bool short_ones_are_names(const struct scan *s, size_t i, bool first)
{
    unsigned n = first;
    size_t next, end = i;

    for (; n < 3 && (end = name_after(s, i)) && sure(s, i, end); i = next) {
        n++;
        if (!(next = beyond(s, end)))
            return n == 3 || (n > 1 && are_people(s, end));
    }
    return n == 3 || (n > 1 && end && are_people(s, end));
}

/* The mark at i follows a name and another comes after it. */
static size_t listed_at(struct scan *s, size_t i)
{
    size_t from, end, next, past;
    unsigned hidden = hidden_before(s, i);

    if (!hidden && !name_given(scan_before(s, i, &from))) /* nearly all are told by that */
        return i;
    from = hidden ? i : name_before(s, i);
    if ((from == i && !hidden) || !(next = beyond(s, i)) || !(end = name_after(s, next)))
        return i;
    unsigned both = (hidden ? NAME_SURE : name_likely(s, from, i)) + name_likely(s, next, end);
    if (both <= NAME_SURE)
        return i;
    bool brief = hidden + length(s, from, i) < 3, glued = scan_han(scan_before(s, from, &past));
    if (brief && ((!hidden && glued) || length(s, next, end) < 3) &&
        !short_ones_are_names(s, next, hidden || sure(s, from, i)))
        return i;
    name_hide(s, from, i);
    do {
        name_hide(s, next, end);
        i = end;
    } while ((next = beyond(s, i)) && (end = name_after(s, next)));
    return i;
}

/* Byte after the names that a mark at i, which ends at `end`, joins, else i. */
static size_t joined_at(struct scan *s, size_t i, size_t end)
{
    return i && end < s->n ? listed_at(s, i) : i;
}

/* Names joined by a mark of these bytes. A blank counts between Chinese characters only. */
static void joined_by(struct scan *s, const char *mark)
{
    for (size_t i = 0; i < s->n;) {
        const char *at = memchr(s->t + i, mark[0], s->n - i);
        if (!at)
            return;
        i = (size_t)(at - s->t);
        size_t end = scan_word(s, i, mark);
        size_t past = end ? joined_at(s, i, end) : i;
        i = past > i ? past : i + 1;
    }
}

/* The same of 、 where the code points have been read: its first byte begins each 。 too. Before
 * nearly all of them stands what is in no name. */
static void joined_codes(struct scan *s)
{
    static const uint32_t marks[CODES_SOUGHT] = {0x3001, 0x3001, 0x3001};
    enum { BYTES = sizeof "、" - 1 };

    for (size_t k = 1; (k = codes_seek(s->cp, k, s->codes, marks)) < s->codes; k++) {
        if (!name_given(s->cp[k - 1]) && s->cp[k - 1] != 0x3007)
            continue;
        size_t i = s->base + s->start[k], past = joined_at(s, i, i + BYTES);
        while (k + 1 < s->codes && s->base + s->start[k + 1] < past)
            k++;
    }
}

void name_lists(struct scan *s)
{
    if (s->codes)
        joined_codes(s);
    else
        joined_by(s, "、");
    joined_by(s, " ");
}

size_t name_from(struct scan *s, size_t from, size_t end)
{
    static const char *const numbered[] = {"组", "队", "社", NULL};
    size_t start, past;
    uint32_t cp = scan_before(s, from, &start);

    if (scan_any(s, from, numbered) == end && scan_digit(cp) < 0 && !scan_spoken(cp))
        return 0;
    if (name_plain(s, end) || !(past = name_end(s, end, NAME_MAYBE)) || !sure(s, end, past))
        return 0;
    name_hide(s, end, past);
    return past;
}

/* Byte before blanks, a colon, a bracket and the word for a phone that end at i. */
static size_t before_label(const struct scan *s, size_t i)
{
    static const char *const words[] = {"电话", "手机", "号码", "联系", "号", NULL};
    size_t start, at = i;
    uint32_t cp;

    for (int k = 0; k < 6; k++) {
        cp = scan_before(s, at, &start);
        if (cp == ' ' || cp == 0x3000 || cp == ':' || cp == 0xFF1A || cp == '(' || cp == 0xFF08 ||
            cp == ',' || cp == 0xFF0C || cp == 0x3001 || cp == '-') {
            at = start;
            continue;
        }
        size_t word = at;
        for (int n = 0; n < 2 && scan_han(scan_before(s, word, &start)); n++)
            word = start;
        if (scan_any(s, word, words) != at)
            break;
        at = word;
    }
    return at;
}

/* 找池小波13900000000: whom one is to reach. */
static bool reached(const struct scan *s, size_t i)
{
    static const char *const verbs[] = {"联系", "打给", "询问", "咨询", "找", "问", "给", NULL};
    size_t at = i, start;

    for (int n = 0; n < 2 && scan_han(scan_before(s, at, &start)); n++) {
        at = start;
        if (scan_any(s, at, verbs) == i)
            return true;
    }
    return false;
}

/* Somebody's name before his number, which begins at i. */
void name_before_number(struct scan *s, size_t i)
{
    size_t end = before_label(s, i), from[NAME_LONGEST + 1] = {end}, start;
    unsigned n = 0;

    for (; n < NAME_LONGEST && scan_han(scan_before(s, from[n], &start)); n++)
        from[n + 1] = start;
    for (unsigned k = n; k >= 2; k--) {
        uint32_t cp = scan_before(s, from[k], &start);
        bool apart = scan_delimits(cp) || scan_digit(cp) >= 0;
        if (!apart && !reached(s, from[k]) && !sure(s, from[k], end))
            continue;
        if (!apart && k == 2)
            continue;
        enum name_cue cue = apart ? NAME_CALLED : NAME_MAYBE;
        if (!name_plain(s, from[k]) && name_end(s, from[k], cue) == end) {
            name_hide(s, from[k], end);
            return;
        }
    }
}

/* The same after it: 13900000000（池小波）. */
void name_after_number(struct scan *s, size_t i)
{
    static const char *const marks[] = {" ", "　", "（", "(", "，", ",", "、", "-", NULL};
    size_t at = i, next, end;

    for (int k = 0; k < 2 && (next = scan_any(s, at, marks)); k++)
        at = next;
    if (name_plain(s, at) || !(end = name_end(s, at, NAME_MAYBE)))
        return;
    if (sure(s, at, end) && scan_delimits(scan_cp(s, end, &next)))
        name_hide(s, at, end);
}
