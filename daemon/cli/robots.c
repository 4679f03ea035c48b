#include "feeds/fetch/robots.h"

#include "daemon/cli/commands.h"

enum { ROBOTS_MAX = 16 * 1024 * 1024, DISALLOWED = 1 };

int commands_robots(const struct cli_args *args)
{
    const char *agent = cli_value(args, "agent");
    struct buf text = BUF_INIT;

    if (!agent || !*agent) {
        cli_error("robots: 缺少 --agent (--agent is required)");
        return EX_USAGE;
    }
    int status = cli_read(args->rest[0], ROBOTS_MAX, &text);
    if (!status) {
        bool allowed = robots_allowed(buf_str(&text), str_from(agent), str_from(args->rest[1]),
                                      NULL);
        cli_printf("%s\n", allowed ? "允许 allowed" : "不允许 disallowed");
        status = allowed ? EX_OK : DISALLOWED;
    }
    buf_free(&text);
    return status;
}
