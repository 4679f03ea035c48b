#include "daemon/cli/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alerts/concern.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"

enum { PATH_LENGTH = 128, ITEM_ID = 32 };

static int request(struct client *c, const struct ask *a, const char *path, json_t **answer)
{
    if (a->how == ASK_GET)
        return client_get(c, path, answer);
    if (!a->body)
        return EX_OSERR;
    return (a->how == ASK_PUT ? client_put : client_post)(c, path, a->body, answer);
}

int ask(const struct cli_args *args, const struct ask *a, const char *format, ...)
{
    struct client *c = client_open();
    json_t *answer = NULL;
    char path[PATH_LENGTH];
    va_list list;

    if (!c)
        return EX_UNAVAILABLE;
    va_start(list, format);
    int n = vsnprintf(path, sizeof path, format, list);
    va_end(list);
    client_about(c, a->subject);
    int status = n > 0 && (size_t)n < sizeof path ? request(c, a, path, &answer) : EX_OSERR;
    if (!status && cli_value(args, "json")) {
        cli_json(a->member ? json_object_get(answer, a->member) : answer);
    } else if (!status) {
        a->tell(args, answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}

bool ask_is_concern(const char *id)
{
    if (concern_parse_id(str_from(id)))
        return true;
    cli_error("%s: 应为关切编号，如 c12 (expected a concern's id, like c12)", id);
    return false;
}

bool ask_is_item(const char *id)
{
    if (strlen(id) == ITEM_ID && strspn(id, "0123456789abcdef") == ITEM_ID)
        return true;
    cli_error("%s: 应为条目编号，见 items list (expected an item's id, see items list)", id);
    return false;
}
