#include "alerts/desk/tally.h"

#include <string.h>

enum { MINUTE = 60000, PER_OCTAVE = 8, OCTAVES = TALLY_TIMES / PER_OCTAVE };

static const char *const names[TALLY_COUNTS] = {
    [TALLY_OPENED] = "opened",
    [TALLY_OPEN] = "open",
    [TALLY_OVERDUE] = "overdue",
    [TALLY_CAME_ANSWERED] = "came_answered",
    [TALLY_ACCEPT_DUE] = "accept_due",
    [TALLY_ACCEPTED_IN_TIME] = "accepted_in_time",
    [TALLY_ANSWER_DUE] = "answer_due",
    [TALLY_ANSWERED_IN_TIME] = "answered_in_time",
    [TALLY_GIVEN] = "given",
    [TALLY_DECLINED] = "declined",
    [TALLY_ROUNDS] = "rounds",
    [TALLY_EXTENDED] = "extended",
    [TALLY_ANSWERED] = "answered",
    [TALLY_REOPENED] = "reopened",
    [TALLY_MERGED] = "merged",
    [TALLY_HANDED_OUT] = "handed_out",
    [TALLY_ADVERTISEMENT] = "advertisement",
    [TALLY_ELSEWHERE] = "elsewhere",
    [TALLY_OLD_NEWS] = "old_news",
    [TALLY_NOTICE] = "notice",
    [TALLY_FULL] = "full",
    [TALLY_SUMMARY] = "summary",
    [TALLY_WITHHELD] = "withheld",
    [TALLY_SOLVED] = "solved",
    [TALLY_NOT_YET] = "not_yet",
    [TALLY_ASSISTED] = "assisted",
    [TALLY_ASSIST_ANSWERED] = "assist_answered",
    [TALLY_ASSIST_DECLINED] = "assist_declined",
};

const struct tally_rate tally_rates[TALLY_RATES] = {
    {"accepted_in_time", "签收及时率", "accepted in time", TALLY_ACCEPTED_IN_TIME, TALLY_ACCEPT_DUE,
     "时限内签收 ÷（已签收 + 签收已超期）", "accepted by the due time ÷ (accepted + overdue for it)"},
    {"answered_in_time", "按期答复率", "answered in time", TALLY_ANSWERED_IN_TIME, TALLY_ANSWER_DUE,
     "原定时限内答复 ÷（已答复 + 答复已超期）；延期不改原定时限",
     "answered by the original due time ÷ (answered + overdue); an extension does not move it"},
    {"declined", "退单率", "declined", TALLY_DECLINED, TALLY_GIVEN,
     "退单次数 ÷ 派到次数（退单被驳回，即再派到一次）",
     "times declined ÷ times given to the unit (a decline that is denied gives it once more)"},
    {"extended", "延期率", "extended", TALLY_EXTENDED, TALLY_ROUNDS,
     "获准延期的轮次 ÷ 承办轮次（改派的轮次，先后承办的单位各计）",
     "rounds with an approved extension ÷ rounds led (one that was reassigned: of each unit)"},
    {"reopened", "重开率", "reopened", TALLY_REOPENED, TALLY_ANSWERED,
     "答复后重开与退回重办次数 ÷ 已答复轮次",
     "times reopened or returned after an answer ÷ rounds answered"},
    {"solved", "回访解决率", "said to be solved", TALLY_SOLVED, TALLY_COUNTS,
     "回访答“是” ÷ 全部回访", "“yes” ÷ all answers to the survey"},
    {"assist_answered", "协办答复率", "answered when assisting", TALLY_ASSIST_ANSWERED, TALLY_ASSISTED,
     "公开答复了自己部分的协办件 ÷ 协办件（退单的不计）；不影响主办单位的比率",
     "concerns with a published part of its own ÷ concerns it assists in (none that it declined)"},
};

const char *tally_name(enum tally_count count)
{
    return names[count];
}

static uint8_t class_of(int64_t ms)
{
    int64_t minutes = ms / MINUTE + 1, base = 1;
    int octave = 0;

    while (octave < OCTAVES - 1 && minutes >= base * 2) {
        base *= 2;
        octave++;
    }
    int64_t eighth = (minutes - base) * PER_OCTAVE / base;
    return (uint8_t)(octave * PER_OCTAVE + (eighth < PER_OCTAVE ? eighth : PER_OCTAVE - 1));
}

/* Where a class begins (ms). */
static int64_t begin_of(size_t at)
{
    int64_t base = INT64_C(1) << (at / PER_OCTAVE);

    return (base * MINUTE * (int64_t)(PER_OCTAVE + at % PER_OCTAVE)) / PER_OCTAVE - MINUTE;
}

static size_t find(struct tally *t, const char *unit)
{
    for (size_t i = 0; i < t->nparts; i++)
        if (strcmp(t->parts[i].unit, unit) == 0)
            return i;
    if (t->nparts < TALLY_UNITS)
        memcpy(t->parts[t->nparts++].unit, unit, SLUG_MAX);
    return t->nparts - 1;
}

static void count_for(struct tally *t, size_t part, enum tally_count what)
{
    uint16_t *n = &t->parts[part].counts[what];

    *n += *n < UINT16_MAX;
}

static void count(struct tally *t, enum tally_count what)
{
    count_for(t, t->lead, what);
}

static void begin_round(struct tally *t, int64_t at)
{
    t->began = at;
    t->open = true;
    t->overdue = t->accept_counted = t->answer_counted = t->answered = t->declined = false;
    t->led = t->extended = 0;
}

/* Once a round and unit: true the first time. */
static bool mark(const struct tally *t, uint16_t *parts)
{
    uint16_t bit = (uint16_t)(1u << t->lead), had = *parts & bit;

    *parts |= bit;
    return !had;
}

static void lead(struct tally *t)
{
    if (mark(t, &t->led))
        count(t, TALLY_ROUNDS);
    count(t, TALLY_GIVEN);
    t->declined = false;
}

enum { ASSIST_NONE, ASSIST_ASKED, ASSIST_ANSWERED, ASSIST_DECLINED };

/* What an assisting unit did with its part; the lead's own acts are none of this. */
static void assist(struct tally *t, const struct event *e, const char *unit, uint8_t how)
{
    if (!unit[0] || strcmp(unit, e->unit) == 0)
        return;
    uint8_t *at = &t->assists[find(t, unit)];
    if (how == ASSIST_ASKED ? *at != ASSIST_ANSWERED : *at == ASSIST_ASKED)
        *at = how;
}

static void help(struct tally *t, const struct event *e)
{
    assist(t, e, e->to, ASSIST_ASKED);
}

static void open(struct tally *t, const struct event *e)
{
    t->concern = e->concern;
    t->opened = e->at;
    begin_round(t, e->at);
}

static void dispatch(struct tally *t, const struct event *e)
{
    t->lead = find(t, e->to[0] ? e->to : e->unit);
    t->dispatched = true;
    lead(t);
}

/* The new unit has to accept it too; what has been missed stays missed. */
static void pass(struct tally *t, const struct event *e)
{
    t->lead = find(t, e->to[0] ? e->to : e->unit);
    t->assists[t->lead] = ASSIST_NONE; /* it leads now */
    t->accept_counted = false;
    lead(t);
}

/* Of an assisting unit, and where no clock ran, the act is none. */
static void accept(struct tally *t, const struct event *e)
{
    if (e->act != ACT_ACCEPT || t->accept_counted)
        return;
    t->accept_counted = true;
    count(t, TALLY_ACCEPT_DUE);
    if (!e->late)
        count(t, TALLY_ACCEPTED_IN_TIME);
}

/* Once a round: the unit that had it when its time came is the one that it counts for. */
static void count_answer(struct tally *t)
{
    if (t->answer_counted)
        return;
    t->answer_counted = true;
    t->answers_for = t->lead;
    count(t, TALLY_ANSWER_DUE);
}

static void overdue(struct tally *t, const struct event *e)
{
    if (e->act == ACT_ACCEPT && !t->accept_counted) {
        t->accept_counted = true;
        count(t, TALLY_ACCEPT_DUE);
    }
    if (e->act == ACT_REPLY)
        count_answer(t);
    t->overdue = t->overdue || e->act == ACT_REPLY;
}

static void answer(struct tally *t, const struct event *e)
{
    struct tally_part *part = &t->parts[t->lead];

    if (t->open && e->act != ACT_REPLY)
        assist(t, e, e->by, ASSIST_ANSWERED);
    if (e->act != ACT_REPLY || !t->open)
        return;
    t->open = false;
    count(t, (enum tally_count)(TALLY_FULL + scope_of(e->code)));
    if (!t->dispatched) {
        count(t, TALLY_CAME_ANSWERED);
        return;
    }
    count(t, TALLY_ANSWERED);
    t->answered = true;
    if (e->round < TALLY_ROUNDS_MAX) {
        t->answered_by[e->round] = (uint8_t)t->lead;
        t->rounds |= (uint8_t)(1u << e->round);
    }
    if (part->ntimes < TALLY_ROUNDS_MAX)
        part->times[part->ntimes++] = class_of(e->at > t->began ? e->at - t->began : 0);
    count_answer(t);
    /* A page that is found after the due time may have answered before it. */
    if (!e->late)
        count_for(t, t->answers_for, TALLY_ANSWERED_IN_TIME);
}

/* An assisting unit that declines leaves nothing undone. */
static void decline(struct tally *t, const struct event *e)
{
    assist(t, e, e->by, ASSIST_DECLINED);
    if (e->by[0] && strcmp(e->by, e->unit) != 0)
        return;
    count(t, TALLY_DECLINED);
    t->declined = true;
}

/* Of a decline: it is the unit's once more, which may decline it again. */
static void deny(struct tally *t, const struct event *e)
{
    (void)e;
    if (t->declined)
        lead(t);
}

static void extend(struct tally *t, const struct event *e)
{
    (void)e;
    if (mark(t, &t->extended))
        count(t, TALLY_EXTENDED);
}

static void dismiss(struct tally *t, const struct event *e)
{
    if (e->code > DISMISSAL_NONE && e->code < DISMISSALS)
        count(t, (enum tally_count)(TALLY_ADVERTISEMENT + e->code - 1));
}

static void hand_out(struct tally *t, const struct event *e)
{
    (void)e;
    count(t, TALLY_HANDED_OUT);
}

static void merge(struct tally *t, const struct event *e)
{
    (void)e;
    count(t, TALLY_MERGED);
}

static void close(struct tally *t, const struct event *e)
{
    (void)e;
    t->open = false;
}

static void reopen(struct tally *t, const struct event *e)
{
    if (t->answered) /* 无需回应 that is reopened was no answer */
        count(t, TALLY_REOPENED);
    begin_round(t, e->at);
    t->dispatched = true;
    lead(t);
}

static void update(struct tally *t, const struct event *e)
{
    (void)t, (void)e; /* topic and place follow each event */
}

static void (*const counters[EVENT_TYPES])(struct tally *t, const struct event *e) = {
    [EVENT_OPENED] = open,
    [EVENT_DISPATCHED] = dispatch,
    [EVENT_ACCEPTED] = accept,
    [EVENT_OVERDUE] = overdue,
    [EVENT_ANSWERED] = answer,
    [EVENT_CLOSED] = close,
    [EVENT_UPDATED] = update,
    [EVENT_ASSESSED] = update,
    [EVENT_DECLINED] = decline,
    [EVENT_DENIED] = deny,
    [EVENT_REASSIGNED] = pass,
    [EVENT_HANDED_ON] = pass,
    [EVENT_ASSISTED] = help,
    [EVENT_EXTENDED] = extend,
    [EVENT_RETURNED] = reopen,
    [EVENT_DISMISSED] = dismiss,
    [EVENT_MERGED] = merge,
    [EVENT_REOPENED] = reopen,
    [EVENT_HANDED_OUT] = hand_out,
};

bool tally_counts(enum event_type type)
{
    return counters[type] != NULL;
}

void tally_add(struct tally *t, const struct event *e)
{
    if (!tally_counts(e->type) || (!t->opened && e->type != EVENT_OPENED))
        return;
    memcpy(t->topic, e->topic, SLUG_MAX);
    memcpy(t->region, e->region, REGION_MAX);
    /* What is declared of a unit counts for the one that led it then. */
    t->lead = find(t, e->unit);
    counters[e->type](t, e);
}

void tally_end(struct tally *t)
{
    if (!t->opened)
        return;
    count(t, TALLY_OPENED);
    if (t->open)
        count(t, TALLY_OPEN);
    if (t->open && t->overdue)
        count(t, TALLY_OVERDUE);
    for (size_t i = 0; i < t->nparts; i++) {
        if (t->assists[i] == ASSIST_ASKED || t->assists[i] == ASSIST_ANSWERED)
            count_for(t, i, TALLY_ASSISTED);
        if (t->assists[i] == ASSIST_ANSWERED)
            count_for(t, i, TALLY_ASSIST_ANSWERED);
        if (t->assists[i] == ASSIST_DECLINED)
            count_for(t, i, TALLY_ASSIST_DECLINED);
    }
}

void tally_survey(struct tally *t, unsigned round, uint16_t solved, uint16_t not_yet)
{
    uint16_t *counts = t->parts[t->answered_by[round]].counts;

    counts[TALLY_SOLVED] = (uint16_t)(counts[TALLY_SOLVED] + solved);
    counts[TALLY_NOT_YET] = (uint16_t)(counts[TALLY_NOT_YET] + not_yet);
}

void tally_put(struct tally_sum *sum, const struct tally_part *part)
{
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        sum->counts[i] += part->counts[i];
    for (size_t i = 0; i < part->ntimes; i++)
        sum->times[part->times[i]]++;
}

void tally_take(struct tally_sum *sum, const struct tally_part *part)
{
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        sum->counts[i] -= part->counts[i];
    for (size_t i = 0; i < part->ntimes; i++)
        sum->times[part->times[i]]--;
}

uint32_t tally_whole(const struct tally_sum *sum, const struct tally_rate *rate)
{
    return rate->whole == TALLY_COUNTS ? sum->counts[TALLY_SOLVED] + sum->counts[TALLY_NOT_YET]
                                       : sum->counts[rate->whole];
}

int tally_per_mille(const struct tally_sum *sum, const struct tally_rate *rate)
{
    uint64_t whole = tally_whole(sum, rate);

    return whole ? (int)((sum->counts[rate->part] * UINT64_C(1000) + whole / 2) / whole) : -1;
}

int64_t tally_median(const struct tally_sum *sum, uint32_t *n)
{
    uint64_t all = 0, seen = 0;

    for (size_t i = 0; i < TALLY_TIMES; i++)
        all += sum->times[i];
    if (n)
        *n = (uint32_t)all;
    for (size_t i = 0; i < TALLY_TIMES && all; i++) {
        seen += sum->times[i];
        if (seen * 2 >= all)
            return (begin_of(i) + begin_of(i + 1)) / 2;
    }
    return 0;
}
