#include "feeds/source.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/address.h"
#include "feeds/selector.h"

enum { ZONE_EARLIEST = -12 * 60, ZONE_LATEST = 14 * 60, ZONE_CHINA = 8 * 60 };

static const char *const kinds[] = {
    [SOURCE_NEWS] = "news", [SOURCE_BOARD] = "board", [SOURCE_OFFICIAL] = "official", NULL};

#define SELECTOR(key, need)                                                                        \
    {                                                                                              \
        .name = (key), .forms = CONF_TEXT, .required = (need),                                     \
        .expect = "选择器，如 div.post > a@href (a selector such as div.post > a@href)"            \
    }

static const struct conf_key select_keys[] = {
    SELECTOR("item", true),        SELECTOR("title", true),      SELECTOR("link", false),
    SELECTOR("time", false),       SELECTOR("text", false),      SELECTOR("reply", false),
    SELECTOR("reply_time", false), SELECTOR("reply_unit", false), SELECTOR("next", false), {0},
};

const struct conf_key source_keys[] = {
    {.name = "id", .forms = CONF_SLUG, .required = true},
    {.name = "name", .forms = CONF_TEXT, .required = true},
    {.name = "url", .forms = CONF_URL, .required = true},
    {.name = "kind", .forms = CONF_CHOICE, .required = true, .choices = kinds},
    {.name = "interval",
     .forms = CONF_DURATION,
     .min = 10000,
     .max = 604800000,
     .expect = "10s 到 7d 的时长，如 10m (a duration of 10s to 7d, such as 10m)"},
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
    {.name = "select", .forms = CONF_MAP, .keys = select_keys},
    {0},
};

const char *source_kind_name(enum source_kind kind)
{
    return kinds[kind];
}

/* Where each selector of the map goes. */
static const struct {
    const char *key;
    size_t offset;
} selectors[] = {
    {"item", offsetof(struct board_spec, item)},
    {"title", offsetof(struct board_spec, title)},
    {"link", offsetof(struct board_spec, link)},
    {"time", offsetof(struct board_spec, time)},
    {"text", offsetof(struct board_spec, text)},
    {"reply", offsetof(struct board_spec, reply)},
    {"reply_time", offsetof(struct board_spec, reply_time)},
    {"reply_unit", offsetof(struct board_spec, reply_unit)},
    {"next", offsetof(struct board_spec, next)},
};

static struct str *selector_of(struct board_spec *spec, size_t i)
{
    return (struct str *)((char *)spec + selectors[i].offset);
}

const struct board_spec *source_board(const struct source *s)
{
    return s->extras && s->extras->board.item.n ? &s->extras->board : NULL;
}

static void free_extras(struct source_extras *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
        free((char *)selector_of(&x->board, i)->p);
    for (size_t i = 0; x->headers && x->headers[i]; i++)
        free(x->headers[i]);
    free(x->headers);
    free(x->proxy);
    free(x);
}

void source_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct source *s = &sources->list[i];
        free_extras(s->extras);
        free(s->id);
        free(s->name);
        free(s->url);
        free(s->region);
        free(s->category);
    }
    free(sources->list);
    *sources = (struct sources){0};
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

static int load_select(const struct conf_node *map, struct source *s, struct problems *problems)
{
    if (map && !s->extras && !(s->extras = calloc(1, sizeof *s->extras)))
        return ERR_NOMEM;
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        const struct conf_node *node = conf_get(map, selectors[i].key);
        struct str text = conf_text(node);
        const char *problem = NULL;
        if (!text.n)
            continue;
        if (selector_check(text, &problem))
            conf_problem(problems, node, "select.%s: 选择器 “%.*s” 不对：%s (not a selector)",
                         selectors[i].key, STR_ARG(text), problem ? problem : "?");
        char *copy = strndup(text.p, text.n);
        if (!copy)
            return ERR_NOMEM;
        *selector_of(&s->extras->board, i) = (struct str){copy, text.n};
    }
    return 0;
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

static int load_one(const struct conf_node *map, struct source *s, struct problems *problems)
{
    struct str id = conf_text(conf_get(map, "id")), name = conf_text(conf_get(map, "name"));
    const struct conf_node *select = conf_get(map, "select");
    int err;

    s->id = strndup(id.p ? id.p : "", id.n);
    s->name = strndup(name.p ? name.p : "", name.n);
    s->kind = (uint8_t)kind_of(conf_get(map, "kind"));
    s->interval = s->least = s->most = conf_int(conf_get(map, "interval"), 10 * 60 * 1000);
    s->since = conf_int(conf_get(map, "since"), 2 * CLOCK_DAY);
    load_zone(conf_get(map, "zone"), s, problems);
    if (s->kind == SOURCE_BOARD && !select)
        conf_problem(problems, map,
                     "kind 为 board 时要有 select，其中有 item 和 title "
                     "(a board needs select with item and title)");
    if (!s->id || !s->name || (err = load_url(conf_get(map, "url"), s, problems)) ||
        (err = load_region(conf_get(map, "region"), s, problems)))
        return ERR_NOMEM;
    return load_select(select, s, problems);
}

/* For finding equals by sorting: thousands of sources are usual. */
struct labelled {
    char *label;
    const struct conf_node *node;
};

static int by_label(const void *a, const void *b)
{
    const struct labelled *x = a, *y = b;
    int order = strcmp(x->label, y->label);

    return order ? order : conf_line(x->node) - conf_line(y->node);
}

static char *label_of(const struct conf_node *node, bool url)
{
    struct address a;
    char *label;

    if (!url || address_parse(conf_text(node).p, &a))
        return strdup(conf_text(node).p);
    label = a.url;
    a.url = NULL;
    address_clear(&a);
    return label;
}

static int check_duplicates(const struct conf_node *list, const char *key,
                            struct problems *problems)
{
    size_t n = 0;
    struct labelled *all = calloc(conf_count(list) + 1, sizeof *all);
    int err = all ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < conf_count(list) && !err; i++) {
        const struct conf_node *node = conf_get(conf_at(list, i), key);
        if (!conf_text(node).n)
            continue;
        all[n].node = node;
        all[n].label = label_of(node, strcmp(key, "url") == 0);
        err = all[n++].label ? 0 : ERR_NOMEM;
    }
    if (!err)
        qsort(all, n, sizeof *all, by_label);
    for (size_t i = 1, first = 0; i < n && !err; i++) {
        if (strcmp(all[i].label, all[first].label) != 0)
            first = i;
        else
            conf_problem(problems, all[i].node,
                         "%s “%.*s” 重复，已在第 %d 行 (duplicate %s, first on line %d)", key,
                         STR_ARG(conf_text(all[i].node)), conf_line(all[first].node), key,
                         conf_line(all[first].node));
    }
    while (all && n)
        free(all[--n].label);
    free(all);
    return err;
}

int source_load(const struct conf_node *list, struct sources *out, struct problems *problems)
{
    size_t n = conf_is(list, CONF_LIST) ? conf_count(list) : 0;
    size_t before = problems_count(problems);
    int err = 0;

    *out = (struct sources){0};
    out->list = calloc(n ? n : 1, sizeof *out->list);
    if (!out->list)
        return ERR_NOMEM;
    while (out->count < n && !err) {
        out->count++;
        err = load_one(conf_at(list, out->count - 1), &out->list[out->count - 1], problems);
    }
    if (!err)
        err = check_duplicates(list, "id", problems);
    if (!err)
        err = check_duplicates(list, "url", problems);
    if (!err && problems_count(problems) > before)
        err = ERR_SYNTAX;
    if (err)
        source_free(out);
    return err;
}
