#include "classifiers/rules.h"

#include "base/err.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/places.h"

int commands_rules_check(const struct cli_args *args)
{
    char shipped[PLACES_MAX];
    const char *dir = args->count ? args->rest[0] : places_rules(args, shipped);
    struct rules *rules = bench_rules(dir);

    if (!rules)
        return EX_CONFIG;
    struct problems *problems = problems_new();
    size_t run = problems ? rules_run_examples(rules, dir, problems) : 0;
    size_t failed = problems ? problems_count(problems) : 1;
    if (problems) {
        problems_sort(problems);
        problems_print(problems, stderr);
    } else {
        cli_error("%s", err_text(ERR_NOMEM));
    }
    if (!failed)
        cli_printf("%zu 个事项，%zu 个示例，规则版本 %s (%zu topics, %zu examples, version %s)\n",
                   rules_topics(rules), run, rules_version(rules), rules_topics(rules), run,
                   rules_version(rules));
    problems_free(problems);
    rules_free(rules);
    return failed ? EX_CONFIG : EX_OK;
}
