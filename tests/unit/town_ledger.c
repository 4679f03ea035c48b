#define _GNU_SOURCE
#include "tests/unit/town_ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/unit.h"

enum { ITEMS_MAX = 12, TEXT = 512 };

static const char *const topics[] = {"wage-arrears", "epidemic"};
static const char *const receivers[] = {"hr", "health", "office"};

/* The arrays of one transaction. */
struct step {
    struct store_batch batch;
    struct store_item items[ITEMS_MAX];
    struct store_page pages[ITEMS_MAX];
    struct store_cursor cursors[3];
    struct store_mark mark;
    struct store_command command;
    const struct concern *concerns[64];
    char texts[ITEMS_MAX][TEXT];
};

uint32_t town_ledger_roll(struct town_ledger *l, uint32_t below)
{
    l->random = l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(l->random >> 33) % below;
}

void town_ledger_ident(unsigned number, unsigned char out[static STORE_IDENT])
{
    for (unsigned i = 0; i < STORE_IDENT; i++)
        out[i] = (unsigned char)((number * 2654435761u + i * 40503u) >> (i % 4 * 8));
    memcpy(out, &number, sizeof number);
}

void town_ledger_open(struct town_ledger *l, const char *address, uint64_t seed)
{
    *l = (struct town_ledger){.random = seed, .now = town_morning(), .keep = 7 * CLOCK_DAY};
    town_open(&l->town, NULL, 7 * CLOCK_DAY);
    assert_int_equal(store_open(address, &l->store), 0);
    assert_int_equal(store_head(l->store), 0);
    l->desk = desk_new(&l->town.conf, 0);
    assert_non_null(l->desk);
}

static int restore_concern(void *desk, const struct concern *c)
{
    return desk_restore_concern(desk, c);
}

static int restore_unit(void *desk, const char *unit, uint64_t head, bool offline)
{
    int err = desk_restore_unitseq(desk, unit, head);

    return !err && offline ? desk_restore_offline(desk, unit) : err;
}

void town_ledger_reopen(struct town_ledger *l, const char *address)
{
    desk_free(l->desk);
    store_close(l->store);
    assert_int_equal(store_open(address, &l->store), 0);
    l->desk = desk_new(&l->town.conf, store_head(l->store));
    assert_non_null(l->desk);
    assert_int_equal(store_each_concern(l->store, 0, restore_concern, l->desk), 0);
    assert_int_equal(store_each_unit(l->store, restore_unit, l->desk), 0);
}

void town_ledger_close(struct town_ledger *l)
{
    desk_changes_free(&l->changes);
    desk_free(l->desk);
    store_close(l->store);
    town_close(&l->town);
}

static void add_item(struct town_ledger *l, struct step *s)
{
    struct store_item *item = &s->items[s->batch.nitems];
    struct desk_origin from = {.id = STR("board"), .source = 1 + town_ledger_roll(l, 5)};
    char *text = s->texts[s->batch.nitems];
    struct verdict_box box;
    /* One in four says what another said. */
    unsigned same = l->items && !town_ledger_roll(l, 4) ? town_ledger_roll(l, l->items) : l->items;
    int n = snprintf(text, TEXT, "text %u.%.*s", l->items, (int)town_ledger_roll(l, 400),
                     "................................................................"
                     "................................................................"
                     "................................................................"
                     "................................................................"
                     "................................................................"
                     "................................................................");

    town_verdict(&box, topics[town_ledger_roll(l, 2)], "330106", same, 0);
    *item = (struct store_item){.source = STR("board"), .link = STR("https://board.example/1"),
                                .title = STR("title"), .text = {text, (size_t)n},
                                .content = l->items, .found = l->now,
                                .expires = l->now + l->keep, .kind = VERDICT_RAISED};
    item->topic = box.tag.topic;
    item->aliases[0] = 1 + l->items;
    town_ledger_ident(l->items, item->ident);
    assert_int_equal(desk_item(l->desk, &box.v, &from, l->now, &l->changes, &item->concern), 0);
    s->pages[s->batch.npages] = (struct store_page){.due = l->now + CLOCK_DAY};
    memcpy(s->pages[s->batch.npages++].ident, item->ident, STORE_IDENT);
    s->batch.nitems++;
    l->items++;
}

/* Somebody asks for something; much of it is refused. */
static void draw(struct town_ledger *l, struct command *c)
{
    static const char *const units[] = {"office", "hr", "hr-west", "health", "city"};

    *c = (struct command){.act = (enum command_act)town_ledger_roll(l, COMMAND_ACTS),
                          .concern = 1 + town_ledger_roll(l, (uint32_t)desk_head(l->desk))};
    if (town_ledger_roll(l, 2))
        c->act = town_ledger_roll(l, 2) ? COMMAND_ACCEPT : COMMAND_ANSWER;
    if (town_ledger_roll(l, 4))
        c->by = str_from(units[town_ledger_roll(l, 5)]);
    unsigned may = command_form(c->act)->may;
    if (may & MEMBER_URL)
        c->url = STR("https://town.gov.cn/reply/1");
    if (may & MEMBER_NOTE)
        c->note = STR("理由已核实");
    if (may & MEMBER_UNITS)
        c->units[c->nunits++] = str_from(units[town_ledger_roll(l, 5)]);
    if (may & MEMBER_GRADE) {
        c->graded = true;
        c->grade = (enum grade)town_ledger_roll(l, GRADE_GRAVE + 1);
    }
    if (may & MEMBER_UNTIL)
        c->until = l->now + 30 * CLOCK_DAY;
    if (may & MEMBER_CODE)
        c->code = (enum dismissal)1;
}

static void act(struct town_ledger *l, struct step *s)
{
    struct command c;
    const char *reason;
    size_t before = l->changes.nevents;

    if (!desk_head(l->desk))
        return;
    for (int i = 0; i < 6; i++) {
        draw(l, &c);
        assert_int_not_equal(desk_command(l->desk, &c, l->now, &l->changes, &reason), ERR_NOMEM);
    }
    s->command = (struct store_command){.at = l->now};
    snprintf(s->command.key, sizeof s->command.key, "key-%u", l->items);
    if (l->changes.nevents > before)
        s->command.seq = l->changes.events[before].seq;
    s->batch.commands = &s->command;
    s->batch.ncommands = 1;
}

/* Receivers ack what was committed before. */
static void ack(struct town_ledger *l, struct step *s)
{
    for (size_t i = 0; i < 3; i++) {
        struct store_cursor *c = &s->cursors[i];
        uint64_t head = store_unit_head(l->store, receivers[i]);
        snprintf(c->unit, sizeof c->unit, "%s", receivers[i]);
        snprintf(c->receiver, sizeof c->receiver, "desk");
        c->unitseq = head - (head ? town_ledger_roll(l, (uint32_t)(head < 9 ? head : 9)) : 0);
    }
    s->batch.cursors = s->cursors;
    s->batch.ncursors = 3;
    s->batch.published = store_head(l->store);
}

static void mark(struct town_ledger *l, struct step *s)
{
    if (!l->items || town_ledger_roll(l, 3))
        return;
    s->mark = (struct store_mark){.aspect = STORE_MARK_VERDICT, .value = 1, .at = l->now};
    town_ledger_ident(town_ledger_roll(l, l->items), s->mark.ident);
    s->batch.marks = &s->mark;
    s->batch.nmarks = 1;
}

int town_ledger_step(struct town_ledger *l)
{
    struct step *s = calloc(1, sizeof *s);
    unsigned items = town_ledger_roll(l, ITEMS_MAX + 1);

    assert_non_null(s);
    l->now += town_ledger_roll(l, 3600) * INT64_C(1000);
    desk_changes_reset(&l->changes);
    mark(l, s);
    for (unsigned i = 0; i < items; i++)
        add_item(l, s);
    act(l, s);
    assert_int_equal(desk_tick(l->desk, l->now, 30, &l->changes), 0);
    ack(l, s);
    assert_true(l->changes.nconcerns <= 64);
    for (size_t i = 0; i < l->changes.nconcerns; i++)
        s->concerns[i] = desk_concern(l->desk, l->changes.concerns[i]);
    s->batch.items = s->items;
    s->batch.pages = s->pages;
    s->batch.events = l->changes.events;
    s->batch.nevents = l->changes.nevents;
    s->batch.concerns = s->concerns;
    s->batch.nconcerns = l->changes.nconcerns;
    int err = store_commit(l->store, &s->batch);
    free(s);
    return err;
}
