/* The topic files of a folder, with a text that stands for one of them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/rules/draft.h"

enum { TOPIC_MAX = 1024 * 1024, ID_MAX = 64 };

static struct str name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return str_from(slash ? slash + 1 : path);
}

/* A name alone is no path of the folder: that is how the edit is told from its file. */
static bool is_edit(const char *path, const struct rules_edit *edit)
{
    return edit && !strchr(path, '/') && str_eq(str_from(path), edit->file);
}

/* Without memory none at all: the files alone would pass for the text. */
static int drop_all(char ***files, int n)
{
    for (int i = 0; i < n; i++)
        free((*files)[i]);
    free(*files);
    *files = NULL;
    return -1;
}

static int put_edit(const struct rules_edit *edit, char ***files, int n)
{
    char *name = strndup(edit->file.p, edit->file.n);
    int at = 0;

    while (at < n && !str_eq(name_of((*files)[at]), edit->file))
        at++;
    char **longer = at < n ? *files : reallocarray(*files, (size_t)n + 1, sizeof *longer);
    if (longer)
        *files = longer;
    if (!name || !longer) {
        free(name);
        return drop_all(files, n);
    }
    if (at < n)
        free(longer[at]);
    longer[at] = name;
    return at < n ? n : n + 1;
}

int draft_topics(const char *dir, const struct rules_edit *edit, char ***out)
{
    char *path = NULL;

    *out = NULL;
    if (asprintf(&path, "%s/topics", dir) < 0)
        return -1;
    int n = draft_files(path, out);
    free(path);
    return edit && n >= 0 ? put_edit(edit, out, n) : n;
}

struct conf_doc *draft_topic_doc(const char *path, const struct rules_edit *edit,
                                 struct problems *problems)
{
    return is_edit(path, edit) ? conf_parse(path, edit->text, draft_topic_keys, problems)
                               : conf_load(path, draft_topic_keys, problems);
}

static bool has_topic(const char *path, struct str id, struct problems *passing)
{
    struct conf_doc *doc = conf_load(path, draft_topic_keys, passing);
    bool has = str_eq(conf_text(conf_get(conf_root(doc), "id")), id);

    conf_free(doc);
    return has;
}

int rules_topic_file(const char *dir, struct str id, struct buf *file, struct buf *text)
{
    struct problems *passing = problems_new();
    char **files = NULL;
    int n = passing ? draft_topics(dir, NULL, &files) : 0;
    int err = passing ? ERR_NOTFOUND : ERR_NOMEM;

    for (int i = 0; i < n; i++) {
        if (err == ERR_NOTFOUND && id.n && has_topic(files[i], id, passing)) {
            buf_add_str(file, name_of(files[i]));
            err = file_read(files[i], TOPIC_MAX, text);
            if (!err && !buf_ok(file))
                err = ERR_NOMEM;
        }
        free(files[i]);
    }
    free(files);
    problems_free(passing);
    return err;
}

static bool is_id(struct str s)
{
    bool good = s.n && s.n <= ID_MAX && s.p[0] >= 'a' && s.p[0] <= 'z';

    for (size_t i = 1; good && i < s.n; i++)
        good = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
               s.p[i] == '-';
    return good;
}

int rules_topic_id(struct str text, struct buf *id)
{
    struct problems *passing = problems_new();
    struct conf_doc *doc = passing ? conf_parse("", text, draft_topic_keys, passing) : NULL;
    struct str found = conf_text(conf_get(conf_root(doc), "id"));
    int err = !passing ? ERR_NOMEM : is_id(found) ? buf_add_str(id, found) : ERR_NOTFOUND;

    conf_free(doc);
    problems_free(passing);
    return err;
}
