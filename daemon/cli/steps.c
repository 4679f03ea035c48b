/* accept and answer: what a unit does with a concern. */
#include "alerts/concern.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"

static int do_step(const struct cli_args *args, const char *verb, const char *done)
{
    const char *id = args->rest[0], *unit = cli_value(args, "unit"), *url = cli_value(args, "url");
    struct buf path = BUF_INIT;
    json_t *answer = NULL, *body;

    if (!concern_parse_id(str_from(id))) {
        cli_error("%s: 应为关切编号，如 c12 (expected a concern's id, like c12)", id);
        return EX_DATAERR;
    }
    struct client *c = client_open();
    if (!c)
        return EX_UNAVAILABLE;
    body = json_object();
    if (unit)
        json_object_set_new(body, "unit", json_string(unit));
    if (url)
        json_object_set_new(body, "url", json_string(url));
    buf_addf(&path, "/api/v1/concerns/%s/%s", id, verb);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) && body ? client_post(c, path.data, body, &answer) : EX_OSERR;
    if (!status && cli_value(args, "json")) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        cli_print(STR("\n"));
    } else if (!status) {
        const json_t *seq = json_object_get(answer, "seq");
        if (json_is_integer(seq))
            cli_printf("%s %s，台账序号 %" JSON_INTEGER_FORMAT " (seq)\n", id, done,
                       json_integer_value(seq));
        else
            cli_printf("%s %s，无需更改 (nothing to change)\n", id, done);
    }
    json_decref(answer);
    json_decref(body);
    buf_free(&path);
    client_close(c);
    return status;
}

int commands_accept(const struct cli_args *args)
{
    return do_step(args, "accept", "已签收 accepted");
}

int commands_answer(const struct cli_args *args)
{
    if (!cli_value(args, "url")) {
        cli_error("answer: 缺少 --url (--url is required)");
        return EX_USAGE;
    }
    return do_step(args, "answer", "已答复 answered");
}
