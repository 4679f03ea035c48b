#include "classifiers/fold.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/fold_table.h"
#include "classifiers/pinyin.h"

/* Entry of the table: 0: cp stands for itself; an index of fold_special[]; or what cp becomes. */
static uint32_t entry(uint32_t cp)
{
    if (cp < FOLD_BMP)
        return fold_bmp[cp];
    return cp < FOLD_LIMIT
               ? fold_pages[fold_index[(cp - FOLD_BMP) / FOLD_PAGE]][cp % FOLD_PAGE]
               : 0;
}

static inline bool is_special(uint32_t entry)
{
    return entry - 1 < sizeof fold_special - 1;
}

static uint32_t map(uint32_t cp)
{
    uint32_t to = entry(cp);

    if (is_special(to))
        return (uint32_t)fold_special[to];
    return to ? to : cp;
}

/* Length of a gloss "(tuō)" whose opening bracket has been read up to `at`; 0: it is none. */
static size_t gloss(struct str s, size_t at)
{
    enum { LONGEST = 48 };
    size_t from = at;

    while (at < s.n && at - from <= LONGEST) {
        size_t here = at;
        uint32_t cp = map(utf8_read(s, &at));
        if (cp == ')' || cp == ']')
            return pinyin_is((struct str){s.p + from, here - from}) ? at - from : 0;
        if (fold_is_han(cp) || cp == '\n')
            return 0;
    }
    return 0;
}

static int reserve(struct fold *f, size_t n)
{
    if (n <= f->cap)
        return 0;
    if (n > UINT32_MAX / 2)
        return ERR_NOMEM;
    uint32_t *cp = realloc(f->cp, n * sizeof *cp);
    if (cp)
        f->cp = cp;
    uint32_t *start = realloc(f->start, n * sizeof *start);
    if (start)
        f->start = start;
    if (!cp || !start)
        return ERR_NOMEM;
    f->cap = n;
    return 0;
}

static void put(struct fold *f, uint32_t cp, size_t start)
{
    f->cp[f->n] = cp;
    f->start[f->n++] = (uint32_t)start;
}

/* White space waiting for what comes after it. */
struct gap {
    size_t start;
    unsigned lines;
    bool open;
};

static void close_gap(struct fold *f, struct gap *gap, uint32_t cp)
{
    bool inside = f->n && fold_is_han(f->cp[f->n - 1]) && fold_is_han(cp) && gap->lines < 2;

    if (!inside)
        put(f, gap->lines ? '\n' : ' ', gap->start);
    *gap = (struct gap){0};
}

/* A title and its text are two statements however they are written. */
static void close_title(struct fold *f, struct gap *gap, size_t start)
{
    *gap = (struct gap){0};
    put(f, '\n', start);
    f->title = f->n;
}

/* Take over what needs no thought, up to `end`; where the first other begins. */
static size_t fold_plain(struct str s, size_t at, size_t end, struct fold *f)
{
    uint32_t *restrict to = f->cp + f->n, *restrict start = f->start + f->n, cp;
    size_t n = 0;

    for (; at + 4 <= end; n++) {
        size_t from = at;
        if (utf8_three(s.p + at, &cp))
            at += 3;
        else if ((cp = (unsigned char)s.p[at]) < 0x80)
            at++;
        else
            break;
        uint32_t entry = fold_bmp[cp];
        to[n] = entry | (cp & -(uint32_t)!entry); /* no branch: punctuation comes too often */
        start[n] = (uint32_t)from;
        if (is_special(entry)) {
            at = from;
            break;
        }
    }
    f->n += n;
    return at;
}

int fold_text(struct str s, size_t title_n, struct fold *f)
{
    struct gap gap = {0};

    f->n = f->title = 0;
    if (reserve(f, s.n + 1))
        return ERR_NOMEM;
    for (size_t at = 0; at < s.n;) {
        if (!gap.open)
            at = fold_plain(s, at, at <= title_n && title_n < s.n ? title_n : s.n, f);
        if (at == s.n)
            break;
        size_t start = at;
        uint32_t cp = map(utf8_read(s, &at));
        if (start == title_n) {
            close_title(f, &gap, start);
        } else if (cp == ' ' || cp == '\n') {
            gap.start = gap.open ? gap.start : start;
            gap.open = true;
            gap.lines += cp == '\n';
        } else if (cp != FOLD_DROP) {
            if ((cp == '(' || cp == '[') && f->n && fold_is_han(f->cp[f->n - 1])) {
                size_t skip = gloss(s, at);
                at += skip;
                if (skip)
                    continue;
            }
            if (gap.open)
                close_gap(f, &gap, cp);
            put(f, cp, start);
        }
    }
    return 0;
}

void fold_free(struct fold *f)
{
    free(f->cp);
    free(f->start);
    *f = FOLD_INIT;
}

size_t fold_end(const struct fold *f, struct str s, size_t i)
{
    size_t at = f->start[i];

    utf8_next(s, &at);
    return at;
}

/* Four code points at once, by what the compiler has for it. */
typedef uint32_t lanes __attribute__((vector_size(16), aligned(4), may_alias));

enum { STEP = 16 };

/* Might one of STEP code points be fold_is_stop()? */
static bool may_stop(const uint32_t *cp)
{
    lanes any = {0};

    for (size_t k = 0; k < STEP; k += 4) {
        lanes c = *(const lanes *)(cp + k);
        any |= (lanes)((c == 0x3002) | (c == '\n') | (c == '!') | (c == 0xFF61) |
                       ((c & ~4u) == ';')); /* ; and ? */
    }
    return (any[0] | any[1] | any[2] | any[3]) != 0;
}

size_t fold_stops(const struct fold *f, uint32_t *stops)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i += STEP) {
        size_t left = f->n - i < STEP ? f->n - i : STEP;
        if (left == STEP && !may_stop(f->cp + i))
            continue;
        for (size_t k = i; k < i + left; k++)
            if (fold_is_stop(f->cp[k]))
                stops[n++] = (uint32_t)k;
    }
    return n;
}
