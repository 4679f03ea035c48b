#define _GNU_SOURCE
#include "base/conf.h"

#include <ctype.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"

enum { FILE_MAX = 16 * 1024 * 1024, DEPTH_MAX = 32 };

struct conf_node {
    const char *file;
    int line;
    enum conf_form form; /* CONF_TEXT, CONF_LIST or CONF_MAP */
    bool quoted;
    struct str text;
    size_t count;
    struct conf_node *values;
    struct conf_node *keys; /* CONF_MAP: as text nodes, with their lines */
    int64_t number;         /* what check_scalar() read for INT, DURATION, DATE, BOOL */
    double decimal;
    bool valid; /* number or decimal is set */
};

struct conf_doc {
    struct arena *arena;
    struct conf_node *root;
};


struct reader {
    yaml_document_t *yaml;
    struct arena *arena;
    const char *file;
    struct problems *problems;
};

static int read_node(struct reader *r, int id, int depth, struct conf_node *out);

static int read_children(struct reader *r, const yaml_node_t *y, int depth, struct conf_node *out)
{
    bool map = y->type == YAML_MAPPING_NODE;
    size_t n = map ? (size_t)(y->data.mapping.pairs.top - y->data.mapping.pairs.start)
                   : (size_t)(y->data.sequence.items.top - y->data.sequence.items.start);
    int err = 0;

    out->form = map ? CONF_MAP : CONF_LIST;
    out->count = n;
    out->values = arena_alloc(r->arena, n, sizeof *out->values);
    out->keys = map ? arena_alloc(r->arena, n, sizeof *out->keys) : NULL;
    if (n && (!out->values || (map && !out->keys)))
        return ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        if (!map) {
            err = read_node(r, y->data.sequence.items.start[i], depth, &out->values[i]);
            continue;
        }
        err = read_node(r, y->data.mapping.pairs.start[i].key, depth, &out->keys[i]);
        if (!err)
            err = read_node(r, y->data.mapping.pairs.start[i].value, depth, &out->values[i]);
    }
    return err;
}

static int read_node(struct reader *r, int id, int depth, struct conf_node *out)
{
    const yaml_node_t *y = yaml_document_get_node(r->yaml, id);

    out->file = r->file;
    out->line = (int)y->start_mark.line + 1;
    if (depth > DEPTH_MAX) {
        conf_problem(r->problems, out, "嵌套超过 %d 层 (nested deeper than %d)", DEPTH_MAX, DEPTH_MAX);
        return ERR_LIMIT;
    }
    if (y->type != YAML_SCALAR_NODE)
        return read_children(r, y, depth + 1, out);
    out->form = CONF_TEXT;
    out->quoted = y->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    out->text = arena_str(r->arena, (struct str){(const char *)y->data.scalar.value,
                                                 y->data.scalar.length});
    return out->text.p ? 0 : ERR_NOMEM;
}

/* libyaml expands an alias to the same node; ten lines of them can mean gigabytes of tree. */
static bool has_alias(const char *name, struct str text, struct problems *problems)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool found = false;

    if (!yaml_parser_initialize(&parser))
        return true;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    for (bool end = false; !end && !found && yaml_parser_parse(&parser, &event);) {
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_ALIAS_EVENT) {
            found = true;
            problems_add(problems, name, (int)event.start_mark.line + 1,
                         "不支持 YAML 别名 *name，请写全 (YAML aliases are not supported; "
                         "write the value out)");
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return found;
}

static int build(struct conf_doc *doc, const char *name, struct str text,
                 struct problems *problems)
{
    yaml_parser_t parser;
    yaml_document_t yaml;
    int err = ERR_SYNTAX;

    if (!yaml_parser_initialize(&parser))
        return ERR_NOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    if (!yaml_parser_load(&parser, &yaml)) {
        problems_add(problems, name, (int)parser.problem_mark.line + 1,
                     "YAML 语法错误: %s (YAML syntax error)",
                     parser.problem ? parser.problem : "?");
        goto no_document;
    }
    if (!yaml_document_get_root_node(&yaml)) {
        problems_add(problems, name, 1, "文件是空的，应为键: 值 (file is empty; expected a map)");
        goto done;
    }
    struct reader r = {&yaml, doc->arena, arena_str(doc->arena, str_from(name)).p, problems};
    doc->root = arena_alloc(doc->arena, 1, sizeof *doc->root);
    err = doc->root && r.file ? read_node(&r, 1, 0, doc->root) : ERR_NOMEM;
done:
    yaml_document_delete(&yaml);
no_document:
    yaml_parser_delete(&parser);
    return err;
}


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
    bool shown = n->form == CONF_TEXT;
    size_t cut = shown ? utf8_cut(n->text, 60) : 0;
    conf_problem(problems, n, "%s: 值 “%.*s” 不对，应为%.*s", name, shown ? (int)cut : 3,
                 shown ? n->text.p : n->form == CONF_LIST ? "[…" : "{…", STR_ARG(buf_str(&expect)));
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
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
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

/* Edit distance for "did you mean"; names are short. */
static size_t distance(struct str a, struct str b)
{
    size_t row[65];

    if (a.n > 64 || b.n > 64)
        return 99;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b.n];
}

static void unknown_key(const struct conf_node *key, const struct conf_key *keys,
                        struct problems *problems)
{
    struct buf known = BUF_INIT;
    const char *near = NULL;

    for (const struct conf_key *k = keys; k->name; k++) {
        buf_addf(&known, "%s%s", k == keys ? "" : ", ", k->name);
        if (distance(key->text, str_from(k->name)) <= 2)
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


struct conf_doc *conf_parse(const char *name, struct str text, const struct conf_key *keys,
                            struct problems *problems)
{
    const struct conf_key root = {NULL, CONF_MAP, true, keys, NULL, NULL, 0, 0, NULL};
    struct conf_doc *doc = calloc(1, sizeof *doc);
    int err = ERR_NOMEM;

    if (!doc || !(doc->arena = arena_new()))
        goto fail;
    if (!utf8_valid(text)) {
        problems_add(problems, name, 0, "不是 UTF-8 文本 (not UTF-8 text)");
        err = ERR_SYNTAX;
        goto fail;
    }
    if (has_alias(name, text, problems)) {
        err = ERR_UNSUPPORTED;
        goto fail;
    }
    err = build(doc, name, text, problems);
    if (err)
        goto fail;
    check(doc->root, &root, "文件 file", problems);
    return doc;
fail:
    if (err == ERR_NOMEM)
        problems_add(problems, name, 0, "%s", err_text(err));
    conf_free(doc);
    return NULL;
}

struct conf_doc *conf_load(const char *path, const struct conf_key *keys, struct problems *problems)
{
    struct buf text = BUF_INIT;
    struct conf_doc *doc = NULL;
    int err = file_read(path, FILE_MAX, &text);

    if (err)
        problems_add(problems, path, 0, "读不了文件: %s (cannot read file)", err_text(err));
    else
        doc = conf_parse(path, buf_str(&text), keys, problems);
    buf_free(&text);
    return doc;
}

void conf_free(struct conf_doc *doc)
{
    if (!doc)
        return;
    arena_free(doc->arena);
    free(doc);
}

const struct conf_node *conf_root(const struct conf_doc *doc)
{
    return doc ? doc->root : NULL;
}

const struct conf_node *conf_get(const struct conf_node *map, const char *key)
{
    if (!conf_is(map, CONF_MAP))
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (str_is(map->keys[i].text, key))
            return &map->values[i];
    return NULL;
}

bool conf_is(const struct conf_node *node, enum conf_form form)
{
    return node && node->form == form;
}

struct str conf_text(const struct conf_node *node)
{
    return conf_is(node, CONF_TEXT) ? node->text : STR_NONE;
}

int64_t conf_int(const struct conf_node *node, int64_t absent)
{
    return node && node->valid ? node->number : absent;
}

double conf_number(const struct conf_node *node, double absent)
{
    return node && node->valid ? node->decimal : absent;
}

bool conf_bool(const struct conf_node *node, bool absent)
{
    return node && node->valid ? node->number != 0 : absent;
}

size_t conf_count(const struct conf_node *node)
{
    return node ? node->count : 0;
}

const struct conf_node *conf_at(const struct conf_node *node, size_t i)
{
    return i < conf_count(node) ? &node->values[i] : NULL;
}

struct str conf_key_at(const struct conf_node *map, size_t i)
{
    return conf_is(map, CONF_MAP) && i < map->count ? map->keys[i].text : STR_NONE;
}

const char *conf_file(const struct conf_node *node)
{
    return node ? node->file : "";
}

int conf_line(const struct conf_node *node)
{
    return node ? node->line : 0;
}
