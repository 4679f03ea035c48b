#include "daemon/cli/criteria.h"

#include <string.h>

#include "alerts/event.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"

static const char *tick(bool met)
{
    return met ? "✓" : " ";
}

static void print_measure(const json_t *m)
{
    static const struct {
        const char *name, *zh;
    } names[] = {{"items", "条数 (items)"}, {"sources", "信源 (sources)"},
                 {"rate", "每小时 (an hour)"}};
    const char *name = human_text(m, "name", NULL);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        name = strcmp(name, names[i].name) ? name : names[i].zh;
    cli_printf("  [%s] %s %.3g，标准 (asked) %g\n", tick(json_is_true(json_object_get(m, "met"))),
               name, json_number_value(json_object_get(m, "has")),
               json_number_value(json_object_get(m, "needs")));
}

/* The grade whose criteria are shown: the one that waits for 研判, or that it decided on. */
static const char *grade_shown(const json_t *c)
{
    const char *proposed = human_text(c, "proposed", NULL);

    return *proposed ? proposed : human_text(c, "grade", NULL);
}

/* What was ticked by the last 研判, as long as it decided on the grade that is shown; or NULL. */
static const json_t *ticks(const json_t *c)
{
    const json_t *e, *last = NULL;
    size_t i;

    json_array_foreach(json_object_get(c, "events"), i, e)
        if (event_type_find(str_from(human_text(e, "type", NULL))) == EVENT_ASSESSED)
            last = json_object_get(e, "data");
    return strcmp(human_text(last, "grade", NULL), grade_shown(c))
               ? NULL : json_object_get(last, "criteria");
}

static bool has(const json_t *numbers, size_t number)
{
    const json_t *one;
    size_t i;

    json_array_foreach(numbers, i, one)
        if (json_integer_value(one) == (json_int_t)number)
            return true;
    return false;
}

/* A rule that matched asked for the grade: that is no measure of heat, and is met. */
static bool rule_asks(const json_t *c)
{
    const json_t *e;
    size_t i;

    json_array_foreach(json_object_get(c, "events"), i, e) {
        const json_t *data = json_object_get(e, "data");
        if (event_type_find(str_from(human_text(e, "type", NULL))) == EVENT_PROPOSED &&
            !strcmp(human_text(data, "code", NULL), "rule") &&
            !strcmp(human_text(data, "grade", NULL), grade_shown(c)))
            return true;
    }
    return false;
}

void criteria_print(const json_t *c)
{
    const char *proposed = human_text(c, "proposed_zh", NULL);
    const json_t *ticked = ticks(c), *row;
    size_t i;
    bool waits = *proposed || (!*human_text(c, "assessed", NULL) &&
                               strcmp(human_text(c, "grade", NULL), "ordinary"));

    if (!strcmp(human_text(c, "state", NULL), "closed") || (!waits && !ticked))
        return;
    cli_printf("%s的标准，研判时核对 (criteria of this grade, to tick)\n",
               *proposed ? proposed : human_text(c, "grade_zh", NULL));
    if (rule_asks(c))
        cli_printf("  [%s] 规则命中 (a rule that matched asks for it)\n", tick(true));
    json_array_foreach(json_object_get(c, "measures"), i, row)
        print_measure(row);
    /* By their numbers, for --criteria: what a machine cannot tell stays open until 研判. */
    json_array_foreach(json_object_get(c, "criteria"), i, row)
        cli_printf("  [%s] %zu. %s（%s）\n", tick(has(ticked, i + 1)), i + 1,
                   human_text(row, "text", NULL), human_text(row, "source", NULL));
}
