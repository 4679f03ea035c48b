/* items search: which items hold these words, with the words marked on a terminal; items latest:
 * the same without words. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/filters.h"
#include "daemon/cli/human.h"

enum { LIMIT_DEFAULT = 20, LIMIT_MOST = 10000, PAGE = 100 };

struct paint { /* empty where colours are not wanted */
    const char *hit, *title, *off;
};

static struct paint choose_paint(void)
{
    const char *no = getenv("NO_COLOR");

    if ((no && *no) || !isatty(STDOUT_FILENO))
        return (struct paint){"", "", ""};
    return (struct paint){"\033[1;31m", "\033[1m", "\033[0m"};
}

/* Text with its hits marked, on one line. Hits that begin within the one before are passed over. */
static void add_marked(struct buf *out, const struct paint *paint, const char *base,
                       const json_t *text, const json_t *hits)
{
    const char *p = json_string_value(text);
    size_t n = json_string_length(text), at = 0, i, from = out->len;
    const json_t *hit;

    buf_add_text(out, base);
    json_array_foreach(hits, i, hit) {
        size_t start = (size_t)json_integer_value(json_array_get(hit, 0));
        size_t end = (size_t)json_integer_value(json_array_get(hit, 1));
        if (start < at || end < start || end > n)
            continue;
        buf_add(out, p + at, start - at);
        buf_add_text(out, paint->hit);
        buf_add(out, p + start, end - start);
        buf_add_text(out, paint->off);
        buf_add_text(out, base);
        at = end;
    }
    if (n)
        buf_add(out, p + at, n - at);
    buf_add_text(out, paint->off);
    for (size_t k = from; k < out->len; k++)
        if (out->data[k] == '\n' || out->data[k] == '\t')
            out->data[k] = ' ';
}

static void print_item(const struct paint *paint, const json_t *item)
{
    struct buf out = BUF_INIT;
    const json_t *excerpt = json_object_get(item, "excerpt");

    buf_add_text(&out, human_text(item, "id", NULL));
    buf_add_text(&out, "  ");
    human_time(&out, human_text(item, "found", NULL));
    buf_addf(&out, "  %s\n  ", human_text(item, "source", "name", NULL));
    add_marked(&out, paint, paint->title, json_object_get(item, "title"),
               json_object_get(item, "title_hits"));
    buf_add_char(&out, '\n');
    if (json_string_length(excerpt)) {
        buf_add_text(&out, "  ");
        add_marked(&out, paint, "", excerpt, json_object_get(item, "excerpt_hits"));
        buf_add_char(&out, '\n');
    }
    cli_print(buf_str(&out));
    buf_free(&out);
}

static void add_words(struct buf *out, const struct cli_args *args)
{
    for (int i = 0; i < args->count; i++) {
        if (i)
            buf_add_char(out, ' ');
        buf_add_text(out, args->rest[i]);
    }
    buf_add_char(out, '\0');
}

/* One page onto *items; *cursor is the next one's, or empty. */
static int get_page(struct client *c, const struct cli_args *args, const struct buf *words,
                    long long limit, json_t *items, struct buf *cursor, json_int_t *behind)
{
    struct buf path = BUF_INIT;
    json_t *answer = NULL;

    static const char *const filters[] = {"topic", "source", "region", "since", "until"};

    buf_addf(&path, "/api/v1/items?limit=%lld", limit < PAGE ? limit : PAGE);
    client_add_query(&path, "q", words->len ? words->data : NULL);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        client_add_query(&path, filters[i], cli_value(args, filters[i]));
    client_add_query(&path, "cursor", cursor->len ? cursor->data : NULL);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
    const char *next = json_string_value(json_object_get(answer, "next_cursor"));
    buf_reset(cursor);
    if (next)
        buf_add(cursor, next, strlen(next) + 1);
    json_array_extend(items, json_object_get(answer, "items"));
    *behind = json_integer_value(json_object_get(answer, "behind"));
    json_decref(answer);
    buf_free(&path);
    return status;
}

static void show(const struct cli_args *args, const json_t *items, json_int_t behind)
{
    struct paint paint = choose_paint();
    const json_t *item;
    size_t i;

    if (cli_value(args, "json")) {
        cli_json(items);
        return;
    }
    json_array_foreach(items, i, item)
        print_item(&paint, item);
    if (!json_array_size(items))
        cli_printf("没有找到 (nothing found)\n");
    if (behind)
        cli_printf("还有 %lld 条未编入索引 (items not indexed yet)\n", (long long)behind);
}

/* `words` ended by a NUL, or empty: none. */
static int list(const struct cli_args *args, const struct buf *words)
{
    const char *asked = cli_value(args, "limit");
    long long limit = LIMIT_DEFAULT;
    struct buf cursor = BUF_INIT;
    json_int_t behind = 0;

    if (asked && str_int(str_from(asked), 1, LIMIT_MOST, &limit)) {
        cli_error("--limit: 应为 1 到 10000 (expected 1 to 10000)");
        return EX_USAGE;
    }
    struct client *c = client_open();
    json_t *items = json_array();
    int status = c ? 0 : EX_UNAVAILABLE;
    do {
        if (!status)
            status = get_page(c, args, words, limit - (long long)json_array_size(items), items,
                              &cursor, &behind);
    } while (!status && cursor.len && (long long)json_array_size(items) < limit);
    if (!status && !json_array_size(items))
        status = filters_known(c, args);
    if (!status)
        show(args, items, behind);
    json_decref(items);
    buf_free(&cursor);
    client_close(c);
    return status;
}

int commands_items_search(const struct cli_args *args)
{
    struct buf words = BUF_INIT;

    add_words(&words, args);
    int status = buf_ok(&words) ? list(args, &words) : EX_OSERR;
    buf_free(&words);
    return status;
}

int commands_items_latest(const struct cli_args *args)
{
    struct buf none = BUF_INIT;

    return list(args, &none);
}
