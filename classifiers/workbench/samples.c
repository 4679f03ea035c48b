#include "classifiers/workbench/samples.h"

#include <stdlib.h>

#include <jansson.h>
#include <xxhash.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/member.h"
#include "base/utf8.h"
#include "classifiers/mask/mask.h"
#include "classifiers/verdict.h"

struct samples *samples_new(void)
{
    struct samples *s = calloc(1, sizeof *s);

    if (s && !(s->arena = arena_new())) {
        free(s);
        s = NULL;
    }
    return s;
}

void samples_free(struct samples *s)
{
    if (!s)
        return;
    arena_free(s->arena);
    free(s->list);
    free(s);
}

int samples_label(struct samples *s, struct str name)
{
    for (size_t i = 0; i < s->nlabels; i++)
        if (str_eq(s->labels[i], name))
            return (int)i;
    if (s->nlabels == SAMPLES_LABELS_MAX)
        return ERR_LIMIT;
    struct str copy = arena_str(s->arena, name);
    if (!copy.p)
        return ERR_NOMEM;
    s->labels[s->nlabels] = copy;
    return (int)s->nlabels++;
}

static struct str copy_masked(struct samples *s, struct str text, size_t most)
{
    size_t n = utf8_cut(text, most);
    char *copy = arena_alloc(s->arena, n + 1, 1);

    if (!copy)
        return STR_NONE;
    if (n)
        memcpy(copy, text.p, n);
    mask_text(copy, n);
    return (struct str){copy, n};
}

int samples_add(struct samples *s, struct str id, struct str title, struct str text,
                struct str source, uint64_t labels, const struct sample_about *about)
{
    if (s->n == SAMPLES_MAX)
        return ERR_LIMIT;
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 256;
        struct sample *more = realloc(s->list, cap * sizeof *more);
        if (!more)
            return ERR_NOMEM;
        s->list = more;
        s->cap = cap;
    }
    struct sample new = {.id = copy_masked(s, id, VERDICT_TITLE_MAX),
                         .title = copy_masked(s, title, VERDICT_TITLE_MAX),
                         .text = copy_masked(s, text, VERDICT_TEXT_MAX),
                         .source = source.n ? XXH3_64bits(source.p, source.n) | 1 : 0,
                         .labels = labels,
                         .about = about ? *about : (struct sample_about){-1, -1, -1}};
    if (!new.id.p || !new.title.p || !new.text.p)
        return ERR_NOMEM;
    s->unsourced += !new.source;
    s->list[s->n++] = new;
    return 0;
}

/* One label, or each of a list, into *mask. */
static int read_labels(struct samples *s, const json_t *value, uint64_t *mask,
                       const char **problem)
{
    size_t n = json_is_array(value) ? json_array_size(value) : 1;

    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(one) || !json_string_length(one)) {
            *problem = "label 应为文字，labels 应为文字的列表 (labels must be text)";
            return ERR_SYNTAX;
        }
        int label = samples_label(s, member_str(one));
        if (label < 0) {
            *problem = "标签多于 64 种 (more than 64 different labels)";
            return label == ERR_LIMIT ? ERR_SYNTAX : label;
        }
        *mask |= UINT64_C(1) << label;
    }
    return 0;
}

/* What it should be judged to be, where it says so. */
static bool read_about(const json_t *item, struct sample_about *out, const char **problem)
{
    const json_t *kind = json_object_get(item, "kind"), *request = json_object_get(item, "request");

    *out = (struct sample_about){-1, (int8_t)verdict_kind_find(member_get(item, "kind")),
                                 (int8_t)verdict_request_find(member_get(item, "request"))};
    bool wrong = (kind && !json_is_null(kind) && out->kind < 0) ||
                 (request && !json_is_null(request) && out->request < 0);
    if (wrong)
        *problem = "kind 应为 raised 或 reported；request 应为 enquiry、help、suggestion、complaint 或 "
                   "report (kind is raised or reported; request one of the five)";
    return !wrong;
}

static int add_object(struct samples *s, const json_t *item, const char **problem)
{
    struct sample_about about;

    const json_t *label = json_object_get(item, "label"), *id = json_object_get(item, "id");
    struct str text = member_get(item, "content_text"), name = member_get(item, "id");
    uint64_t mask = 0;
    char number[32];

    if (!text.n)
        text = member_get(item, "body");
    if (!text.n && !member_get(item, "title").n) {
        *problem = "没有 title 也没有 content_text 或 body (neither title nor text)";
        return ERR_SYNTAX;
    }
    if (!label || json_is_null(label))
        label = json_object_get(item, "labels");
    if (!label) {
        *problem = "没有 label 或 labels (label or labels is missing)";
        return ERR_SYNTAX;
    }
    if (!read_about(item, &about, problem))
        return ERR_SYNTAX;
    int err = read_labels(s, label, &mask, problem);
    if (err)
        return err;
    if (json_is_integer(id)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
        name = str_from(number);
    }
    err = samples_add(s, name, member_get(item, "title"), text, member_get(item, "source"), mask,
                      &about);
    *problem = "样本过多 (too many samples)";
    return err;
}

int samples_add_json(struct samples *s, struct str line, const char **problem)
{
    json_t *item = json_loadb(line.p ? line.p : "", line.n, 0, NULL);
    int err = ERR_SYNTAX;

    if (json_is_object(item))
        err = add_object(s, item, problem);
    else
        *problem = item ? "应为 JSON 对象 (not a JSON object)" : "不是 JSON (not JSON)";
    json_decref(item);
    return err;
}

bool samples_single(const struct samples *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->list[i].labels || s->list[i].labels & (s->list[i].labels - 1))
            return false;
    return true;
}

bool samples_common(const struct samples *s, size_t items, size_t sources)
{
    return items >= SAMPLES_ITEMS_LEAST &&
           (s->unsourced == s->n || sources >= SAMPLES_SOURCES_LEAST);
}

static const struct conf_key label_key = {.forms = CONF_TEXT};
static const struct conf_key labels_key = {.forms = CONF_TEXT | CONF_LIST, .element = &label_key};
static const struct conf_key map_keys[] = {
    {.name = "topics", .forms = CONF_MAP, .required = true, .element = &labels_key},
    {0},
};

static int map_topic(struct samples *s, const struct conf_node *value, struct problems *problems,
                     uint64_t *mask)
{
    size_t n = conf_is(value, CONF_LIST) ? conf_count(value) : 1;

    for (size_t i = 0; i < n; i++) {
        const struct conf_node *one = conf_is(value, CONF_LIST) ? conf_at(value, i) : value;
        int label = conf_text(one).n ? samples_label(s, conf_text(one)) : 0;
        if (label == ERR_NOMEM)
            return ERR_NOMEM;
        if (label < 0)
            conf_problem(problems, one, "标签多于 %d 种 (more than %d different labels)",
                         SAMPLES_LABELS_MAX, SAMPLES_LABELS_MAX);
        else
            *mask |= UINT64_C(1) << label;
    }
    return 0;
}

static int map_file(struct samples *s, const struct rules *rules, const char *path,
                    struct problems *problems, struct samples_map *out)
{
    size_t before = problems_count(problems);
    struct conf_doc *doc = conf_load(path, map_keys, problems);
    const struct conf_node *topics = conf_get(conf_root(doc), "topics");
    int err = 0;

    for (size_t i = 0; i < conf_count(topics) && !err; i++) {
        struct str id = conf_key_at(topics, i);
        int topic = rules_find(rules, id);
        if (topic < 0)
            conf_problem(problems, conf_at(topics, i), "规则里没有事项 %.*s (the rules have no "
                         "such topic)", STR_ARG(id));
        else
            err = map_topic(s, conf_at(topics, i), problems, &out->labels[topic]);
    }
    conf_free(doc);
    return err ? err : problems_count(problems) > before ? ERR_SYNTAX : 0;
}

int samples_map_load(struct samples *s, const struct rules *rules, const char *path,
                     struct problems *problems, struct samples_map *out)
{
    int err = 0;

    out->ntopics = rules_topics(rules);
    out->labels = calloc(out->ntopics + 1, sizeof *out->labels);
    if (!out->labels)
        return ERR_NOMEM;
    if (path)
        err = map_file(s, rules, path, problems, out);
    for (size_t i = 0; !path && i < out->ntopics && !err; i++) {
        int label = samples_label(s, rules_topic(rules, i).id);
        if (label < 0)
            err = label;
        else
            out->labels[i] = UINT64_C(1) << label;
    }
    if (err)
        samples_map_free(out);
    return err;
}

void samples_map_rename(struct samples *s, const struct rules *rules, const struct samples_map *m)
{
    for (size_t k = 0; k < s->nlabels; k++) {
        size_t topics = 0, topic = 0;
        for (size_t t = 0; t < m->ntopics; t++)
            if (m->labels[t] >> k & 1) {
                topics++;
                topic = t;
            }
        struct str id = topics == 1 ? arena_str(s->arena, rules_topic(rules, topic).id) : STR_NONE;
        if (id.p && m->labels[topic] == UINT64_C(1) << k)
            s->labels[k] = id;
    }
}

void samples_map_free(struct samples_map *m)
{
    free(m->labels);
    *m = (struct samples_map){0};
}
