/* Lives of concerns at random: every act by everybody at any time, with what must hold whatever
 * happens, and a desk that a restart made anew from the store beside the one that lived on. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/audit.h"
#include "store/store.h"
#include "tests/unit/life_fixture.h"
#include "tests/unit/same.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_samples.h"

enum { RUNS = 8, STEPS = 2500, FILE_STEPS = 500, RESTART = 125, CONCERNS = 4 * STEPS };
#define WINDOW (7 * CLOCK_DAY)
#define OWED (HEAT_EFFECT + HEAT_EFFECT_KEPT) /* the effect of an answer; longer than WINDOW */

static uint64_t seed;

static uint32_t roll(uint32_t below)
{
    return seed_roll(&seed, below);
}

static const char *const everybody[] = {"",       "office", "hr",    "hr-west", "hr-desk", "health",
                                        "roads", "city",   "water", "parks",   "nobody"};
enum { EVERYBODY = sizeof everybody / sizeof *everybody };

enum kind { ITEM, TICK, COMMAND, REPLY, KINDS };

struct op { /* drawn once, done to both desks */
    enum kind kind;
    struct verdict_box box;
    struct command command;
    struct command_found found;
    uint64_t concern;
    int64_t now;
    size_t max;
};

struct trail { /* what is known of a concern from what was said of it */
    bool seen;
    unsigned round, misses;
    int64_t opened, due;
    struct {
        int64_t due;
        unsigned stages; /* bits */
    } fired[ACTS];       /* by the clock of the act that was told of last, in this round */
};

struct run {
    struct life life; /* .desk lives on */
    struct desk *anew;
    struct changes out; /* of anew */
    struct store *store;
    char *address; /* a file that is closed and opened at each restart; NULL: in memory */
    struct trail trails[CONCERNS];
    uint64_t ids[CONCERNS];
    size_t nids, nitems, done[COMMAND_ACTS];
    int64_t latest;
};

/* The concern's own memory of a name changes with the act. */
static const char *lasting(const char *unit)
{
    size_t i = 0;

    while (strcmp(everybody[i], unit) != 0)
        i++;
    return everybody[i];
}

static const char *draw_actor(const struct concern *c, enum command_act act)
{
    bool own = act == COMMAND_HAND_ON || act == COMMAND_EXTEND ||
               act == COMMAND_ANSWER || act == COMMAND_CLOSE;
    uint32_t n = own ? roll(6) : roll(10);

    if (c && n < 4)
        return lasting(c->unit);
    if (c && c->nparties && n < 6)
        return lasting(c->parties[roll((uint32_t)c->nparties)].unit);
    return n < 8 ? "office" : everybody[roll(EVERYBODY)];
}

/* 办结 needs one, and few have it. */
static bool a_part_is_answered(const struct concern *c)
{
    for (size_t i = 0; c && c->state != CONCERN_CLOSED && i < c->nparties; i++)
        if (c->parties[i].state == PARTY_ANSWERED)
            return true;
    return false;
}

/* What ends a concern comes less often, or few would live to see the rest. */
static enum command_act draw_act(const struct concern *c)
{
    uint32_t act = roll(COMMAND_ACTS);
    bool ends = act == COMMAND_ANSWER || act == COMMAND_MERGE || act == COMMAND_DISMISS ||
                act == COMMAND_HAND_OUT;

    if (c && c->state == CONCERN_FOUND && roll(2))
        return roll(2) ? COMMAND_ASSESS : COMMAND_DISPATCH;
    if (c && c->items > 1 && roll(3) == 0)
        return roll(2) ? COMMAND_SPLIT : COMMAND_MOVE;
    if (c && (c->extension_asked || (c->dismissal && c->state != CONCERN_CLOSED)) && roll(2))
        return roll(2) ? COMMAND_APPROVE : COMMAND_DENY;
    if (a_part_is_answered(c) && roll(2))
        return COMMAND_CLOSE;
    if (c && c->nparties > 1 && c->state != CONCERN_CLOSED && roll(4) == 0)
        return COMMAND_ANSWER;
    if (c && roll(10) == 0)
        return c->draft ? (roll(2) ? COMMAND_APPROVE : COMMAND_DENY) : COMMAND_DRAFT;
    return ends && roll(3) ? draw_act(c) : (enum command_act)act;
}

/* As if so many of the concern's items were named. */
static void draw_found(const struct concern *c, struct op *op)
{
    struct command_found *found = &op->found;

    if (op->command.nitems >= c->items)
        op->command.nitems = 1;
    found->items = op->command.nitems;
    found->first = roll(3) == 0;
    for (size_t i = 0; i < found->items; i++)
        found->sketches[i][0] = roll(1u << 30);
    found->rest[0] = roll(1u << 30);
    found->sources = found->rest_sources = 1;
    found->joint_sources = 2;
}

/* What the form asks for, and now and then something else. */
static void draw_command(const struct run *r, struct op *op)
{
    const struct concern *c = desk_concern(r->life.desk, op->concern);
    struct command *cmd = &op->command;

    op->found = (struct command_found){0};
    *cmd = (struct command){.act = draw_act(c), .concern = op->concern};
    unsigned may = command_form(cmd->act)->may, must = command_form(cmd->act)->must;
    unsigned gives = roll(20) ? must | (may & roll(4096)) : roll(4096);
    cmd->by = str_from(draw_actor(c, cmd->act));
    if (gives & MEMBER_URL)
        cmd->url = roll(2) ? STR(LIFE_URL) : STR("https://a.gov.cn/2");
    if (gives & MEMBER_NOTE)
        cmd->note = roll(20) ? STR("情况说明") : STR("先删帖再说");
    if (gives & MEMBER_TEXT)
        cmd->text = roll(20) ? STR(LIFE_TEXT) : STR("先删帖再说");
    if (c && c->draft && (gives & MEMBER_DRAFT))
        cmd->draft = c->draft - (roll(20) == 0);
    cmd->nunits = gives & MEMBER_UNITS ? 1 + (roll(3) == 0) : 0;
    for (size_t i = 0; i < cmd->nunits; i++)
        cmd->units[i] = str_from(everybody[roll(2) ? 2 + roll(3) : 1 + roll(EVERYBODY - 1)]);
    cmd->graded = (gives & MEMBER_GRADE) != 0;
    cmd->grade = roll(GRADE_GRAVE + 1);
    if (gives & MEMBER_UNTIL)
        cmd->until = op->now + (int64_t)roll(200) * HOUR;
    if (gives & MEMBER_CODE)
        cmd->code = 1 + roll(DISMISSALS - 1);
    if (gives & MEMBER_OTHER)
        cmd->other = r->nids ? r->ids[r->nids - 1 - roll(1 + roll((uint32_t)r->nids))] : 1;
    cmd->nitems = gives & MEMBER_ITEMS ? 1 + roll(3) : 0;
    if (c && c->items > 1 && roll(20)) /* some of its own, and not all */
        draw_found(c, op);
    if (roll(20))
        cmd->found = &op->found;
}

static void draw(const struct run *r, struct op *op)
{
    static const char *const topics[] = {"wage-arrears", "land", "epidemic"};
    uint32_t kind = roll(20);

    op->kind = kind < 3 ? ITEM : kind < 5 ? TICK : kind < 19 ? COMMAND : REPLY;
    /* Time is not let run far ahead of what is to be told: what was told late by weeks could lapse
     * in one of two desks, when the clock steps back. */
    if (desk_next(r->life.desk) < r->life.now - CLOCK_DAY)
        op->kind = TICK;
    op->now = r->life.now;
    op->max = 1 + roll(20);
    op->concern = 1;
    if (r->nids) /* rather one of the newest */
        op->concern = r->ids[r->nids - 1 - roll(1 + roll((uint32_t)r->nids))];
    for (size_t i = roll(3) ? 0 : r->nids; i > 0 && r->nids - i < 300; i--) {
        const struct concern *c = desk_concern(r->life.desk, r->ids[i - 1]);
        if (c && c->items > 1 && c->state != CONCERN_CLOSED) { /* that can be split */
            op->concern = c->id;
            break;
        }
    }
    town_verdict(&op->box, topics[roll(3)], "330106", roll(1u << 30), 0);
    if (op->kind == REPLY) {
        op->box.v.reply = STR("答复");
        op->box.v.reply_url = STR(LIFE_URL);
    }
    if (op->kind == COMMAND)
        draw_command(r, op);
}

/* As the daemon does: what the desk has forgotten comes from the store. */
static void recall(const struct run *r, struct desk *d, uint64_t id)
{
    struct concern c;

    if (desk_concern(d, id) || store_concern(r->store, id, &c))
        return;
    assert_int_equal(desk_restore_concern(d, &c), 0);
    concern_clear(&c);
}

static int act(const struct run *r, struct desk *d, const struct op *op, struct changes *out,
               uint64_t *concern)
{
    const char *reason;

    *concern = 0;
    desk_changes_reset(out);
    switch (op->kind) {
    case ITEM:
        return desk_item(d, &op->box.v, &(struct desk_origin){.source = 1}, op->now, out, concern);
    case TICK: return desk_tick(d, op->now, op->max, out);
    case REPLY: return desk_reply(d, op->concern, &op->box.v, STR_NONE, op->now, out);
    case COMMAND:
    case KINDS: break;
    }
    recall(r, d, op->concern);
    recall(r, d, op->command.other);
    return desk_command(d, &op->command, op->now, out, &reason);
}

static struct store_publication publication(const struct changes *out, const struct desk_text *t)
{
    static const enum store_publication_act acts[] = {
        [DESK_TEXT_DRAFTED] = STORE_PUBLICATION_DRAFT,
        [DESK_TEXT_PUBLISHED] = STORE_PUBLICATION_PUBLISH,
        [DESK_TEXT_DROPPED] = STORE_PUBLICATION_DROP};

    return (struct store_publication){
        .act = acts[t->act], .seq = t->seq, .concern = t->concern, .round = t->round,
        .edition = t->edition, .unit = "hr", .published = t->act == DESK_TEXT_PUBLISHED,
        .text = {out->words.data + t->off, t->n}};
}

/* One commit: the store refuses gaps in seq and unitseq by itself. */
static void keep(struct run *r)
{
    const struct changes *out = &r->life.out;
    const struct concern *concerns[64];
    struct store_publication texts[4];
    struct store_note notes[4];

    assert_true(out->nconcerns <= 64 && out->nnotes <= 4 && out->ntexts <= 4);
    for (size_t i = 0; i < out->nconcerns; i++)
        concerns[i] = desk_concern(r->life.desk, out->concerns[i]);
    for (size_t i = 0; i < out->nnotes; i++)
        notes[i] = (struct store_note){out->notes[i].seq,
                                       {out->words.data + out->notes[i].off, out->notes[i].n}};
    for (size_t i = 0; i < out->ntexts; i++)
        texts[i] = publication(out, &out->texts[i]);
    assert_int_equal(store_commit(r->store, &(struct store_batch){
                                                .publications = texts,
                                                .npublications = out->ntexts,
                                                .events = out->events, .nevents = out->nevents,
                                                .concerns = concerns, .nconcerns = out->nconcerns,
                                                .notes = notes, .nnotes = out->nnotes}), 0);
}

static int restore_concern(void *arg, const struct concern *c)
{
    return desk_restore_concern(arg, c);
}

static int restore_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    (void)offline; /* no receivers in this test */
    return desk_restore_unitseq(arg, unit, head);
}

static void restart(struct run *r)
{
    if (r->address) {
        store_close(r->store);
        assert_int_equal(store_open(r->address, &r->store), 0);
    }
    desk_free(r->anew);
    r->anew = desk_new(&r->life.town.conf, store_head(r->store));
    assert_non_null(r->anew);
    assert_int_equal(store_each_concern(r->store, r->latest - OWED, restore_concern,
                                        r->anew), 0);
    assert_int_equal(store_each_unit(r->store, restore_unit, r->anew), 0);
    /* Effects that are too late to be told may be known yet to one of them only. */
    int64_t next = desk_next(r->anew), other = desk_next(r->life.desk);
    assert_true(next == other || (next < other ? next : other) + HEAT_EFFECT_KEPT <= r->latest);
}

static void check_same(const struct run *r)
{
    const struct changes *a = &r->life.out, *b = &r->out;

    assert_int_equal(a->nevents, b->nevents);
    for (size_t i = 0; i < a->nevents; i++)
        same_event(&a->events[i], &b->events[i]);
    assert_int_equal(a->nconcerns, b->nconcerns);
    for (size_t i = 0; i < a->nconcerns; i++) {
        assert_true(a->concerns[i] == b->concerns[i]);
        same_concern(desk_concern(r->life.desk, a->concerns[i]),
                     desk_concern(r->anew, a->concerns[i]));
    }
}

static void check_parties(const struct concern *c)
{
    static const enum party_state leads[CONCERN_STATES] = {[CONCERN_OPEN] = PARTY_TOLD,
                                                           [CONCERN_ACCEPTED] = PARTY_ACCEPTED,
                                                           [CONCERN_DECLINED] = PARTY_DECLINED};
    size_t n = 0;

    assert_false(c->state == CONCERN_FOUND && c->nparties);
    assert_false(c->state == CONCERN_DECLINED && !c->nparties);
    for (size_t i = 0; i < c->nparties; i++) {
        const struct concern_party *p = &c->parties[i];
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(p->unit, c->parties[k].unit);
        assert_true(p->told && (!p->answered || p->accepted));
        assert_int_equal(p->lead, strcmp(p->unit, c->unit) == 0);
        n += p->lead;
        if (p->lead && c->state != CONCERN_CLOSED)
            assert_int_equal(p->state, leads[c->state]);
        if (p->lead && c->outcome == OUTCOME_ANSWERED)
            assert_true(p->state == PARTY_ANSWERED && p->answered == c->answered);
    }
    assert_true(n == (c->nparties ? 1 : 0));
}

struct texts {
    const struct concern *c;
    unsigned waiting, editions;
};

static int check_text(void *arg, const struct store_publication *p)
{
    struct texts *t = arg;

    if (!p->edition) {
        assert_true(p->seq == t->c->draft && p->text.n && p->round == t->c->round);
        t->waiting++;
    } else if (p->round == t->c->round && t->c->edition) {
        assert_int_equal(p->text.n != 0, p->edition == t->c->edition);
        t->editions++;
    }
    return 0;
}

/* What is kept of its texts is what it says of them. */
static void check_texts(const struct run *r, const struct concern *c)
{
    struct texts t = {.c = c};

    assert_int_equal(store_publications(r->store, c->id, check_text, &t), 0);
    assert_int_equal(t.waiting, c->draft != 0);
    assert_int_equal(t.editions, c->edition);
}

static void check_concern(struct run *r, const struct concern *c, bool merged)
{
    struct trail *t = &r->trails[c->id];
    bool closed = c->state == CONCERN_CLOSED;

    if (!t->seen) {
        *t = (struct trail){.seen = true, .opened = c->opened, .due = c->due};
        r->ids[r->nids++] = c->id;
    }
    if (merged) { /* the earlier one holds, of one that was reopened for it: of the new round's */
        assert_true(c->due <= t->due || c->round != t->round);
        assert_true(c->opened <= t->opened && c->misses >= t->misses);
        t->due = c->due;
        t->opened = c->opened;
        t->misses = c->misses;
    }
    if (c->round != t->round) {
        assert_int_equal(c->round, t->round + 1);
        assert_true(c->misses == t->misses || c->misses == t->misses + 1);
        t->round = c->round;
        t->misses = c->misses;
        t->due = c->due;
        memset(t->fired, 0, sizeof t->fired);
    }
    assert_true(c->due == t->due && c->opened == t->opened && c->misses == t->misses);
    assert_int_equal(closed, c->outcome != OUTCOME_NONE);
    assert_int_equal(c->answered != 0, c->outcome == OUTCOME_ANSWERED);
    assert_true(c->outcome != OUTCOME_ANSWERED || c->reply_url);
    assert_true(!c->extended || c->extended > c->due);
    assert_false(closed && c->extension_asked);
    assert_false(c->extension_asked && c->dismissal);
    assert_false(c->draft && (c->extension_asked || (c->dismissal && !closed)));
    assert_false(c->draft && closed && !c->edition);
    assert_false(c->edition && c->outcome != OUTCOME_ANSWERED);
    assert_int_equal(c->merged != 0, c->outcome == OUTCOME_MERGED);
    assert_int_equal(c->items == 0, c->outcome == OUTCOME_MERGED);
    assert_int_equal(closed && c->dismissal, c->outcome == OUTCOME_DISMISSED);
    assert_int_equal(c->state == CONCERN_ACCEPTED, c->accepted && !closed);
    for (size_t i = 0; i < c->nclocks && closed; i++)
        assert_true(c->clocks[i].met != 0);
    check_parties(c);
}

/* Who must act hears of it; a stage of a clock is told once a round. */
static void check_event(struct run *r, const struct op *op, const struct event *e)
{
    const struct concern *c = desk_concern(r->life.desk, e->concern);
    unsigned stage = e->type == EVENT_OVERDUE                 ? 4
                     : e->type == EVENT_REMINDED && e->percent ? e->percent / 50u + e->percent / 80u
                                                               : 0;

    assert_int_equal(e->round, c->round);
    if (stage) {
        unsigned *stages = &r->trails[e->concern].fired[e->act].stages;
        if (r->trails[e->concern].fired[e->act].due != e->due) /* 研判 starts other clocks */
            *stages = 0;
        r->trails[e->concern].fired[e->act].due = e->due;
        assert_false(*stages & stage);
        *stages |= stage;
    }
    bool by_hand = op->kind == COMMAND && e->type != EVENT_OVERDUE; /* which 研判 may tell of */
    bool assess = e->act == ACT_ASSESS; /* the coordinator's to do, whatever the state */
    if (c->state == CONCERN_FOUND || c->state == CONCERN_DECLINED || by_hand || assess)
        assert_true(life_heard(e, "office"));
    if ((c->state == CONCERN_OPEN || c->state == CONCERN_ACCEPTED) && !assess)
        assert_true(life_heard(e, c->unit));
    for (size_t i = 0; i < c->nparties && by_hand; i++)
        if (concern_party_active(&c->parties[i]))
            assert_true(life_heard(e, c->parties[i].unit));
    if (by_hand) {
        assert_true(str_is(op->command.by, e->by));
        assert_true(!*e->to || life_heard(e, e->to));
        assert_int_equal(e->noted, op->command.note.n && e == r->life.out.events);
    }
}

static void step(struct run *r)
{
    struct op op;
    uint64_t in, in_anew;

    r->life.now += (int64_t)roll(90) * 60000 * (roll(50) ? 1 : -20); /* at times it steps back */
    if (roll(300) == 0)
        r->life.now += 9 * CLOCK_DAY; /* what is closed is forgotten */
    r->latest = r->life.now > r->latest ? r->life.now : r->latest;
    draw(r, &op);
    int err = act(r, r->life.desk, &op, &r->life.out, &in);
    if (r->anew) {
        assert_int_equal(act(r, r->anew, &op, &r->out, &in_anew), err);
        assert_true(in == in_anew);
        check_same(r);
    }
    if (err)
        assert_true(!r->life.out.nevents && !r->life.out.nnotes && !r->life.out.ntexts);
    else if (op.kind == COMMAND)
        r->done[op.command.act]++;
    r->nitems += op.kind == ITEM && in;
    bool merged = op.kind == COMMAND && op.command.act == COMMAND_MERGE;
    for (size_t i = 0; i < r->life.out.nconcerns; i++)
        check_concern(r, desk_concern(r->life.desk, r->life.out.concerns[i]), merged);
    for (size_t i = 0; i < r->life.out.nevents; i++)
        check_event(r, &op, &r->life.out.events[i]);
    keep(r);
    for (size_t i = 0; i < r->life.out.nconcerns; i++)
        check_texts(r, desk_concern(r->life.desk, r->life.out.concerns[i]));
}

static void tell(void *arg, const struct audit_finding *finding)
{
    (void)arg;
    print_error("%s: %s\n", finding->en, finding->row);
}

/* What the events say is what the file holds. */
static void check_file(const char *address)
{
    const struct audit_watch watch = {.found = tell};
    struct audit_result result;

    assert_int_equal(audit_file(address + strlen("sqlite:"), &watch, &result), 0);
    assert_true(result.findings == 0 && result.concerns && result.events);
}

static int add_items(void *arg, const struct concern *c)
{
    *(size_t *)arg += c->items;
    return 0;
}

static void live(const char *folder, size_t done[static COMMAND_ACTS])
{
    struct run *r = calloc(1, sizeof *r);

    assert_non_null(r);
    life_open(&r->life);
    if (folder)
        assert_true(asprintf(&r->address, "sqlite:%s/ledger.db", folder) > 0);
    assert_int_equal(store_open(folder ? r->address : "memory:", &r->store), 0);
    for (int n = 0; n < (folder ? FILE_STEPS : STEPS); n++) {
        if (n % RESTART == RESTART - 1)
            restart(r);
        step(r);
    }
    for (size_t a = 0; a < COMMAND_ACTS; a++)
        done[a] += r->done[a];
    size_t items = 0;
    assert_int_equal(store_each_concern(r->store, 0, add_items, &items), 0);
    assert_int_equal(items, r->nitems); /* each belongs to one concern, whatever was regrouped */
    store_close(r->store);
    if (folder)
        check_file(r->address);
    desk_free(r->anew);
    desk_changes_free(&r->out);
    life_close(&r->life);
    free(r->address);
    free(r);
}

static bool all_done(const size_t done[static COMMAND_ACTS])
{
    bool all = true;

    for (size_t a = 0; a < COMMAND_ACTS; a++)
        all = all && done[a];
    return all;
}

/* Every act has its part in it: one in 600 seeds has yet to see a move after RUNS. */
static void lives_at_random(void **state)
{
    size_t done[COMMAND_ACTS] = {0};
    char *folder = samples_folder();
    (void)state;

    for (int i = 0; i < RUNS || (!all_done(done) && i < 4 * RUNS); i++)
        live(i ? NULL : folder, done);
    for (size_t a = 0; a < COMMAND_ACTS; a++)
        print_message("%s %zu  ", command_form((enum command_act)a)->name, done[a]);
    print_message("\n");
    assert_true(all_done(done));
    samples_remove(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lives_at_random)};

    seed = seed_begin();
    return cmocka_run_group_tests_name("life_random", tests, NULL, NULL);
}
