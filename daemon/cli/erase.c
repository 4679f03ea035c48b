/* erase: texts that must not be kept, for good and with a reason. */
#include "alerts/concern.h"
#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/drill_list.h"
#include "daemon/cli/drill_record.h"
#include "daemon/cli/human.h"

static void tell(const struct cli_args *args, const json_t *answer)
{
    const char *concern = human_text(answer, "concern", NULL);

    cli_printf("%s 已抹去 (erased)%s%s；以前的备份里还有，见 (older backups still hold it, see) "
               "OPERATING.md\n", args->rest[0], *concern ? "，属于 (of) " : "", concern);
    if (!cli_value(args, "reply")) /* no recorded day has those */
        cli_printf("录下的演练文件一并核对；拷贝或别的账号录的，用 huiying drill update FILE 去掉 (recorded days are held "
                   "against the ledger now; copies, and another account's, by huiying drill update "
                   "FILE)\n");
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

/* The day that is named, and all that this account recorded. */
static int update_days(const struct cli_args *args)
{
    const char *named = cli_value(args, "drill");
    size_t known;
    int status = named ? drill_update_file(named, true) : 0;
    int listed = cli_value(args, "reply") ? 0 : drill_list_update(&known);

    if (listed)
        cli_error("已抹去；有演练文件未核对，请用 huiying drill update 再核对 (erased; a recorded day was not held "
                  "against the ledger: do so with huiying drill update)");
    return status ? status : listed;
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
    return status ? status : update_days(args);
}
