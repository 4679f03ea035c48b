#include "daemon/cli/corpus.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/cli/cli.h"

static const struct {
    char letter;
    int64_t ms;
} units[] = {{'d', CLOCK_DAY}, {'h', 3600 * INT64_C(1000)}, {'m', 60 * INT64_C(1000)}};

struct rules *corpus_rules(struct client *c, int *status)
{
    struct buf block = BUF_INIT;
    struct rules *rules = NULL;

    *status = client_bytes(c, "/api/v1/rules/block", &block);
    if (!*status && !(rules = rules_read(buf_str(&block)))) {
        cli_error("服务的规则与本程序版本不同 (the daemon's rules are of another version than this "
                  "program)");
        *status = EX_PROTOCOL;
    }
    buf_free(&block);
    return rules;
}

bool corpus_since(const char *text, int64_t now, int64_t *out)
{
    struct str s = str_from(text);
    long long n;

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (s.n > 1 && s.p[s.n - 1] == units[i].letter &&
            !str_int((struct str){s.p, s.n - 1}, 1, 1000000, &n)) {
            *out = now - n * units[i].ms;
            return true;
        }
    return !clock_parse(s, out);
}

int64_t corpus_time(const json_t *object, const char *key)
{
    int64_t ms = 0;

    return clock_parse(member_get(object, key), &ms) ? 0 : ms;
}

bool corpus_context(const json_t *object, const char *kind, const char *region,
                    struct judge_context *out)
{
    *out = (struct judge_context){.region = member_get(object, region)};
    return source_kind_find(member_get(object, kind), &out->kind);
}

static void note_age(struct corpus_info *info, const json_t *item)
{
    int64_t found = corpus_time(item, "found");
    int64_t *oldest = &info->oldest[json_is_string(json_object_get(item, "topic"))];

    if (!*oldest || found < *oldest)
        *oldest = found;
}

static size_t read_items(const json_t *answer, struct corpus_info *info,
                         struct backtest_item *items, struct judge_context *contexts)
{
    const json_t *list = json_object_get(answer, "items"), *one;
    size_t i;

    json_array_foreach(list, i, one) {
        /* Not known: its source is gone. */
        bool known = corpus_context(one, "source_kind", "source_region", &contexts[i]);
        contexts[i].now = info->now;
        contexts[i].home = member_get(answer, "home");
        bool fixed = json_is_true(json_object_get(one, "kind_corrected"));
        items[i] = (struct backtest_item){
            .id = member_get(one, "id"), .title = member_get(one, "title"),
            .text = member_get(one, "text"),
            .context = known ? &contexts[i] : NULL, .published = corpus_time(one, "published"),
            .kind = fixed ? verdict_kind_find(member_get(one, "kind")) : -1};
        note_age(info, one);
    }
    return json_array_size(list);
}

static void read_info(const json_t *answer, struct corpus_info *info)
{
    const json_t *keep = json_object_get(answer, "retention");

    info->looked_at += (size_t)json_integer_value(json_object_get(answer, "looked_at"));
    info->texts = (size_t)json_integer_value(json_object_get(answer, "texts"));
    info->keep[0] = json_integer_value(json_object_get(keep, "unmatched_seconds")) * 1000;
    info->keep[1] = json_integer_value(json_object_get(keep, "matched_seconds")) * 1000;
    info->backtest = json_is_true(json_object_get(keep, "backtest"));
}

static int read_page(const json_t *answer, struct corpus_info *info,
                     int (*page)(void *, const struct backtest_item *, size_t,
                                 const struct corpus_info *),
                     void *arg)
{
    const json_t *list = json_object_get(answer, "items");
    size_t n = json_array_size(list);
    struct backtest_item *items = calloc(n + 1, sizeof *items);
    struct judge_context *contexts = calloc(n + 1, sizeof *contexts);
    int status = items && contexts ? 0 : EX_OSERR;

    read_info(answer, info);
    if (!status)
        status = page(arg, items, read_items(answer, info, items, contexts), info);
    else
        cli_error("%s", err_text(ERR_NOMEM));
    free(items);
    free(contexts);
    return status;
}

int corpus_read(struct client *c, const char *since,
                int (*page)(void *, const struct backtest_item *, size_t,
                            const struct corpus_info *),
                void *arg, struct corpus_info *info)
{
    char from[CLOCK_TEXT], cursor[64] = "";
    json_t *answer = NULL;
    int64_t start;
    int status = client_get(c, "/api/v1/status", &answer);

    *info = (struct corpus_info){.now = corpus_time(answer, "now")};
    json_decref(answer);
    if (!status && since && !corpus_since(since, info->now, &start)) {
        cli_error("--since: 应为 30d、12h 或 RFC 3339 时间 (30d, 12h or a time of RFC 3339)");
        status = EX_USAGE;
    }
    for (bool more = !status; more && !status;) {
        struct buf path = BUF_INIT;
        answer = NULL;
        buf_add_text(&path, "/api/v1/corpus");
        client_add_query(&path, "since", since ? clock_format(start, from) : NULL);
        client_add_query(&path, "cursor", *cursor ? cursor : NULL);
        buf_add_char(&path, '\0');
        status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
        if (!status)
            status = read_page(answer, info, page, arg);
        struct str next = member_get(answer, "next_cursor");
        more = next.n && next.n < sizeof cursor;
        snprintf(cursor, sizeof cursor, "%.*s", STR_ARG(next));
        json_decref(answer);
        buf_free(&path);
    }
    return status;
}
