/* corrections: what people ask to be corrected or erased, and what is decided of it. */
#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

static void cell_concern(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "concern", NULL));
}

static void cell_wish(struct buf *out, const json_t *row)
{
    buf_addf(out, "%s %s", human_text(row, "wish_zh", NULL), human_text(row, "wish", NULL));
}

static void cell_code(struct buf *out, const json_t *row)
{
    buf_addf(out, "%s %s", human_text(row, "code_zh", NULL), human_text(row, "code", NULL));
}

static void cell_waiting(struct buf *out, const json_t *row)
{
    buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "waiting")));
}

static void cell_since(struct buf *out, const json_t *row)
{
    human_time(out, human_text(row, "since", NULL));
}

static const struct table_column columns[] = {
    {"关切 Concern", 14, cell_concern}, {"希望 Wish", 16, cell_wish}, {"原因 Code", 22, cell_code},
    {"件数 Requests", 14, cell_waiting}, {"最早 Since", 0, cell_since},
};

static void tell_list(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    table_rows(columns, sizeof columns / sizeof *columns, json_object_get(answer, "corrections"));
}

int commands_corrections_list(const struct cli_args *args)
{
    return ask(args, &(struct ask){.member = "corrections", .tell = tell_list},
               "/api/v1/corrections");
}

static void tell_decided(const struct cli_args *args, const json_t *answer)
{
    (void)answer;
    cli_printf("%s 已决定 (decided)\n", args->rest[0]);
}

/* corrections grant|refuse CONCERN WISH CODE */
int commands_corrections_decide(const struct cli_args *args)
{
    const char *verb = strrchr(args->command->name, ' ');

    if (!ask_is_concern(args->rest[0]))
        return EX_DATAERR;
    json_t *body = json_pack("{ss ss ss ss}", "concern", args->rest[0], "wish", args->rest[1],
                             "code", args->rest[2], "decision", verb + 1);
    int status = body ? ask(args, &(struct ask){.how = ASK_POST, .body = body,
                                                .tell = tell_decided},
                            "/api/v1/corrections")
                      : EX_DATAERR;
    json_decref(body);
    return status;
}
