/* Lists of terms that topics share: lists/NAME.yaml of the folder, else of the shipped rules. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "classifiers/rules/draft.h"

enum { WORDS_MAX = 4000 };

static const struct conf_key text_key = {.forms = CONF_TEXT};
static const struct conf_key name_keys[] = {
    {.name = "zh", .forms = CONF_TEXT, .required = true},
    {.name = "en", .forms = CONF_TEXT, .required = true},
    {0},
};
static const struct conf_key words_keys[] = {
    {.name = "name", .forms = CONF_MAP, .required = true, .keys = name_keys},
    {.name = "terms", .forms = CONF_LIST, .required = true, .element = &text_key},
    {0},
};

/* The same term twice; by its folded spelling. */
static int64_t find_same(const struct fold *all, size_t n, const struct fold *f)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].n == f->n && memcmp(all[i].cp, f->cp, f->n * sizeof *f->cp) == 0)
            return (int64_t)i;
    return -1;
}

static void check_words(struct draft *d, const struct conf_node *list, struct draft_words *w)
{
    size_t n = conf_count(list);
    struct fold *folds = calloc(n + 1, sizeof *folds);

    w->terms = arena_alloc(d->arena, n, sizeof *w->terms);
    d->nomem |= !folds || !w->terms;
    for (size_t i = 0; i < n && !d->nomem; i++) {
        const struct conf_node *one = conf_at(list, i);
        struct str text = conf_text(one);
        d->nomem |= fold_text(text, SIZE_MAX, &folds[w->n]) != 0;
        if (d->nomem || !text.n || !draft_check_term(d, one, text, &folds[w->n], false))
            continue;
        int64_t same = find_same(folds, w->n, &folds[w->n]);
        if (same >= 0)
            conf_problem(d->problems, one,
                         "词 “%.*s” 重复，已在第 %d 行 (duplicate term, first on line %d)",
                         STR_ARG(text), conf_line(w->terms[same]), conf_line(w->terms[same]));
        else
            w->terms[w->n++] = one;
    }
    for (size_t i = 0; folds && i <= n; i++)
        fold_free(&folds[i]);
    free(folds);
}

static struct draft_words *load(struct draft *d, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str name = str_from(slash ? slash + 1 : path);
    struct draft_words *w = draft_more(d, &d->words, sizeof *w);

    if (!w)
        return NULL;
    name.n -= sizeof ".yaml" - 1;
    w->name = arena_str(d->arena, name);
    w->doc = conf_load(path, words_keys, d->problems);
    const struct conf_node *list = conf_get(conf_root(w->doc), "terms");
    if (conf_count(list) > WORDS_MAX)
        conf_problem(d->problems, list, "词表最多 %d 个词 (a list has at most %d terms)", WORDS_MAX,
                     WORDS_MAX);
    else if (!draft_empty_list(d, list))
        check_words(d, list, w);
    return w;
}

void draft_load_words(struct draft *d)
{
    char path[4096], **files;

    snprintf(path, sizeof path, "%s/lists", d->dir);
    int n = draft_files(path, &files);
    for (int i = 0; i < n; i++) {
        load(d, files[i]);
        free(files[i]);
    }
    free(files);
}

const struct draft_words *draft_words_find(struct draft *d, const struct conf_node *at)
{
    struct str name = conf_text(at);
    char file[100], path[4096];

    if (!name.n || name.n > 64 || memchr(name.p, '/', name.n) || name.p[0] == '.')
        return NULL; /* the schema check has said so */
    for (size_t i = 0; i < d->words.n; i++)
        if (str_eq(DRAFT_AT(d, words, struct draft_words, i)->name, name)) {
            DRAFT_AT(d, words, struct draft_words, i)->used = true;
            return DRAFT_AT(d, words, struct draft_words, i);
        }
    snprintf(file, sizeof file, "lists/%.*s.yaml", STR_ARG(name));
    if (draft_shipped(file, path, sizeof path)) {
        struct draft_words *w = load(d, path);
        if (w)
            w->used = true;
        return w;
    }
    conf_problem(d->problems, at,
                 "没有词表 %.*s：应有文件 lists/%.*s.yaml (unknown list: there is no such file)",
                 STR_ARG(name), STR_ARG(name));
    return NULL;
}

void draft_words_free(struct draft *d)
{
    for (size_t i = 0; i < d->words.n; i++)
        conf_free(DRAFT_AT(d, words, struct draft_words, i)->doc);
}
