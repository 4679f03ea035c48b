#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/learn/learn.h"
#include "classifiers/rules/draft.h"

enum { MODEL_MAX = 64 * 1024 * 1024 }; /* a worker has 512 MiB in all */

static const char *const dispatches[] = {"auto", "assess", NULL};
static const char *const sources[] = {"news", "board", "official", NULL};

static const struct conf_key example_keys[] = {
    {.name = "text", .forms = CONF_TEXT, .required = true},
    {.name = "title", .forms = CONF_TEXT},
    {.name = "source", .forms = CONF_CHOICE, .choices = sources},
    {.name = "region", .forms = CONF_TEXT},
    {.name = "published", .forms = CONF_DATE},
    {.name = "grade", .forms = CONF_CHOICE, .choices = block_grades},
    {0},
};
static const struct conf_key example_key = {.forms = CONF_TEXT | CONF_MAP, .keys = example_keys};
static const struct conf_key slug_key = {.forms = CONF_SLUG};
static const struct conf_key name_keys[] = {
    {.name = "zh", .forms = CONF_TEXT, .required = true},
    {.name = "en", .forms = CONF_TEXT, .required = true},
    {0},
};

static const struct conf_key grade_keys[] = {
    {.name = "grade", .forms = CONF_CHOICE, .required = true, .choices = block_grades},
    {.name = "when", .forms = CONF_TEXT | CONF_MAP | CONF_LIST, .required = true,
     .element = &draft_form_key, .keys = draft_form_keys},
    {0},
};
static const struct conf_key grade_key = {.forms = CONF_MAP, .keys = grade_keys};

/* unit and deadlines are asked for in read_duties(), which can say why. */
const struct conf_key draft_topic_keys[] = {
    {.name = "id", .forms = CONF_SLUG, .required = true},
    {.name = "name", .forms = CONF_MAP, .required = true, .keys = name_keys},
    {.name = "unit", .forms = CONF_SLUG},
    {.name = "grade", .forms = CONF_CHOICE, .choices = block_grades},
    {.name = "grades", .forms = CONF_LIST, .element = &grade_key},
    {.name = "deadlines", .forms = CONF_LIST, .element = &slug_key},
    {.name = "threshold", .forms = CONF_NUMBER, .min = 0.05, .max = 0.99},
    {.name = "dispatch", .forms = CONF_CHOICE, .choices = dispatches},
    {.name = "learned", .forms = CONF_BOOL},
    {.name = "emergency", .forms = CONF_BOOL},
    DRAFT_TERM_ROWS,
    DRAFT_SCOPE_ROWS,
    {.name = "match", .forms = CONF_LIST, .element = &example_key},
    {.name = "nomatch", .forms = CONF_LIST, .element = &example_key},
    {0},
};

static char shipped_dir[4096] = HUIYING_DATADIR "/rules";

void rules_set_shipped(const char *dir)
{
    snprintf(shipped_dir, sizeof shipped_dir, "%s", dir);
}

bool draft_shipped(const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/%s", shipped_dir, name);

    return n > 0 && (size_t)n < size && access(out, R_OK) == 0;
}

static int is_yaml(const struct dirent *e)
{
    size_t n = strlen(e->d_name);

    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

int draft_files(const char *dir, char ***out)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, is_yaml, alphasort), kept = 0;

    *out = n > 0 ? calloc((size_t)n, sizeof **out) : NULL;
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (*out && asprintf(&path, "%s/%s", dir, entries[i]->d_name) >= 0)
            (*out)[kept++] = path;
        free(entries[i]);
    }
    free(entries);
    return n < 0 ? -1 : kept;
}

static void read_duties(struct draft *d, const struct conf_node *root, struct draft_set *s)
{
    const struct conf_node *list = conf_get(root, "deadlines");
    size_t n = conf_count(list);

    s->role = arena_str(d->arena, conf_text(conf_get(root, "unit")));
    if (!s->role.n)
        conf_problem(d->problems, root,
                     "事项没有责任单位 unit：没有人负责答复的事项不能编译 (a topic without a "
                     "responsible unit does not compile: add \"unit:\")");
    if (!conf_is(list, CONF_LIST) || !n)
        conf_problem(d->problems, list ? list : root,
                     "事项没有答复时限 deadlines：没有时限的事项不能编译 (a topic without a reply "
                     "deadline does not compile: add \"deadlines:\")");
    if (n > RULES_DEADLINES_MAX)
        conf_problem(d->problems, list, "时限最多 %d 个 (at most %d deadlines)",
                     RULES_DEADLINES_MAX, RULES_DEADLINES_MAX);
    for (size_t i = 0; i < n && i < RULES_DEADLINES_MAX; i++) {
        struct str id = conf_text(conf_at(list, i));
        for (uint32_t k = 0; k < s->ndeadlines; k++)
            if (str_eq(s->deadlines[k], id))
                conf_problem(d->problems, conf_at(list, i), "时限 %.*s 重复 (duplicate deadline)",
                             STR_ARG(id));
        s->deadlines[s->ndeadlines++] = arena_str(d->arena, id);
    }
}

static void check_unique(struct draft *d, const struct conf_node *root, struct str id)
{
    for (size_t i = 0; i < d->sets.n; i++) {
        const struct draft_set *s = DRAFT_AT(d, sets, struct draft_set, i);
        if (id.n && str_eq(s->id, id))
            conf_problem(d->problems, conf_get(root, "id"),
                         "事项标识 %.*s 重复，已在 %s:%d (duplicate topic id, first there)",
                         STR_ARG(id), s->file, s->line);
    }
}

/* What other files must have for this topic: told to the town, with its lines. A grade that the
 * schema refused is left out. */
static void tell_topic(const struct draft *d, const struct draft_set *s,
                       const struct conf_node *root)
{
    const struct conf_node *list = conf_get(root, "deadlines"), *grade = conf_get(root, "grade");
    struct rules_topic topic = {
        .id = s->id, .name_zh = s->zh, .name_en = s->en, .role = s->role,
        .grade = str_from(block_grades[s->grade]), .ndeadlines = s->ndeadlines,
        .file = s->file, .line = s->line, .role_line = conf_line(conf_get(root, "unit")),
        .grade_line = conf_line(grade), .deadlines_line = conf_line(list)};

    if (!d->town->topic)
        return;
    if (conf_text(grade).n && !str_is(conf_text(grade), block_grades[s->grade]))
        topic.grade = STR_NONE;
    for (uint32_t i = 0; i < s->ndeadlines; i++) {
        topic.deadlines[i] = s->deadlines[i];
        topic.deadline_lines[i] = conf_line(conf_at(list, i));
    }
    d->town->topic(d->town->arg, &topic);
}

static uint32_t grade_of(const struct conf_node *node)
{
    for (uint32_t i = 0; i < BLOCK_GRADES; i++)
        if (str_is(conf_text(node), block_grades[i]))
            return i;
    return BLOCK_ORDINARY;
}

/* Conditions that propose a higher grade than the topic's own; any of a list will do. */
static void read_grades(struct draft *d, const struct conf_node *list, uint32_t set)
{
    uint32_t own = DRAFT_AT(d, sets, struct draft_set, set)->grade;

    draft_empty_list(d, list);
    for (size_t i = 0; i < conf_count(list); i++) {
        const struct conf_node *one = conf_at(list, i), *when = conf_get(one, "when");
        uint32_t grade = grade_of(conf_get(one, "grade"));
        if (str_is(conf_text(conf_get(one, "grade")), block_grades[grade]) && grade <= own)
            conf_problem(d->problems, conf_get(one, "grade"),
                         "应高于事项自己的等级 %s (expected a grade above the topic's own, %s)",
                         block_grades[own], block_grades[own]);
        if (!conf_is(when, CONF_LIST) && when)
            draft_add_form(d, when, set, ROLE_GRADE, (enum block_grade)grade);
        else if (!draft_empty_list(d, when))
            for (size_t k = 0; k < conf_count(when); k++)
                draft_add_form(d, conf_at(when, k), set, ROLE_GRADE, (enum block_grade)grade);
    }
}

static void load_topic(struct draft *d, const char *path)
{
    struct conf_doc *doc = draft_topic_doc(path, d->town->edit, d->problems);
    const struct conf_node *root = conf_root(doc), *name = conf_get(root, "name");

    if (!root)
        return;
    check_unique(d, root, conf_text(conf_get(root, "id")));
    struct draft_set *s = draft_more(d, &d->sets, sizeof *s);
    if (s) {
        s->id = arena_str(d->arena, conf_text(conf_get(root, "id")));
        s->zh = arena_str(d->arena, conf_text(conf_get(name, "zh")));
        s->en = arena_str(d->arena, conf_text(conf_get(name, "en")));
        s->grade = grade_of(conf_get(root, "grade"));
        s->scope = draft_scope(d, root);
        s->assess = str_is(conf_text(conf_get(root, "dispatch")), "assess");
        s->no_emergency = !conf_bool(conf_get(root, "emergency"), true);
        s->learned = conf_bool(conf_get(root, "learned"), false);
        s->threshold = (float)conf_number(conf_get(root, "threshold"), 0.5);
        s->file = arena_str(d->arena, str_from(path)).p;
        s->line = conf_line(conf_get(root, "id"));
        s->threshold_line = conf_line(conf_get(root, "threshold"));
        s->valid_line = conf_line(conf_get(root, "valid"));
        s->match = conf_get(root, "match");
        s->nomatch = conf_get(root, "nomatch");
        read_duties(d, root, s);
        if (!conf_get(root, "any") && !conf_get(root, "all"))
            conf_problem(d->problems, root, "事项没有词：写 any 或 all (a topic needs terms: "
                                            "write any or all)");
        static const char *const examples[] = {"match", "nomatch"};
        for (int i = 0; i < 2; i++) {
            const struct conf_node *list = conf_get(root, examples[i]);
            if (conf_is(list, CONF_LIST) && !conf_count(list))
                conf_problem(d->problems, list, "例句列表是空的 (empty list of examples)");
        }
        tell_topic(d, s, root);
        draft_add_terms(d, root, (uint32_t)d->sets.n - 1);
        read_grades(d, conf_get(root, "grades"), (uint32_t)d->sets.n - 1);
    }
    conf_free(doc);
}

static void load_topics(struct draft *d, const char *dir)
{
    char path[4096], **files;

    snprintf(path, sizeof path, "%s/topics", dir);
    int n = draft_topics(dir, d->town->edit, &files);
    if (n < 0)
        problems_add(d->problems, path, 0, "读不了文件夹: %s (cannot read folder)",
                     strerror(errno));
    else if (n == 0)
        problems_add(d->problems, path, 0, "没有事项文件 *.yaml (no topic files *.yaml)");
    for (int i = 0; i < n; i++) {
        load_topic(d, files[i]);
        free(files[i]);
    }
    free(files);
    d->ntopics = (uint32_t)d->sets.n;
}

/* dir's own file, else the shipped one; NULL when neither is there. */
static const char *own_or_shipped(const char *dir, const char *name, char *path, size_t size)
{
    int n = snprintf(path, size, "%s/%s", dir, name);

    if (n > 0 && (size_t)n < size && access(path, F_OK) == 0)
        return path;
    return draft_shipped(name, path, size) ? path : NULL;
}

static bool same_file(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y && strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* The shipped refusals always hold (law 4: no setting); a town's file can only add. */
static void load_refusals(struct draft *d, const char *dir)
{
    char own[4096], shipped[4096];
    bool has_shipped = draft_shipped("refused.yaml", shipped, sizeof shipped);
    const char *path = own_or_shipped(dir, "refused.yaml", own, sizeof own);

    if (!path)
        problems_add(d->problems, dir, 0,
                     "找不到 refused.yaml，没有禁收词表不能编译 (refused.yaml not found, here "
                     "nor among the shipped rules; rules do not compile without it)");
    else if (refuse_load(d->refuse, path, d->problems) == ERR_NOMEM)
        d->nomem = true;
    if (path && has_shipped && !same_file(path, shipped) &&
        refuse_load(d->refuse, shipped, d->problems) == ERR_NOMEM)
        d->nomem = true;
}

static void load_places(struct draft *d, char **files, int n)
{
    for (int i = 0; i < n; i++) {
        draft_load_places(d, files[i]);
        free(files[i]);
    }
    free(files);
}

static void load_regions(struct draft *d, const char *dir)
{
    char path[4096], shipped[4096], **files;

    snprintf(path, sizeof path, "%s/regions", dir);
    int n = draft_files(path, &files);
    load_places(d, files, n);
    if (d->town->places)
        draft_load_places(d, d->town->places);
    /* A town's own places stand on the shipped gazetteer. */
    if (draft_shipped("regions", shipped, sizeof shipped) && (n < 0 || !same_file(path, shipped))) {
        n = draft_files(shipped, &files);
        load_places(d, files, n);
    }
    draft_mark_behind(d);
}

/* The second opinion that was learned (rules learn --out), if there is one. */
static void load_model(struct draft *d, const char *dir)
{
    struct learn_model *model = NULL;
    char path[4096];

    snprintf(path, sizeof path, "%s/model.bin", dir);
    if (access(path, F_OK) != 0)
        return;
    int err = file_read(path, MODEL_MAX, &d->model);
    if (!err)
        err = learn_read(buf_str(&d->model), &model);
    learn_free(model);
    if (err == ERR_NOMEM)
        d->nomem = true;
    else if (err)
        problems_add(d->problems, path, 0, "%s：应为 rules learn --out 写的文件 (expected a file of "
                     "rules learn --out)", err_text(err));
}

void draft_load(struct draft *d, const char *dir)
{
    char path[4096];

    d->dir = dir;
    load_refusals(d, dir);
    draft_load_words(d);
    load_topics(d, dir);
    const char *cues = own_or_shipped(dir, "cues.yaml", path, sizeof path);
    if (cues)
        draft_load_cues(d, cues);
    else
        problems_add(d->problems, dir, 0,
                     "找不到 cues.yaml (cues.yaml not found, here nor among the shipped rules)");
    load_regions(d, dir);
    load_model(d, dir);
}
