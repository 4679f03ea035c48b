/* rules term: the term that a code in an event stands for. */
#include "alerts/event.h"
#include "classifiers/rules/rules.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/places.h"

int commands_rules_term(const struct cli_args *args)
{
    uint64_t code = event_rules_number(str_from(args->rest[0]));
    struct problems *problems = problems_new();
    char dir[PLACES_MAX];
    bool found = false;

    if (!code) {
        cli_error("%s: 应为 16 位十六进制代号 (expected a code of 16 hex digits)", args->rest[0]);
        problems_free(problems);
        return EX_DATAERR;
    }
    places_set_shipped();
    struct rules *rules = problems ? rules_compile(places_rules(args, dir), problems) : NULL;
    problems_print(problems, stderr);
    problems_free(problems);
    for (size_t i = 0; rules && !found && i < rules_terms(rules); i++) {
        struct str term = rules_term(rules, i);
        found = event_term_code(term) == code;
        if (found)
            cli_printf("%.*s\n", STR_ARG(term));
    }
    if (rules && !found)
        cli_error("%s: 规则里没有这个词 (no such term in these rules)", args->rest[0]);
    int status = !rules ? EX_CONFIG : found ? EX_OK : EX_DATAERR;
    rules_free(rules);
    return status;
}
