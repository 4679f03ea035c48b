#define _GNU_SOURCE
#include "tests/unit/store_samples.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/unit/scratch.h"

uint32_t samples_random(struct samples *s, uint32_t below)
{
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(s->random >> 33) % below;
}

const char *samples_unit(unsigned unit)
{
    static const char *const names[SAMPLES_UNITS] = {"health", "housing", "labour"};
    return names[unit];
}

struct store_item samples_item(unsigned number, const char *text)
{
    struct store_item item = {.source = STR("town-news"),
                              .link = STR("https://news.example/a"),
                              .title = str_from(text),
                              .text = str_from(text),
                              .topic = STR("epidemic"),
                              .region = STR("110101"),
                              .content = 0xf000000000000000u + number,
                              .published = 5,
                              .found = 1000,
                              .expires = 2000,
                              .kind = VERDICT_RAISED,
                              .request = REQUEST_REPORT};

    memset(item.ident, (int)(number % 251), STORE_IDENT);
    memcpy(item.ident + 4, &number, sizeof number);
    item.sketch[3] = number;
    return item;
}

struct concern samples_concern(uint64_t id, enum concern_state state, int64_t due)
{
    struct concern c = {.id = id,
                        .state = state,
                        .grade = GRADE_MAJOR,
                        .request = REQUEST_HELP,
                        .topic = "epidemic",
                        .unit = "health",
                        .region = "110101",
                        .opened = 100 + (int64_t)id,
                        .updated = 200 + (int64_t)id,
                        .due = due,
                        .items = 3,
                        .sources = 2,
                        .nclocks = 2,
                        .proposed = GRADE_GRAVE,
                        .assessed = 7,
                        .extended = 8,
                        .extension_asked = 9,
                        .round = 2,
                        .misses = 1,
                        .outcome = OUTCOME_DISMISSED,
                        .dismissal = DISMISSAL_OLD_NEWS,
                        .merged = 12,
                        .registered = true,
                        .kind = SOURCE_OFFICIAL,
                        .heat = {.at = 5, .rate = 6, .span = 7, .effect = 8, .before = 9,
                                 .items = 10, .counts = {[0] = 11, [HEAT_SPANS - 1] = 12}},
                        .nparties = 2};

    c.parties[0] = (struct concern_party){"health", true, PARTY_ACCEPTED, 3, 4, 0};
    c.parties[1] = (struct concern_party){"housing", false, PARTY_ANSWERED, 3, 4, 5};

    c.clocks[0] = (struct concern_clock){"accept-2h", ACT_ACCEPT, 1, due / 2, 7, STAGE_HALF, 0,
                                         false, false};
    c.clocks[1] = (struct concern_clock){"ordinary-48h", ACT_REPLY, 1, due, 0, STAGE_MOST, 2, true,
                                         false};
    c.sketch[0] = (uint32_t)id;
    c.traits[0] = (uint32_t)id + 7;
    return c;
}

struct event samples_event(uint64_t seq, uint64_t concern)
{
    return (struct event){.seq = seq,
                          .at = 1000 + (int64_t)seq,
                          .type = EVENT_REMINDED,
                          .concern = concern,
                          .topic = "epidemic",
                          .unit = "health",
                          .region = "110101",
                          .grade = GRADE_GRAVE,
                          .act = ACT_BRIEFING,
                          .due = 77,
                          .items = 3,
                          .percent = 80,
                          .by = "housing",
                          .to = "labour",
                          .other = seq + 7,
                          .before = 3,
                          .after = 4,
                          .round = 1,
                          .code = DISMISSAL_ELSEWHERE,
                          .noted = true,
                          .late = true};
}

static void add_items(struct samples *s, struct samples_batch *to, unsigned n)
{
    unsigned first = s->next_ident;

    for (unsigned i = 0; i < n; i++) {
        bool again = first && samples_random(s, 3) == 0;
        unsigned number = again ? samples_random(s, first) : s->next_ident++;
        snprintf(to->text[i], sizeof to->text[i], "text %u of %u", samples_random(s, 1000), number);
        to->items[i] = samples_item(number, samples_random(s, 8) ? to->text[i] : "");
        to->items[i].update = again;
        to->items[i].found = samples_random(s, 100);
        to->items[i].expires = to->items[i].found + samples_random(s, 40) * INT64_C(86400000);
        to->items[i].concern = samples_random(s, (uint32_t)s->concern_count + 1);
        to->items[i].content = samples_random(s, 1u << 30) * UINT64_C(0x9e3779b97f4a7c15);
        to->items[i].rules = samples_random(s, 3) * UINT64_C(0xfedcba9876543210);
        to->items[i].marked = (uint8_t)samples_random(s, 4);
        to->items[i].doubt = (uint16_t)(samples_random(s, 2) * samples_random(s, 5) * 100);
        to->items[i].proposed = samples_random(s, 2) ? STR("transport") : STR_NONE;
        to->items[i].by_model = samples_random(s, 2);
    }
    to->batch.items = to->items;
    to->batch.nitems = n;
}

static void add_events(struct samples *s, struct samples_batch *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct event *e = &to->events[i];
        *e = samples_event(++s->head, 1 + samples_random(s, (uint32_t)s->concern_count + 1));
        e->type = samples_random(s, EVENT_TYPES);
        e->rules = samples_random(s, 2) * UINT64_C(0xfedcba9876543210);
        e->previous = samples_random(s, 2);
        e->likeness = (struct event_likeness){(uint8_t)(e->seq % LIKES), (uint8_t)(e->seq % 101),
                                              (uint8_t)(e->seq % 48)};
        for (unsigned u = 0; u < SAMPLES_UNITS; u++)
            if (samples_random(s, 2)) {
                struct event_audience *a = &e->audience[e->naudience++];
                snprintf(a->unit, sizeof a->unit, "%s", samples_unit(u));
                a->unitseq = ++s->units[u];
            }
    }
    to->batch.events = to->events;
    to->batch.nevents = n;
}

static void add_concerns(struct samples *s, struct samples_batch *to, unsigned n)
{
    static char url[] = "https://town.example/reply/1";

    for (unsigned i = 0; i < n; i++) {
        bool again = s->concern_count && samples_random(s, 2);
        uint64_t id = again ? 1 + samples_random(s, (uint32_t)s->concern_count)
                            : ++s->concern_count;
        struct concern *c = &to->concerns[i];
        *c = samples_concern(id, samples_random(s, CONCERN_STATES), samples_random(s, 12));
        c->nparties = samples_random(s, 3);
        for (size_t p = 0; p < c->nparties; p++)
            c->parties[p].state = samples_random(s, PARTY_LEFT + 1);
        snprintf(c->unit, sizeof c->unit, "%s", samples_unit(samples_random(s, SAMPLES_UNITS)));
        snprintf(c->topic, sizeof c->topic, "topic-%u", samples_random(s, 2));
        c->opened = samples_random(s, 12);
        c->updated = samples_random(s, 50);
        c->nclocks = samples_random(s, CLOCKS_MAX);
        c->clocks[2] = c->clocks[1];
        c->clocks[1].stage = samples_random(s, STAGE_OVERDUE + 1);
        c->clocks[0].shelved = c->nclocks && samples_random(s, 2);
        c->reply_url = samples_random(s, 2) ? url : NULL;
        c->draft_person = samples_random(s, 2);
        c->emergency = samples_random(s, EMERGENCIES);
        to->concern_list[i] = c;
    }
    to->batch.concerns = to->concern_list;
    to->batch.nconcerns = n;
}

static void add_marks(struct samples *s, struct samples_batch *to)
{
    to->batch.nmarks = samples_random(s, 3);
    for (unsigned i = 0; i < to->batch.nmarks; i++) {
        struct store_item of = samples_item(samples_random(s, s->next_ident + 2), "");
        struct store_mark *m = &to->marks[i];
        *m = (struct store_mark){.aspect = (uint8_t)samples_random(s, STORE_ASPECTS),
                                 .topic = "topic-1", .rules = samples_random(s, 3),
                                 .at = samples_random(s, 99)};
        m->value = m->aspect == STORE_MARK_TOPIC ? 0 : (uint8_t)samples_random(s, 2);
        m->concern = samples_random(s, 3);
        m->was = m->concern && m->aspect != STORE_MARK_TOPIC ? (uint8_t)samples_random(s, 2) : 0;
        m->drop = samples_random(s, 3) == 0;
        memcpy(m->ident, of.ident, STORE_IDENT);
    }
    to->batch.marks = to->marks;
    to->batch.rules = samples_random(s, 3);
}

static void add_moves(struct samples *s, struct samples_batch *to)
{
    to->batch.nmoves = s->concern_count ? samples_random(s, 3) : 0;
    for (size_t i = 0; i < to->batch.nmoves; i++) {
        struct store_item of = samples_item(samples_random(s, s->next_ident + 2), "");
        struct store_move *m = &to->moves[i];
        *m = (struct store_move){.all = samples_random(s, 2),
                                 .from = 1 + samples_random(s, (uint32_t)s->concern_count),
                                 .to = 1 + samples_random(s, (uint32_t)s->concern_count)};
        memcpy(m->ident, of.ident, STORE_IDENT);
    }
    to->batch.moves = to->moves;
}

static void add_notes(struct samples *s, struct samples_batch *to)
{
    for (size_t i = 0; i < to->batch.nevents && to->batch.nnotes < 2; i++)
        if (samples_random(s, 4) == 0)
            to->notes[to->batch.nnotes++] = (struct store_note){to->events[i].seq, STR("已联系")};
    to->batch.notes = to->notes;
}

void samples_batch(struct samples *s, struct samples_batch *to)
{
    memset(to, 0, sizeof *to);
    add_concerns(s, to, samples_random(s, 8));
    add_items(s, to, samples_random(s, 20));
    add_events(s, to, samples_random(s, 20));
    to->sources[0] = (struct store_source){.id = str_from(samples_unit(samples_random(s, 3))),
                                           .etag = STR("\"e\""),
                                           .polled = samples_random(s, 99),
                                           .failures = (int)samples_random(s, 9),
                                           .reason = STR("超时 timeout")};
    to->batch.sources = to->sources;
    to->batch.nsources = samples_random(s, 2);
    to->cursors[0] = (struct store_cursor){.unit = "health", .receiver = "desk-1"};
    to->cursors[0].unitseq = samples_random(s, 99);
    to->batch.cursors = to->cursors;
    to->batch.ncursors = samples_random(s, 2);
    to->commands[0] = (struct store_command){.status = ERR_REFUSED, .seq = s->head};
    snprintf(to->commands[0].reason, sizeof to->commands[0].reason, "否 no");
    snprintf(to->commands[0].key, sizeof to->commands[0].key, "key-%u", samples_random(s, 9));
    to->commands[0].at = samples_random(s, 20) * INT64_C(86400000);
    to->batch.commands = to->commands;
    to->batch.ncommands = samples_random(s, 2);
    to->batch.published = samples_random(s, 2) ? s->head : 0;
    add_marks(s, to);
    add_notes(s, to);
    add_moves(s, to);
}

char *samples_folder(void)
{
    char folder[SCRATCH_PATH];

    return scratch_folder(folder, "store") ? NULL : strdup(folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void samples_remove(const char *folder)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
