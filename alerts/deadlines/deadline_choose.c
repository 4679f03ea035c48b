/* The table `choose` of deadlines.yaml: which rules a concern has. */
#include <stdlib.h>

#include "alerts/deadlines/deadline_form.h"
#include "base/err.h"

const char *const deadline_grades[] = {"ordinary", "larger", "major", "grave", NULL};
static const char *const kinds[] = {"news", "board", "official", NULL};
static const char *const requests[] = {"enquiry", "help", "suggestion", "complaint", "report",
                                       NULL};

static const struct conf_key kind_element = {NULL, CONF_CHOICE, true, NULL, NULL, kinds, 0, 0,
                                             NULL};
static const struct conf_key request_element = {NULL, CONF_CHOICE, true, NULL, NULL, requests,
                                                0, 0, NULL};
static const struct conf_key slug_element = {NULL, CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key choice_keys[] = {
    {"source", CONF_CHOICE | CONF_LIST, false, NULL, &kind_element, kinds, 0, 0, NULL},
    {"request", CONF_CHOICE | CONF_LIST, false, NULL, &request_element, requests, 0, 0, NULL},
    {"grade", CONF_CHOICE, false, NULL, NULL, deadline_grades, 0, 0, NULL},
    {"topic", CONF_SLUG | CONF_LIST, false, NULL, &slug_element, NULL, 0, 0, NULL},
    {"clocks", CONF_LIST, true, NULL, &slug_element, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
const struct conf_key deadline_choice_element = {NULL, CONF_MAP, true, choice_keys, NULL, NULL,
                                                 0, 0, NULL};

/* One value, or a list of them. */
static size_t values(const struct conf_node *node)
{
    return conf_is(node, CONF_LIST) ? conf_count(node) : node != NULL;
}

static struct str value_at(const struct conf_node *node, size_t i)
{
    return conf_text(conf_is(node, CONF_LIST) ? conf_at(node, i) : node);
}

static unsigned read_bits(const struct conf_node *node, const char *const *names)
{
    unsigned bits = 0;

    for (size_t i = 0; i < values(node); i++)
        for (unsigned k = 0; names[k]; k++)
            bits |= str_is(value_at(node, i), names[k]) ? 1u << k : 0;
    return bits;
}

static int read_topics(const struct conf_node *node, struct deadline_choice *c)
{
    size_t n = values(node);

    c->topics = calloc(n + 1, sizeof *c->topics);
    if (!c->topics)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct str topic = value_at(node, i);
        if (topic.n && topic.n < SLUG_MAX)
            memcpy(c->topics[c->ntopics++], topic.p, topic.n);
    }
    return 0;
}

static void read_clocks(const struct deadlines *d, const struct conf_node *list,
                        struct deadline_choice *c, struct problems *problems)
{
    if (conf_count(list) > DEADLINE_CLOCKS_MAX)
        conf_problem(problems, list, "一行最多 %d 个时限 (at most %d clocks in a row)",
                     DEADLINE_CLOCKS_MAX, DEADLINE_CLOCKS_MAX);
    for (size_t i = 0; i < conf_count(list) && c->nrules < DEADLINE_CLOCKS_MAX; i++) {
        struct str id = conf_text(conf_at(list, i));
        const struct deadline_rule *rule = deadline_find(d, id);
        if (!id.n)
            continue;
        if (!rule)
            conf_problem(problems, conf_at(list, i),
                         "时限 “%.*s” 不存在，应为 rules 中的 id (no such deadline rule)",
                         STR_ARG(id));
        else if (rule->by_grade)
            conf_problem(problems, conf_at(list, i),
                         "时限 “%.*s” 按级别自行启动，不必选用 (starts by its grade; not to be "
                         "chosen)",
                         STR_ARG(id));
        else
            c->rules[c->nrules++] = (uint16_t)(rule - d->list);
    }
}

static int read_choice(struct deadlines *d, const struct conf_node *node,
                       struct problems *problems)
{
    struct deadline_choice *c = &d->choices[d->nchoices++];
    int grade = event_grade_find(conf_text(conf_get(node, "grade")));

    c->kinds = read_bits(conf_get(node, "source"), kinds);
    c->requests = read_bits(conf_get(node, "request"), requests);
    c->grade = grade < 0 ? GRADE_ORDINARY : (enum grade)grade;
    c->line = conf_line(node);
    read_clocks(d, conf_get(node, "clocks"), c, problems);
    return read_topics(conf_get(node, "topic"), c);
}

static int by_specificity(const void *a, const void *b)
{
    const struct deadline_choice *x = a, *y = b;
    const int order[] = {(y->ntopics != 0) - (x->ntopics != 0),
                         (y->requests != 0) - (x->requests != 0),
                         (y->kinds != 0) - (x->kinds != 0),
                         (int)y->grade - (int)x->grade, x->line - y->line};

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i])
            return order[i];
    return 0;
}

int deadline_read_choices(struct deadlines *d, const struct conf_node *list,
                          struct problems *problems)
{
    size_t n = conf_count(list);
    int err = 0;

    if (n > DEADLINE_CHOICES_MAX) {
        conf_problem(problems, list, "最多 %d 行 (at most %d rows)", DEADLINE_CHOICES_MAX,
                     DEADLINE_CHOICES_MAX);
        n = DEADLINE_CHOICES_MAX;
    }
    d->choices = calloc(n + 1, sizeof *d->choices);
    if (!d->choices)
        return ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++)
        err = read_choice(d, conf_at(list, i), problems);
    qsort(d->choices, d->nchoices, sizeof *d->choices, by_specificity);
    if (list && !err && !deadline_has_default(d))
        conf_problem(problems, list,
                     "choose: 缺少默认的一行，应只有 clocks，其中有 act: reply 的时限 (no default: a "
                     "row of clocks alone, one of them for the reply)");
    return err;
}

bool deadline_has_default(const struct deadlines *d)
{
    for (size_t i = 0; i < d->nchoices; i++) {
        const struct deadline_choice *c = &d->choices[i];
        bool any = !c->kinds && !c->requests && !c->ntopics && c->grade == GRADE_ORDINARY;
        for (size_t k = 0; any && k < c->nrules; k++)
            if (d->list[c->rules[k]].act == ACT_REPLY)
                return true;
    }
    return false;
}

static bool has_topic(const struct deadline_choice *c, struct str topic)
{
    for (size_t i = 0; i < c->ntopics; i++)
        if (str_is(topic, c->topics[i]))
            return true;
    return !c->ntopics;
}

static bool fits(const struct deadline_choice *c, const struct deadline_case *what)
{
    return (!c->kinds || c->kinds >> what->kind & 1) &&
           (!c->requests || c->requests >> what->request & 1) && what->grade >= c->grade &&
           has_topic(c, what->topic);
}

static bool is_own(const struct deadline_case *what, const struct deadline_rule *rule)
{
    for (size_t i = 0; i < what->nown; i++)
        if (str_is(what->own[i], rule->id))
            return true;
    return false;
}

/* What the table prefers for the act, among the topic's own rules or of all. */
static const struct deadline_rule *preferred(const struct deadlines *d,
                                             const struct deadline_case *what, enum act act,
                                             bool own)
{
    for (size_t i = 0; i < d->nchoices; i++)
        for (size_t k = 0; fits(&d->choices[i], what) && k < d->choices[i].nrules; k++) {
            const struct deadline_rule *rule = &d->list[d->choices[i].rules[k]];
            if (rule->act == act && (!own || is_own(what, rule)))
                return rule;
        }
    return NULL;
}

static const struct deadline_rule *first_own(const struct deadlines *d,
                                             const struct deadline_case *what, enum act act)
{
    for (size_t i = 0; i < what->nown; i++) {
        const struct deadline_rule *rule = deadline_find(d, what->own[i]);
        if (rule && rule->act == act && !rule->by_grade)
            return rule;
    }
    return NULL;
}

bool deadline_by_grade(const struct deadline_rule *rule, enum grade grade, bool no_emergency)
{
    return rule->by_grade && grade >= rule->grade && !(rule->emergency && no_emergency);
}

size_t deadline_choose(const struct deadlines *d, const struct deadline_case *what,
                       const struct deadline_rule *out[static DEADLINE_CLOCKS_MAX])
{
    bool open = !what->nown;
    size_t n = 0;

    for (size_t i = 0; i < what->nown; i++)
        open = open || str_is(what->own[i], "chosen");
    for (enum act act = 0; act < ACTS; act++) {
        const struct deadline_rule *own = first_own(d, what, act);
        const struct deadline_rule *rule = NULL;
        if (own || open)
            rule = preferred(d, what, act, own != NULL);
        if (rule || own)
            out[n++] = rule ? rule : own;
    }
    for (size_t i = 0; i < d->count && n < DEADLINE_CLOCKS_MAX; i++)
        if (deadline_by_grade(&d->list[i], what->grade, what->no_emergency))
            out[n++] = &d->list[i];
    return n;
}
