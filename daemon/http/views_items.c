/* The public forms of items. */
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/views.h"

enum { EXCERPT_MAX = 120 }; /* code points */

static struct str excerpt(struct str text, bool *cut)
{
    size_t at = 0;

    for (int n = 0; at < text.n && n < EXCERPT_MAX; n++)
        utf8_next(text, &at);
    *cut = at < text.n;
    return (struct str){text.p, at};
}

const char *views_item_id(const unsigned char ident[STORE_IDENT], char out[static VIEWS_ITEM])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < STORE_IDENT; i++) {
        out[2 * i] = digits[ident[i] >> 4];
        out[2 * i + 1] = digits[ident[i] & 15];
    }
    out[VIEWS_ITEM - 1] = '\0';
    return out;
}

bool views_item_ident(struct str id, unsigned char ident[STORE_IDENT])
{
    return str_unhex(id, ident, STORE_IDENT);
}

void views_source(struct buf *b, const struct roster *roster, struct str id)
{
    uint32_t at;
    const struct source *source = roster_find(roster, id, &at) ? roster_get(roster, at) : NULL;

    json_out_text(b, "source_kind", source ? source_kind_name(source->kind) : NULL);
    json_out_text(b, "source_region", source ? source->region : NULL);
}

static void origin_view(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    uint32_t at;
    bool known = roster_find(roster, item->source, &at);

    if (item->link.n)
        json_out_str(b, "link", item->link);
    else
        json_out_null(b, "link");
    json_out_name(b, "source");
    buf_add_char(b, '{');
    json_out_str(b, "id", item->source);
    json_out_str(b, "name", known ? str_from(roster_get(roster, at)->name) : item->source);
    buf_add_char(b, '}');
}

static void judged_view(struct buf *b, const struct store_item *item)
{
    char version[EVENT_RULES_TEXT];

    json_out_text(b, "kind", verdict_kind_name((enum verdict_kind)item->kind));
    json_out_text(b, "request", verdict_request_name((enum verdict_request)item->request));
    json_out_text(b, "request_zh", verdict_request_zh((enum verdict_request)item->request));
    if (item->rules)
        json_out_text(b, "rules", event_rules_text(item->rules, version));
    else
        json_out_null(b, "rules");
    json_out_time(b, "published", item->published);
    json_out_time(b, "found", item->found);
    json_out_text(b, "by", !item->topic.n ? NULL : item->by_model ? "model" : "rule");
    json_out_name(b, "doubt");
    buf_addf(b, "%.3f", item->doubt / (double)STORE_DOUBT_MAX);
}

/* `shown` is what is shown of the text. */
static void words_view(struct buf *b, const struct store_item *item, const char *name,
                       struct str shown, const bool *cut)
{
    bool expired = !item->title.n && !item->text.n;
    char id[VIEWS_ITEM];

    json_out_text(b, "id", views_item_id(item->ident, id));
    json_out_bool(b, "expired", expired);
    if (expired)
        return;
    json_out_str(b, "title", item->title);
    json_out_str(b, name, shown);
    if (cut)
        json_out_bool(b, "cut", *cut);
}

/* The object stays open. */
static void begin_mention(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    bool cut;

    json_out_next(b);
    buf_add_char(b, '{');
    struct str shown = excerpt(item->text, &cut);
    words_view(b, item, "excerpt", shown, &cut);
    origin_view(b, roster, item);
    judged_view(b, item);
}

void views_mention(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    begin_mention(b, roster, item);
    buf_add_char(b, '}');
}

void views_doubtful(struct buf *b, const struct roster *roster, const struct rules *rules,
                    const struct store_item *item)
{
    begin_mention(b, roster, item);
    views_topic_or_null(b, rules, "topic", item->topic);
    views_topic_or_null(b, rules, "proposed", item->proposed);
    buf_add_char(b, '}');
}

void views_found(struct buf *b, const struct roster *roster, const struct store_item *item,
                 struct str shown)
{
    bool cut = shown.n < item->text.n;

    json_out_next(b);
    buf_add_char(b, '{');
    words_view(b, item, "excerpt", shown, &cut);
    if (!item->title.n && !item->text.n) { /* members are the same whether there are words or not */
        json_out_text(b, "title", "");
        json_out_text(b, "excerpt", "");
        json_out_bool(b, "cut", false);
    }
    origin_view(b, roster, item);
    judged_view(b, item);
}

void views_item(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    words_view(b, item, "text", item->text, NULL);
    origin_view(b, roster, item);
    judged_view(b, item);
}
