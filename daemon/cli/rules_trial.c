#include "daemon/cli/rules_trial.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/cli/cli.h"

struct rules_trial {
    char dir[PATH_MAX];
    char path[PATH_MAX]; /* of the topic's file */
    struct buf file;     /* its name */
    struct buf text;     /* what it is tried against */
    struct buf tried;    /* of the latest run */
    struct rules *rules; /* likewise */
};

static struct rules_edit edit_of(const struct rules_trial *t)
{
    return (struct rules_edit){buf_str(&t->file), buf_str(&t->tried)};
}

static int read_topic(struct rules_trial *t, struct str topic, const struct rules_edit *edit)
{
    int err = rules_topic_file(t->dir, topic, &t->file, &t->text);

    if (err || !edit)
        return err;
    buf_reset(&t->text);
    return buf_add_str(&t->text, edit->text);
}

struct rules_trial *rules_trial_open(const char *dir, struct str topic,
                                     const struct rules_edit *edit)
{
    struct rules_trial *t = calloc(1, sizeof *t);
    int err = t ? 0 : ERR_NOMEM;

    if (!err && snprintf(t->dir, sizeof t->dir, "%s", dir) >= (int)sizeof t->dir)
        err = ERR_LIMIT;
    if (!err)
        err = read_topic(t, topic, edit);
    if (!err && snprintf(t->path, sizeof t->path, "%s/topics/%.*s", dir,
                         STR_ARG(buf_str(&t->file))) >= (int)sizeof t->path)
        err = ERR_LIMIT;
    if (!err)
        return t;
    if (err == ERR_NOTFOUND)
        cli_error_at(dir, 0, "没有事项 %.*s 的文件 (no file of this topic)", STR_ARG(topic));
    else
        cli_error_at(dir, 0, "%s", err_text(err));
    rules_trial_close(t);
    return NULL;
}

void rules_trial_close(struct rules_trial *t)
{
    if (!t)
        return;
    rules_free(t->rules);
    buf_free(&t->file);
    buf_free(&t->text);
    buf_free(&t->tried);
    free(t);
}

const char *rules_trial_path(const struct rules_trial *t)
{
    return t->path;
}

struct str rules_trial_text(const struct rules_trial *t)
{
    return buf_str(&t->text);
}

static int compile(struct rules_trial *t, struct str text)
{
    struct problems *problems = problems_new();

    buf_reset(&t->tried);
    int err = problems ? buf_add_str(&t->tried, text) : ERR_NOMEM;
    const struct rules_edit edit = edit_of(t);
    const struct rules_town town = {.edit = &edit};
    rules_free(t->rules);
    t->rules = err ? NULL : rules_compile_town(t->dir, &town, problems);
    if (!err && !t->rules)
        err = problems_count(problems) ? ERR_REFUSED : ERR_NOMEM;
    problems_free(problems);
    return err;
}

int rules_trial_run(struct rules_trial *t, struct str text, const struct samples *s,
                    const struct samples_map *map, struct evaluation **out)
{
    int err = compile(t, text);

    return err ? err : evaluate_rules(t->rules, s, map, NULL, out);
}

int rules_trial_again(struct rules_trial *t, struct str text, const struct samples_map *map,
                      const struct evaluation *before, const bool *touches,
                      struct evaluation **out)
{
    int err = compile(t, text);

    return err ? err : evaluate_again(t->rules, map, before, touches, out);
}

size_t rules_trial_failing(const struct rules_trial *t)
{
    struct problems *problems = problems_new();
    const struct rules_edit edit = edit_of(t);
    size_t failing = SIZE_MAX;

    if (problems && t->rules) {
        rules_run_examples_edited(t->rules, t->dir, &edit, problems);
        failing = problems_count(problems);
    }
    problems_free(problems);
    return failing;
}
