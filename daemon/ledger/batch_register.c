/* 交办: a page that a person pointed to has come, or has not. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

const char BATCH_REGISTERED[] = "registered";
const char BATCH_KNOWN[] = "已知 (known already)";

/* By outcome, when there is no body to judge; NULL: what the fetch room says of it. */
static const struct {
    int err;
    const char *reason;
} outcomes[FETCH_OUTCOMES] = {
    [FETCH_BODY] = {ERR_AGAIN, "没有空闲的处理进程，请稍后再试 (no worker was free: try again later)"},
    [FETCH_UNCHANGED] = {ERR_AGAIN, NULL},
    [FETCH_GONE] = {ERR_INVALID, "网页不存在 (there is no such page)"},
    [FETCH_DISALLOWED] = {ERR_REFUSED, NULL},
    [FETCH_REFUSED] = {ERR_REFUSED, NULL},
    [FETCH_FAILED] = {ERR_TIMEOUT, NULL},
};

void batch_register_ident(const struct store *store, struct str link,
                          unsigned char out[static STORE_IDENT])
{
    batch_items_ident(store, BATCH_REGISTERED, link, out);
}

static int refuse(int err, const char *why, int *status, const char **reason)
{
    *status = err;
    *reason = why;
    return 0;
}

static int admit(struct batch *b, const struct batch_page_asked *asked, const struct source *s,
                 const struct verdict *v, struct batch_registered *out)
{
    struct desk_origin from = batch_items_origin(b, s, false);
    int err = desk_register(b->desk, v, &from, &asked->page, b->now, &b->changes, &out->concern,
                            &out->reason);

    if (err == ERR_NOMEM)
        return err;
    out->status = err;
    if (err)
        return 0;
    struct store_item *item = batch_items_new(b, asked->ident);
    item->concern = out->concern;
    item->update = true; /* asked for twice, it is there */
    batch_items_fill(b, v, item);
    item->source = str_from(BATCH_REGISTERED);
    item->link = asked->link;
    if (asked->page.topic.n)
        item->topic = asked->page.topic;
    batch_pages_watch(b, item, v->content);
    return 0;
}

int batch_register_known(struct batch *b, const struct desk_page *page,
                         struct batch_registered *out)
{
    out->status = desk_register_known(b->desk, out->concern, page, b->now, &b->changes,
                                      &out->reason);
    if (out->status == ERR_NOMEM)
        return ERR_NOMEM;
    if (!out->status)
        out->reason = BATCH_KNOWN;
    return 0;
}

int batch_register(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                   const char *death, const struct batch_page_asked *asked,
                   struct batch_registered *out)
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    const struct store_item *here = batch_items_find(b, asked->ident);
    const char *why = outcomes[meta->outcome].reason;

    *out = (struct batch_registered){0};
    b->rules_judged = v ? event_rules_number(v->rules) : 0;
    if (here) {
        out->concern = here->concern;
        return batch_register_known(b, &asked->page, out);
    }
    if (death)
        return refuse(ERR_INVALID, "网页无法读取 (the page cannot be read)", &out->status,
                      &out->reason);
    if (!v || meta->outcome != FETCH_BODY)
        return refuse(outcomes[meta->outcome].err, why ? why : meta->problem, &out->status,
                      &out->reason);
    if (!v->count || !(v->list[0].title.n || v->list[0].text.n))
        return refuse(ERR_INVALID, "网页没有正文 (the page has no text)", &out->status,
                      &out->reason);
    return admit(b, asked, s, &v->list[0], out);
}
