#include "daemon/cli/try_show.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"

enum { NARROW = 60, WIDE = 200, USUAL = 100, LINES_MAX = 14 };

/* The members of an item, in the order shown. */
static const struct {
    const char *member, *part, *label;
} fields[] = {
    {"title", "title", "标题"},          {"url", "link", "链接"},
    {"date_published", "time", "时间"},  {"text", "text", "正文"},
    {"reply", "reply", "答复"},          {"reply_unit", "reply_unit", "单位"},
    {"reply_time", "reply_time", "答时"},
};

enum { FIELDS = sizeof fields / sizeof *fields };

static int columns(void)
{
    struct winsize size;
    const char *given = getenv("COLUMNS");
    long long n = USUAL;

    if (given && str_int(str_from(given), NARROW, WIDE, &n) == 0)
        return (int)n;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= NARROW)
        return size.ws_col < WIDE ? size.ws_col : WIDE;
    return USUAL;
}

/* Cut the next line of at most `width` columns off the text. */
static struct str next_line(struct str *text, int width)
{
    size_t end = 0;
    int used = 0;

    while (end < text->n && text->p[end] != '\n') {
        size_t next = end;
        utf8_next(*text, &next);
        used += utf8_width((struct str){text->p + end, next - end});
        if (used > width)
            break;
        end = next;
    }
    struct str line = {text->p, end};
    end += end < text->n && text->p[end] == '\n';
    *text = (struct str){text->p + end, text->n - end};
    return line;
}

static void print_beside(struct str left, struct str right, int width)
{
    struct buf line = BUF_INIT;

    for (int i = 0; (left.n || right.n) && i < LINES_MAX; i++) {
        bool last = i == LINES_MAX - 1;
        struct str l = next_line(&left, width), r = next_line(&right, width);
        buf_reset(&line);
        cli_pad(&line, last && left.n ? STR("…") : l, width);
        buf_add_text(&line, " │ ");
        buf_add_str(&line, last && right.n ? STR("…") : r);
        buf_add_char(&line, '\n');
        cli_print(buf_str(&line));
    }
    buf_free(&line);
}

static bool listed(const json_t *names, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(names, i, one)
        if (strcmp(json_string_value(one), name) == 0)
            return true;
    return false;
}

static void print_item(const json_t *item, size_t number, int width)
{
    struct buf right = BUF_INIT;

    for (size_t i = 0; i < FIELDS; i++) {
        const char *value = human_text(item, fields[i].member, NULL);
        if (*value)
            buf_addf(&right, "%s %s\n", fields[i].label, value);
        else if (listed(json_object_get(item, "undated"), fields[i].part))
            buf_addf(&right, "%s ？日期读不出 (no date that can be read)\n", fields[i].label);
        else if (listed(json_object_get(item, "missing"), fields[i].part))
            buf_addf(&right, "%s －\n", fields[i].label);
    }
    if (!json_is_true(json_object_get(item, "kept")))
        buf_add_text(&right, "不收：没有标题和正文 (left out: neither title nor text)\n");
    cli_printf("── %zu · 第 %lld 行 (line %lld)\n", number,
               (long long)json_integer_value(json_object_get(item, "line")),
               (long long)json_integer_value(json_object_get(item, "line")));
    print_beside(str_from(human_text(item, "shown", NULL)), buf_str(&right), width);
    buf_free(&right);
}

/* How often a selector found nothing, or no date. */
static void print_warnings(const json_t *items, bool detail)
{
    const char *map = detail ? "detail" : "select";
    size_t n = json_array_size(items), i;
    const json_t *item;

    for (size_t f = 0; f < FIELDS && n; f++) {
        size_t missing = 0, undated = 0;
        json_array_foreach(items, i, item) {
            missing += listed(json_object_get(item, "missing"), fields[f].part);
            undated += listed(json_object_get(item, "undated"), fields[f].part);
        }
        bool reply = strncmp(fields[f].part, "reply", 5) == 0;
        if (missing == n)
            cli_printf("注意：%s.%s 什么也没有找到 (matches nothing)\n", map, fields[f].part);
        else if (missing && !reply)
            cli_printf("注意：%s.%s 在 %zu/%zu 条里没有找到 (matches nothing in %zu of %zu)\n", map,
                       fields[f].part, missing, n, missing, n);
        if (undated)
            cli_printf("注意：%s.%s 有 %zu 条日期读不出 (%zu without a date that can be read)\n", map,
                       fields[f].part, undated, undated);
    }
}

void try_show(const json_t *found, bool detail)
{
    const json_t *items = json_object_get(found, "items"),
                 *problems = json_object_get(found, "problems"), *one;
    int width = (columns() - 3) / 2;
    size_t i;

    cli_printf("%s：%s，%s，%zu 条 (%s, %zu items)\n", detail ? "内容页" : "列表页",
               human_text(found, "format", NULL), human_text(found, "encoding", NULL),
               json_array_size(items), detail ? "item page" : "list page", json_array_size(items));
    json_array_foreach(items, i, one)
        print_item(one, i + 1, width);
    if (*human_text(found, "next", NULL))
        cli_printf("下一页 (next page)：%s\n", human_text(found, "next", NULL));
    print_warnings(items, detail);
    if (json_is_true(json_object_get(found, "few_authors")))
        cli_printf("注意：帖子都出自一两个人，不是公共版块，会被隔离 "
                   "(all by one or two people: no public board, it would be quarantined)\n");
    json_array_foreach(problems, i, one)
        cli_printf("注意：第 %lld 行：%s\n",
                   (long long)json_integer_value(json_object_get(one, "line")),
                   human_text(one, "text", NULL));
}

size_t try_show_kept(const json_t *found)
{
    const json_t *item;
    size_t i, kept = 0;

    json_array_foreach(json_object_get(found, "items"), i, item)
        kept += json_is_true(json_object_get(item, "kept"));
    return kept;
}
