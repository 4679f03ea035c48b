#include "daemon/http/life_view.h"

#include "alerts/deadlines/clocks.h"
#include "daemon/http/json_out.h"
#include "daemon/http/views.h"

static const struct {
    const char *name, *zh;
} party_states[] = {
    [PARTY_TOLD] = {"told", "待签收"},       [PARTY_ACCEPTED] = {"accepted", "已签收"},
    [PARTY_DECLINED] = {"declined", "已退单"}, [PARTY_ANSWERED] = {"answered", "已答复"},
    [PARTY_LEFT] = {"left", "已转出"},
};

static void named_or_null(struct buf *b, const char *name, const char *value)
{
    json_out_text(b, name, *value ? value : NULL);
}

static void number_or_null(struct buf *b, const char *name, uint64_t concern)
{
    char id[24];

    if (!concern) {
        json_out_null(b, name);
        return;
    }
    concern_format_id(concern, id);
    json_out_text(b, name, id);
}

static void party_view(struct buf *b, const struct units *units, const struct concern_party *p)
{
    json_out_next(b);
    buf_add_char(b, '{');
    views_unit(b, units, p->unit);
    json_out_bool(b, "lead", p->lead);
    json_out_text(b, "state", party_states[p->state].name);
    json_out_text(b, "state_zh", party_states[p->state].zh);
    json_out_time(b, "told", p->told);
    json_out_time(b, "accepted", p->accepted);
    json_out_time(b, "answered", p->answered);
    buf_add_char(b, '}');
}

static void outcome_view(struct buf *b, const struct concern *c)
{
    enum dismissal code = (enum dismissal)c->dismissal;

    named_or_null(b, "outcome", concern_outcome_name(c->outcome));
    named_or_null(b, "outcome_zh", concern_outcome_zh(c->outcome));
    named_or_null(b, "dismissal", event_dismissal_name(code));
    named_or_null(b, "dismissal_zh", event_dismissal_zh(code));
    number_or_null(b, "merged", c->merged);
    number_or_null(b, "related", c->related);
}

void life_view(struct buf *b, const struct units *units, const struct concern *c)
{
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);

    enum grade grade = clocks_grade(c);
    outcome_view(b, c);
    named_or_null(b, "proposed", grade > c->grade ? event_grade_name(grade) : "");
    named_or_null(b, "proposed_zh", grade > c->grade ? event_grade_zh(grade) : "");
    json_out_time(b, "assessed", c->assessed);
    json_out_name(b, "parties");
    buf_add_char(b, '[');
    for (size_t i = 0; i < n; i++)
        party_view(b, units, &parties[i]);
    buf_add_char(b, ']');
    json_out_count(b, "round", c->round + 1u);
    json_out_count(b, "misses", c->misses);
    json_out_time(b, "extended", c->extended);
    json_out_time(b, "extension_asked", c->extension_asked);
    json_out_bool(b, "registered", c->registered);
}
