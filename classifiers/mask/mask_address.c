/* House and room numbers: the digits go, the units (号, 栋, 室) stay. */
#include "classifiers/mask/mask_scan.h"

enum { PARTS = 8 };

enum level { LEVEL_NONE, LEVEL_GROUP, LEVEL_STREET, LEVEL_BUILDING, LEVEL_ROOM };

static struct scan_list units = SCAN_LIST("号楼", "号院", "号", "弄", "栋", "幢", "座", "单元",
    "室", "门", "组", "期",
                                          "房", "户", "#", "层", "楼", "-", "—", "－");
static const enum level unit_levels[] = {
    LEVEL_BUILDING, LEVEL_STREET, LEVEL_STREET, LEVEL_STREET,   LEVEL_BUILDING, LEVEL_BUILDING,
    LEVEL_BUILDING, LEVEL_ROOM,   LEVEL_ROOM,   LEVEL_ROOM,     LEVEL_GROUP,    LEVEL_GROUP,
    LEVEL_ROOM,   LEVEL_ROOM,   LEVEL_BUILDING,
    LEVEL_BUILDING, LEVEL_BUILDING, LEVEL_NONE, LEVEL_NONE,     LEVEL_NONE,
};

void address_prepare(void)
{
    scan_index(&units);
}

void address_units(uint64_t *bits)
{
    scan_openings(&units, bits);
}

struct part {
    size_t start, end;
    enum level level;
    unsigned len;
};

/* A number of up to five digits (with a letter: 3A), then a unit. */
static size_t read_part(const struct scan *s, size_t i, struct part *p)
{
    size_t at = i, next;

    bool shown = false; /* 〇 alone is what has been masked */

    p->len = 0;
    for (uint32_t cp; p->len < 6; at = next, p->len++) {
        cp = scan_cp(s, at, &next);
        bool letter = cp >= 'A' && cp <= 'H';
        if (scan_digit(cp) < 0 && !scan_spoken(cp) && !letter)
            break;
        shown |= cp != 0x3007;
    }
    if (!shown || p->len == 6)
        return 0;
    p->start = i;
    p->end = at;
    p->level = LEVEL_NONE;
    unsigned which;
    if ((next = scan_listed(s, scan_blanks(s, at), &units, &which))) {
        p->level = unit_levels[which];
        return next;
    }
    return at;
}

/* 3号线, 5号文, 2号口 and 12号 of a month are no houses. */
static bool other_number(const struct scan *s, size_t at)
{
    static const char *const after[] = {"线", "文", "令", "口", "出口", "地块", "公告", "台风",
                                        "机",  "院线", "桥", "井", "站", "店铺通道", "上午", "下午",
                                        "晚",  "凌晨", "开始", "之前", "以前", NULL};

    return scan_any(s, at, after) != 0;
}

static bool phase(const struct scan *s, const struct part *p) /* 3期 tells nothing of a person */
{
    return scan_word(s, p->end, "期") != 0;
}

/* After a number with no unit: 4栋1204业主 is a room, 4栋1204平方米 is none. */
static bool counts(const struct scan *s, size_t i)
{
    static const char *const counted[] = {"平", "元", "套", "米", "年", "个", "名", "家", "㎡",
        "多", "余", "万",
                                          "亩", "m", "M", "人", "台", "吨", "度", "块", "天",
                                          "位", "间", "次",
                                          "路", "线", "班", "%", "分", "级", "月", "日", "期",
                                          "辆", "户", "/",
                                          ".", NULL};

    return scan_any(s, scan_blanks(s, i), counted) != 0;
}

/* Where the first number may stand: "我住在：12栋". */
static size_t first_part(const struct scan *s, size_t i, enum address kind)
{
    static const char *const between[] = {"在", "是", "为", "：", ":", "的", "邻居", "号", " ", "　", NULL};
    size_t next;

    if (kind == ADDRESS_ANY)
        return i;
    for (int k = 0; kind == ADDRESS_HOME && k < 4 && (next = scan_any(s, i, between)); k++)
        i = next;
    return scan_blanks(s, i);
}

/* Is a number in ASCII, or a figure in Chinese, followed by something else than a unit or more
 * digits? Most are, and nothing but a street's name before them would make them part of an
 * address. */
static bool counts_other(const struct scan *s, size_t i)
{
    size_t at = i, next;

    while (at < s->n && ((s->t[at] >= '0' && s->t[at] <= '9') ||
                         (s->t[at] >= 'A' && s->t[at] <= 'H')))
        at++;
    if (at == i && !scan_spoken(scan_cp(s, i, &at)))
        return false;
    uint32_t cp = scan_cp(s, scan_blanks(s, at), &next);
    return !units.bucket[scan_bucket(cp)] && !scan_spoken(cp) && scan_digit(cp) < 0 &&
           cp - 'A' > 'H' - 'A';
}

/* 楼上802的住户: a room by itself, floor and door. */
static bool lone_room(const struct scan *s, const struct part *p)
{
    size_t next;
    const char *d = s->t + p->end - 2;
    uint32_t cp = scan_cp(s, p->end, &next);

    return p->end - p->start == p->len && p->len >= 3 && p->len <= 4 && (*d == '0' || *d == '1') &&
           (*d != '0' || d[1] != '0') && (cp == 0x7684 || (scan_delimits(cp) && cp != '.'));
}

size_t address_mask(struct scan *s, size_t i, enum address kind)
{
    bool street = kind != ADDRESS_ANY;
    struct part parts[PARTS];
    unsigned n = 0, rooms = 0, buildings = 0, houses = 0, dashes = 0;
    bool families = false; /* "5-6户" counts them, and 户型 is a plan */
    size_t at = first_part(s, i, kind), next, start;

    if (!street && (scan_alnum(scan_before(s, i, &start)) || counts_other(s, i)))
        return 0;
    while (n < PARTS && (next = read_part(s, at, &parts[n]))) {
        rooms += parts[n].level == LEVEL_ROOM;
        buildings += parts[n].level == LEVEL_BUILDING;
        houses += parts[n].level == LEVEL_STREET ||
                  (street && !n && scan_word(s, parts[n].end, "号"));
        dashes += next > parts[n].end && parts[n].level == LEVEL_NONE;
        families |= scan_word(s, parts[n].end, "户") != 0;
        bool last = next == parts[n++].end;
        at = last ? next : scan_blanks(s, next);
        if ((next = scan_word(s, at, "附")))
            at = next;
        if (last)
            break;
    }
    if (n > 1 && parts[n - 1].level == LEVEL_NONE && counts(s, parts[n - 1].end))
        n--; /* 11号66平米 */
    if (!n)
        return 0;
    struct part *end = &parts[n - 1];
    bool bare = end->level == LEVEL_NONE && end->len >= 3 && end->len <= 4 && n > 1 &&
                !counts(s, end->end) &&
                (end[-1].level >= LEVEL_BUILDING || (street && dashes >= 2) ||
                 scan_delimits(scan_cp(s, end->end, &next)));
    bool room = (rooms && !families && (rooms + buildings + houses + dashes >= 2)) ||
                (bare && (buildings || (dashes >= 2 && !houses))) ||
                (kind == ADDRESS_HOME && !families && (rooms || (bare && dashes)));
    room |= kind == ADDRESS_HOME && n == 1 && end->level == LEVEL_NONE && lone_room(s, end);
    bool house = street && houses && !other_number(s, at);
    if (!room && !house)
        return 0;
    for (unsigned k = 0; k < n; k++)
        if (!phase(s, &parts[k]))
            scan_hide(s, parts[k].start, parts[k].end);
    return end->end;
}
