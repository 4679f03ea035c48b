/* Events as CloudEvents JSON. */
#include "alerts/desk/scope.h"
#include "alerts/event.h"
#include "base/clock.h"
#include "base/drill.h"

/* In line, so that the length of each key is known where it is written. */
static inline __attribute__((always_inline)) void add_text(struct buf *out, const char *key,
                                                          const char *value)
{
    if (!*value)
        return;
    buf_add_text(out, key);
    buf_add_json(out, str_from(value));
}

static inline __attribute__((always_inline)) void add_number(struct buf *out, const char *key,
                                                            uint64_t value)
{
    buf_add_text(out, key);
    buf_add_decimal(out, value);
}

static void add_rules(struct buf *out, const struct event *e)
{
    char version[EVENT_RULES_TEXT];

    add_text(out, ",\"data\":{\"version\":", event_rules_text(e->rules, version));
    add_text(out, ",\"previous\":", event_rules_text(e->previous, version));
    add_number(out, ",\"topics\":", e->items);
    buf_add_char(out, '}');
}

static bool of_unit(enum event_type type)
{
    return type == EVENT_UNIT_OFFLINE || type == EVENT_UNIT_ONLINE;
}

static void add_counts(struct buf *out, const struct event *e)
{
    add_number(out, ",\"before\":", e->before);
    add_number(out, ",\"after\":", e->after);
}

static void add_criteria(struct buf *out, uint32_t ticked)
{
    const char *before = ",\"criteria\":[";

    for (unsigned i = 0; i < 32; i++)
        if (ticked >> i & 1) {
            add_number(out, before, i + 1);
            before = ",";
        }
    buf_add_char(out, ']');
}

/* Who did it, to whom, and what else it names. */
static void add_act(struct buf *out, const struct event *e)
{
    add_text(out, ",\"by\":", e->by);
    add_text(out, ",\"to\":", e->to);
    if (e->other) {
        add_number(out, ",\"other\":\"c", e->other);
        buf_add_char(out, '"');
    }
    if (e->round)
        add_number(out, ",\"round\":", e->round + 1u);
    if (e->type == EVENT_DISMISSED || e->type == EVENT_DISMISSAL_ASKED)
        add_text(out, ",\"code\":", event_dismissal_name((enum dismissal)e->code));
    if (e->type == EVENT_PROPOSED)
        add_text(out, ",\"code\":", event_proposal_name((enum proposal)e->code));
    if (e->type == EVENT_ANSWERED && e->code) {
        add_text(out, ",\"scope\":", scope_name(scope_of(e->code)));
        add_text(out, ",\"article\":", scope_article_name(scope_article_of(e->code)));
    }
    if (e->type == EVENT_REOPENED && e->code < REOPENINGS)
        add_text(out, ",\"code\":", event_reopening_name((enum reopening)e->code));
    if (e->type == EVENT_REPLY_GONE)
        add_text(out, ",\"code\":", event_loss_name((enum event_loss)e->code));
    if (e->type == EVENT_ERASED)
        add_text(out, ",\"code\":", event_erasure_name((enum erasure)e->code));
    if (e->type == EVENT_ASSESSED && e->before)
        add_criteria(out, e->before);
    if ((e->type == EVENT_ASSESSED || e->type == EVENT_JOINED) && e->code)
        buf_add_text(out, e->code == EMERGENCY_YES ? ",\"emergency\":true"
                                                   : ",\"emergency\":false");
    if (e->type == EVENT_SURVEYED || e->type == EVENT_EFFECT ||
        (e->type == EVENT_PROPOSED && e->code == PROPOSAL_HEAT) ||
        (e->type == EVENT_REOPENED && e->code) ||
        (e->type == EVENT_CLOSED && (e->before || e->after)))
        add_counts(out, e);
    if (e->noted)
        buf_add_text(out, ",\"noted\":true");
}

/* Reminders that came due while nobody could tell them: the newest is told late, at its own
 * instant; the others are named as skipped. */
static void add_lateness(struct buf *out, const struct event *e)
{
    char reached[CLOCK_TEXT];

    if (e->code)
        buf_add_text(out, e->code == EVENT_SKIPPED_HALF   ? ",\"skipped\":[50]"
                          : e->code == EVENT_SKIPPED_MOST ? ",\"skipped\":[80]"
                                                          : ",\"skipped\":[50,80]");
    if (e->type == EVENT_REMINDED && e->percent && e->before)
        add_text(out, ",\"reached\":", clock_format(e->at - e->before * INT64_C(1000), reached));
}

/* Appended piece by piece: this runs for each receiver of each event, and printf costs as much as
 * encrypting what it made. */
static void add_data(struct buf *out, const struct event *e, struct str brief)
{
    char due[CLOCK_TEXT], term[EVENT_RULES_TEXT];

    if (e->type == EVENT_RULES_LOADED) {
        add_rules(out, e);
        return;
    }
    if (e->type == EVENT_BURST) {
        add_text(out, ",\"data\":{\"topic\":", e->topic);
        if (e->rules)
            add_text(out, ",\"term\":", event_rules_text(e->rules, term));
        add_number(out, ",\"hours\":", e->items);
        add_counts(out, e);
        buf_add_char(out, '}');
        return;
    }
    if (e->type == EVENT_CALENDAR_MISSING) {
        add_number(out, ",\"data\":{\"year\":", e->before);
        buf_add_char(out, '}');
        return;
    }
    if (of_unit(e->type)) {
        add_text(out, ",\"data\":{\"unit\":", e->to);
        if (e->type == EVENT_UNIT_OFFLINE)
            add_number(out, ",\"missed\":", e->items);
        buf_add_char(out, '}');
        return;
    }
    if (!e->concern) {
        add_text(out, ",\"data\":{\"source\":", e->source);
        buf_add_char(out, '}');
        return;
    }
    add_number(out, ",\"data\":{\"concern\":\"c", e->concern);
    buf_add_char(out, '"');
    add_text(out, ",\"source\":", e->source);
    add_text(out, ",\"topic\":", e->topic);
    add_text(out, ",\"unit\":", e->unit);
    add_text(out, ",\"grade\":", event_grade_name(e->grade));
    add_text(out, ",\"region\":", e->region);
    if (e->due)
        add_text(out, ",\"due\":", clock_format(e->due, due));
    if (e->act != ACT_NONE)
        add_text(out, ",\"act\":", event_act_name(e->act));
    add_number(out, ",\"items\":", e->items);
    add_act(out, e);
    if (e->type == EVENT_REMINDED && e->percent)
        add_number(out, ",\"percent\":", e->percent);
    if (e->type == EVENT_REMINDED || e->type == EVENT_OVERDUE)
        add_lateness(out, e);
    if (e->type == EVENT_ESCALATED)
        add_number(out, ",\"level\":", e->after);
    if (e->type == EVENT_ERASED)
        add_number(out, ",\"texts\":", e->before);
    if (e->type == EVENT_PUBLISHED || (e->type == EVENT_ERASED && e->after))
        add_number(out, ",\"edition\":", e->after);
    if (e->type == EVENT_ACCEPTED || e->type == EVENT_ANSWERED || e->type == EVENT_PROMISE_KEPT ||
        (e->type == EVENT_PROGRESS && e->act != ACT_NONE))
        buf_add_text(out, e->late ? ",\"late\":true" : ",\"late\":false");
    if (e->likeness.by) {
        add_text(out, ",\"why\":{\"by\":", event_like_name(e->likeness.by));
        add_number(out, ",\"score\":", e->likeness.score);
        add_number(out, ",\"shared\":", e->likeness.shared);
        buf_add_char(out, '}');
    }
    if (brief.n) {
        buf_add_text(out, ",\"item\":");
        buf_add_str(out, brief);
    }
    buf_add_char(out, '}');
}

/* CloudEvents JSON Event Format 1.0.2, §2: extensions stand beside the context attributes. */
int event_write_addressed(const struct event *e, const struct event_home *home, uint64_t unitseq,
                          struct str brief, struct buf *out)
{
    char time[CLOCK_TEXT], version[EVENT_RULES_TEXT];
    const char *epoch = home->epoch;

    buf_add_text(out, "{\"specversion\":\"1.0\",\"id\":\"");
    buf_add_text(out, epoch);
    add_number(out, "/", e->seq);
    buf_add_text(out, "\",\"source\":\"/huiying/");
    buf_add_text(out, epoch);
    buf_add_text(out, "\",\"type\":\"");
    buf_add_text(out, event_type_name(e->type));
    buf_add_text(out, "\",\"time\":\"");
    buf_add_text(out, clock_format(e->at, time));
    if (e->concern) {
        add_number(out, "\",\"subject\":\"concerns/c", e->concern);
    } else if (e->type == EVENT_RULES_LOADED) {
        buf_add_text(out, "\",\"subject\":\"rules/");
        buf_add_text(out, event_rules_text(e->rules, version));
    } else if (e->type == EVENT_BURST) {
        buf_add_text(out, "\",\"subject\":\"topics/");
        buf_add_text(out, e->topic);
    } else if (e->type == EVENT_CALENDAR_MISSING) {
        add_number(out, "\",\"subject\":\"calendars/", e->before);
    } else if (of_unit(e->type)) {
        buf_add_text(out, "\",\"subject\":\"units/");
        buf_add_text(out, e->to);
    } else {
        buf_add_text(out, "\",\"subject\":\"sources/");
        buf_add_text(out, e->source); /* a slug */
    }
    buf_add_text(out, "\",\"datacontenttype\":\"application/json\",\"epoch\":\"");
    buf_add_text(out, epoch);
    add_number(out, "\",\"seq\":", e->seq);
    if (unitseq)
        add_number(out, ",\"unitseq\":", unitseq);
    if (drill_on())
        buf_add_text(out, ",\"drill\":true");
    if (home->site && e->concern) {
        add_text(out, ",\"address\":", home->site);
        if (buf_ok(out))
            out->len--; /* goes on within the quotes */
        add_number(out, "/#c", e->concern);
        buf_add_char(out, '"');
    }
    add_data(out, e, brief);
    return buf_add_char(out, '}');
}

int event_write_json(const struct event *e, const char *epoch, uint64_t unitseq, struct str brief,
                     struct buf *out)
{
    return event_write_addressed(e, &(struct event_home){epoch, NULL}, unitseq, brief, out);
}
