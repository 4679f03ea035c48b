#define _GNU_SOURCE
#include "daemon/cli/rules_trial.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"

enum { TOPIC_FILE_MAX = 16 * 1024 * 1024 };

struct rules_trial {
    char dir[PATH_MAX];      /* the folder of links */
    char real[PATH_MAX];     /* the topic's file */
    char name[NAME_MAX + 1]; /* its last part */
    struct buf text;
    struct rules *rules; /* of the latest run */
};

static const struct conf_key topic_keys[] = {
    {.name = "id", .forms = CONF_SLUG, .required = true},
    {0},
};

static bool is_file_of(const char *path, struct str topic)
{
    struct problems *unread = problems_new();
    struct conf_doc *doc = unread ? conf_load(path, topic_keys, unread) : NULL;
    bool is = str_eq(conf_text(conf_get(conf_root(doc), "id")), topic);

    conf_free(doc);
    problems_free(unread);
    return is;
}

static bool hidden(const char *name)
{
    return name[0] == '.';
}

/* Link every entry of from into to; the topic's own file is only noted. */
static int link_all(struct rules_trial *t, const char *from, const char *to, struct str topic)
{
    DIR *dir = opendir(from);
    const struct dirent *e;
    char path[PATH_MAX], target[PATH_MAX];
    int err = dir ? 0 : ERR_IO;

    while (!err && (e = readdir(dir))) {
        if (hidden(e->d_name) || (!topic.n && strcmp(e->d_name, "topics") == 0))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", from, e->d_name) >= (int)sizeof path ||
            snprintf(target, sizeof target, "%s/%s", to, e->d_name) >= (int)sizeof target) {
            err = ERR_LIMIT;
        } else if (topic.n && !t->name[0] && is_file_of(path, topic)) {
            snprintf(t->name, sizeof t->name, "%s", e->d_name);
            snprintf(t->real, sizeof t->real, "%s", path);
        } else if (symlink(path, target) != 0) {
            err = ERR_IO;
        }
    }
    if (dir)
        closedir(dir);
    return err;
}

struct rules_trial *rules_trial_open(const char *dir, struct str topic)
{
    struct rules_trial *t = calloc(1, sizeof *t);
    const char *tmp = getenv("TMPDIR");
    char whole[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    int err = 0;

    if (!t) {
        cli_error("%s", err_text(ERR_NOMEM));
        return NULL;
    }
    if (!realpath(dir, whole) ||
        snprintf(from, sizeof from, "%s/topics", whole) >= (int)sizeof from ||
        snprintf(t->dir, sizeof t->dir, "%s/huiying-trial-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
            (int)sizeof t->dir ||
        !mkdtemp(t->dir)) {
        cli_error_at(dir, 0, "%s", strerror(errno));
        free(t);
        return NULL;
    }
    if (snprintf(to, sizeof to, "%s/topics", t->dir) >= (int)sizeof to ||
        (err = file_make_dirs(to)) || (err = link_all(t, whole, t->dir, STR_NONE)) ||
        (err = link_all(t, from, to, topic))) {
        cli_error_at(dir, 0, "%s", err_text(err ? err : ERR_LIMIT));
    } else if (!t->name[0]) {
        cli_error_at(from, 0, "没有事项 %.*s 的文件 (no file of this topic)", STR_ARG(topic));
    } else if ((err = file_read(t->real, TOPIC_FILE_MAX, &t->text))) {
        cli_error_at(t->real, 0, "%s", err_text(err));
    } else {
        return t;
    }
    rules_trial_close(t);
    return NULL;
}

static void empty(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *e;

    while (dir && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(path);
}

void rules_trial_close(struct rules_trial *t)
{
    char topics[PATH_MAX];

    if (!t)
        return;
    if (snprintf(topics, sizeof topics, "%s/topics", t->dir) < (int)sizeof topics)
        empty(topics);
    empty(t->dir);
    rules_free(t->rules);
    buf_free(&t->text);
    free(t);
}

const char *rules_trial_path(const struct rules_trial *t)
{
    return t->real;
}

struct str rules_trial_text(const struct rules_trial *t)
{
    return buf_str(&t->text);
}

int rules_trial_run(struct rules_trial *t, struct str text, const struct samples *s,
                    const struct samples_map *map, struct evaluation **out)
{
    struct problems *problems = problems_new();
    char path[PATH_MAX];
    int err = problems ? 0 : ERR_NOMEM;

    rules_free(t->rules);
    t->rules = NULL;
    if (!err && snprintf(path, sizeof path, "%s/topics/%s", t->dir, t->name) >= (int)sizeof path)
        err = ERR_LIMIT;
    if (!err && !(err = file_replace(path, text, 0600)) &&
        !(t->rules = rules_compile(t->dir, problems)))
        err = problems_count(problems) ? ERR_REFUSED : ERR_NOMEM;
    problems_free(problems);
    return err ? err : evaluate_rules(t->rules, s, map, NULL, out);
}

size_t rules_trial_failing(const struct rules_trial *t)
{
    struct problems *problems = problems_new();
    size_t failing = SIZE_MAX;

    if (problems && t->rules) {
        rules_run_examples(t->rules, t->dir, problems);
        failing = problems_count(problems);
    }
    problems_free(problems);
    return failing;
}
