/* The schema of a form of evidence. */
#include "classifiers/rules/draft.h"

static const char *const fields[] = {"both", "title", "text", NULL};

static const struct conf_key text_key = {.forms = CONF_TEXT};
static const struct conf_key word_keys[] = {
    {.name = "term", .forms = CONF_TEXT},
    {.name = "in", .forms = CONF_CHOICE, .choices = fields},
    {.name = "list", .forms = CONF_SLUG},
    {0},
};
static const struct conf_key word_key = {.forms = CONF_TEXT | CONF_MAP, .keys = word_keys};
static const struct conf_key group_key = {.forms = CONF_TEXT | CONF_LIST | CONF_MAP,
                                          .element = &word_key, .keys = word_keys};
static const struct conf_key near_keys[] = {
    {.name = "terms", .forms = CONF_LIST, .required = true, .element = &group_key},
    {.name = "within", .forms = CONF_INT, .min = 2, .max = BLOCK_WITHIN_MAX},
    {0},
};
const struct conf_key draft_form_keys[] = {
    {.name = "term", .forms = CONF_TEXT},
    {.name = "regex", .forms = CONF_TEXT},
    {.name = "near", .forms = CONF_MAP, .keys = near_keys},
    {.name = "and", .forms = CONF_LIST, .element = &draft_form_key},
    {.name = "or", .forms = CONF_LIST, .element = &draft_form_key},
    {.name = "not", .forms = CONF_LIST, .element = &draft_form_key},
    {.name = "list", .forms = CONF_SLUG},
    {.name = "weight", .forms = CONF_NUMBER, .min = 0.05, .max = 10},
    {.name = "in", .forms = CONF_CHOICE, .choices = fields},
    {.name = "min", .forms = CONF_INT, .min = 1, .max = BLOCK_MIN_MAX},
    {.name = "needs", .forms = CONF_LIST, .element = &text_key},
    DRAFT_SCOPE_ROWS,
    {0},
};
const struct conf_key draft_form_key = {.forms = CONF_TEXT | CONF_MAP, .keys = draft_form_keys};

static const struct conf_key pattern_keys[] = {
    {.name = "of", .forms = CONF_LIST, .required = true, .element = &group_key},
    {.name = "within", .forms = CONF_INT, .min = 2, .max = BLOCK_WITHIN_MAX},
    {.name = "weight", .forms = CONF_NUMBER, .min = 0.05, .max = 10},
    {0},
};
const struct conf_key draft_all_key = {
    .forms = CONF_TEXT | CONF_LIST | CONF_MAP, .element = &word_key, .keys = pattern_keys};

uint8_t draft_field(const struct conf_node *form)
{
    struct str in = conf_text(conf_get(form, "in"));

    for (uint8_t i = 0; fields[i]; i++)
        if (str_is(in, fields[i]))
            return i;
    return BLOCK_BOTH;
}
