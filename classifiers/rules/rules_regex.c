#define PCRE2_CODE_UNIT_WIDTH 32
#include "classifiers/rules/rules_regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/utf8.h"

/* A try is on at most 2 * REGEX_REACH code points; an honest pattern takes some hundreds of steps
 * from each. Never JIT: a worker may not have memory that is both written and run. */
enum { STEPS = 5000, DEPTH = 250, HEAP_KIB = 512 };

/* What may begin a match is asked of PCRE2 once, of each code point that comes up and of each two:
 * most places of a text are then passed over without it. Of those that are left a few are asked a
 * little further. */
enum { MAY_BMP = 0x10000, MAY_PAIRS = 1024, MAY_FURTHER = 12, MAY_ASKS = 16 };
enum may { MAY_UNKNOWN, MAY_NOT, MAY_BEGIN };

struct openings {
    uint8_t one[MAY_BMP / 4];  /* enum may, two bits each */
    uint64_t pair[MAY_PAIRS]; /* the latest of each hash: both code points above its enum may */
};

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    struct openings *openings; /* NULL: what stands before a match matters too */
};

void regex_free(struct regex *x)
{
    if (!x)
        return;
    pcre2_code_free(x->code);
    pcre2_match_data_free(x->data);
    pcre2_match_context_free(x->limits);
    free(x->openings);
    free(x);
}

static void describe(int code, size_t at, struct buf *why)
{
    PCRE2_UCHAR text[200];
    int n = pcre2_get_error_message(code, text, sizeof text / sizeof *text);

    buf_addf(why, "%zu: ", at + 1);
    for (int i = 0; i < n; i++)
        buf_add_char(why, (char)text[i]); /* its messages are ASCII */
}

struct regex *regex_new(struct str folded, bool *empty, struct buf *why)
{
    struct regex *x = calloc(1, sizeof *x);
    PCRE2_UCHAR cp[REGEX_BYTES_MAX * 2];
    size_t n = 0, offset;
    uint32_t may_be_empty = 0, behind = 1;
    int code;

    *empty = false;
    if (!x)
        return NULL;
    for (size_t at = 0; at < folded.n && n < sizeof cp / sizeof *cp;)
        cp[n++] = utf8_next(folded, &at);
    x->code = pcre2_compile(cp, n, PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS |
                                       PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY,
                            &code, &offset, NULL);
    x->data = pcre2_match_data_create(1, NULL);
    x->limits = pcre2_match_context_create(NULL);
    if (!x->code)
        describe(code, offset, why);
    else if (!pcre2_pattern_info(x->code, PCRE2_INFO_MATCHEMPTY, &may_be_empty))
        *empty = may_be_empty != 0;
    if (x->code && !pcre2_pattern_info(x->code, PCRE2_INFO_MAXLOOKBEHIND, &behind) && !behind)
        x->openings = calloc(1, sizeof *x->openings);
    if (!x->code || *empty || !x->data || !x->limits || (!behind && !x->openings)) {
        regex_free(x);
        return NULL;
    }
    pcre2_set_match_limit(x->limits, STEPS);
    pcre2_set_depth_limit(x->limits, DEPTH);
    pcre2_set_heap_limit(x->limits, HEAP_KIB);
    return x;
}

/* May a match begin with cp[0 .. n), whatever comes after it? */
static enum may ask(const struct regex *x, const uint32_t *cp, size_t n)
{
    int rc = pcre2_match(x->code, cp, n, 0, PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED |
                                                PCRE2_PARTIAL_HARD, x->data, x->limits);

    return rc == PCRE2_ERROR_NOMATCH ? MAY_NOT : MAY_BEGIN;
}

static enum may ask_one(const struct regex *x, const uint32_t *cp)
{
    unsigned shift = *cp % 4 * 2;

    if (*cp >= MAY_BMP)
        return MAY_BEGIN;
    uint8_t *four = &x->openings->one[*cp / 4];
    if (!(*four >> shift & 3))
        *four |= (uint8_t)(ask(x, cp, 1) << shift);
    return *four >> shift & 3;
}

static enum may ask_pair(const struct regex *x, const uint32_t *cp)
{
    uint64_t both = (uint64_t)cp[0] << 21 | cp[1];
    uint64_t *known = &x->openings->pair[both * UINT64_C(0x9E3779B97F4A7C15) >> 54];

    if (*known >> 2 != both || !*known)
        *known = both << 2 | ask(x, cp, 2);
    return *known & 3;
}

static bool may_match(const struct regex *x, const uint32_t *cp, size_t n)
{
    unsigned asked = 0;

    if (!x->openings)
        return true;
    for (size_t i = 0; i < n; i++) {
        size_t further = n - i < MAY_FURTHER ? n - i : MAY_FURTHER;
        if (ask_one(x, cp + i) == MAY_BEGIN && (further < 2 || ask_pair(x, cp + i) == MAY_BEGIN) &&
            (asked++ == MAY_ASKS || ask(x, cp + i, further) == MAY_BEGIN))
            return true;
    }
    return false;
}

int regex_try(const struct regex *x, const uint32_t *cp, size_t n, size_t *start, size_t *end)
{
    if (!may_match(x, cp, n))
        return REGEX_NONE;
    int rc = pcre2_match(x->code, cp, n, 0, PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, x->data,
                         x->limits);
    const PCRE2_SIZE *where = pcre2_get_ovector_pointer(x->data);

    if (rc < 0)
        return rc == PCRE2_ERROR_NOMATCH ? REGEX_NONE : REGEX_LIMIT;
    *start = where[0];
    *end = where[1];
    return *start < *end && *end <= n ? REGEX_FOUND : REGEX_NONE; /* \K can turn them round */
}

bool regex_runs_away(const struct regex *x, const uint32_t *cp, size_t n)
{
    pcre2_match_context *free_depth = pcre2_match_context_create(NULL);

    if (!free_depth)
        return false;
    pcre2_set_match_limit(free_depth, STEPS);
    int rc = pcre2_match(x->code, cp, n, 0, PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, x->data,
                         free_depth);
    pcre2_match_context_free(free_depth);
    return rc == PCRE2_ERROR_MATCHLIMIT;
}
