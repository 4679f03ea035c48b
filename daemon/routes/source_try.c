/* POST /api/v1/sources/try: what a source's selectors find on its page, or on one that is sent
 * along. */
#include <jansson.h>

#include "base/err.h"
#include "base/member.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"

static const char EXPECTED[] =
    "应为 {\"source\": \"信源文件全文\", \"page\": \"网页源码\"}，page 可省，即取它自己的网址 (the text of a "
    "source's file, and a page's; without it the source's own address is asked)";

enum MHD_Result routes_source_try(struct exchange *x)
{
    struct str yaml;
    enum MHD_Result result = MHD_YES;

    if (x->traced && x->pending)
        return pending_reply(x);
    json_t *object = body_read(x);
    const json_t *member = json_object_get(object, "page"); /* it may hold NULs */
    struct str page = member_str(member);
    bool ok = json_is_object(object) && body_text(object, "source", x->body.len, &yaml) && yaml.n &&
              (!member || json_is_string(member)) &&
              json_object_size(object) == (page.p ? 2u : 1u);
    int err = ok && exchange_traced(x, &result) ? pending_tryout(x, yaml, page) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    return err ? reply_error(x, err, NULL) : result;
}
