#include "classifiers/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/places.h"
#include "daemon/config_rules.h"

/* Without a configuration there is no town: topics are not checked against units and deadlines. */
static struct rules *check(const char *dir, const struct config *config, size_t *examples)
{
    static const struct config nowhere;
    struct problems *problems = problems_new();
    char shipped[PLACES_MAX];

    if (!problems) {
        cli_error("%s", err_text(ERR_NOMEM));
        return NULL;
    }
    if (snprintf(shipped, sizeof shipped, "%s/rules", config_datadir()) < PLACES_MAX)
        rules_set_shipped(shipped);
    struct rules *rules = config_rules_check(config ? config : &nowhere, dir, problems, examples);
    problems_print(problems, stderr);
    if (!rules && !problems_count(problems))
        cli_error("%s: %s", dir, err_text(ERR_NOMEM));
    problems_free(problems);
    return rules;
}

/* The whole configuration must be in order: a daemon starts on no less. */
static struct config *load_config(const char *path)
{
    struct problems *problems = problems_new();
    struct config *config = problems ? config_load(path, problems) : NULL;

    if (problems)
        problems_print(problems, stderr);
    problems_free(problems);
    return config;
}

int commands_rules_check(const struct cli_args *args)
{
    const char *path = cli_value(args, "config");
    struct config *config = path ? load_config(path) : NULL;
    char shipped[PLACES_MAX];
    size_t run = 0;

    if (path && !config)
        return EX_CONFIG;
    const char *dir = args->count ? args->rest[0]
                      : config    ? config->rules_dir
                                  : places_rules(args, shipped);
    struct rules *rules = check(dir, config, &run);
    if (rules)
        cli_printf("%zu 个事项，%zu 个示例，规则版本 %s (%zu topics, %zu examples, version %s)\n",
                   rules_topics(rules), run, rules_version(rules), rules_topics(rules), run,
                   rules_version(rules));
    int status = rules ? EX_OK : EX_CONFIG;
    rules_free(rules);
    config_free(config);
    return status;
}

/* The daemon may stand in another folder. */
static json_t *load_body(const struct cli_args *args)
{
    json_t *body = json_object();

    if (!args->count)
        return body;
    char *folder = realpath(args->rest[0], NULL);
    if (folder)
        json_object_set_new(body, "folder", json_string(folder));
    else
        cli_error("%s: %s", args->rest[0], strerror(errno));
    free(folder);
    if (json_object_size(body))
        return body;
    json_decref(body);
    return NULL;
}

static void print_loaded(const json_t *answer)
{
    json_int_t topics = json_integer_value(json_object_get(answer, "topics"));

    if (json_is_true(json_object_get(answer, "changed")))
        cli_printf("规则 %s → %s，%" JSON_INTEGER_FORMAT " 个事项 (topics)，台账序号 %" JSON_INTEGER_FORMAT
                   " (seq)\n",
                   human_text(answer, "previous", NULL), human_text(answer, "version", NULL),
                   topics, json_integer_value(json_object_get(answer, "seq")));
    else
        cli_printf("规则 %s 已在用，无需更改 (in force already, nothing to change)\n",
                   human_text(answer, "version", NULL));
}

int commands_rules_load(const struct cli_args *args)
{
    json_t *body = load_body(args), *answer = NULL;
    struct client *c = body ? client_open() : NULL;
    int status = body ? EX_UNAVAILABLE : EX_NOINPUT;

    if (c)
        status = client_post(c, "/api/v1/rules/load", body, &answer);
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        print_loaded(answer);
    }
    json_decref(answer);
    json_decref(body);
    client_close(c);
    return status;
}

static void print_status(const json_t *answer)
{
    const json_t *refused = json_object_get(answer, "refused"), *one;
    size_t i;

    cli_printf("规则 Rules     %s，%" JSON_INTEGER_FORMAT " 个事项 (topics)\n",
               human_text(answer, "version", NULL),
               json_integer_value(json_object_get(answer, "topics")));
    cli_printf("启用 Loaded    %s  %s\n", human_text(answer, "loaded", NULL),
               human_text(answer, "folder", NULL));
    if (!json_is_object(refused))
        return;
    cli_printf("上次未换 Refused %s  %s\n", human_text(refused, "at", NULL),
               human_text(refused, "folder", NULL));
    json_array_foreach(json_object_get(refused, "problems"), i, one)
        cli_printf("  %s:%" JSON_INTEGER_FORMAT ": %s\n", human_text(one, "file", NULL),
                   json_integer_value(json_object_get(one, "line")),
                   human_text(one, "detail", NULL));
}

int commands_rules_status(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    int status = client_get(c, "/api/v1/rules", &answer);
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        print_status(answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}
