#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/desk_fixture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/seed.h"

/* What is announced of each clock, against a model that knows nothing but the instants at which
 * somebody looked at the time. */
enum { CONCERNS = 12, LOOKS = 120, LEVELS = DEADLINE_ESCALATIONS_MAX };

static uint64_t seed;

static uint32_t roll(uint32_t below)
{
    return seed_roll(&seed, below);
}

struct tally { /* of one clock */
    int half, most, overdue, levels[LEVELS + 1];
};

struct watched { /* a concern, as it was opened */
    uint64_t id;
    struct concern at_first;
    struct tally told[ACTS];
    size_t opened, accepted, answered; /* looks before it was; LOOKS: never */
    size_t extended;
    int64_t until;
};

struct run {
    struct town *town;
    struct deadlines *again; /* the same, read once more */
    struct desk *desk;
    struct watched watched[CONCERNS];
    size_t count;
    int64_t looks[LOOKS];
    uint64_t head;
};

static void count(struct run *r, const struct changes *out)
{
    for (size_t i = 0; i < out->nevents; i++) {
        const struct event *e = &out->events[i];
        assert_true(e->seq == ++r->head);
        for (size_t k = 0; k < r->count; k++) {
            struct tally *t = &r->watched[k].told[e->act];
            if (r->watched[k].id != e->concern)
                continue;
            t->half += e->type == EVENT_REMINDED && e->percent == 50;
            t->most += e->type == EVENT_REMINDED && e->percent == 80;
            t->overdue += e->type == EVENT_OVERDUE;
            if (e->type == EVENT_ESCALATED)
                t->levels[e->after]++;
        }
    }
}

static void open_one(struct run *r, size_t look, int64_t now, struct changes *out)
{
    struct verdict_box box;
    struct watched *w = &r->watched[r->count];
    const char *topic = roll(3) ? "wage-arrears" : "epidemic";

    *w = (struct watched){.opened = look, .accepted = LOOKS, .answered = LOOKS, .extended = LOOKS};
    assert_int_equal(desk_item(r->desk, town_verdict(&box, topic, "330106", roll(1u << 30), 0),
                               &(struct desk_origin){.source = 1}, now, out, &w->id), 0);
    w->at_first = *desk_concern(r->desk, w->id);
    r->count++;
}

static void act(struct run *r, size_t look, int64_t now, struct changes *out)
{
    struct watched *w = &r->watched[roll((uint32_t)r->count)];
    bool answer = roll(4) == 0;
    struct command c = {.act = answer ? COMMAND_ANSWER : COMMAND_ACCEPT, .concern = w->id,
                        .url = STR("https://a.gov.cn/1")};
    const char *reason;

    if (desk_command(r->desk, &c, now, out, &reason) || !out->nevents)
        return;
    if (answer)
        w->answered = look;
    if (w->accepted == LOOKS)
        w->accepted = look;
}

/* As after a crash: what a store keeps comes back. Extensions are approved on the way. */
static void restart(struct run *r, size_t look, int64_t now)
{
    struct desk *d = desk_new(&r->town->conf, r->head);

    for (size_t i = 0; i < r->count; i++) {
        struct watched *w = &r->watched[i];
        const struct concern *c = desk_concern(r->desk, w->id);
        struct concern copy;
        if (!c)
            continue;
        assert_int_equal(concern_copy(&copy, c), 0);
        if (look < LOOKS && w->extended == LOOKS && roll(6) == 0) {
            w->extended = look;
            copy.extended = w->until = (now > c->due ? now : c->due) + (int64_t)roll(200) * HOUR;
        }
        assert_int_equal(desk_restore_concern(d, &copy), 0);
        concern_clear(&copy);
    }
    desk_free(r->desk);
    r->desk = d;
}

static void reload(struct run *r)
{
    struct deadlines *now = r->town->deadlines;

    r->town->deadlines = r->again;
    r->again = now;
    r->town->conf.deadlines = r->town->deadlines;
    desk_reconfigure(r->desk, &r->town->conf);
}

static void look(struct run *r, int64_t now, struct changes *out)
{
    do {
        desk_changes_reset(out);
        assert_int_equal(desk_tick(r->desk, now, 1 + roll(9), out), 0);
        count(r, out);
        if (roll(20) == 0)
            restart(r, LOOKS, now);
    } while (desk_next(r->desk) <= now);
}

/* What has to have been told of the clock, from the looks alone. */
static struct tally model(const struct run *r, const struct watched *w,
                          const struct concern_clock *clock)
{
    const struct deadlines *d = r->town->deadlines;
    size_t end = clock->act == ACT_ACCEPT && w->accepted < w->answered ? w->accepted : w->answered;
    int64_t span = clock->due - clock->started;
    struct tally t = {0};
    size_t level = 0;

    for (size_t i = w->opened; i < end; i++) {
        int64_t now = r->looks[i], base = clock->due;
        if (clock->act == ACT_REPLY && w->extended <= i && w->until > base)
            base = w->until;
        t.overdue |= now >= clock->due;
        if (!t.overdue && now >= clock->started + span / 5 * 4)
            t.most = 1; /* in place of an earlier one that nobody looked at in time */
        else if (!t.overdue && !t.most && now >= clock->started + span / 2)
            t.half = 1;
        while (t.overdue && level < d->nescalations && now >= base + d->escalation[level])
            t.levels[++level] = 1;
    }
    return t;
}

static void check(const struct run *r, int number)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct watched *w = &r->watched[i];
        for (size_t k = 0; k < w->at_first.nclocks; k++) {
            const struct concern_clock *clock = &w->at_first.clocks[k];
            struct tally should = model(r, w, clock);
            if (memcmp(&should, &w->told[clock->act], sizeof should))
                fail_msg("run %d, concern %zu, %s: told %d %d %d [%d %d %d], model %d %d %d [%d %d "
                         "%d]", number, i, clock->rule, w->told[clock->act].half,
                         w->told[clock->act].most, w->told[clock->act].overdue,
                         w->told[clock->act].levels[1], w->told[clock->act].levels[2],
                         w->told[clock->act].levels[3], should.half, should.most, should.overdue,
                         should.levels[1], should.levels[2], should.levels[3]);
        }
    }
}

static void live(struct run *r)
{
    struct changes out = {0};
    int64_t now = town_morning();

    for (size_t i = 0; i < LOOKS; i++) {
        now += (int64_t)roll(1 + roll(240)) * 6 * 60000;
        if (roll(15) == 0) /* the clock is set: up to ten days, either way */
            now += ((int64_t)roll(20 * 24) - 10 * 24) * HOUR;
        desk_changes_reset(&out);
        if (r->count < CONCERNS && (!r->count || roll(4) == 0))
            open_one(r, i, now, &out);
        else if (roll(8) == 0)
            act(r, i, now, &out);
        count(r, &out);
        if (roll(8) == 0)
            restart(r, i, now);
        if (roll(8) == 0)
            reload(r);
        r->looks[i] = now;
        look(r, now, &out);
    }
    desk_changes_free(&out);
}

static struct deadlines *shipped(const char *calendars)
{
    const char *source = getenv("srcdir");
    struct problems *problems = problems_new();
    char rules[4096], usual[4096];

    snprintf(rules, sizeof rules, "%s/rules/deadlines.yaml", source ? source : ".");
    snprintf(usual, sizeof usual, "%s/rules/calendars", source ? source : ".");
    struct deadlines *d = deadline_load(rules, calendars ? calendars : usual, problems);
    problems_print(problems, stderr);
    problems_free(problems);
    assert_non_null(d);
    return d;
}

static void each_is_announced_as_the_model_says(void **state)
{
    struct town town;
    (void)state;

    town_open(&town, NULL, 400 * CLOCK_DAY);
    struct deadlines *again = shipped(NULL);
    for (int number = 0; number < 300; number++) {
        struct run r = {.town = &town, .again = again, .desk = desk_new(&town.conf, 0)};
        live(&r);
        check(&r, number);
        again = r.again;
        desk_free(r.desk);
    }
    deadline_free(again);
    town_close(&town);
}

static char folder[SCRATCH_PATH];

/* The calendar of 2026, and with `next` one of 2027 with its first week off. */
static void put_calendars(bool next)
{
    const char *source = getenv("srcdir");
    char from[4096], to[SCRATCH_PATH + 16];
    struct buf text = BUF_INIT;

    snprintf(from, sizeof from, "%s/rules/calendars/cn-2026.yaml", source ? source : ".");
    snprintf(to, sizeof to, "%s/cn-2026.yaml", folder);
    assert_int_equal(file_read(from, 1 << 20, &text), 0);
    assert_int_equal(file_replace(to, buf_str(&text), 0600), 0);
    buf_free(&text);
    snprintf(to, sizeof to, "%s/cn-2027.yaml", folder);
    if (next)
        assert_int_equal(file_replace(to, STR("year: 2027\nsource: [https://a.cn/x]\noff: "
                                              "[2027-01-01..2027-01-07]\nwork: []\n"), 0600), 0);
    else
        unlink(to);
}

static size_t recomputed(struct desk *d, int64_t now, int64_t *due)
{
    struct changes out = {0};
    size_t n = 0;

    assert_int_equal(desk_tick(d, now, 1000, &out), 0);
    for (size_t i = 0; i < out.nevents; i++)
        if (out.events[i].type == EVENT_RECOMPUTED) {
            assert_int_equal(out.events[i].act, ACT_REPLY);
            *due = out.events[i].due;
            n++;
        }
    desk_changes_free(&out);
    return n;
}

static int64_t instant(const char *text)
{
    int64_t ms;

    assert_int_equal(clock_parse(str_from(text), &ms), 0);
    return ms;
}

/* The same of what a reply promised, also when it was promised before it was read. */
static void a_promise_is_counted_again(void **state)
{
    int64_t now = instant("2026-12-25T10:00:00+08:00");
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    const char *reason;
    uint64_t id;
    (void)state;

    town_open(&town, NULL, 400 * CLOCK_DAY);
    put_calendars(false);
    struct deadlines *before = shipped(folder);
    town.conf.deadlines = before;
    struct desk *d = desk_new(&town.conf, 0);
    assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", "330106", 1, 0),
                               &(struct desk_origin){.source = 1}, now, &out, &id), 0);
    assert_int_equal(desk_command(d, &(struct command){.act = COMMAND_ANSWER, .concern = id,
                                                       .url = STR("https://a.gov.cn/1")},
                                  now, &out, &reason), 0);
    assert_int_equal(desk_promise(d, id, (struct verdict_promise[]){{.workdays = 15}}, 1, now,
                                  now + CLOCK_DAY, &out), 0);
    const struct concern *c = desk_concern(d, id);
    const struct concern_clock *clock = &c->clocks[c->nclocks - 1];
    assert_true(clock->act == ACT_PROMISE && clock->provisional);
    assert_true(clock->due == instant("2027-01-18T17:30:00+08:00"));

    put_calendars(true);
    struct deadlines *after = shipped(folder);
    struct desk_conf told = town.conf;
    told.deadlines = after;
    desk_reconfigure(d, &told);
    desk_changes_reset(&out);
    assert_int_equal(desk_tick(d, now + CLOCK_DAY, 1000, &out), 0);
    assert_true(out.nevents == 1 && out.events[0].type == EVENT_RECOMPUTED);
    assert_true(out.events[0].act == ACT_PROMISE && out.events[0].due == clock->due);
    assert_true(clock->due == instant("2027-01-22T17:30:00+08:00") && !clock->provisional);
    desk_free(d);
    desk_changes_free(&out);
    deadline_free(before);
    deadline_free(after);
    put_calendars(false);
    town_close(&town);
}

/* Due times counted on weekends alone are counted again, once, when the holidays are published. */
static void a_calendar_that_comes_recomputes_once(void **state)
{
    int64_t now = instant("2026-12-25T10:00:00+08:00"), due = 0;
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    uint64_t c, in_time, closed;
    (void)state;

    town_open(&town, NULL, 400 * CLOCK_DAY);
    put_calendars(false);
    struct deadlines *before = shipped(folder);
    town.conf.deadlines = before;
    town.rules.topics[0].deadlines[0] = STR("accept-1wd");
    town.rules.topics[0].deadlines[1] = STR("complaint-15wd");
    struct desk *d = desk_new(&town.conf, 0);
    struct desk_origin from = {.source = 1};
    assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", "330106", 1, 0), &from, now,
                               &out, &c), 0);
    assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", "330106", 2, 0), &from,
                               now - 60 * CLOCK_DAY, &out, &in_time), 0);
    assert_int_equal(desk_item(d, town_verdict(&box, "wage-arrears", "330106", 3, 0), &from, now,
                               &out, &closed), 0);
    struct command answer = {.act = COMMAND_ANSWER, .concern = closed,
                             .url = STR("https://a.gov.cn/1")};
    const char *reason;
    assert_int_equal(desk_command(d, &answer, now, &out, &reason), 0);
    assert_true(desk_concern(d, c)->due == instant("2027-01-18T17:30:00+08:00"));
    assert_true(desk_concern(d, c)->clocks[1].provisional);
    assert_false(desk_concern(d, c)->clocks[0].provisional);
    assert_int_equal(recomputed(d, now, &due), 0);

    put_calendars(true);
    struct deadlines *after = shipped(folder);
    struct desk_conf told = town.conf;
    told.deadlines = after;
    /* a restart with the new file does what a reload does */
    struct desk *restarted = desk_new(&told, desk_head(d));
    assert_int_equal(desk_restore_concern(restarted, desk_concern(d, c)), 0);
    assert_int_equal(recomputed(restarted, now, &due), 1);
    assert_true(due == instant("2027-01-22T17:30:00+08:00"));
    desk_free(restarted);
    desk_reconfigure(d, &told);
    assert_true(desk_next(d) <= now);
    due = 0;
    assert_int_equal(recomputed(d, now + HOUR, &due), 1);
    assert_true(due == instant("2027-01-22T17:30:00+08:00"));
    assert_true(desk_concern(d, c)->due == due && !desk_concern(d, c)->clocks[1].provisional);
    desk_reconfigure(d, &told);
    assert_int_equal(recomputed(d, now + HOUR, &due), 0);
    told.deadlines = before; /* the file goes again: what is known stays known */
    desk_reconfigure(d, &told);
    told.deadlines = after;
    desk_reconfigure(d, &told);
    assert_int_equal(recomputed(d, now + HOUR, &due), 0);
    desk_free(d);
    desk_changes_free(&out);
    deadline_free(before);
    deadline_free(after);
    put_calendars(false);
    town_close(&town);
}

/* 30 minutes without 研判: the coordinating unit, then who stands above it. */
static void a_grade_that_nobody_decides_is_escalated(void **state)
{
    int64_t now = town_morning(), at = now + HOUR / 2;
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    uint64_t c;
    (void)state;

    town_open(&town, NULL, CLOCK_DAY);
    struct desk *d = desk_new(&town.conf, 0);
    struct verdict *v = town_verdict(&box, "wage-arrears", "330106", 1, 0);
    box.tag.grade = STR("major");
    assert_int_equal(desk_item(d, v, &(struct desk_origin){.source = 1}, now, &out, &c), 0);
    assert_int_equal(desk_tick(d, at - 1, 100, &out), 0);
    desk_changes_reset(&out);
    assert_int_equal(desk_tick(d, at, 100, &out), 0);
    assert_int_equal(out.nevents, 2);
    const struct event *e = &out.events[1];
    assert_int_equal(e->type, EVENT_ESCALATED);
    assert_int_equal(e->act, ACT_ASSESS);
    assert_string_equal(e->unit, "hr-west");
    assert_string_equal(e->to, "city");
    assert_int_equal(e->naudience, 2);
    assert_string_equal(e->audience[0].unit, "office");
    assert_string_equal(e->audience[1].unit, "city");
    desk_free(d);
    desk_changes_free(&out);
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_announced_as_the_model_says),
        cmocka_unit_test(a_calendar_that_comes_recomputes_once),
        cmocka_unit_test(a_promise_is_counted_again),
        cmocka_unit_test(a_grade_that_nobody_decides_is_escalated),
    };

    seed = seed_begin();
    if (scratch_folder(folder, "timers"))
        return 99;
    int failed = cmocka_run_group_tests_name("timers", tests, NULL, NULL);
    return scratch_remove(folder) ? 99 : failed;
}
