#include "daemon/http/views.h"

#include "alerts/deadlines/clocks.h"
#include "alerts/units/duty.h"
#include "alerts/units/place.h"
#include "daemon/http/json_out.h"
#include "daemon/http/life_view.h"

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

void views_deputy(struct buf *b, const struct units *units, const struct calendar *calendar,
                  const struct concern *c, int64_t now)
{
    int lead = c->state == CONCERN_FOUND || c->state == CONCERN_CLOSED
                   ? -1 : units_find(units, str_from(c->unit));
    int deputy = lead < 0 ? -1 : duty_deputy(units, lead, calendar, now);
    const struct unit *unit = deputy < 0 ? NULL : &units->list[deputy];

    if (unit)
        named(b, "deputy", str_from(unit->id), str_from(unit->name_zh), str_from(unit->name_en));
    else
        json_out_null(b, "deputy");
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

/* Its grade is not the concern's any more (clocks_regrade()): nobody did it. It was missed before
 * that, or waits on the shelf. Of what an earlier version missed only the last 研判 tells it. */
static bool is_ended(const struct concern *c, const struct concern_clock *clock)
{
    return (clock->shelved && !clocks_done_aside(clock)) ||
           (clock->met && clock->met == c->assessed && clock->met > clock->due &&
            (clock->act == ACT_FIRST_INFO || clock->act == ACT_BRIEFING));
}

static void clock_view(struct buf *b, const struct concern *c, const struct concern_clock *clock,
                       int64_t now)
{
    bool closed = is_over(c, clock);
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
    json_out_bool(b, "overdue",
                  (clock->met || !closed) && end > clock->due && !clocks_done_aside(clock));
    json_out_bool(b, "escalated", clock->level > 0);
    json_out_int(b, "level", clock->level);
    json_out_bool(b, "provisional", clock->provisional);
    json_out_bool(b, "ended", is_ended(c, clock));
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
        clock_view(b, c, &c->clocks[i], now);
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
    json_out_bool(b, "emergency", !clocks_no_emergency(c, rules));
    json_out_bool(b, "emergency_decided", clocks_emergency_decided(c));
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

static void list_criteria(struct buf *b, const struct heat_rules *rules, enum grade grade)
{
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
    list_criteria(b, rules, grade);
    json_out_name(b, "grades");
    buf_add_char(b, '{');
    for (enum grade g = GRADE_ORDINARY; g <= GRADE_GRAVE; g++) {
        json_out_name(b, event_grade_name(g));
        list_criteria(b, rules, g);
    }
    buf_add_char(b, '}');
}
