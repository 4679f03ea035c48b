/* Items without a search, the one stored last first. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/reply.h"
#include "daemon/routes/found.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum {
    LOOK_MOST = 200, /* items that one request looks at: each is a look-up by its number */
    LOOK_MORE = 100, /* at a time, when as many as are shown were not enough */
    PIVOTS = 31,     /* items of which one look tells where the bound is, */
    PIVOTS_MOST = STORE_NUMBERED - 1, /* or where those were holes */
    SLACK = CLOCK_DAY /* by so much at most items are not numbered in the order of `found` */
};

struct filter {
    struct str topic, source, region; /* empty: any */
    int64_t since, until;             /* found in [since, until) */
    uint64_t before, limit;           /* numbers below this one; 0: all */
};

static bool is_code(struct str code)
{
    return code.n < REGION_MAX && strspn(code.p ? code.p : "", "0123456789") == code.n;
}

static const char *read_query(struct exchange *x, struct filter *f)
{
    int64_t now = clock_now();

    *f = (struct filter){.topic = str_from(exchange_query(x, "topic")),
                         .source = str_from(exchange_query(x, "source")),
                         .region = str_from(exchange_query(x, "region")),
                         .since = INT64_MIN, .until = INT64_MAX, .limit = FOUND_DEFAULT};
    if (!query_slug(f->topic.p) || !query_slug(f->source.p))
        return "topic、source 应为编号 (topic and source are ids)";
    if (!is_code(f->region))
        return "region 应为区划代码 (region is a division code)";
    if (query_number(exchange_query(x, "limit"), 1, FOUND_MOST, &f->limit))
        return "limit 应为 1 到 100 (limit is 1 to 100)";
    if (query_number(exchange_query(x, "cursor"), 1, INT64_MAX, &f->before))
        return "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    if (query_since(exchange_query(x, "since"), now, &f->since) ||
        query_since(exchange_query(x, "until"), now, &f->until))
        return "since、until 应如 7d、12h 或 RFC 3339 时间 (since and until are like 7d, 12h or an "
               "RFC 3339 time)";
    return NULL;
}

struct walk {
    struct filter f;
    struct found found;
    uint64_t numbers[LOOK_MOST]; /* that are looked at at a time */
    uint64_t full;               /* the number with which the page was full, or 0 */
};

/* A place within the asked one counts, too: a county's code begins those of its towns. */
static int take(void *arg, size_t at, const struct store_item *item)
{
    struct walk *w = arg;
    const struct filter *f = &w->f;
    bool fits = item->found >= f->since && item->found < f->until &&
                (!f->topic.n || str_eq(item->topic, f->topic)) &&
                (!f->source.n || str_eq(item->source, f->source)) &&
                str_starts(item->region, f->region);

    if (!fits || w->full)
        return 0;
    int err = found_put(&w->found, item, NULL, 0);
    w->full = w->found.count == w->f.limit ? w->numbers[at] : 0;
    return err;
}

/* Numbers that are looked at, and what is there. */
struct pivots {
    uint64_t numbers[PIVOTS_MOST];
    int64_t found[PIVOTS_MOST];
    bool there[PIVOTS_MOST];
};

static int note_found(void *arg, size_t at, const struct store_item *item)
{
    struct pivots *p = arg;

    p->found[at] = item->found;
    p->there[at] = true;
    return 0;
}

/* Narrow [*low, *high): what is below was found before `at`, *high and what follows then or later.
 * A hole tells neither: where there is nothing else, it stays as wide. */
static int narrow(struct store *reader, int64_t at, uint64_t *low, uint64_t *high)
{
    size_t most = PIVOTS;

    while (*low < *high) {
        struct pivots p = {0};
        const uint64_t wide = *high - *low, first = *low;
        const size_t n = wide < most ? (size_t)wide : most;
        for (size_t i = 0; i < n; i++) /* of a few all, of many those that part them evenly */
            p.numbers[i] = wide > n ? first + wide / (n + 1) * (i + 1) : first + i;
        int err = store_each_numbered(reader, p.numbers, n, note_found, &p);
        if (err)
            return err;
        for (size_t i = 0; i < n && p.numbers[i] < *high; i++) {
            if (p.there[i] && p.found[i] < at)
                *low = p.numbers[i] + 1;
            else if (p.there[i])
                *high = p.numbers[i];
        }
        if (*high - *low < wide && wide > n)
            continue;
        if (wide <= n || most == PIVOTS_MOST)
            break;
        most = PIVOTS_MOST;
    }
    return 0;
}

/* Numbers [*low, *high) hold whatever fits. */
static int limits(struct store *reader, const struct filter *f, uint64_t *low, uint64_t *high)
{
    struct store_counts counts;
    int err = store_counts(reader, &counts);

    if (err)
        return err;
    const uint64_t end = counts.items + 1;
    uint64_t above = end, below = 1;
    *low = 1;
    *high = f->before && f->before < end ? f->before : end;
    if (f->since != INT64_MIN)
        err = narrow(reader, f->since - SLACK, low, &above);
    if (!err && !f->before && f->until < INT64_MAX - SLACK)
        err = narrow(reader, f->until + SLACK, &below, high);
    return err;
}

/* Look at numbers below *end, down to `low`, until the page is full or enough were looked at; *end
 * is then the last of them. */
static int look(struct walk *w, struct store *reader, uint64_t low, uint64_t *end)
{
    size_t more = w->f.limit, left = LOOK_MOST;
    int err = 0;

    while (!err && !w->full && left && *end > low) {
        size_t n = more < left ? more : left;
        n = *end - low < n ? (size_t)(*end - low) : n;
        for (size_t i = 0; i < n; i++)
            w->numbers[i] = --*end;
        err = store_each_numbered(reader, w->numbers, n, take, w);
        left -= n;
        more = LOOK_MORE;
    }
    *end = w->full ? w->full : *end;
    return err;
}

enum MHD_Result routes_item_list(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct walk w = {.found = {.x = x, .b = &b}};
    struct search_page page = {0};
    uint64_t low = 0, number = 0;
    const char *wrong = read_query(x, &w.f);
    enum MHD_Result result;

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!exchange_traced(x, &result)) /* who reads texts in bulk is on record */
        return result;
    buf_add_text(&b, "{\"items\":[");
    int err = limits(x->side->reader, &w.f, &low, &number);
    if (!err)
        err = look(&w, x->side->reader, low, &number);
    page.next = number > low ? number : 0;
    return found_send(&w.found, err, &page);
}
