/* Words that tell a complaint from a report of one, and what the writer asks for. */
#include "classifiers/draft.h"

static const struct conf_key weighted_keys[] = {DRAFT_TERM_ROWS, {0}};

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
static const struct conf_key request_keys[] = {
    {.name = "enquiry", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "help", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "suggestion", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "complaint", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
    {.name = "report", .forms = CONF_MAP, .required = true, .keys = weighted_keys},
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
    for (uint32_t i = 0; i < BLOCK_CUES; i++) {
        const char *name = i < BLOCK_REQUESTS ? kinds[i] : request_keys[i - BLOCK_REQUESTS].name;
        struct draft_set *s = draft_more(d, &d->sets, sizeof *s);
        if (!s)
            break;
        s->id = str_from(name);
        s->threshold = 0.5f;
        draft_add_terms(d, conf_get(i < BLOCK_REQUESTS ? kind : request, name),
                        (uint32_t)d->sets.n - 1);
    }
    conf_free(doc);
}
