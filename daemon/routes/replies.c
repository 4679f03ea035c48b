/* Replies that the ledger itself publishes: a plain page, and the same as JSON. */
#include <stdlib.h>

#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/public/frame.h"
#include "daemon/routes/routes.h"

struct edition {
    struct store_publication p;
    struct buf text; /* of p; empty: replaced, or erased */
};

/* That the newest edition's text was erased. */
struct erased {
    int64_t at; /* ms; 0: it was not */
    enum erasure code;
};

struct published {
    struct erased erased;
    uint64_t concern;
    uint16_t round;
    struct concern of;
    struct edition editions[STORE_PUBLICATIONS_MAX]; /* the newest last */
    size_t count;
};

bool routes_reply_name(struct str text, uint64_t *concern, uint16_t *round)
{
    size_t dash = str_find(text, STR("-"), 0);
    long long number = 1;

    if (dash != (size_t)-1) {
        struct str digits = {text.p + dash + 1, text.n - dash - 1};
        if (str_int(digits, 2, UINT16_MAX, &number) || digits.p[0] == '0')
            return false;
        text.n = dash;
    }
    *round = (uint16_t)(number - 1);
    return (*concern = concern_parse_id(text)) != 0;
}

static int take(void *arg, const struct store_publication *p)
{
    struct published *out = arg;

    if (!p->edition || p->round != out->round)
        return 0;
    struct edition *e = &out->editions[out->count++];
    e->p = *p;
    e->p.text = STR_NONE;
    return buf_add_str(&e->text, p->text);
}

static int take_erased(void *arg, const struct event *e)
{
    struct published *p = arg;

    if (e->type == EVENT_ERASED && e->round == p->round && e->after &&
        e->after == p->editions[p->count - 1].p.edition)
        p->erased = (struct erased){e->at, (enum erasure)e->code};
    return 0;
}

static void clear(struct published *p)
{
    for (size_t i = 0; i < p->count; i++)
        buf_free(&p->editions[i].text);
    concern_clear(&p->of);
    free(p);
}

/* 0 with *out, to be cleared; ERR_NOTFOUND: nothing is published under this name. */
static int find(struct exchange *x, struct published **out)
{
    struct published *p = calloc(1, sizeof *p);
    int err = p ? 0 : ERR_NOMEM;

    if (!err && !routes_reply_name(str_from(x->slug), &p->concern, &p->round))
        err = ERR_NOTFOUND;
    if (!err)
        err = store_publications(x->side->reader, p->concern, take, p);
    if (!err && !p->count)
        err = ERR_NOTFOUND;
    if (!err)
        err = store_concern(x->side->reader, p->concern, &p->of);
    if (!err && !p->editions[p->count - 1].text.len)
        err = store_concern_events(x->side->reader, p->concern, take_erased, p);
    if (!err)
        *out = p;
    else if (p)
        clear(p);
    return err;
}

/* Of the county: no page says more closely where somebody complained. */
static struct str county_name(struct exchange *x, const char *region)
{
    struct str code = str_from(region);

    code.n = code.n > 6 ? 6 : code.n;
    return rules_region_name(exchange_rules(x), code);
}

static void put_title(struct frame *f, const struct published *p, struct buf *title)
{
    struct str county = county_name(f->x, p->of.region);

    buf_add_text(title, frame_say(f, "关于", "Reply: "));
    buf_add_str(title, county);
    buf_add_text(title, frame_say(f, "“", county.n ? ", " : ""));
    figures_name(f->x, STATISTICS_TOPIC, p->of.topic, f->english, title);
    buf_add_text(title, frame_say(f, "”的答复", ""));
}

static void put_hash(struct buf *b, const struct store_publication *p)
{
    buf_add_text(b, "SHA-256 <code>");
    html_out_hex(b, p->hash, sizeof p->hash);
    buf_add_text(b, "</code>");
}

static void put_history(struct frame *f, const struct published *p)
{
    struct buf *b = f->b;

    if (p->count < 2)
        return;
    buf_addf(b, "<h2>%s</h2>\n<ul>\n", frame_say(f, "此前各版", "Earlier editions"));
    for (size_t i = p->count - 1; i-- > 0;) {
        const struct store_publication *old = &p->editions[i].p;
        buf_addf(b, f->english ? "<li>Edition %u, " : "<li>第 %u 版，", old->edition);
        html_out_time(b, old->published);
        buf_addf(b, f->english ? ", replaced by edition %u, " : "，已由第 %u 版替代，",
                 p->editions[i + 1].p.edition);
        put_hash(b, old);
        buf_add_text(b, "</li>\n");
    }
    buf_add_text(b, "</ul>\n");
}

/* A text that is gone is not silently so. */
static void put_erased(struct frame *f, const struct erased *erased)
{
    buf_addf(f->b, "<p><strong>%s</strong>",
             frame_say(f, "正文已撤下", "The text was taken out"));
    if (erased->at) {
        buf_add_text(f->b, frame_say(f, "，", ", "));
        html_out_time(f->b, erased->at);
        buf_addf(f->b, f->english ? ", reason: %s" : "，原因：%s",
                 frame_say(f, event_erasure_zh(erased->code), event_erasure_name(erased->code)));
    }
    buf_add_text(f->b, "</p>\n");
}

/* Who wrote it, when, of which matter. */
static void put_origin(struct frame *f, const struct published *p)
{
    const struct edition *e = &p->editions[p->count - 1];
    char path[40] = "ledger/", *id = path + sizeof "ledger/" - 1;
    struct buf unit = BUF_INIT;

    concern_format_id(p->concern, id);
    figures_name(f->x, STATISTICS_UNIT, e->p.unit, f->english, &unit);
    buf_add_text(f->b, "<p>");
    html_out_str(f->b, buf_str(&unit));
    buf_free(&unit);
    buf_add_text(f->b, frame_say(f, "，", ", "));
    html_out_time(f->b, e->p.published);
    buf_add_text(f->b, frame_say(f, "，事项 ", ", matter "));
    frame_link(f, path, str_from(id));
    buf_addf(f->b, f->english ? ", edition %u</p>\n" : "，第 %u 版</p>\n", e->p.edition);
    if (p->of.round > p->round)
        buf_addf(f->b, "<p><strong>%s</strong></p>\n",
                 frame_say(f, "此事此后已重开，这是前一轮的答复。",
                           "The matter was reopened after this reply."));
}

static void put_page(struct frame *f, const struct published *p)
{
    const struct edition *e = &p->editions[p->count - 1];
    char own[40] = "replies/", path[40] = "survey/";
    struct buf title = BUF_INIT;

    snprintf(own + strlen(own), sizeof own - strlen(own), "%.24s", f->x->slug);
    put_title(f, p, &title);
    frame_begin(f, buf_str(&title), own);
    buf_free(&title);
    put_origin(f, p);
    if (e->text.len)
        html_out_paragraphs(f->b, buf_str(&e->text));
    else
        put_erased(f, &p->erased);
    buf_add_text(f->b, "<p class=\"terms\">");
    put_hash(f->b, &e->p);
    buf_add_text(f->b, "</p>\n");
    if (p->of.round == p->round && p->of.state == CONCERN_CLOSED) {
        concern_format_id(p->concern, path + sizeof "survey/" - 1);
        buf_add_text(f->b, "<p>");
        frame_link(f, path, str_from(frame_say(f, "解决了吗？", "Did it solve the matter?")));
        buf_add_text(f->b, "</p>\n");
    }
    put_history(f, p);
    frame_end(f);
}

static enum MHD_Result not_there(struct exchange *x, int err)
{
    return reply_error(x, err, err == ERR_NOTFOUND ? "没有这份答复 (no such reply)" : NULL);
}

enum MHD_Result routes_reply_page(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct published *p;
    struct frame f;
    int err = find(x, &p);

    if (err)
        return not_there(x, err);
    frame_read(x, &b, "../", &f);
    put_page(&f, p);
    clear(p);
    return frame_send(&f);
}

static void edition_view(struct buf *b, const struct edition *e, bool current)
{
    struct buf hash = BUF_INIT;

    html_out_hex(&hash, e->p.hash, sizeof e->p.hash);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_count(b, "edition", e->p.edition);
    json_out_time(b, "published", e->p.published);
    json_out_str(b, "sha256", buf_str(&hash));
    json_out_bool(b, "replaced", !current);
    buf_add_char(b, '}');
    buf_free(&hash);
}

enum MHD_Result routes_reply(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct published *p;
    char id[24];
    int err = find(x, &p);

    if (err)
        return not_there(x, err);
    const struct edition *now = &p->editions[p->count - 1];
    concern_format_id(p->concern, id);
    buf_add_char(&b, '{');
    json_out_text(&b, "concern", id);
    json_out_count(&b, "round", p->round + 1u);
    json_out_bool(&b, "reopened", p->of.round > p->round);
    views_topic(&b, exchange_rules(x), p->of.topic);
    views_unit(&b, exchange_units(x), now->p.unit);
    if (now->text.len)
        json_out_str(&b, "text", buf_str(&now->text));
    else
        json_out_null(&b, "text");
    json_out_time(&b, "erased", p->erased.at);
    json_out_text(&b, "erased_code", p->erased.at ? event_erasure_name(p->erased.code) : NULL);
    json_out_name(&b, "editions");
    buf_add_char(&b, '[');
    for (size_t i = p->count; i-- > 0;)
        edition_view(&b, &p->editions[i], i == p->count - 1);
    buf_add_text(&b, "]}");
    clear(p);
    return reply_json(x, &b);
}
