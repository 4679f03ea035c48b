#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/config/source_json.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/routes/source_view.h"

enum {
    PAGE_DEFAULT = 50,
    PAGE_MOST = 200,
    /* What one request looks at, among a million sources: a filter that few fit gives pages that
     * are short, or empty, and a cursor to go on with. */
    LOOK_MOST = 50000,
    FACTS_MOST = 5000,
    FIND_MOST = 200
};

struct filter {
    int state, kind; /* -1: any */
    struct str prefix, category;
    const char *find; /* NULL: any */
    uint64_t from, limit;
};

static const char *read_query(struct exchange *x, struct filter *f)
{
    static const char *const kinds[] = {"news", "board", "official", NULL};
    const char *state = exchange_query(x, "state"), *kind = exchange_query(x, "kind");

    *f = (struct filter){.state = state ? query_choice(state, source_view_states) : -1,
                         .kind = kind ? query_choice(kind, kinds) : -1,
                         .prefix = str_from(exchange_query(x, "q")),
                         .category = str_from(exchange_query(x, "category")),
                         .find = exchange_query(x, "find"),
                         .limit = PAGE_DEFAULT};
    if (state && f->state < 0)
        return "state 应为 active、paused、retired、silent、quarantined 或 failing "
               "(state is active, paused, retired, silent, quarantined or failing)";
    if (kind && f->kind < 0)
        return "kind 应为 news、board 或 official (kind is news, board or official)";
    if (!query_slug(f->prefix.p))
        return "q 应为编号的开头 (q is how an id begins: a-z, 0-9 and -)";
    if (f->find && strlen(f->find) > FIND_MOST)
        return "find 最多 200 字节 (find has at most 200 bytes)";
    if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &f->limit))
        return "limit 应为 1 到 200 (limit is 1 to 200)";
    if (query_number(exchange_query(x, "cursor"), 1, ROSTER_MAX, &f->from))
        return "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    return NULL;
}

/* The category itself, or a folder above it. */
static bool in_category(const struct source *s, struct str category)
{
    struct str own = str_from(s->category);

    return !category.n || str_eq(own, category) ||
           (str_starts(own, category) && own.p[category.n] == '/');
}

static bool is_found(const struct source *s, const char *find)
{
    return strncasecmp(s->id, find, strlen(find)) == 0 || strcasestr(s->name, find);
}

static bool fits(const struct source *s, const struct filter *f)
{
    return (f->kind < 0 || s->kind == f->kind) && str_starts(str_from(s->id), f->prefix) &&
           in_category(s, f->category) && (!f->find || is_found(s, f->find));
}

/* Those of the page, *n in number; *next is where the following one begins, 0 at the end. */
static int gather(struct exchange *x, const struct filter *f, struct source_facts *list, size_t *n,
                  uint64_t *next)
{
    const struct roster *roster = x->side->http->conf.roster;
    uint32_t count = roster_count(roster), i = (uint32_t)f->from;
    uint64_t looked = 0, gathered = 0;
    int err = 0;

    for (*n = 0; i < count && *n < f->limit && looked < LOOK_MOST && gathered < FACTS_MOST && !err;
         i++, looked++) {
        struct source_facts *facts = &list[*n];
        if (!roster_live(roster, i) || !fits(roster_get(roster, i), f))
            continue;
        err = source_view_facts(x, i, facts);
        gathered++;
        if (!err && (f->state < 0 || facts->state == (enum source_state)f->state))
            ++*n;
        else
            source_view_clear(facts);
    }
    *next = i < count ? i : 0;
    return err ? err : source_view_elsewhere(x, list, *n);
}

/* Appends the page; *next as above. */
static int add_page(struct exchange *x, const struct filter *f, struct buf *b, uint64_t *next)
{
    struct source_facts *list = calloc(f->limit, sizeof *list);
    size_t n = 0;
    int err = list ? gather(x, f, list, &n, next) : ERR_NOMEM;

    for (size_t i = 0; i < n; i++) {
        json_out_next(b);
        buf_add_char(b, '{');
        source_view_members(b, x, &list[i]);
        buf_add_char(b, '}');
        source_view_clear(&list[i]);
    }
    free(list);
    return err;
}

enum MHD_Result routes_sources(struct exchange *x)
{
    struct filter filter;
    struct buf b = BUF_INIT;
    uint64_t next = 0;
    const char *wrong = read_query(x, &filter);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    buf_add_char(&b, '{');
    json_out_time(&b, "now", clock_now());
    size_t told = b.len;
    json_out_name(&b, "items");
    buf_add_char(&b, '[');
    int err = add_page(x, &filter, &b, &next);
    buf_add_char(&b, ']');
    json_out_name(&b, "next_cursor");
    if (next)
        buf_addf(&b, "\"%llu\"", (unsigned long long)next);
    else
        buf_add_text(&b, "null");
    buf_add_char(&b, '}');
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json_same(x, &b, told);
}

enum MHD_Result routes_source(struct exchange *x)
{
    const struct roster *roster = x->side->http->conf.roster;
    struct source_facts facts;
    struct buf b = BUF_INIT;
    size_t told = 0;
    uint32_t at;

    if (!roster_find(roster, str_from(x->slug), &at))
        return reply_error(x, ERR_NOTFOUND, "没有这个信源 (no such source)");
    int err = source_view_facts(x, at, &facts);
    if (!err)
        err = source_view_elsewhere(x, &facts, 1);
    if (!err) {
        buf_add_char(&b, '{');
        json_out_time(&b, "now", clock_now());
        told = b.len;
        source_view_members(&b, x, &facts);
        source_view_history(&b, &facts);
        json_out_name(&b, "definition");
        err = source_json_write(roster_get(roster, at), x->side->commands, &b);
        buf_add_char(&b, '}');
    }
    source_view_clear(&facts);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json_same(x, &b, told);
}
