/* Commands: what is asked for is checked, gated and decided here, and done in desk_acts.c. */
#include <assert.h>
#include <stdlib.h>

#include "alerts/desk/desk_state.h"
#include "alerts/gate/gate.h"
#include "alerts/heat/heat.h"
#include "base/err.h"

/* The most that one act makes: a dispatch to COMMAND_UNITS. */
enum { EVENTS_MAX = COMMAND_UNITS + 4 };

static int reserve_note(struct changes *out)
{
    if (out->nnotes < out->notes_cap)
        return 0;
    size_t cap = out->notes_cap ? 2 * out->notes_cap : 8;
    struct desk_note *more = reallocarray(out->notes, cap, sizeof *more);
    if (!more)
        return ERR_NOMEM;
    out->notes = more;
    out->notes_cap = cap;
    return 0;
}

/* The gate's refusals as a command knows them. */
static int gate(int err)
{
    return err == ERR_LIMIT || err == ERR_SYNTAX ? ERR_INVALID : err;
}

int desk_state_gate_note(struct str note, struct changes *out, const char **reason)
{
    int err = reserve_note(out);

    if (!err)
        err = gate(gate_text(note, &out->words, reason));
    return err;
}

static void keep_note(struct changes *out, size_t event, size_t words, size_t n)
{
    struct desk_note *note = &out->notes[out->nnotes++];

    out->events[event].noted = true;
    *note = (struct desk_note){out->events[event].seq, words, n};
}

void desk_state_keep_note(struct changes *out, size_t event, size_t words)
{
    keep_note(out, event, words, out->words.len - words);
}

static int carry_out(struct desk_act *a)
{
    size_t events = a->out->nevents, words = a->out->words.len;
    struct str note = a->command->note;
    int err = desk_state_prepare(a->desk, a->out, EVENTS_MAX);

    if (!err && note.n)
        err = desk_state_gate_note(note, a->out, &a->ruling.reason);
    size_t noted = a->out->words.len;
    a->text = noted;
    if (!err && a->command->text.n)
        err = gate(gate_reply(a->command->text, &a->out->words, &a->ruling.reason));
    if (!err)
        err = desk_state_act(a);
    if (err) {
        a->out->words.len = words;
        return err;
    }
    assert(a->c->state == a->ruling.next && a->out->nevents - events <= EVENTS_MAX);
    if (note.n)
        keep_note(a->out, events, words, noted - words);
    return 0;
}

/* 研判 ticks criteria of the grade that it decides on. */
static int check_criteria(const struct heat_rules *heat, const struct command *c,
                          const char **reason)
{
    static_assert((int)COMMAND_CRITERIA >= (int)HEAT_CRITERIA_MAX, "each can be ticked");

    if (!c->criteria)
        return 0;
    *reason = "这一级没有所选的标准 (the grade has no criterion of that number)";
    return heat && !((uint64_t)c->criteria >> heat->ncriteria[c->grade]) ? 0 : ERR_INVALID;
}

int desk_command(struct desk *d, const struct command *c, int64_t now, struct changes *out,
                 const char **reason)
{
    struct desk_act a = {.desk = d, .at = slots_find(d->slots, c->concern), .command = c,
                         .now = now, .out = out};
    int err;

    *reason = "没有这件关切 (no such concern)";
    if (a.at == SLOTS_NONE)
        return ERR_NOTFOUND;
    err = command_check(c, reason);
    if (err)
        return err;
    a.c = &slots_at(d->slots, a.at)->concern;
    a.other = slots_find(d->slots, c->other);
    steps_decide(a.c, a.other == SLOTS_NONE ? NULL : &slots_at(d->slots, a.other)->concern, c,
                 d->conf.units, d->conf.deadlines ? d->conf.deadlines->calendar : NULL, now,
                 &a.ruling);
    err = a.ruling.err;
    if (!err)
        err = check_criteria(d->conf.heat, c, &a.ruling.reason);
    if (!err && a.ruling.effect != EFFECT_NONE)
        err = carry_out(&a);
    *reason = !err ? NULL : a.ruling.reason ? a.ruling.reason : err_text(err);
    return err;
}
