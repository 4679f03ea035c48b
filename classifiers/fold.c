#include "classifiers/fold.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/fold_table.h"
#include "classifiers/pinyin.h"

static uint32_t map(uint32_t cp)
{
    if (cp >= FOLD_LIMIT)
        return cp;
    uint32_t to = fold_pages[fold_index[cp / FOLD_PAGE]][cp % FOLD_PAGE];
    return to ? to : cp;
}

/* Most code points of the texts here take three bytes: read those without a call. */
static uint32_t next(struct str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.p + *at;

    if (s.n - *at >= 3 && p[0] >= 0xE1 && p[0] < 0xED && (p[1] & 0xC0) == 0x80 &&
        (p[2] & 0xC0) == 0x80) {
        *at += 3;
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    }
    return utf8_next(s, at);
}

/* Length of a gloss "(tuō)" whose opening bracket has been read up to `at`; 0: it is none. */
static size_t gloss(struct str s, size_t at)
{
    enum { LONGEST = 48 };
    size_t from = at;

    while (at < s.n && at - from <= LONGEST) {
        size_t here = at;
        uint32_t cp = map(next(s, &at));
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

int fold_text(struct str s, size_t title_n, struct fold *f)
{
    struct gap gap = {0};

    f->n = f->title = 0;
    if (reserve(f, s.n + 1))
        return ERR_NOMEM;
    for (size_t at = 0; at < s.n;) {
        size_t start = at;
        uint32_t cp = map(next(s, &at));
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
