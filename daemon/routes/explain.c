/* Why the rules in force say of a text what they say: of a stored item, and of a typed one. */
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/workbench/explain.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"
#include "daemon/workbench/explain_json.h"

static const char EXPECTED[] =
    "应为 {\"title\": \"标题\", \"text\": \"正文\", \"kind\": \"news、board 或 official\"}，text 必填 "
    "(text is needed; title and kind may be left out)";

struct asked {
    struct exchange *x;
    struct buf *b;
    struct judge_context context;
    struct str id, title, text;
    int64_t published;
    bool foreign, expired;
};

static int explain(struct asked *a)
{
    const struct rules *rules = exchange_rules(a->x);
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    struct explanation e;
    int err = j && arena ? 0 : ERR_NOMEM;

    a->context.home = str_from(a->x->side->http->conf.config->home_region);
    a->context.now = clock_now();
    if (!err)
        err = explain_text(j, a->title, a->text, a->published, &a->context, arena, &e);
    if (!err)
        explain_json_write(a->b, a->id, &e, rules);
    arena_free(arena);
    judge_free(j);
    return err;
}

/* Of a concern that the caller's unit leads or assists in? */
static bool is_own(struct exchange *x, uint64_t concern)
{
    struct concern c = {0};

    if (!concern || store_concern(x->side->reader, concern, &c))
        return false;
    bool own = concern_involves(&c, caller_own(x));
    concern_clear(&c);
    return own;
}

static int explain_item(void *arg, const struct store_item *item)
{
    struct asked *a = arg;
    const struct roster *roster = a->x->side->http->conf.roster;
    uint32_t at;

    a->foreign = caller_own(a->x) && !is_own(a->x, item->concern);
    if (a->foreign)
        return ERR_REFUSED;
    a->expired = !item->title.n && !item->text.n;
    if (a->expired)
        return ERR_NOTFOUND;
    if (roster_find(roster, item->source, &at)) {
        a->context.kind = roster_get(roster, at)->kind;
        a->context.region = str_from(roster_get(roster, at)->region);
    }
    a->title = item->title;
    a->text = item->text;
    a->published = item->published;
    return explain(a);
}

enum MHD_Result routes_item_why(struct exchange *x)
{
    unsigned char ident[STORE_IDENT];
    struct buf b = BUF_INIT;
    struct asked a = {.x = x, .b = &b, .id = str_from(x->slug)};

    if (!views_item_ident(str_from(x->slug), ident))
        return reply_error(x, ERR_NOTFOUND, NULL);
    int err = store_item(x->side->reader, ident, explain_item, &a);
    if (err) {
        buf_free(&b);
        return a.foreign ? reply_not_own(x)
                         : reply_error(x, err, a.expired ? "文本已到期 (its text has expired)" : NULL);
    }
    return reply_json(x, &b);
}

/* jansson refuses what is no UTF-8. */
static bool read_asked(const json_t *object, struct asked *a)
{
    struct str kind;
    size_t known = 0;

    for (const char *const *name = (const char *const[]){"title", "text", "kind", NULL}; *name;
         name++)
        known += json_object_get(object, *name) != NULL;
    if (json_object_size(object) != known ||
        !body_text(object, "title", VERDICT_TITLE_MAX, &a->title) ||
        !body_text(object, "text", VERDICT_TEXT_MAX, &a->text) || !a->text.n ||
        !body_text(object, "kind", SLUG_MAX, &kind))
        return false;
    a->context.kind = SOURCE_BOARD;
    return !kind.p || source_kind_find(kind, &a->context.kind);
}

enum MHD_Result routes_rules_explain(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct asked a = {.x = x, .b = &b, .published = clock_now()};
    json_t *object = body_read(x);

    if (!read_asked(object, &a)) {
        json_decref(object);
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    }
    int err = explain(&a);
    json_decref(object);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
