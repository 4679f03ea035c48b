/* register: a page that a person or a higher office pointed to (交办). */
#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"

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

static void tell(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    const char *id = human_text(answer, "concern", NULL);

    if (json_is_true(json_object_get(answer, "known")))
        cli_printf("已知，并入 %s (known already: it is an item of that)\n", id);
    else
        cli_printf("%s 已登记 (registered)\n", id);
}

int commands_register(const struct cli_args *args)
{
    json_t *body = body_of(args);

    if (!body) {
        cli_error("%s: 应为 UTF-8 (expected UTF-8)", args->rest[0]);
        return EX_DATAERR;
    }
    int status = ask(args, &(struct ask){.how = ASK_POST, .body = body, .tell = tell},
                     "/api/v1/register");
    json_decref(body);
    return status;
}
