/* One entry under `sources:`, or one source file: its schema, and how it is read. */
#include "feeds/source/source_parts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/fetch/address.h"
#include "feeds/source/preset.h"
#include "feeds/source/spec.h"

enum { ZONE_EARLIEST = -12 * 60, ZONE_LATEST = 14 * 60, ZONE_CHINA = 8 * 60, PAGES = 20 };
/* ms */
enum { INTERVAL = 600000, INTERVAL_LEAST = 300000, INTERVAL_MOST = 86400000 };

static const char *const kinds[] = {
    [SOURCE_NEWS] = "news", [SOURCE_BOARD] = "board", [SOURCE_OFFICIAL] = "official", NULL};

#define INTERVAL_KEY(key)                                                                          \
    {                                                                                              \
        .name = (key), .forms = CONF_DURATION, .min = 10000, .max = 604800000,                     \
        .expect = "10s 到 7d 的时长，如 10m (a duration of 10s to 7d, such as 10m)"                \
    }

static const struct conf_key header = {.forms = CONF_TEXT};

const struct conf_key source_keys[] = {
    {.name = "id", .forms = CONF_SLUG, .required = true},
    {.name = "name", .forms = CONF_TEXT, .required = true},
    {.name = "url", .forms = CONF_URL, .required = true},
    {.name = "kind", .forms = CONF_CHOICE, .required = true, .choices = kinds},
    INTERVAL_KEY("interval"),
    INTERVAL_KEY("interval_least"),
    INTERVAL_KEY("interval_most"),
    {.name = "since",
     .forms = CONF_DURATION,
     .max = 31536000000,
     .expect = "365d 以内的时长，如 48h (a duration up to 365d, such as 48h)"},
    {.name = "zone",
     .forms = CONF_TEXT,
     .expect = "时区，如 +08:00，或分钟数 480 (a zone such as +08:00, or minutes such as 480)"},
    {.name = "region",
     .forms = CONF_TEXT,
     .expect = "6、9 或 12 位区划代码 (a division code of 6, 9 or 12 digits)"},
    {.name = "category", .forms = CONF_TEXT},
    {.name = "full_text", .forms = CONF_BOOL},
    {.name = "preset", .forms = CONF_SLUG},
    {.name = "select", .forms = CONF_MAP, .keys = spec_select_keys},
    {.name = "detail", .forms = CONF_MAP, .keys = spec_detail_keys},
    {.name = "pages",
     .forms = CONF_INT,
     .max = PAGES,
     .expect = "0 到 20 的整数 (a whole number of 0 to 20)"},
    {.name = "headers", .forms = CONF_MAP, .element = &header},
    {.name = "proxy", .forms = CONF_TEXT},
    {0},
};

const char *source_kind_name(enum source_kind kind)
{
    return kinds[kind];
}

bool source_kind_find(struct str name, enum source_kind *out)
{
    for (size_t i = 0; kinds[i]; i++)
        if (str_is(name, kinds[i])) {
            *out = (enum source_kind)i;
            return true;
        }
    return false;
}

const struct board_spec *source_board(const struct source *s)
{
    return s->extras && s->extras->board.item.n ? &s->extras->board : NULL;
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* "+08:00", "-03:30", "Z", or minutes. */
static bool parse_zone(struct str text, int *minutes)
{
    struct str s = str_trim(text);
    long long hour, minute, all;

    if (str_is(s, "Z"))
        return *minutes = 0, true;
    if (s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && s.p[3] == ':' &&
        all_digits((struct str){s.p + 1, 2}) && all_digits((struct str){s.p + 4, 2})) {
        if (str_int((struct str){s.p + 1, 2}, 0, 14, &hour) ||
            str_int((struct str){s.p + 4, 2}, 0, 59, &minute))
            return false;
        all = (hour * 60 + minute) * (s.p[0] == '-' ? -1 : 1);
    } else if (str_int(s, ZONE_EARLIEST, ZONE_LATEST, &all)) {
        return false;
    }
    *minutes = (int)all;
    return all >= ZONE_EARLIEST && all <= ZONE_LATEST;
}

static void load_zone(const struct conf_node *node, struct source *s, struct problems *problems)
{
    int minutes = ZONE_CHINA;

    if (conf_text(node).n && !parse_zone(conf_text(node), &minutes))
        conf_problem(problems, node,
                     "zone: “%.*s” 不是时区，应如 +08:00 或分钟数 480 "
                     "(not a zone; expected +08:00, or minutes such as 480)",
                     STR_ARG(conf_text(node)));
    s->zone_minutes = (int16_t)minutes;
}

static int load_region(const struct conf_node *node, struct source *s, struct problems *problems)
{
    struct str code = conf_text(node);

    if (!code.n)
        return 0;
    if (!all_digits(code) || (code.n != 6 && code.n != 9 && code.n != 12))
        conf_problem(problems, node,
                     "region: “%.*s” 不是区划代码，应为 6、9 或 12 位数字 "
                     "(not a division code; expected 6, 9 or 12 digits)",
                     STR_ARG(code));
    s->region = strndup(code.p, code.n);
    return s->region ? 0 : ERR_NOMEM;
}

static int load_url(const struct conf_node *node, struct source *s, struct problems *problems)
{
    struct str url = conf_text(node);
    struct address parsed = {0};
    const char *refusal;

    s->url = strndup(url.p ? url.p : "", url.n);
    if (!s->url)
        return ERR_NOMEM;
    if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
        return 0; /* the schema has said so */
    if ((refusal = source_refusal(url))) {
        conf_problem(problems, node, "url: %s", refusal);
        return 0;
    }
    int err = address_parse(s->url, &parsed);
    if (err == ERR_NOMEM)
        return err;
    if (err)
        conf_problem(problems, node, "url: 地址不对，应如 https://例.中国/rss.xml "
                                     "(not an address; expected https://host/path)");
    address_clear(&parsed);
    return 0;
}

static enum source_kind kind_of(const struct conf_node *node)
{
    for (int i = 0; kinds[i]; i++)
        if (str_is(conf_text(node), kinds[i]))
            return (enum source_kind)i;
    return SOURCE_NEWS;
}

/* An interval alone is kept to; else it follows the publishing rate between the bounds. */
static void load_interval(const struct conf_node *map, struct source *s, struct problems *problems)
{
    const struct conf_node *least = conf_get(map, "interval_least"),
                           *most = conf_get(map, "interval_most"),
                           *fixed = conf_get(map, "interval");

    s->interval = conf_int(fixed, INTERVAL);
    s->least = conf_int(least, s->interval < INTERVAL_LEAST ? s->interval : INTERVAL_LEAST);
    s->most = conf_int(most, s->interval > INTERVAL_MOST ? s->interval : INTERVAL_MOST);
    if (fixed && !least && !most)
        s->least = s->most = s->interval;
    if (least && most && s->least > s->most) {
        conf_problem(problems, least, "interval_least 大于 interval_most (is above interval_most)");
    } else if (fixed && (s->interval < s->least || s->interval > s->most)) {
        conf_problem(problems, fixed,
                     "interval 不在 interval_least 和 interval_most 之间 "
                     "(is not between interval_least and interval_most)");
    } else {
        /* A bound beyond the other's default moves it, and the start with it. */
        s->least = !least && s->least > s->most ? s->most : s->least;
        s->most = !most && s->most < s->least ? s->least : s->most;
        s->interval = s->interval < s->least ? s->least : s->interval;
        s->interval = s->interval > s->most ? s->most : s->interval;
    }
}

/* The selectors: the preset's, and over them the source's own. */
static int load_spec(const struct conf_node *map, struct source *s, struct problems *problems)
{
    const struct conf_node *preset = conf_get(map, "preset"), *select = conf_get(map, "select"),
                           *pages = conf_get(map, "pages");
    struct board_spec *spec = &s->extras->board;
    size_t before = problems_count(problems);
    int err = preset ? preset_load(preset, spec, problems) : 0;

    if (!err)
        err = spec_load(select, conf_get(map, "detail"), spec, problems);
    s->extras->pages = (int)conf_int(pages, 0);
    if (err || problems_count(problems) > before)
        return err;
    if (select && !spec->item.n)
        conf_problem(problems, select, "select 缺少 item (select needs item)");
    else if (select && !spec->title.n)
        conf_problem(problems, select, "select 缺少 title (select needs title)");
    if (s->extras->pages && !spec->next.n)
        conf_problem(problems, pages, "pages 要有 select.next，即下一页的选择器 "
                                      "(pages needs select.next, where the next page is)");
    return 0;
}

static int load_extras(const struct conf_node *map, struct source *s, struct problems *problems)
{
    static const char *const names[] = {"preset", "select", "detail", "pages", "headers", "proxy"};
    bool any = false;
    int err;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        any |= conf_get(map, names[i]) != NULL;
    if (!any)
        return 0;
    s->extras = calloc(1, sizeof *s->extras);
    if (!s->extras || (err = load_spec(map, s, problems)) ||
        (err = source_parts_headers(conf_get(map, "headers"), s->extras, problems)))
        return ERR_NOMEM;
    return source_parts_proxy(conf_get(map, "proxy"), s->extras, problems);
}

static char *copy_text(const struct conf_node *node)
{
    struct str text = conf_text(node);

    return strndup(text.p ? text.p : "", text.n);
}

int source_parts_read(const struct conf_node *map, struct source *s, struct problems *problems)
{
    const struct conf_node *category = conf_get(map, "category");
    int err;

    s->id = copy_text(conf_get(map, "id"));
    s->name = copy_text(conf_get(map, "name"));
    s->category = category ? copy_text(category) : NULL;
    s->kind = (uint8_t)kind_of(conf_get(map, "kind"));
    s->since = conf_int(conf_get(map, "since"), 2 * CLOCK_DAY);
    s->full_text = conf_bool(conf_get(map, "full_text"), false);
    load_interval(map, s, problems);
    load_zone(conf_get(map, "zone"), s, problems);
    if (s->kind == SOURCE_BOARD && !conf_get(map, "select") && !conf_get(map, "preset"))
        conf_problem(problems, map,
                     "kind 为 board 时要有 preset，或有 item 和 title 的 select "
                     "(a board needs preset, or select with item and title)");
    if (!s->id || !s->name || (category && !s->category) ||
        (err = load_url(conf_get(map, "url"), s, problems)) ||
        (err = load_region(conf_get(map, "region"), s, problems)))
        return ERR_NOMEM;
    return load_extras(map, s, problems);
}

static void free_extras(struct source_extras *x)
{
    if (!x)
        return;
    spec_clear(&x->board);
    for (size_t i = 0; x->headers && x->headers[i]; i++)
        free(x->headers[i]);
    free(x->headers);
    free(x->proxy);
    free(x);
}

void source_parts_clear(struct source *s)
{
    free_extras(s->extras);
    free(s->id);
    free(s->name);
    free(s->url);
    free(s->region);
    free(s->category);
    *s = (struct source){0};
}
