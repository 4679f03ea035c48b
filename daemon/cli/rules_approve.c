/* The second person's word on rules that wait. */
#include <string.h>

#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"

static void tell_approved(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    cli_printf("规则 %s → %s，已启用 (in force)\n", human_text(answer, "previous", NULL),
               human_text(answer, "version", NULL));
}

static void tell_denied(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    cli_printf("不予批准，仍用 %s (denied; the old rules stay in force)\n",
               human_text(answer, "version", NULL));
}

static int send(const struct cli_args *args, const char *verb, json_t *body,
                void (*tell)(const struct cli_args *, const json_t *))
{
    static const char plain[] = "0123456789abcdef-";
    const char *stage = args->rest[0];
    int status = EX_USAGE;

    if (strspn(stage, plain) != strlen(stage))
        cli_error("%s: 应为 rules status 所列的待批编号 (expected what rules status lists)", stage);
    else
        status = ask(args, &(struct ask){.how = ASK_POST, .body = body, .tell = tell},
                     "/api/v1/rules/staged/%s/%s", stage, verb);
    json_decref(body);
    return status;
}

int commands_rules_approve(const struct cli_args *args)
{
    return send(args, "approve", json_object(), tell_approved);
}

int commands_rules_deny(const struct cli_args *args)
{
    const char *note = cli_value(args, "note");

    if (!note || !*note) {
        cli_error("rules deny: 须用 --note 说明理由 (--note has to say why)");
        return EX_USAGE;
    }
    return send(args, "deny", json_pack("{s:s}", "reason", note), tell_denied);
}
