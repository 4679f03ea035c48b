#include "feeds/source/source_parts.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/fetch/address.h"

void source_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        source_parts_clear(&sources->list[i]);
    free(sources->list);
    *sources = (struct sources){0};
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
        err =
            source_parts_read(conf_at(list, out->count - 1), &out->list[out->count - 1], problems);
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

int source_load_one(const struct conf_node *map, struct source **out, struct problems *problems)
{
    size_t before = problems_count(problems);
    struct source s = {0};
    int err = source_parts_read(map, &s, problems);

    *out = NULL;
    if (!err && problems_count(problems) > before)
        err = ERR_SYNTAX;
    if (!err && !(*out = source_copy(&s, NULL)))
        err = ERR_NOMEM;
    source_parts_clear(&s);
    return err;
}

/* Takes the document; NULL: nothing could be read. */
static int load_doc(struct conf_doc *doc, size_t before, struct source **out,
                    struct problems *problems)
{
    int err = doc ? source_load_one(conf_root(doc), out, problems) : ERR_SYNTAX;

    /* The schema's own problems were noted before this one's began to count. */
    if (!err && problems_count(problems) > before) {
        free(*out);
        *out = NULL;
        err = ERR_SYNTAX;
    }
    conf_free(doc);
    return err;
}

int source_load_file(const char *path, struct source **out, struct problems *problems)
{
    size_t before = problems_count(problems);

    *out = NULL;
    return load_doc(conf_load(path, source_keys, problems), before, out, problems);
}

int source_load_text(const char *name, struct str yaml, struct source **out,
                     struct problems *problems)
{
    size_t before = problems_count(problems);

    *out = NULL;
    return load_doc(conf_parse(name, yaml, source_keys, problems), before, out, problems);
}
