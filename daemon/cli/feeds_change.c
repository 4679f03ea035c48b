/* feeds add, remove, pause, resume and poll. */
#include <stdlib.h>

#include "base/utf8.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/feeds.h"
#include "daemon/cli/feeds_slug.h"
#include "daemon/cli/human.h"
#include "daemon/cli/source_file.h"
#include "daemon/config/source_json.h"
#include "daemon/routes/query.h"

int feeds_path(const char *id, const char *verb, struct buf *out)
{
    if (!query_slug(id)) {
        cli_error("%s: 应为信源编号，只含小写字母、数字和连字符 (expected a source's id: a-z, 0-9 and -)",
                  id);
        return EX_DATAERR;
    }
    buf_addf(out, "/api/v1/sources/%s%s%s", id, verb ? "/" : "", verb ? verb : "");
    buf_add_char(out, '\0');
    return buf_ok(out) ? 0 : EX_OSERR;
}

bool feeds_is_address(const char *text)
{
    struct str s = str_from(text);

    return str_starts(s, STR("http://")) || str_starts(s, STR("https://"));
}

void feeds_set_options(const struct cli_args *args, json_t *source)
{
    static const char *const members[] = {"name", "kind", "interval", "region", "category"};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const char *value = cli_value(args, members[i]);
        if (value)
            json_object_set_new(source, members[i], json_string(value));
    }
    if (cli_value(args, "full-text"))
        json_object_set_new(source, "full_text", json_true());
}

/* What an address alone tells. */
static int from_address(const struct cli_args *args, json_t **out)
{
    const char *url = args->rest[0], *id = cli_value(args, "id");
    char made[FEEDS_SLUG], host[FEEDS_SLUG];

    if (!utf8_valid(str_from(url))) {
        cli_error("网址应为 UTF-8 (an address is UTF-8)");
        return EX_DATAERR;
    }
    if (!feeds_slug(url, made) || !feeds_host(url, host)) {
        cli_error("%s: 不是网址 (not an address)", url);
        return EX_DATAERR;
    }
    *out = json_pack("{s:s, s:s, s:s, s:s}", "id", id ? id : made, "name", host, "url", url, "kind",
                     "news");
    return *out ? 0 : EX_OSERR;
}

/* A source file, as `feeds try` takes it. */
static int from_file(const struct cli_args *args, json_t **out)
{
    struct source *source = NULL;
    struct buf text = BUF_INIT;
    int status = source_file_load(args->rest[0], &source);

    if (!status && (source_json_write(source, true, &text) ||
                    !(*out = json_loadb(text.data, text.len, 0, NULL))))
        status = EX_OSERR;
    if (!status && cli_value(args, "id"))
        json_object_set_new(*out, "id", json_string(cli_value(args, "id")));
    buf_free(&text);
    free(source);
    return status;
}

int commands_feeds_add(const struct cli_args *args)
{
    json_t *source = NULL, *answer = NULL;
    int status = feeds_is_address(args->rest[0]) ? from_address(args, &source)
                                                 : from_file(args, &source);

    if (status)
        return status;
    feeds_set_options(args, source);
    const char *id = human_text(source, "id", NULL);
    struct client *c = client_open();
    if (c) {
        client_about(c, id);
        status = client_post(c, "/api/v1/sources", source, &answer);
    }
    if (!c)
        status = EX_UNAVAILABLE;
    else if (!status && cli_value(args, "json"))
        cli_printf("{\"id\":\"%s\",\"status\":\"added\"}\n", id);
    else if (!status)
        cli_printf("%s 已添加 added\n", id);
    json_decref(answer);
    json_decref(source);
    client_close(c);
    return status;
}

/* One after the other; the first failure's status, with the others done all the same. */
static int each_id(const struct cli_args *args, const char *verb, const char *done)
{
    struct client *c = client_open();
    int first = c ? 0 : EX_UNAVAILABLE;

    for (int i = 0; c && i < args->count; i++) {
        const char *id = args->rest[i];
        struct buf path = BUF_INIT;
        json_t *answer = NULL, *body = json_object();
        int status = feeds_path(id, verb, &path);
        client_about(c, id);
        if (!status)
            status = verb ? client_post(c, path.data, body, &answer)
                          : client_delete(c, path.data, &answer);
        if (!status)
            cli_printf("%s %s\n", id, done);
        first = first ? first : status;
        json_decref(answer);
        json_decref(body);
        buf_free(&path);
        if (status == EX_UNAVAILABLE)
            break;
    }
    client_close(c);
    return first;
}

int commands_feeds_remove(const struct cli_args *args)
{
    return each_id(args, NULL, "已移除 removed");
}

int commands_feeds_pause(const struct cli_args *args)
{
    return each_id(args, "pause", "已暂停 paused");
}

int commands_feeds_resume(const struct cli_args *args)
{
    return each_id(args, "resume", "已恢复 resumed");
}

int commands_feeds_poll(const struct cli_args *args)
{
    return each_id(args, "poll", "即将抓取 will be polled as soon as its site allows");
}
