#include "daemon/public/words.h"

#include "base/clock.h"
#include "daemon/http/figures.h"
#include "daemon/http/views.h"

/* Roles of units whose topics touch health, minors and relief: a topic that a place of use adds is
 * known by who answers it. */
static const char *const delicate[] = {"health", "education", "civil-affairs", "disability",
                                       "women-children"};

struct pair {
    const char *zh, *en;
};

static const struct pair states[CONCERN_STATES] = {
    [CONCERN_OPEN] = {"待签收", "waiting to be accepted"},
    [CONCERN_ACCEPTED] = {"办理中", "in hand"},
    [CONCERN_CLOSED] = {"已办结", "closed"},
    [CONCERN_FOUND] = {"待研判", "being assessed"},
    [CONCERN_DECLINED] = {"待改派", "being reassigned"},
};
static const struct pair outcomes[OUTCOMES] = {
    [OUTCOME_ANSWERED] = {"已答复", "answered"},
    [OUTCOME_MERGED] = {"已并入另一件", "merged into another"},
    [OUTCOME_DISMISSED] = {"无需回应", "nothing to answer"},
    [OUTCOME_HANDED_OUT] = {"已转有关机构", "handed to another body"},
};
static const struct pair dismissals[DISMISSALS] = {
    [DISMISSAL_ADVERTISEMENT] = {"：广告", ": advertisement"},
    [DISMISSAL_ELSEWHERE] = {"：外地", ": of another place"},
    [DISMISSAL_OLD_NEWS] = {"：旧闻", ": old news"},
    [DISMISSAL_NOTICE] = {"：官方通告", ": official notice"},
};
static const struct {
    const char *name;
    struct pair text;
} timings[] = {
    [WORDS_NOT_OWED] = {"not-owed", {"—", "—"}},
    [WORDS_RUNNING] = {"running", {"在时限内", "within its time"}},
    [WORDS_OVERDUE] = {"overdue", {"已超期", "overdue"}},
    [WORDS_IN_TIME] = {"in-time", {"按期答复", "answered in time"}},
    [WORDS_LATE] = {"late", {"超期答复", "answered late"}},
};

static const char *say(struct pair of, bool english)
{
    const char *text = english ? of.en : of.zh;

    return text ? text : "";
}

bool words_coarse(struct exchange *x, const struct concern *c)
{
    int at = rules_find(exchange_rules(x), str_from(c->topic));

    if (at < 0 || c->items < WORDS_ITEMS_LEAST)
        return true;
    struct str role = rules_topic(exchange_rules(x), (size_t)at).role;
    for (size_t i = 0; i < sizeof delicate / sizeof *delicate; i++)
        if (str_is(role, delicate[i]))
            return true;
    return false;
}

void words_place(struct exchange *x, const struct concern *c, struct buf *out)
{
    struct str code = str_from(c->region);

    if (!code.n)
        return;
    if (words_coarse(x, c) && code.n > 6)
        code.n = 6;
    if (code.n > 6) {
        views_place(out, x->side->http->conf.config, exchange_rules(x), code);
        return;
    }
    char county[7] = "";
    memcpy(county, code.p, code.n);
    figures_name(x, STATISTICS_REGION, county, false, out);
}

void words_title(struct exchange *x, const struct concern *c, bool english, struct buf *out)
{
    size_t before = out->len;

    words_place(x, c, out);
    if (out->len > before)
        buf_add_text(out, english ? ": " : "：");
    figures_name(x, STATISTICS_TOPIC, c->topic, english, out);
    buf_add_text(out, english ? " (" : "（");
    buf_add_text(out, english ? verdict_request_name(c->request) : verdict_request_zh(c->request));
    buf_add_text(out, english ? ")" : "）");
}

void words_state(const struct concern *c, bool english, struct buf *out)
{
    if (c->state != CONCERN_CLOSED || c->outcome == OUTCOME_NONE) {
        buf_add_text(out, say(states[c->state], english));
        return;
    }
    buf_add_text(out, say(outcomes[c->outcome], english));
    if (c->outcome == OUTCOME_DISMISSED && c->dismissal < DISMISSALS)
        buf_add_text(out, say(dismissals[c->dismissal], english));
}

enum words_timing words_timing(const struct concern *c, int64_t now)
{
    if (c->state != CONCERN_CLOSED)
        return now > c->due ? WORDS_OVERDUE : WORDS_RUNNING;
    if (c->outcome != OUTCOME_ANSWERED)
        return WORDS_NOT_OWED;
    return c->answered > c->due ? WORDS_LATE : WORDS_IN_TIME;
}

const char *words_timing_text(enum words_timing timing, bool english)
{
    return say(timings[timing].text, english);
}

const char *words_timing_name(enum words_timing timing)
{
    return timings[timing].name;
}

char *words_day(int64_t at, char out[static WORDS_DAY])
{
    char text[CLOCK_TEXT];

    clock_format(at, text);
    memcpy(out, text, WORDS_DAY - 1);
    out[WORDS_DAY - 1] = '\0';
    return out;
}
