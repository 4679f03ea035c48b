/* POST /api/v1/register: 交办. No text is typed in: the page itself is fetched and judged. */
#include <jansson.h>

#include "alerts/command_json.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/body.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

static const char EXPECTED[] = "应为 {\"url\": \"网址\", \"topic\": \"事项\", \"unit\": \"单位\", "
                               "\"note\": \"说明\"}，url 必填 (url is needed, the rest may be left out)";

/* The reason, with the concern that it is about. */
static enum MHD_Result refuse(struct exchange *x, const struct pending_outcome *outcome)
{
    struct buf b = BUF_INIT;
    char id[24];

    if (!outcome->seq || !outcome->reason[0])
        return reply_error(x, outcome->status, outcome->reason);
    concern_format_id(outcome->seq, id);
    buf_addf(&b, "%s %s", id, outcome->reason);
    buf_add_char(&b, '\0');
    enum MHD_Result sent = reply_error(x, outcome->status, buf_ok(&b) ? b.data : NULL);
    buf_free(&b);
    return sent;
}

/* {"status":"ok","concern","known"}: known, when the concern had the page already. */
static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[24];

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return refuse(x, &outcome);
    concern_format_id(outcome.seq, id);
    log_info("page.registered", "concern=%s", id);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "concern", id);
    json_out_bool(&b, "known", outcome.reason[0] != '\0');
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

static bool read_page(const json_t *object, struct str *url, struct desk_page *page)
{
    const struct {
        const char *name;
        size_t max;
        struct str *to;
    } members[] = {{"url", COMMAND_URL_MAX, url},
                   {"topic", SLUG_MAX - 1, &page->topic},
                   {"unit", SLUG_MAX - 1, &page->by},
                   {"note", COMMAND_NOTE_MAX, &page->note}};
    size_t known = 0;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str *to = members[i].to;
        if (!body_text(object, members[i].name, members[i].max, to) || (to->p && !to->n))
            return false;
        known += to->p != NULL;
    }
    for (size_t i = 0; i < url->n; i++)
        if ((unsigned char)url->p[i] <= ' ' || url->p[i] == 0x7f)
            return false;
    return url->n && known == json_object_size(object);
}

enum MHD_Result routes_register(struct exchange *x)
{
    struct desk_page page = {0};
    struct str url = STR_NONE;

    if (x->pending)
        return tell(x);
    json_t *object = body_read(x);
    const char *wrong = json_is_object(object) && read_page(object, &url, &page) ? NULL : EXPECTED;
    if (!wrong && page.by.n && units_find(exchange_units(x), page.by) < 0)
        wrong = "没有这个单位 (no such unit)";
    const struct units *units = exchange_units(x);
    if (!page.by.n && x->caller.role == ACCESS_COORDINATOR)
        page.by = str_from(units->list[units->coordinator].id);
    int err = wrong ? 0 : pending_register(x, url, &page);
    json_decref(object);
    if (wrong)
        return reply_problem(x, 422, err_name(ERR_INVALID), wrong);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
