/* The acts of a concern's life, from the same table as the API and the bus: alerts/command.h. */
#include <stdio.h>

#include "alerts/command.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/ask.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"

enum {
    LAST_HOUR = 17, LAST_MINUTE = 30, /* of a day that is named without a time */
    TEXT_MAX = 64 * 1024
};

static json_t *as_text(const char *value)
{
    return json_string(value);
}

/* "a,b" -> ["a","b"] */
static json_t *as_list(const char *value)
{
    json_t *list = json_array();

    for (const char *at = value; list && *at;) {
        size_t n = strcspn(at, ",");
        if (json_array_append_new(list, json_stringn(at, n))) {
            json_decref(list);
            return NULL;
        }
        at += n + (at[n] == ',');
    }
    return list;
}

/* A day alone means the close of its office hours. */
static json_t *as_time(const char *value)
{
    char text[CLOCK_TEXT];
    struct str day = str_from(value);
    int64_t at;

    if (day.n != 10)
        return json_string(value);
    snprintf(text, sizeof text, "%sT%02d:%02d:00+08:00", value, LAST_HOUR, LAST_MINUTE);
    return clock_parse(str_from(text), &at) ? json_string(value) : json_string(text);
}

/* A file's bytes: NULL when it cannot be read, is too long or no UTF-8. */
static json_t *as_file(const char *path)
{
    struct buf text = BUF_INIT;
    json_t *value = NULL;
    int err = file_read(path, TEXT_MAX, &text);

    if (!err)
        value = json_stringn(text.data ? text.data : "", text.len);
    if (!value)
        cli_error("%s: %s", path, err_text(err ? err : ERR_SYNTAX));
    buf_free(&text);
    return value;
}

static json_t *as_number(const char *value)
{
    long long number;

    return str_int(str_from(value), 1, INT64_MAX, &number) ? json_string(value)
                                                           : json_integer(number);
}

static const struct {
    const char *option, *member;
    unsigned flag;
    json_t *(*make)(const char *value);
} members[] = {
    {"url", "url", MEMBER_URL, as_text},      {"note", "note", MEMBER_NOTE, as_text},
    {"to", "units", MEMBER_UNITS, as_list},   {"grade", "grade", MEMBER_GRADE, as_text},
    {"until", "until", MEMBER_UNTIL, as_time}, {"code", "code", MEMBER_CODE, as_text},
    {"into", "other", MEMBER_OTHER, as_text}, {"items", "items", MEMBER_ITEMS, as_list},
    {"scope", "scope", MEMBER_SCOPE, as_text}, {"article", "article", MEMBER_ARTICLE, as_text},
    {"text", "text", MEMBER_TEXT, as_file},   {"draft", "draft", MEMBER_DRAFT, as_number},
};

static json_t *body_of(const struct cli_args *args, const struct command_form *form)
{
    const char *unit = cli_value(args, "unit");
    json_t *body = json_object();

    if (body && unit)
        json_object_set_new(body, "unit", json_string(unit));
    for (size_t i = 0; body && i < sizeof members / sizeof *members; i++) {
        const char *value = form->may & members[i].flag ? cli_value(args, members[i].option) : NULL;
        json_t *made = value ? members[i].make(value) : NULL;
        if (value && !made) {
            json_decref(body);
            return NULL;
        }
        if (made)
            json_object_set_new(body, members[i].member, made);
    }
    return body;
}

static bool all_given(const struct cli_args *args, const struct command_form *form)
{
    const char *scope = cli_value(args, "scope");
    bool withheld = scope && (form->may & MEMBER_SCOPE) && strcmp(scope, "withheld") == 0;
    unsigned must = withheld ? form->must & ~(unsigned)MEMBER_URL : form->must;
    bool all = true;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if ((must & members[i].flag) && !cli_value(args, members[i].option)) {
            cli_error("%s: 缺少 --%s (--%s is required)", form->name, members[i].option,
                      members[i].option);
            all = false;
        }
    return all;
}

static const struct command_form *form_of(const struct cli_args *args)
{
    return command_form((enum command_act)command_find(str_from(args->command->name)));
}

static void tell(const struct cli_args *args, const json_t *answer)
{
    const struct command_form *form = form_of(args);
    const json_t *seq = json_object_get(answer, "seq");

    if (json_is_integer(seq))
        cli_printf("%s 已%s，台账序号 %" JSON_INTEGER_FORMAT " (%s, seq)\n", args->rest[0], form->zh,
                   json_integer_value(seq), form->name);
    else
        cli_printf("%s %s：无需更改 (nothing to change)\n", args->rest[0], form->zh);
}

int commands_act(const struct cli_args *args)
{
    const struct command_form *form = form_of(args);
    const char *id = args->rest[0];

    if (!ask_is_concern(id))
        return EX_DATAERR;
    if (!all_given(args, form))
        return EX_USAGE;
    json_t *body = body_of(args, form);
    int status = ask(args, &(struct ask){ASK_POST, id, body, NULL, tell},
                     "/api/v1/concerns/%s/%s", id, form->name);
    json_decref(body);
    return status;
}
