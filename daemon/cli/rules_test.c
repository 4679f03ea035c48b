/* rules test: the examples of each topic, and how many come out as they should. */
#include <jansson.h>

#include "base/err.h"
#include "classifiers/rules/rules.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/places.h"
#include "daemon/cli/table.h"

static json_t *counts(size_t all, size_t wrong)
{
    return json_pack("{s:I, s:I}", "examples", (json_int_t)all, "wrong", (json_int_t)wrong);
}

static void take(void *arg, const struct rules_tried *tried)
{
    json_array_append_new(arg, json_pack("{s:s%, s:o, s:o}", "topic", tried->topic.p,
                                         tried->topic.n, "match",
                                         counts(tried->match, tried->match_wrong), "nomatch",
                                         counts(tried->nomatch, tried->nomatch_wrong)));
}

static void topic_cell(struct buf *out, const json_t *row)
{
    buf_add_text(out, json_string_value(json_object_get(row, "topic")));
}

static void add_counts(struct buf *out, const json_t *row, const char *list)
{
    const json_t *c = json_object_get(row, list);
    json_int_t all = json_integer_value(json_object_get(c, "examples"));

    buf_addf(out, "%lld/%lld", (long long)(all - json_integer_value(json_object_get(c, "wrong"))),
             (long long)all);
}

static void match_cell(struct buf *out, const json_t *row)
{
    add_counts(out, row, "match");
}

static void nomatch_cell(struct buf *out, const json_t *row)
{
    add_counts(out, row, "nomatch");
}

static const struct table_column columns[] = {
    {"事项 Topic", 26, topic_cell},
    {"应归入 match", 14, match_cell},
    {"不应归入 nomatch", 0, nomatch_cell},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static int show(const struct cli_args *args, json_t *topics, size_t run, size_t wrong,
                const char *version)
{
    if (cli_value(args, "json")) {
        json_t *all = json_pack("{s:O, s:I, s:I, s:s}", "topics", topics, "examples",
                                (json_int_t)run, "wrong", (json_int_t)wrong, "version", version);
        char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
        cli_printf("%s\n", text ? text : "");
        free(text);
        json_decref(all);
        return text ? 0 : ERR_NOMEM;
    }
    table_rows(columns, COLUMNS, topics);
    cli_printf("%zu 个示例，%zu 个不符 (%zu examples, %zu come out otherwise)\n", run, wrong, run,
               wrong);
    return 0;
}

int commands_rules_test(const struct cli_args *args)
{
    struct problems *problems = problems_new();
    json_t *topics = json_array();
    char given[PLACES_MAX];
    const char *dir = args->count ? args->rest[0] : places_rules(args, given);

    places_set_shipped();
    struct rules *rules = problems && topics ? rules_compile(dir, problems) : NULL;
    size_t run = rules ? rules_try_examples(rules, dir, take, topics, problems) : 0;
    int status = EX_CONFIG;

    if (!problems || !topics)
        cli_error("%s", err_text(ERR_NOMEM));
    problems_print(problems, stderr);
    if (rules && show(args, topics, run, problems_count(problems), rules_version(rules)))
        status = EX_OSERR;
    else if (rules && !problems_count(problems))
        status = EX_OK;
    rules_free(rules);
    problems_free(problems);
    json_decref(topics);
    return status;
}
