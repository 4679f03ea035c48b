/* Words that tell a complaint from a report of one, and what the writer asks for. */
#include "classifiers/kind.h"
#include "classifiers/rules/draft.h"

#define FORM_ROW(of) {.name = of, .forms = CONF_NUMBER, .min = 0, .max = 10}
/* In the order of enum block_form, by the names of kind_form_name(). */
static const struct conf_key form_keys[] = {
    FORM_ROW("first-person"), FORM_ROW("question"),   FORM_ROW("ending-le"), FORM_ROW("negation"),
    FORM_ROW("authority-leads"), FORM_ROW("document-title"), FORM_ROW("book-marks"),
    FORM_ROW("per-cent"),  FORM_ROW("ending-ba"), FORM_ROW("too"),
    FORM_ROW("already-done"), FORM_ROW("question-answered"), FORM_ROW("ours"),
    FORM_ROW("opens-with-plea"), FORM_ROW("opens-with-thanks"),
    FORM_ROW("wording-raised"), FORM_ROW("wording-reported"), FORM_ROW("wording-enquiry"),
    FORM_ROW("wording-help"), FORM_ROW("wording-suggestion"), FORM_ROW("wording-complaint"),
    FORM_ROW("wording-report"), {0},
};
static const struct conf_key weighted_keys[] = {
    DRAFT_TERM_ROWS,
    {.name = "structure", .forms = CONF_MAP, .keys = form_keys},
    {0},
};

static const struct conf_key prior_keys[] = {
    {.name = "news", .forms = CONF_NUMBER, .required = true, .min = -10, .max = 10},
    {.name = "board", .forms = CONF_NUMBER, .required = true, .min = -10, .max = 10},
    {.name = "official", .forms = CONF_NUMBER, .required = true, .min = -10, .max = 10},
    {.name = "unknown", .forms = CONF_NUMBER, .required = true, .min = -10, .max = 10},
    {0},
};
static const struct conf_key kind_keys[] = {
    {.name = "prior", .forms = CONF_MAP, .required = true, .keys = prior_keys},
    {.name = "raised", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "reported", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {0},
};
#define PRIOR_ROW(of) {.name = of, .forms = CONF_NUMBER, .min = -10, .max = 10}
/* In the order of enum verdict_request. */
static const struct conf_key request_prior_keys[] = {
    PRIOR_ROW("enquiry"),   PRIOR_ROW("help"),   PRIOR_ROW("suggestion"),
    PRIOR_ROW("complaint"), PRIOR_ROW("report"), {0},
};
static const struct conf_key request_keys[] = {
    {.name = "enquiry", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "help", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "suggestion", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "complaint", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "report", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "prior", .forms = CONF_MAP, .keys = request_prior_keys},
    {0},
};
static const struct conf_key file_keys[] = {
    {.name = "kind", .forms = CONF_MAP, .required = true, .keys = kind_keys},
    {.name = "request", .forms = CONF_MAP, .required = true, .keys = request_keys},
    {0},
};

void draft_load_cues(struct draft *d, const char *path)
{
    static const char *const kinds[] = {"raised", "reported"};
    struct conf_doc *doc = conf_load(path, file_keys, d->problems);
    const struct conf_node *kind = conf_get(conf_root(doc), "kind");
    const struct conf_node *request = conf_get(conf_root(doc), "request");
    const struct conf_node *prior = conf_get(kind, "prior");

    for (uint32_t i = 0; i < BLOCK_SOURCES; i++)
        d->prior[i] = (float)conf_number(conf_get(prior, prior_keys[i].name), 0);
    for (uint32_t i = 0; i < BLOCK_CUES - BLOCK_REQUESTS; i++)
        d->request_prior[i] = (float)conf_number(
            conf_get(conf_get(request, "prior"), request_prior_keys[i].name), 0);
    for (uint32_t i = 0; i < BLOCK_CUES; i++) {
        const char *name = i < BLOCK_REQUESTS ? kinds[i] : request_keys[i - BLOCK_REQUESTS].name;
        struct draft_set *s = draft_more(d, &d->sets, sizeof *s);
        if (!s)
            break;
        s->id = str_from(name);
        s->threshold = 0.5f;
        const struct conf_node *cue = conf_get(i < BLOCK_REQUESTS ? kind : request, name);
        draft_add_terms(d, cue, (uint32_t)d->sets.n - 1);
        for (int form = 0; form < BLOCK_FORMS; form++)
            d->forms[i][form] = (float)conf_number(
                conf_get(conf_get(cue, "structure"), kind_form_name((enum block_form)form)), 0);
    }
    conf_free(doc);
}
