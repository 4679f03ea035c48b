#define PCRE2_CODE_UNIT_WIDTH 32
#include "classifiers/rules_regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/utf8.h"

/* A try is on at most 2 * REGEX_REACH code points; an honest pattern takes some hundreds of steps
 * from each. Never JIT: a worker may not have memory that is both written and run. */
enum { STEPS = 5000, DEPTH = 250, HEAP_KIB = 512 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

void regex_free(struct regex *x)
{
    if (!x)
        return;
    pcre2_code_free(x->code);
    pcre2_match_data_free(x->data);
    pcre2_match_context_free(x->limits);
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
    uint32_t may_be_empty = 0;
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
    if (!x->code || *empty || !x->data || !x->limits) {
        regex_free(x);
        return NULL;
    }
    pcre2_set_match_limit(x->limits, STEPS);
    pcre2_set_depth_limit(x->limits, DEPTH);
    pcre2_set_heap_limit(x->limits, HEAP_KIB);
    return x;
}

int regex_try(const struct regex *x, const uint32_t *cp, size_t n, size_t *start, size_t *end)
{
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
