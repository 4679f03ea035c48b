/* Topics that were changed on the page, over the files: which, what one says, taking it back. */
#include <string.h>

#include "daemon/cli/ask.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

static void cell_topic(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "topic", NULL));
}

static void cell_file(struct buf *out, const json_t *row)
{
    bool none = !*human_text(row, "was", NULL);

    buf_addf(out, "%s%s", human_text(row, "file", NULL), none ? "（新 new）" : "");
}

static void cell_by(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "by", NULL));
}

static void cell_at(struct buf *out, const json_t *row)
{
    human_time(out, human_text(row, "at", NULL));
}

static const struct table_column columns[] = {
    {"事项 Topic", 28, cell_topic},
    {"文件 File", 36, cell_file},
    {"何人 By", 16, cell_by},
    {"何时 At", 0, cell_at},
};

static void tell_list(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    table_rows(columns, sizeof columns / sizeof *columns, json_object_get(answer, "items"));
}

int commands_rules_edits(const struct cli_args *args)
{
    return ask(args, &(struct ask){.member = "items", .tell = tell_list}, "/api/v1/rules/edits");
}

static bool is_topic(const char *id)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    bool good = *id && strspn(id, plain) == strlen(id);

    if (!good)
        cli_error("%s: 应为事项的标识，如 wage-arrears (expected the id of a topic)", id);
    return good;
}

static void tell_text(const struct cli_args *args, const json_t *answer)
{
    (void)args;
    cli_printf("%s", human_text(answer, "text", NULL));
}

/* rules topic TOPIC */
int commands_rules_topic(const struct cli_args *args)
{
    const char *topic = args->rest[0];

    return is_topic(topic) ? ask(args, &(struct ask){.subject = topic, .tell = tell_text},
                                 "/api/v1/rules/topics/%s", topic)
                           : EX_USAGE;
}

static void tell_restored(const struct cli_args *args, const json_t *answer)
{
    const char *staged = human_text(answer, "staged", NULL);

    (void)args;
    if (*staged)
        cli_printf("已检查，待另一人批准 (checked; waits for another person)：huiying rules approve %s\n",
                   staged);
    else
        cli_printf("规则 %s → %s，已还原为文件 (the file's own again)\n",
                   human_text(answer, "previous", NULL), human_text(answer, "version", NULL));
}

/* rules restore TOPIC */
int commands_rules_restore(const struct cli_args *args)
{
    const char *topic = args->rest[0];

    if (!is_topic(topic))
        return EX_USAGE;
    json_t *body = json_object();
    int status = ask(args, &(struct ask){.how = ASK_POST, .subject = topic, .body = body,
                                         .tell = tell_restored},
                     "/api/v1/rules/edits/%s/restore", topic);
    json_decref(body);
    return status;
}
