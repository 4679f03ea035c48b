#include "daemon/cli/rules_edited.h"

#include "base/err.h"
#include "base/utf8.h"

/* The longest of the shipped topics is 30 kB. */
enum { TEXT_MAX = 1024 * 1024 };

/* No shipped or town's file is called so. */
static const char NEW_TOPIC[] = "+.yaml";

static int find_file(const char *topic, const char *dir, struct buf *file)
{
    struct buf there = BUF_INIT;
    int err = 0;

    if (topic)
        err = rules_topic_file(dir, str_from(topic), file, &there);
    else
        buf_add_text(file, NEW_TOPIC);
    buf_free(&there);
    err = err ? err : buf_ok(file) ? 0 : ERR_NOMEM;
    if (err == ERR_NOTFOUND)
        cli_error_at(dir, 0, "没有事项 %s 的文件 (no file of this topic)", topic);
    else if (err)
        cli_error_at(dir, 0, "%s", err_text(err));
    return !err ? 0 : err == ERR_NOMEM ? EX_OSERR : EX_NOINPUT;
}

int rules_edited_read(const struct cli_args *args, const char *dir, struct rules_edited *out)
{
    const char *from = cli_value(args, "edit");

    *out = (struct rules_edited){0};
    if (!from)
        return 0;
    int status = find_file(cli_value(args, "topic"), dir, &out->file);
    if (!status)
        status = cli_read(from, TEXT_MAX, &out->text);
    if (!status && !utf8_valid(buf_str(&out->text))) {
        cli_error_at(from, 0, "不是 UTF-8 (not UTF-8)");
        status = EX_DATAERR;
    }
    out->edit = (struct rules_edit){buf_str(&out->file), buf_str(&out->text)};
    out->given = &out->edit;
    return status;
}

void rules_edited_free(struct rules_edited *e)
{
    buf_free(&e->file);
    buf_free(&e->text);
    *e = (struct rules_edited){0};
}
