#include "daemon/routes/found.h"

#include <inttypes.h>

#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"

enum {
    BEFORE = 75,   /* bytes of text shown before the first hit: 25 characters */
    EXCERPT = 360  /* bytes shown */
};

/* The part of the text that is shown: about the first hit in it. */
static struct str choose_excerpt(struct str text, const struct search_hit *hits, size_t n)
{
    size_t first = 0, from = 0;

    while (first < n && hits[first].in_title)
        first++;
    if (first < n && hits[first].start > BEFORE)
        from = hits[first].start - BEFORE;
    while (from < text.n && ((unsigned char)text.p[from] & 0xC0) == 0x80)
        from++;
    struct str rest = {text.p + from, text.n - from};
    return (struct str){rest.p, utf8_cut(rest, EXCERPT)};
}

/* [[start,end],…] in bytes of what is shown of the title, or of the text. */
static void add_hits(struct buf *b, const char *name, const struct search_hit *hits, size_t n,
                     bool in_title, size_t from, size_t to)
{
    json_out_name(b, name);
    buf_add_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (hits[i].in_title != in_title || hits[i].start < from || hits[i].end > to)
            continue;
        json_out_next(b);
        buf_addf(b, "[%zu,%zu]", hits[i].start - from, hits[i].end - from);
    }
    buf_add_char(b, ']');
}

int found_put(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n)
{
    struct found *f = arg;
    struct buf *b = f->b;
    struct str shown = choose_excerpt(item->text, hits, n);
    size_t from = item->text.n ? (size_t)(shown.p - item->text.p) : 0;
    char topic[SLUG_MAX] = "", concern[24];

    views_found(b, f->x->side->http->conf.roster, item, shown);
    add_hits(b, "title_hits", hits, n, true, 0, item->title.n);
    add_hits(b, "excerpt_hits", hits, n, false, from, from + shown.n);
    if (item->topic.n && item->topic.n < sizeof topic) {
        memcpy(topic, item->topic.p, item->topic.n);
        views_topic(b, exchange_rules(f->x), topic);
    } else {
        json_out_null(b, "topic");
    }
    if (item->concern)
        concern_format_id(item->concern, concern);
    json_out_text(b, "concern", item->concern ? concern : NULL);
    buf_add_char(b, '}');
    f->count++;
    return 0;
}

enum MHD_Result found_send(struct found *f, int err, const struct search_page *page)
{
    struct exchange *x = f->x;
    struct buf *b = f->b;

    if (err) {
        buf_free(b);
        return reply_error(x, err,
                           err == ERR_AGAIN
                               ? "索引正在重建，请稍后再试 (the index is being made; try again soon)"
                               : NULL);
    }
    buf_add_text(b, "],\"next_cursor\":");
    if (page->next)
        buf_addf(b, "\"%" PRIu64 "\"", page->next);
    else
        buf_add_text(b, "null");
    json_out_count(b, "behind", page->behind);
    buf_add_char(b, '}');
    if (f->count) /* texts read in bulk are on record (law 6), not what was looked for */
        log_info("items.read", "items=%zu", f->count);
    return reply_json(x, b);
}
