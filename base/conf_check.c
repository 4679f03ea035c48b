#define _GNU_SOURCE
#include "base/conf.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf_node.h"
#include "base/near.h"
#include "base/utf8.h"

static const struct {
    enum conf_form form;
    const char *zh, *en;
} forms[] = {
    {CONF_TEXT, "文本", "text"},
    {CONF_INT, "整数", "a whole number"},
    {CONF_NUMBER, "数", "a number"},
    {CONF_BOOL, "true 或 false", "true or false"},
    {CONF_DURATION, "时长如 30s、5m、48h、7d", "a duration such as 30s, 5m, 48h, 7d"},
    {CONF_SLUG, "小写字母、数字和连字符的标识", "an id of a-z, 0-9 and '-'"},
    {CONF_URL, "http:// 或 https:// 地址", "an http:// or https:// address"},
    {CONF_LIST, "列表", "a list"},
    {CONF_MAP, "键: 值", "a map"},
    {CONF_DATE, "日期 YYYY-MM-DD", "a date YYYY-MM-DD"},
};

static void add_forms(struct buf *b, const struct conf_key *k, bool english)
{
    const char *sep = "";

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!(k->forms & forms[i].form))
            continue;
        buf_addf(b, "%s%s", sep, english ? forms[i].en : forms[i].zh);
        sep = english ? " or " : "或";
    }
    for (size_t i = 0; (k->forms & CONF_CHOICE) && k->choices[i]; i++) {
        buf_addf(b, "%s%s", i ? (english ? ", " : "、") : *sep ? sep : english ? "one of " : "",
                 k->choices[i]);
    }
    if (k->min != 0 || k->max != 0) {
        const char *unit = k->forms & CONF_DURATION ? " ms" : "";
        buf_addf(b, english ? ", %.15g to %.15g%s" : "，%.15g 到 %.15g%s", k->min, k->max, unit);
    }
}

static void wrong_form(const struct conf_node *n, const struct conf_key *k, const char *name,
                       struct problems *problems)
{
    struct buf expect = BUF_INIT;

    if (k->expect) {
        buf_add_text(&expect, k->expect);
    } else {
        add_forms(&expect, k, false);
        buf_add_text(&expect, " (expected ");
        add_forms(&expect, k, true);
        buf_add_text(&expect, ")");
    }
    struct str shown = n->form == CONF_TEXT   ? n->text
                       : n->form == CONF_LIST ? STR("[…]")
                                              : STR("{…}");
    size_t cut = utf8_cut(shown, 60);
    conf_problem(problems, n, "%s: 值 “%.*s” 不对，应为 %.*s", name, (int)cut, shown.p,
                 STR_ARG(buf_str(&expect)));
    buf_free(&expect);
}

static bool in_bounds(const struct conf_key *k, double v)
{
    return (k->min == 0 && k->max == 0) || (v >= k->min && v <= k->max);
}

static bool is_slug(struct str s)
{
    if (!s.n || s.n > 64 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-'))
            return false;
    return true;
}

static bool is_url(struct str s)
{
    struct str rest = s;

    if (str_starts(s, STR("http://")))
        rest.p += 7, rest.n -= 7;
    else if (str_starts(s, STR("https://")))
        rest.p += 8, rest.n -= 8;
    else
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if ((unsigned char)rest.p[i] <= 0x20)
            return false;
    return rest.n && rest.p[0] != '/' && rest.p[0] != ':' && rest.p[0] != '?';
}

static bool read_duration(struct str s, int64_t *ms)
{
    static const struct {
        const char *unit;
        long long ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = 0;
    long long v;

    while (digits < s.n && isdigit((unsigned char)s.p[digits]))
        digits++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_is((struct str){s.p + digits, s.n - digits}, units[i].unit) &&
            !str_int((struct str){s.p, digits}, 0, INT64_C(3650) * 86400000 / units[i].ms, &v)) {
            *ms = v * units[i].ms;
            return true;
        }
    return false;
}

static bool read_date(struct str s, int64_t *days)
{
    int64_t ms;
    char whole[32];

    if (s.n != 10)
        return false;
    snprintf(whole, sizeof whole, "%.*sT00:00:00Z", STR_ARG(s));
    if (clock_parse(str_from(whole), &ms))
        return false;
    *days = ms / CLOCK_DAY;
    return true;
}

static bool check_scalar(struct conf_node *n, const struct conf_key *k)
{
    struct str s = n->text;
    long long v;

    if ((k->forms & CONF_BOOL) && !n->quoted && (str_is(s, "true") || str_is(s, "false"))) {
        n->number = str_is(s, "true");
        return n->valid = true;
    }
    if ((k->forms & CONF_INT) && !str_int(s, INT64_MIN, INT64_MAX, &v) && in_bounds(k, (double)v)) {
        n->number = v;
        n->decimal = (double)v;
        return n->valid = true;
    }
    if ((k->forms & CONF_NUMBER) && s.n) {
        char *end;
        n->decimal = strtod(s.p, &end);
        if (end == s.p + s.n && n->decimal == n->decimal && in_bounds(k, n->decimal))
            return n->valid = true;
    }
    if ((k->forms & CONF_DURATION) && read_duration(s, &n->number) &&
        in_bounds(k, (double)n->number))
        return n->valid = true;
    if ((k->forms & CONF_DATE) && read_date(s, &n->number))
        return n->valid = true;
    if ((k->forms & CONF_SLUG) && is_slug(s))
        return true;
    if ((k->forms & CONF_URL) && is_url(s))
        return true;
    for (size_t i = 0; (k->forms & CONF_CHOICE) && k->choices[i]; i++)
        if (str_is(s, k->choices[i]))
            return true;
    return (k->forms & CONF_TEXT) && str_trim(s).n && utf8_valid(s);
}

static void unknown_key(const struct conf_node *key, const struct conf_key *keys,
                        struct problems *problems)
{
    struct buf known = BUF_INIT;
    const char *near = NULL;

    for (const struct conf_key *k = keys; k->name; k++) {
        buf_addf(&known, "%s%s", k == keys ? "" : ", ", k->name);
        if (near_distance(key->text, str_from(k->name)) <= 2)
            near = k->name;
    }
    int cut = (int)utf8_cut(key->text, 60);
    if (near)
        conf_problem(problems, key, "未知的键 “%.*s”，是否想写 %s？ (unknown key; did you mean %s?)",
                     cut, key->text.p, near, near);
    else
        conf_problem(problems, key, "未知的键 “%.*s”，应为 %.*s 之一 (unknown key; expected one of these)",
                     cut, key->text.p ? key->text.p : "", STR_ARG(buf_str(&known)));
    buf_free(&known);
}

static void check(struct conf_node *n, const struct conf_key *k, const char *name,
                  struct problems *problems);

static void check_keys(struct conf_node *map, const struct conf_key *keys,
                       struct problems *problems)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct conf_key *k = keys;
        while (k->name && !str_is(map->keys[i].text, k->name))
            k++;
        if (k->name)
            check(&map->values[i], k, k->name, problems);
        else
            unknown_key(&map->keys[i], keys, problems);
    }
    for (const struct conf_key *k = keys; k->name; k++)
        if (k->required && !conf_get(map, k->name))
            conf_problem(problems, map, "缺少键 “%s” (missing required key \"%s\")", k->name, k->name);
}

static void check_map(struct conf_node *map, const struct conf_key *k, struct problems *problems)
{
    for (size_t i = 0; i < map->count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_eq(map->keys[i].text, map->keys[j].text)) {
                conf_problem(problems, &map->keys[i],
                             "键 “%.*s” 重复，已在第 %d 行 (duplicate key, first on line %d)",
                             STR_ARG(map->keys[i].text), map->keys[j].line, map->keys[j].line);
                break;
            }
    if (k->keys) {
        check_keys(map, k->keys, problems);
        return;
    }
    for (size_t i = 0; k->element && i < map->count; i++)
        check(&map->values[i], k->element, map->keys[i].text.p ? map->keys[i].text.p : "?",
              problems);
}

static void check(struct conf_node *n, const struct conf_key *k, const char *name,
                  struct problems *problems)
{
    bool fits = n->form == CONF_TEXT ? check_scalar(n, k) : (k->forms & n->form) != 0;

    if (!fits) {
        wrong_form(n, k, name, problems);
    } else if (n->form == CONF_MAP) {
        check_map(n, k, problems);
    } else if (n->form == CONF_LIST) {
        for (size_t i = 0; k->element && i < n->count; i++)
            check(&n->values[i], k->element, name, problems);
    }
}

void conf_check(struct conf_node *root, const struct conf_key *keys, struct problems *problems)
{
    const struct conf_key whole = {NULL, CONF_MAP, true, keys, NULL, NULL, 0, 0, NULL};

    check(root, &whole, "文件 file", problems);
}
