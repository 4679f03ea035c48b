#define _GNU_SOURCE
#include "base/conf.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/conf_node.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"

enum { FILE_MAX = 16 * 1024 * 1024, DEPTH_MAX = 32 };

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
    out->column = (int)y->start_mark.column + 1;
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
            problems_add_at(problems, name, (int)event.start_mark.line + 1,
                            (int)event.start_mark.column + 1,
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
        problems_add_at(problems, name, (int)parser.problem_mark.line + 1,
                        (int)parser.problem_mark.column + 1,
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


struct conf_doc *conf_parse(const char *name, struct str text, const struct conf_key *keys,
                            struct problems *problems)
{
    struct conf_doc *doc = calloc(1, sizeof *doc);
    int err = ERR_NOMEM;

    if (!doc || !(doc->arena = arena_new()))
        goto fail;
    if (!utf8_valid(text)) {
        problems_add(problems, name, utf8_bad_line(text),
                     "不是 UTF-8 文本，请另存为 UTF-8 (not UTF-8 text: save it as such)");
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
    conf_check(doc->root, keys, problems);
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

char *conf_copy(const struct conf_node *node, const char *absent)
{
    struct str s = conf_text(node);

    return strdup(s.n ? s.p : absent);
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

int conf_column(const struct conf_node *node)
{
    return node ? node->column : 0;
}

int conf_line(const struct conf_node *node)
{
    return node ? node->line : 0;
}
