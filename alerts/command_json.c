#include "alerts/command_json.h"

#include <jansson.h>

#include "alerts/concern.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"

/* Its text, without NUL; false when it is none, or longer. */
static bool text_of(const json_t *value, size_t max, struct str *out)
{
    *out = member_str(value);
    return out->p && out->n <= max && !memchr(out->p, '\0', out->n);
}

static int read_url(const json_t *value, struct command *c)
{
    if (!text_of(value, COMMAND_URL_MAX, &c->url))
        return ERR_SYNTAX;
    for (size_t i = 0; i < c->url.n; i++)
        if ((unsigned char)c->url.p[i] <= ' ' || c->url.p[i] == 0x7f)
            return ERR_SYNTAX;
    return 0;
}

static int read_note(const json_t *value, struct command *c)
{
    return text_of(value, COMMAND_NOTE_MAX, &c->note) ? 0 : ERR_SYNTAX;
}

static int read_units(const json_t *value, struct command *c)
{
    c->nunits = json_array_size(value);
    if (!json_is_array(value) || c->nunits > COMMAND_UNITS)
        return ERR_SYNTAX;
    for (size_t i = 0; i < c->nunits; i++)
        if (!text_of(json_array_get(value, i), SLUG_MAX - 1, &c->units[i]) || !c->units[i].n)
            return ERR_SYNTAX;
    return 0;
}

static int read_grade(const json_t *value, struct command *c)
{
    struct str text;
    int grade = text_of(value, SLUG_MAX, &text) ? event_grade_find(text) : -1;

    c->graded = grade >= 0;
    c->grade = c->graded ? (enum grade)grade : GRADE_ORDINARY;
    return c->graded ? 0 : ERR_SYNTAX;
}

static int read_until(const json_t *value, struct command *c)
{
    struct str text;

    return text_of(value, CLOCK_TEXT, &text) && clock_parse(text, &c->until) == 0 && c->until > 0
               ? 0
               : ERR_SYNTAX;
}

static int read_code(const json_t *value, struct command *c)
{
    struct str text;
    int code = text_of(value, SLUG_MAX, &text) ? event_dismissal_find(text) : -1;

    if (code <= 0)
        return ERR_SYNTAX;
    c->code = (enum dismissal)code;
    return 0;
}

static int read_scope(const json_t *value, struct command *c)
{
    struct str text;
    int scope = text_of(value, SLUG_MAX, &text) ? scope_find(text) : -1;

    c->scoped = scope >= 0;
    c->scope = c->scoped ? (enum scope)scope : SCOPE_FULL;
    return c->scoped ? 0 : ERR_SYNTAX;
}

static int read_article(const json_t *value, struct command *c)
{
    struct str text;
    int article = text_of(value, SLUG_MAX, &text) ? scope_article_find(text) : -1;

    c->article = article > 0 ? (enum scope_article)article : SCOPE_ARTICLE_NONE;
    return article > 0 ? 0 : ERR_SYNTAX;
}

static int read_other(const json_t *value, struct command *c)
{
    struct str text;

    c->other = text_of(value, 23, &text) ? concern_parse_id(text) : 0;
    return c->other ? 0 : ERR_SYNTAX;
}

static int read_body(const json_t *value, struct command *c)
{
    return text_of(value, COMMAND_TEXT_MAX, &c->text) ? 0 : ERR_SYNTAX;
}

static int read_draft(const json_t *value, struct command *c)
{
    json_int_t draft = json_integer_value(value);

    c->draft = draft > 0 ? (uint64_t)draft : 0;
    return c->draft ? 0 : ERR_SYNTAX;
}

static int read_items(const json_t *value, struct command *c)
{
    c->nitems = json_array_size(value);
    if (!json_is_array(value) || c->nitems > COMMAND_ITEMS)
        return ERR_SYNTAX;
    for (size_t i = 0; i < c->nitems; i++)
        if (!str_unhex(member_str(json_array_get(value, i)), c->items[i], COMMAND_IDENT))
            return ERR_SYNTAX;
    return 0;
}

static int read_step(const json_t *value, struct command *c)
{
    struct str text;
    int act = text_of(value, SLUG_MAX, &text) ? event_act_find(text) : -1;

    c->stepped = act == ACT_FIRST_INFO || act == ACT_BRIEFING || act == ACT_PROMISE;
    c->step = c->stepped ? (enum act)act : ACT_ACCEPT;
    return c->stepped ? 0 : ERR_SYNTAX;
}

static int read_criteria(const json_t *value, struct command *c)
{
    if (!json_is_array(value) || json_array_size(value) > COMMAND_CRITERIA)
        return ERR_SYNTAX;
    c->criteria = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_int_t number = json_integer_value(json_array_get(value, i)); /* 0: none */
        if (number < 1 || number > COMMAND_CRITERIA)
            return ERR_SYNTAX;
        c->criteria |= 1u << (number - 1);
    }
    return 0;
}

static int read_emergency(const json_t *value, struct command *c)
{
    c->emergency = json_is_true(value) ? EMERGENCY_YES : EMERGENCY_NO;
    return json_is_boolean(value) ? 0 : ERR_SYNTAX;
}

static const struct {
    const char *name;
    unsigned member;
    int (*read)(const json_t *value, struct command *c);
    const char *wrong;
} members[] = {
    {"url", MEMBER_URL, read_url, "url 应为不含空白的网址 (url is an address without blanks)"},
    {"units", MEMBER_UNITS, read_units,
     "units 应为单位编号的数组，最多 8 个 (units is an array of at most 8 ids)"},
    {"grade", MEMBER_GRADE, read_grade,
     "grade 应为 ordinary、larger、major 或 grave (grade is ordinary, larger, major or grave)"},
    {"criteria", MEMBER_CRITERIA, read_criteria,
     "criteria 应为标准序号的数组，从 1 起 (criteria is an array of numbers, from 1)"},
    {"emergency", MEMBER_EMERGENCY, read_emergency,
     "emergency 应为 true 或 false (emergency is true or false)"},
    {"step", MEMBER_STEP, read_step,
     "step 应为 first-info、briefing 或 promise (step is first-info, briefing or promise)"},
    {"until", MEMBER_UNTIL, read_until, "until 应为 RFC 3339 时间 (until is an RFC 3339 time)"},
    {"code", MEMBER_CODE, read_code, "没有这个原因代码 code (no such code)"},
    {"other", MEMBER_OTHER, read_other, "other 应如 c12 (other has the form c12)"},
    {"items", MEMBER_ITEMS, read_items,
     "items 应为条目编号的数组，最多 50 个 (items is an array of at most 50 item ids)"},
    {"scope", MEMBER_SCOPE, read_scope,
     "scope 应为 full、summary 或 withheld (scope is full, summary or withheld)"},
    {"article", MEMBER_ARTICLE, read_article,
     "article 应为 article-14、article-15 或 article-16 (article is one of these)"},
    {"text", MEMBER_TEXT, read_body,
     "text 应为答复正文，最长 8000 字节 (text is a reply of at most 8000 bytes)"},
    {"draft", MEMBER_DRAFT, read_draft, "draft 应为送审的台账序号 (draft is the seq of its drafting)"},
    {"note", MEMBER_NOTE, read_note,
     "note 应为文本，最长 2000 字节 (note is text of at most 2000 bytes)"},
};

enum { MEMBERS = sizeof members / sizeof *members };

static bool is_named(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool is_member(const char *name)
{
    size_t i = 0;

    while (i < MEMBERS && strcmp(members[i].name, name) != 0)
        i++;
    return i < MEMBERS;
}

int command_json_read(const json_t *object, const char *const *envelope, struct command *out,
                      const char **reason)
{
    const char *name;
    json_t *value;

    *reason = "有不认识的成员 (an unknown member)";
    if (envelope)
        json_object_foreach((json_t *)object, name, value)
            if (!is_member(name) && !is_named(envelope, name))
                return ERR_INVALID;
    for (size_t i = 0; i < MEMBERS; i++) {
        value = json_object_get(object, members[i].name);
        *reason = members[i].wrong;
        int err = value ? members[i].read(value, out) : 0;
        if (err)
            return err;
    }
    return command_check(out, reason);
}

void command_json_expected(enum command_act act, const char *extra, struct buf *out)
{
    const struct command_form *form = command_form(act);
    /* What is withheld has an article instead. */
    unsigned must = form->may & MEMBER_SCOPE ? form->must & ~(unsigned)MEMBER_URL : form->must;
    const char *comma = "";

    buf_add_char(out, '{');
    for (size_t i = 0; i < MEMBERS; i++) {
        if (!(form->may & members[i].member))
            continue;
        buf_addf(out, "%s\"%s\"%s", comma, members[i].name,
                 must & members[i].member ? "" : "?");
        comma = ",";
    }
    if (extra)
        buf_addf(out, "%s\"%s\"?", comma, extra);
    buf_add_char(out, '}');
}
