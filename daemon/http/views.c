#include "daemon/http/views.h"

#include "alerts/clocks.h"
#include "alerts/place.h"
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/life_view.h"

enum { EXCERPT_MAX = 120 }; /* code points */
enum { ARRIVALS_SPANS = 16 }; /* the last 48 h */

/* It runs no more, met or not. */
static bool is_over(const struct concern *c, const struct concern_clock *clock)
{
    return c->state == CONCERN_CLOSED && clock->act != ACT_PROMISE;
}

const struct concern_clock *views_next_clock(const struct concern *c)
{
    const struct concern_clock *next = NULL;

    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met && (!next || c->clocks[i].due < next->due))
            next = &c->clocks[i];
    return next && is_over(c, next) ? NULL : next;
}

static void named(struct buf *b, const char *member, struct str id, struct str zh, struct str en)
{
    json_out_name(b, member);
    buf_add_char(b, '{');
    json_out_str(b, "id", id);
    json_out_str(b, "name", zh.n ? zh : id);
    json_out_str(b, "name_en", en.n ? en : id);
    buf_add_char(b, '}');
}

void views_topic_or_null(struct buf *b, const struct rules *rules, const char *name, struct str id)
{
    int at = rules_find(rules, id);
    struct rules_topic topic = {0};

    if (at >= 0)
        topic = rules_topic(rules, (size_t)at);
    if (id.n)
        named(b, name, id, topic.name_zh, topic.name_en);
    else
        json_out_null(b, name);
}

void views_topic(struct buf *b, const struct rules *rules, const char *id)
{
    views_topic_or_null(b, rules, "topic", str_from(id));
}

void views_unit(struct buf *b, const struct units *units, const char *id)
{
    int at = units_find(units, str_from(id));
    const struct unit *unit = at >= 0 ? &units->list[at] : NULL;

    named(b, "unit", str_from(id), unit ? str_from(unit->name_zh) : STR_NONE,
          unit ? str_from(unit->name_en) : STR_NONE);
}

/* Name of a place; the daemon's own has one even when no gazetteer knows its code. */
static struct str place_name(const struct config *config, const struct rules *rules,
                             struct str code)
{
    struct str name = rules_region_name(rules, code);

    return name.n || !str_is(code, config->home_region) ? name : str_from(config->place_name);
}

/* The names of the places above `code`, the highest first, those above the daemon's own left out:
 * its readers know where they are. */
static void add_parents(struct buf *b, const struct config *config, const struct rules *rules,
                        struct str code)
{
    static const size_t ends[] = {2, 4, 6, 9}; /* province, city, county, town */
    struct str home = place_stem(str_from(config->home_region));
    char digits[] = "000000000000";

    if (!place_within(code, home))
        home.n = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends && ends[i] < place_stem(code).n; i++) {
        memcpy(digits, code.p, ends[i]);
        if (ends[i] >= home.n)
            buf_add_str(b, place_name(config, rules,
                                      (struct str){digits, ends[i] < 6 ? 6 : ends[i]}));
    }
}

void views_place(struct buf *b, const struct config *config, const struct rules *rules,
                 struct str code)
{
    struct str own = place_name(config, rules, code);

    if (own.n)
        add_parents(b, config, rules, code);
    buf_add_str(b, own.n ? own : code);
}

void views_region(struct buf *b, const struct config *config, const struct rules *rules,
                  const char *member, const char *code)
{
    struct str at = str_from(code);
    struct buf name = BUF_INIT;

    if (!at.n) {
        json_out_null(b, member);
        return;
    }
    views_place(&name, config, rules, at);
    json_out_name(b, member);
    buf_add_char(b, '{');
    json_out_text(b, "code", code);
    json_out_str(b, "name", buf_ok(&name) ? buf_str(&name) : at);
    buf_add_char(b, '}');
    buf_free(&name);
}

/* Whole seconds until `due`, rounded towards "less time left"; negative once it has passed. */
static int64_t seconds_left(int64_t due, int64_t now)
{
    int64_t left = due - now;

    return left >= 0 ? left / 1000 : -((-left + 999) / 1000);
}

static void clock_view(struct buf *b, const struct concern_clock *clock, bool closed, int64_t now)
{
    int64_t end = clock->met ? clock->met : now;

    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "rule", clock->rule);
    json_out_text(b, "act", event_act_name(clock->act));
    json_out_text(b, "act_zh", event_act_zh(clock->act));
    json_out_time(b, "started", clock->started);
    json_out_time(b, "due", clock->due);
    json_out_time(b, "met", clock->met);
    if (clock->met || closed)
        json_out_null(b, "seconds_left");
    else
        json_out_int(b, "seconds_left", seconds_left(clock->due, now));
    json_out_bool(b, "overdue", (clock->met || !closed) && end > clock->due);
    json_out_bool(b, "escalated", clock->level > 0);
    json_out_int(b, "level", clock->level);
    json_out_bool(b, "provisional", clock->provisional);
    buf_add_char(b, '}');
}

static void next_view(struct buf *b, const struct concern_clock *next, int64_t now)
{
    if (!next) {
        json_out_null(b, "next");
        return;
    }
    json_out_name(b, "next");
    buf_add_char(b, '{');
    json_out_text(b, "act", event_act_name(next->act));
    json_out_text(b, "act_zh", event_act_zh(next->act));
    json_out_time(b, "due", next->due);
    json_out_int(b, "seconds_left", seconds_left(next->due, now));
    buf_add_char(b, '}');
}

static void clocks_view(struct buf *b, const struct concern *c, int64_t now)
{
    bool closed = c->state == CONCERN_CLOSED;
    bool overdue = closed ? c->answered > c->due : now > c->due;
    bool escalated = false;

    for (size_t i = 0; i < c->nclocks; i++) {
        const struct concern_clock *clock = &c->clocks[i];
        escalated = escalated || clock->level > 0;
        overdue = overdue || (!is_over(c, clock) && !clock->met && now > clock->due);
    }
    json_out_bool(b, "overdue", overdue);
    json_out_bool(b, "escalated", escalated);
    next_view(b, views_next_clock(c), now);
    json_out_name(b, "clocks");
    buf_add_char(b, '[');
    for (size_t i = 0; i < c->nclocks; i++)
        clock_view(b, &c->clocks[i], is_over(c, &c->clocks[i]), now);
    buf_add_char(b, ']');
}

/* How far its answer is published, and why it is not. */
static void scope_view(struct buf *b, const struct concern *c)
{
    bool answered = c->outcome == OUTCOME_ANSWERED;

    json_out_text(b, "scope", answered ? scope_name((enum scope)c->scope) : NULL);
    json_out_text(b, "scope_zh", answered ? scope_zh((enum scope)c->scope) : NULL);
    json_out_text(b, "article",
                  c->article ? scope_article_name((enum scope_article)c->article) : NULL);
    json_out_text(b, "article_zh",
                  c->article ? scope_article_zh((enum scope_article)c->article) : NULL);
}

/* Arrivals by spans of three hours, the running one last. */
static void arrivals_view(struct buf *b, const struct heat *h, int64_t now)
{
    int64_t last = now / HEAT_SPAN;

    json_out_name(b, "arrivals");
    buf_add_char(b, '[');
    for (int back = ARRIVALS_SPANS - 1; back >= 0; back--) {
        int64_t i = (int64_t)h->span - (last - back);
        buf_addf(b, "%u%s", i >= 0 && i < HEAT_SPANS ? h->counts[i] : 0u, back ? "," : "]");
    }
}

void views_concern_open(struct buf *b, const struct config *config, const struct rules *rules,
                        const struct units *units, const struct concern *c, int64_t now)
{
    char id[24];

    concern_format_id(c->id, id);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", id);
    views_topic(b, rules, c->topic);
    views_unit(b, units, c->unit);
    views_region(b, config, rules, "region", c->region);
    json_out_text(b, "grade", event_grade_name(c->grade));
    json_out_text(b, "grade_zh", event_grade_zh(c->grade));
    json_out_text(b, "state", concern_state_name(c->state));
    json_out_text(b, "state_zh", concern_state_zh(c->state));
    json_out_text(b, "request", verdict_request_name(c->request));
    json_out_text(b, "request_zh", verdict_request_zh(c->request));
    json_out_time(b, "opened", c->opened);
    json_out_time(b, "updated", c->updated);
    json_out_time(b, "accepted", c->accepted);
    json_out_time(b, "answered", c->answered);
    json_out_time(b, "due", c->due);
    if (c->state == CONCERN_CLOSED)
        json_out_null(b, "seconds_left");
    else
        json_out_int(b, "seconds_left", seconds_left(c->due, now));
    clocks_view(b, c, now);
    life_view(b, units, c);
    json_out_count(b, "items", c->items);
    json_out_count(b, "sources", c->sources);
    json_out_name(b, "rate");
    buf_addf(b, "%.3f", (double)heat_rate(&c->heat, heat_half_life(config->town->heat), now) /
                            HEAT_RATE_UNIT);
    arrivals_view(b, &c->heat, now);
    scope_view(b, c);
    json_out_text(b, "reply_url", c->reply_url);
}

static void measure_view(struct buf *b, const char *name, uint32_t needs, uint32_t has,
                         double unit)
{
    if (!needs)
        return;
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "name", name);
    json_out_name(b, "needs");
    buf_addf(b, "%g", needs / unit);
    json_out_name(b, "has");
    buf_addf(b, "%g", has / unit);
    json_out_bool(b, "met", has >= needs);
    buf_add_char(b, '}');
}

void views_criteria(struct buf *b, const struct heat_rules *rules, const struct concern *c,
                    int64_t now)
{
    enum grade grade = clocks_grade(c);
    const struct heat_level none = {0}, *level = rules ? &rules->levels[grade] : &none;

    json_out_name(b, "measures");
    buf_add_char(b, '[');
    measure_view(b, "items", level->items, c->items, 1);
    measure_view(b, "sources", level->sources, c->sources, 1);
    measure_view(b, "rate", level->rate, heat_rate(&c->heat, heat_half_life(rules), now),
                 HEAT_RATE_UNIT);
    buf_add_char(b, ']');
    json_out_name(b, "criteria");
    buf_add_char(b, '[');
    for (size_t i = 0; rules && i < rules->ncriteria[grade]; i++) {
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "text", rules->criteria[grade][i].text);
        json_out_text(b, "source", rules->criteria[grade][i].source);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

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
    if (id.n != VIEWS_ITEM - 1)
        return false;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f'))
            return false;
        int value = digit ? c - '0' : c - 'a' + 10;
        ident[i / 2] = (unsigned char)(i % 2 ? ident[i / 2] | value : value << 4);
    }
    return true;
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

void views_mention(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    bool cut;

    json_out_next(b);
    buf_add_char(b, '{');
    struct str shown = excerpt(item->text, &cut);
    words_view(b, item, "excerpt", shown, &cut);
    origin_view(b, roster, item);
    judged_view(b, item);
    buf_add_char(b, '}');
}

void views_doubtful(struct buf *b, const struct roster *roster, const struct rules *rules,
                    const struct store_item *item)
{
    bool cut;

    json_out_next(b);
    buf_add_char(b, '{');
    struct str shown = excerpt(item->text, &cut);
    words_view(b, item, "excerpt", shown, &cut);
    origin_view(b, roster, item);
    judged_view(b, item);
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
    origin_view(b, roster, item);
    judged_view(b, item);
}

void views_item(struct buf *b, const struct roster *roster, const struct store_item *item)
{
    words_view(b, item, "text", item->text, NULL);
    origin_view(b, roster, item);
    judged_view(b, item);
}
