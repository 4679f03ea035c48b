/* POST /api/v1/sources/try: what a source's selectors find on its page, or on one that is sent
 * along. */
#include <jansson.h>

#include "base/err.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/routes.h"

static const char EXPECTED[] =
    "应为 {\"source\": \"信源文件全文\", \"page\": \"网页源码\"}，page 可省，即取它自己的网址 (the text of a "
    "source's file, and a page's; without it the source's own address is asked)";

static bool read_member(const json_t *object, const char *name, struct str *out)
{
    const json_t *value = json_object_get(object, name);

    *out = (struct str){json_string_value(value), json_string_length(value)};
    return !value || json_is_string(value);
}

enum MHD_Result routes_source_try(struct exchange *x)
{
    struct str yaml, page;

    if (x->pending)
        return pending_reply(x);
    json_t *object = json_loadb(x->body.data ? x->body.data : "", x->body.len,
                                JSON_REJECT_DUPLICATES, NULL);
    bool ok = json_is_object(object) && read_member(object, "source", &yaml) && yaml.n &&
              !memchr(yaml.p, '\0', yaml.n) && read_member(object, "page", &page) &&
              json_object_size(object) == (page.p ? 2u : 1u);
    int err = ok ? pending_tryout(x, yaml, page) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
