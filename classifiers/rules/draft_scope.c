/* Where and when a form or a topic holds: regions, kinds of source, dates. */
#include "classifiers/rules/draft.h"

enum { CODES_MAX = 64 };

static const char *const sources[] = {"news", "board", "official", NULL}; /* enum judge_source */

const struct conf_key draft_code_key = {.forms = CONF_TEXT};
const struct conf_key draft_source_key = {.forms = CONF_CHOICE, .choices = sources};
const struct conf_key draft_valid_keys[] = {
    {.name = "from", .forms = CONF_DATE},
    {.name = "until", .forms = CONF_DATE},
    {0},
};

/* Whole levels of a division code: province, city, county, township, village. */
static bool is_prefix(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 2 || s.n == 4 || s.n == 6 || s.n == 9 || s.n == 12;
}

/* 430000 is written by who thinks of the whole code: the province 43. */
static struct str significant(struct str code)
{
    while (code.n > 6 && memcmp(code.p + code.n - 3, "000", 3) == 0)
        code.n -= 3;
    while (code.n <= 6 && code.n > 2 && memcmp(code.p + code.n - 2, "00", 2) == 0)
        code.n -= 2;
    return code;
}

static void read_codes(struct draft *d, const struct conf_node *list, struct block_scope *s)
{
    size_t n = conf_count(list);

    if (draft_empty_list(d, list))
        return;
    if (n > CODES_MAX) {
        conf_problem(d->problems, list, "地区最多 %d 个 (at most %d regions)", CODES_MAX, CODES_MAX);
        return;
    }
    s->first_code = (uint32_t)d->codes.n;
    for (size_t i = 0; i < n; i++) {
        struct str code = conf_text(conf_at(list, i));
        if (!code.n)
            continue;
        if (!is_prefix(code))
            conf_problem(d->problems, conf_at(list, i),
                         "地区 “%.*s” 应为区划代码的前 2、4、6、9 或 12 位数字 (a region is the first 2, "
                         "4, 6, 9 or 12 digits of a division code)",
                         STR_ARG(code));
        struct str *more = draft_more(d, &d->codes, sizeof *more);
        if (more)
            *more = arena_str(d->arena, significant(code));
    }
    s->ncodes = (uint32_t)d->codes.n - s->first_code;
}

static void read_sources(struct draft *d, const struct conf_node *list, struct block_scope *s)
{
    if (draft_empty_list(d, list))
        return;
    for (size_t i = 0; i < conf_count(list); i++)
        for (uint32_t k = 0; sources[k]; k++)
            if (str_is(conf_text(conf_at(list, i)), sources[k]))
                s->sources |= 1u << k;
}

static void read_dates(struct draft *d, const struct conf_node *valid, struct block_scope *s)
{
    s->from = (int32_t)conf_int(conf_get(valid, "from"), INT32_MIN);
    s->until = (int32_t)conf_int(conf_get(valid, "until"), INT32_MAX);
    if (!conf_count(valid))
        conf_problem(d->problems, valid, "valid 是空的，写 from 或 until (write from or until)");
    if (s->from > s->until)
        conf_problem(d->problems, valid, "valid 的 until 早于 from (until lies before from)");
}

uint32_t draft_scope(struct draft *d, const struct conf_node *map)
{
    const struct conf_node *regions = conf_get(map, "regions"), *kinds = conf_get(map, "sources");
    const struct conf_node *valid = conf_get(map, "valid");
    struct block_scope *s;

    if ((!regions && !kinds && !valid) || !(s = draft_more(d, &d->scopes, sizeof *s)))
        return 0;
    *s = (struct block_scope){.from = INT32_MIN, .until = INT32_MAX};
    if (regions)
        read_codes(d, regions, s);
    if (kinds)
        read_sources(d, kinds, s);
    if (valid)
        read_dates(d, valid, s);
    return (uint32_t)d->scopes.n - 1;
}
