/* The acts of a concern's life, from the same table as the API and the bus: alerts/command.h. */
#include <stdio.h>

#include "alerts/command.h"
#include "alerts/event.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "daemon/cli/ask.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"

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

static json_t *as_number(const char *value)
{
    long long number;

    return str_int(str_from(value), 1, INT64_MAX, &number) ? json_string(value)
                                                           : json_integer(number);
}

/* What is neither goes as it is, for the daemon to refuse. */
static json_t *as_yes_or_no(const char *value)
{
    bool yes = strcmp(value, "yes") == 0;

    return yes || strcmp(value, "no") == 0 ? json_boolean(yes) : json_string(value);
}

/* "1,3" -> [1,3]; what is no number goes as it is, for the daemon to refuse */
static json_t *as_numbers(const char *value)
{
    json_t *texts = as_list(value), *list = json_array(), *text;
    size_t i;

    json_array_foreach(texts, i, text)
        if (list && json_array_append_new(list, as_number(json_string_value(text)))) {
            json_decref(list);
            list = NULL;
        }
    json_decref(texts);
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
    {"emergency", "emergency", MEMBER_EMERGENCY, as_yes_or_no},
    {"criteria", "criteria", MEMBER_CRITERIA, as_numbers}, {"step", "step", MEMBER_STEP, as_text},
    {"draft", "draft", MEMBER_DRAFT, as_number},
    {"text", "text", MEMBER_TEXT, NULL}, /* see add_file() */
};

/* 0, or the exit status after the reason was told. */
static int add_file(json_t *body, const char *path)
{
    struct buf text = BUF_INIT;
    int status = cli_read(path, TEXT_MAX, &text);
    int bad = status ? 0 : utf8_bad_line(buf_str(&text));

    if (bad) {
        cli_error_at(path, bad, "不是 UTF-8 (not UTF-8)");
        status = EX_DATAERR;
    }
    json_t *value = status ? NULL : json_stringn(text.len ? text.data : "", text.len);
    if (!status && json_object_set_new(body, "text", value))
        status = EX_OSERR;
    buf_free(&text);
    return status;
}

static json_t *body_of(const struct cli_args *args, const struct command_form *form)
{
    const char *unit = cli_value(args, "unit");
    json_t *body = json_object();

    if (body && unit)
        json_object_set_new(body, "unit", json_string(unit));
    for (size_t i = 0; body && i < sizeof members / sizeof *members; i++) {
        bool may = members[i].make && form->may & members[i].flag;
        const char *value = may ? cli_value(args, members[i].option) : NULL;
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

/* What is still to be published, after a 阶段性答复. */
static void tell_open(const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
        cli_printf("  仍待%s (%s)，期限 %s (still open, due)\n", human_text(one, "act_zh", NULL),
                   human_text(one, "act", NULL), human_text(one, "due", NULL));
}

/* What became of it, where the form's name would say more than was done. */
static const char *deed(const struct command_form *form, const json_t *answer)
{
    switch (event_type_find(str_from(human_text(answer, "event", NULL)))) {
    case EVENT_EXTENSION_ASKED: return "申请延期，待协调单位决定";
    case EVENT_DISMISSAL_ASKED: return "申请无需回应，待协调单位决定";
    default: return form->zh;
    }
}

static void tell(const struct cli_args *args, const json_t *answer)
{
    const struct command_form *form = form_of(args);
    const json_t *seq = json_object_get(answer, "seq");

    if (json_is_integer(seq))
        cli_printf("%s 已%s，台账序号 %" JSON_INTEGER_FORMAT " (%s, seq)\n", args->rest[0],
                   deed(form, answer), json_integer_value(seq), form->name);
    else
        cli_printf("%s %s：无需更改 (nothing to change)\n", args->rest[0], form->zh);
    tell_open(json_object_get(answer, "open"));
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
    int status = body ? 0 : EX_OSERR;
    if (!status && (form->may & MEMBER_TEXT))
        status = add_file(body, cli_value(args, "text"));
    if (!status)
        status = ask(args, &(struct ask){ASK_POST, id, body, NULL, tell},
                     "/api/v1/concerns/%s/%s", id, form->name);
    json_decref(body);
    return status;
}
