/* erase: texts that must not be kept, for good and with a reason. */
#include "alerts/concern.h"
#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"

static void tell(const struct cli_args *args, const json_t *answer)
{
    const char *concern = human_text(answer, "concern", NULL);

    cli_printf("%s 已抹去 (erased)%s%s；以前的备份里还有，见 (older backups still hold it, see) "
               "OPERATING.md\n", args->rest[0], *concern ? "，属于 (of) " : "", concern);
}

/* An address, a concern or an item by its form; what is no item's is said by the daemon. */
static const char *member_of(const struct cli_args *args)
{
    struct str text = str_from(args->rest[0]);

    if (str_find(text, STR("://"), 0) != (size_t)-1)
        return "link";
    if (cli_value(args, "reply"))
        return "reply";
    return text.n && *text.p == 'c' && concern_parse_id(text) ? "concern" : "item";
}

int commands_erase(const struct cli_args *args)
{
    const char *code = cli_value(args, "code");

    if (!code) {
        cli_error("erase: 应有 --code personal|wrong|secret|asked (say why)");
        return EX_USAGE;
    }
    json_t *body = json_pack("{ss ss}", member_of(args), args->rest[0], "code", code);
    int status = body ? ask(args, &(struct ask){.how = ASK_POST, .body = body, .tell = tell},
                            "/api/v1/erase")
                      : EX_DATAERR;
    json_decref(body);
    return status;
}
