/* Reports that the daemon fills from the ledger: 初报, 续报, 终报, 月度通报, 每日信息参阅, 演练小结. */
#include <string.h>

#include "daemon/cli/ask.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/report_book.h"

/* Print what the daemon answers at the path, as text or, with --html, as its page. */
static int print_report(const struct cli_args *args, struct buf *path)
{
    struct client *c = client_open();
    struct buf body = BUF_INIT;

    if (!c)
        return EX_UNAVAILABLE;
    client_add_query(path, "format", cli_value(args, "html") ? "html" : "text");
    buf_add_char(path, '\0');
    int status = buf_ok(path) ? client_bytes(c, path->data, &body) : EX_OSERR;
    if (!status)
        cli_print(buf_str(&body));
    buf_free(&body);
    client_close(c);
    return status;
}

int commands_report(const struct cli_args *args)
{
    const char *id = args->rest[0];
    struct buf path = BUF_INIT;

    if (!ask_is_concern(id))
        return EX_DATAERR;
    buf_addf(&path, "/reports/%s", id);
    client_add_query(&path, "kind", cli_value(args, "kind"));
    int status = print_report(args, &path);
    buf_free(&path);
    return status;
}

int commands_report_month(const struct cli_args *args)
{
    const char *month = args->rest[0], *file = cli_value(args, "xlsx");
    struct buf path = BUF_INIT;

    if (strlen(month) != 7 || strspn(month, "0123456789-") != 7) {
        cli_error("%s: 应为 2026-11 的形式 (expected a month of the form 2026-11)", month);
        return EX_DATAERR;
    }
    if (file)
        return report_book_write(month, file);
    buf_addf(&path, "/reports/month/%s", month);
    int status = print_report(args, &path);
    buf_free(&path);
    return status;
}

int commands_drill_report(const struct cli_args *args)
{
    struct buf path = BUF_INIT;

    buf_add_text(&path, "/reports/drill");
    int status = print_report(args, &path);
    buf_free(&path);
    return status;
}

int commands_brief(const struct cli_args *args)
{
    struct buf path = BUF_INIT;

    buf_add_text(&path, "/reports/daily");
    client_add_query(&path, "day", cli_value(args, "day"));
    int status = print_report(args, &path);
    buf_free(&path);
    return status;
}
