#include "classifiers/mask/mask.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/utf8.h"
#include "classifiers/mask/mask_counts.h"
#include "classifiers/mask/mask_cues.h"
#include "classifiers/mask/mask_nick.h"
#include "classifiers/mask/mask_scan.h"
#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/codes.h"

/* A code point deserves a closer look where it and the one after it begin a cue word, or share a
 * group: most places of a text are dismissed by that. */
enum group {
    GROUP_LINE = 1, /* what handle_line() looks for */
    GROUP_PLATE = 2,
    GROUP_STREET = 4,
    GROUP_NUMBER = 8,
    GROUP_OTHERS = GROUP_PLATE | GROUP_STREET | GROUP_NUMBER
};

enum { CODES = 0x10000 };

/* Which two code points begin a cue word. */
static uint64_t pairs[CUES_PAIRS / 64];

static inline bool paired(uint32_t first, uint32_t second)
{
    uint32_t pair = cues_pair(first, second);

    return pairs[pair / 64] >> (pair % 64) & 1;
}

/* Which two are worth a look at all, a bit each as matcher_pairs() asks for them. */
enum { WORTH_BITS = 18 };

static uint32_t worth[(1 << WORTH_BITS) / 32];

/* Of those that begin a cue word, which three do: most words that begin like one are others. The
 * third of a cue of two is 0. */
enum { HEADS_BITS = 16 };

static uint32_t heads[(1 << HEADS_BITS) / 32];

static inline uint32_t three_bit(uint32_t first, uint32_t second, uint32_t third)
{
    return matcher_third_hash(matcher_pair_hash(first, second), third) >> (32 - HEADS_BITS);
}

/* The same as worth[] of what handle_line() looks for. */
enum { LINE_BITS = 14 };

static uint32_t lines[(1 << LINE_BITS) / 32];

static void mark_pair(uint32_t *bits, unsigned nbits, uint32_t first, uint32_t second)
{
    uint32_t bit = matcher_pair_hash(first, second) >> (32 - nbits);

    bits[bit / 32] |= UINT32_C(1) << bit % 32;
}

static void mark_worth(uint32_t first, uint32_t second)
{
    mark_pair(worth, WORTH_BITS, first, second);
}

static uint8_t classes[CODES]; /* groups that it begins; << FOLLOWS: those that it may go on */
static pthread_once_t once = PTHREAD_ONCE_INIT;

enum place { BEGINS = 0, FOLLOWS = 4 };

static void mark(enum place place, const char *all, unsigned group)
{
    struct str s = str_from(all);

    for (size_t at = 0; at < s.n;)
        classes[utf8_next(s, &at)] |= (uint8_t)(group << place);
}

static void add_cue(enum cue_kind kind, uint32_t first, uint32_t second, uint32_t third)
{
    unsigned group = kind == CUE_PLATE ? GROUP_PLATE : kind == CUE_STREET ? GROUP_STREET : 0;

    classes[first] |= (uint8_t)group;
    if (!second)
        return;
    uint32_t pair = cues_pair(first, second);
    pairs[pair / 64] |= UINT64_C(1) << (pair % 64);
    uint32_t three = three_bit(first, second, third);
    heads[three / 32] |= UINT32_C(1) << three % 32;
    mark_worth(first, second);
    classes[second] |= (uint8_t)(group << FOLLOWS);
}

static void add_nick(uint32_t first, uint32_t second)
{
    add_cue(CUE_WORD, first, second, 0);
}

static void build_groups(void)
{
    static const char digits[] = "0123456789０１２３４５６７８９一二三四五六七八九十零〇幺壹贰叁肆伍陆柒捌玖";

    for (uint32_t cp = 'A'; cp <= 'Z'; cp++) {
        classes[cp] |= GROUP_PLATE << FOLLOWS;
        classes[cp + 32] |= GROUP_PLATE << FOLLOWS;
        classes[cp + 0xFEE0] |= GROUP_PLATE << FOLLOWS;
        classes[cp + 32 + 0xFEE0] |= GROUP_PLATE << FOLLOWS;
    }
    mark(BEGINS, "发發回引答您你最写寫原", GROUP_LINE);
    mark(FOLLOWS, "表布复覆用好后道由", GROUP_LINE);
    mark(BEGINS, digits, GROUP_NUMBER);
    mark(BEGINS, "ABCDEFGH", GROUP_NUMBER); /* B1栋 */
    mark(FOLLOWS, digits, GROUP_NUMBER | GROUP_STREET);
    mark(FOLLOWS, "ABCDEFGH", GROUP_NUMBER | GROUP_STREET);
    mark(FOLLOWS, " \t　\u00A0", GROUP_STREET | GROUP_PLATE);
    /* One digit alone is part of a house number only when one of these follows. */
    mark(FOLLOWS, "-—－号弄栋幢座单室房户#层楼", GROUP_NUMBER);
}

/* Beside the cue words, of which add_cue() knows: what shares one of the other groups. */
static void build_pairs(void)
{
    enum { MOST = 512 };
    uint32_t seconds[MOST];
    size_t n = 0;

    for (uint32_t cp = 0; cp < CODES; cp++)
        if (classes[cp] >> FOLLOWS & (GROUP_OTHERS | GROUP_LINE)) {
            assert(n < MOST);
            seconds[n++] = cp;
        }
    for (uint32_t cp = 0; cp < CODES; cp++)
        for (size_t k = 0; classes[cp] & (GROUP_OTHERS | GROUP_LINE) && k < n; k++) {
            unsigned group = classes[cp] & classes[seconds[k]] >> FOLLOWS;
            if (group & GROUP_OTHERS)
                mark_worth(cp, seconds[k]);
            if (group & GROUP_LINE)
                mark_pair(lines, LINE_BITS, cp, seconds[k]);
        }
}

static void build(void)
{
    scan_prepare();
    build_groups();
    cues_prepare(add_cue);
    nick_prepare(add_nick);
    build_pairs();
    address_prepare();
    spoken_prepare();
    counts_prepare();
    name_prepare();
    line_prepare();
}

static size_t try_cues(struct scan *s, size_t i, uint32_t cp, uint32_t after, unsigned group)
{
    size_t past = paired(cp, after) ? cues_mask(s, i, cp, after) : 0;

    return past || !(group & (GROUP_PLATE | GROUP_STREET)) ? past : cues_mask(s, i, cp, 0);
}

static inline unsigned class_of(uint32_t cp)
{
    return classes[cp < CODES ? cp : 0];
}

static bool ends_line(uint32_t cp)
{
    return cp == '\n' || cp == 0x3002 || cp == 0xFF01;
}

/* Most lines neither open like a reply nor head a quotation: handle_line() has nothing to do. k:
 * the line's first code point. */
static bool line_speaks(const struct scan *s, size_t k)
{
    uint32_t batch[MATCHER_BATCH];

    while (k < s->codes && (s->cp[k] == ' ' || s->cp[k] == '\t' || s->cp[k] == 0x3000 ||
                            s->cp[k] == 0xA0))
        k++;
    size_t end = k + HANDLE_LINE + 1, from = k;
    if (end > s->codes) {
        if (s->end < s->n) /* it goes on behind what has been read */
            return true;
        end = s->codes;
    }
    for (size_t i = k; i < end && i < k + 2; i++) {
        if (ends_line(s->cp[i]))
            return false;
        if (scan_alnum(s->cp[i]) || s->cp[i] == '_')
            return true;
    }
    while (k + 1 < end) {
        size_t n = matcher_pairs(lines, LINE_BITS, s->cp, end, &k, batch);
        for (size_t i = 0; i < n; i++) {
            const uint32_t *cp = s->cp + batch[i];
            if (!(class_of(cp[0]) & class_of(cp[1]) >> FOLLOWS & GROUP_LINE))
                continue;
            while (from < batch[i] && !ends_line(s->cp[from]))
                from++;
            return from == batch[i];
        }
    }
    return false;
}

static inline unsigned shared(uint32_t cp, uint32_t after)
{
    return class_of(cp) & class_of(after) >> FOLLOWS & GROUP_OTHERS;
}

/* May the word of which the first two stand at code point k, and `third` behind them, be a cue? */
static inline bool begins_cue(const uint32_t *cp, uint32_t third)
{
    uint32_t two = three_bit(cp[0], cp[1], 0), three = three_bit(cp[0], cp[1], third);

    return (heads[two / 32] >> two % 32 | heads[three / 32] >> three % 32) & 1;
}

/* Only those of a batch stay that begin a cue or share a group: how many. No branch: what two code
 * points are to each other cannot be guessed. */
static size_t sift(const struct scan *s, uint32_t *batch, size_t n)
{
    size_t kept = 0;

    for (size_t k = 0; k < n; k++) {
        const uint32_t at = batch[k], *cp = s->cp + at;
        const bool last = at + (size_t)2 >= s->codes; /* what has been read */
        batch[kept] = at;
        const bool group = shared(cp[0], cp[1]), cue = begins_cue(cp, cp[last ? 1 : 2]);
        kept += group | cue | last;
    }
    return kept;
}

/* Numbers are taken whole, and most are counts. */
static size_t look_at_number(struct scan *s, size_t k)
{
    const size_t i = s->base + s->start[k];
    bool within = i && s->t[i - 1] >= '0' && s->t[i - 1] <= '9';
    size_t past = 0;

    if (i >= s->phone_until && i >= s->account_until && k + CODES_DIGITS < s->codes &&
        counts_only(s, k))
        return 0;
    if (!within && scan_digit(s->cp[k]) >= 0)
        past = number_mask(s, i);
    past = past ? past : number_spoken(s, i);
    return past || within || i < s->keep_until ? past : address_mask(s, i, ADDRESS_ANY);
}

/* Byte to go on from after what begins at code point k, or 0. */
static size_t look(struct scan *s, size_t k)
{
    const uint32_t cp = s->cp[k], after = s->cp[k + 1];
    const unsigned group = shared(cp, after);

    return group & GROUP_NUMBER ? look_at_number(s, k)
                                : try_cues(s, s->base + s->start[k], cp, after, group);
}

/* Where these stand something is looked for whatever comes after them. */
static const uint32_t alone[CODES_SOUGHT] = {'\n', '@', 0xFF20};

static inline bool is_alone(uint32_t cp)
{
    return cp == alone[0] || cp == alone[1] || cp == alone[2];
}

/* Byte to go on from after one of them, which is code point k. */
static size_t look_at_alone(struct scan *s, size_t k)
{
    size_t i = s->base + s->start[k], next, past = s->cp[k] != '\n' ? handle_mask(s, i) : 0;

    if (scan_cp(s, i, &next) == '\n' && line_speaks(s, k + 1))
        handle_line(s, next);
    return past > next ? past : next;
}

/* Look at the pairs of code points from `at` to `last`: the index to go on from, which is before
 * `last` when what has been gathered may not stand there any more; *i is the byte. */
static size_t look_at_pairs(struct scan *s, size_t at, size_t last, size_t *i)
{
    uint32_t batch[MATCHER_BATCH];

    for (size_t next = at; next < last;) {
        size_t n = matcher_pairs(worth, WORTH_BITS, s->cp, last + 1, &next, batch);
        n = sift(s, batch, n);
        for (size_t k = 0; k < n; k++) {
            size_t past = batch[k] < at ? 0 : look(s, batch[k]);
            if (!past)
                continue;
            for (at = batch[k] + (size_t)1; at < s->codes && s->base + s->start[at] < past;)
                at++;
            *i = past;
            if (at >= last || s->hidden > past)
                return at;
        }
    }
    return last;
}

/* Look at the code points that have been read: the byte to go on from. */
static size_t look_at_codes(struct scan *s)
{
    size_t i = s->base;

    for (size_t at = 0; at < s->codes;) {
        size_t last = codes_seek(s->cp, at, s->codes - 1, alone);
        at = look_at_pairs(s, at, last, &i);
        if (at != last)
            continue;
        i = s->base + s->start[last];
        if (is_alone(s->cp[last])) {
            i = look_at_alone(s, last);
            while (++at < s->codes && s->base + s->start[at] < i)
                ;
        } else if (last + 1 == s->codes) {
            return s->end < s->n ? i : s->end;
        }
    }
    return i > s->end ? i : s->end;
}

/* Before the first code points, which have been read, are looked at. */
static void look_at_opening(struct scan *s)
{
    name_opening(s);
    if (line_speaks(s, 0))
        handle_line(s, 0);
}

/* What is told by more than a cue, once all cues have been looked at. */
static void look_at_whole(struct scan *s)
{
    name_roles(s);
    name_lists(s);
    name_signature(s);
    if (s->named)
        name_again(s);
}

void mask_text(char *text, size_t n)
{
    enum { WINDOW = 256 };
    uint32_t cp[WINDOW], start[WINDOW];
    struct scan s = {.t = text, .n = n, .cp = cp, .start = start};

    pthread_once(&once, build);
    while (s.end < n) {
        s.base = s.end;
        s.codes = codes_read((struct str){text, n}, &s.end, cp, start, WINDOW);
        if (!s.base)
            look_at_opening(&s);
        s.end = look_at_codes(&s);
    }
    if (s.base) /* else they are all that it has */
        s.codes = 0;
    look_at_whole(&s);
}

void mask_codes(char *text, size_t n, uint32_t *cp, const uint32_t *start, size_t codes)
{
    struct scan s = {.t = text, .n = n, .cp = cp, .start = start, .codes = codes, .end = n};

    pthread_once(&once, build);
    s.base = codes ? (size_t)0 - start[0] : 0;
    look_at_opening(&s);
    look_at_codes(&s);
    look_at_whole(&s);
}

void mask_buf(void *unused, struct buf *text)
{
    (void)unused;
    mask_text(text->data, text->len);
}
