/* register: a page that a person or a higher office pointed to (交办). */
#include <jansson.h>

#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"

static json_t *body_of(const struct cli_args *args)
{
    static const char *const members[] = {"topic", "unit", "note"};
    json_t *body = json_pack("{s:s}", "url", args->rest[0]);

    for (size_t i = 0; body && i < sizeof members / sizeof *members; i++) {
        const char *value = cli_value(args, members[i]);
        if (value)
            json_object_set_new(body, members[i], json_string(value));
    }
    return body;
}

int commands_register(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *body, *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    body = body_of(args);
    if (!body)
        cli_error("%s: 应为 UTF-8 (expected UTF-8)", args->rest[0]);
    int status = body ? client_post(c, "/api/v1/register", body, &answer) : EX_DATAERR;
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        cli_printf("%s 已登记 (registered)\n",
                   json_string_value(json_object_get(answer, "concern")));
    }
    json_decref(answer);
    json_decref(body);
    client_close(c);
    return status;
}
