/* alerts/desk/desk_state.h - inside of the desk, for the desk's own files only. */
#ifndef HUIYING_ALERTS_DESK_STATE_H
#define HUIYING_ALERTS_DESK_STATE_H

#include "alerts/desk/desk.h"
#include "alerts/desk/outbox.h"
#include "alerts/desk/slots.h"
#include "alerts/desk/steps.h"
#include "alerts/group/faces.h"
#include "alerts/group/group.h"
#include "alerts/group/kin.h"
#include "alerts/units/routes.h"
#include "base/heap.h"

struct desk {
    struct desk_conf conf;
    struct slots *slots;
    struct faces *faces; /* what they are compared by */
    struct group *group; /* finds copies */
    struct kin *kin;     /* finds the same matter in other words */
    struct heap *timers; /* open concerns by their next instant */
    struct heap *stale;  /* closed ones by the end of the window in which copies join them */
    struct outbox outbox;
    struct burst *burst;
    bool units_known;    /* every unit of conf has its counter */
};

/* Before a step that makes up to `events` events about one concern: all the memory it may need, so
 * that it cannot fail half-way. 0 or ERR_NOMEM. */
int desk_state_prepare(struct desk *d, struct changes *out, size_t events);
/* Room in the indices for one slot more: 0 or ERR_NOMEM. */
int desk_state_reserve(struct desk *d);
/* Let copies and kin find the concern by its sketch and traits, or no more: it keeps them. */
void desk_state_index(struct desk *d, uint32_t at);
void desk_state_unindex(struct desk *d, uint32_t at);
/* An indexed concern is found by these from now on: what it was found by is forgotten. Items that
 * join never change by what it is found, so that moving one out leaves nothing behind; only when
 * its first is moved out, those of the first that stays are to be set here. */
void desk_state_face(struct desk *d, uint32_t at, const uint32_t sketch[static VERDICT_SKETCH],
                     const uint32_t traits[static VERDICT_TRAITS]);
/* The concern that this one went into (concern.merged), however many times, or itself. One that was
 * merged stays indexed: what is like it joins the other; taking `merged` back undoes it. */
uint32_t desk_state_lead(const struct desk *d, uint32_t at);
/* Set the concern's place in the timers, or among the stale when it is closed. 0 or ERR_NOMEM,
 * which cannot be for a slot that was set before. */
int desk_state_schedule(struct desk *d, uint32_t at);
/* Note the concern as touched, once a step. */
void desk_state_touch(struct slot *slot, struct changes *out);
/* Until when (ms) items that are no exact copies may join it: within the window of joining, and for
 * as long as posts may reopen it. */
int64_t desk_state_joined_until(const struct desk *d, const struct concern *c);
/* Drop closed concerns that no copy can join any more. */
void desk_state_forget(struct desk *d, int64_t now);

/* desk_item.c: the longest code among the verdict's regions that home can share, else of all, else
 * the source's place. */
struct str desk_state_place(const struct desk *d, const struct verdict *v, struct str source_place);
/* The best tag whose topic these rules know: a verdict may have been made under older ones. Its
 * grade is the topic's, or the higher one that the verdict proposes. */
bool desk_state_topic(const struct desk *d, const struct verdict *v, struct rules_topic *topic);

/* desk_join.c: the item joins the concern that it is like, or raises it anew (desk_state_anew());
 * *concern 0: there is none. 0 or ERR_NOMEM. */
int desk_state_join(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                    int64_t now, struct changes *out, uint64_t *concern);
/* desk_open.c: or it begins one of this topic, answered already when it came with its published
 * reply. */
int desk_state_open(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                    const struct desk_origin *from, int64_t now, struct changes *out,
                    uint64_t *concern);
/* The units that the routes name: c->unit and, of several, the parties; while it waits for its
 * dispatch the lead alone. */
void desk_state_route(const struct desk *d, const struct routes_case *asked, int64_t now,
                      struct concern *c);
/* In place of its clocks those that its topic names run from `now` on; of a topic that is gone, the
 * same ones as before. */
void desk_state_new_clocks(const struct desk *d, struct concern *c, int64_t now);

/* The address that a verdict's reply is published at, or empty. */
struct str desk_state_reply_url(const struct verdict *v);
/* desk_answers.c: the concern is answered there and then and closed; url must be one that the gate
 * passed. 0 or ERR_NOMEM (then nothing has changed). Events and
 * their room are the caller's. */
int desk_state_close(struct desk *d, uint32_t at, struct str url, int64_t answered, int64_t now,
                     struct changes *out);

/* desk_heat.c: an item of the verdict counts for its topics and for the first DESK_TERMS_MAX terms
 * that gave them. Room for it was made. */
enum { DESK_TERMS_MAX = 32 };
void desk_state_burst(struct desk *d, const struct verdict *v, int64_t now, struct changes *out);
/* An item of the verdict has come to the concern, just now or (`opened`) with it: it
 * grows hotter, and a grade may be proposed. Room for one event was made. */
void desk_state_heat(struct desk *d, uint32_t at, const struct verdict *v, bool opened,
                     int64_t now, struct changes *out);
/* Tell the effect of its answer, whose time has come. Room for one event was made. */
void desk_state_effect(struct desk *d, uint32_t at, int64_t now, struct changes *out);

/* A command that steps.c let pass, being carried out. Room for its events was made. */
struct desk_act {
    struct desk *desk;
    uint32_t at;
    struct concern *c; /* at that place */
    uint32_t other;    /* the place of another concern that it names, or SLOTS_NONE */
    const struct command *command;
    struct steps_ruling ruling;
    uint32_t before, after; /* counts, of a step that a rule takes */
    size_t text; /* where the command's text, as the gate passed it, begins in out->words */
    int64_t now;
    struct changes *out;
};
/* By ruling.effect; 0 or ERR_NOMEM. In desk_acts.c. */
int desk_state_act(struct desk_act *a);
/* desk_reopen.c: an item that came to the concern raised it again, or the closed ones that it is
 * related to: it counts for each, and a rule may reopen the nearest. Room for one event and for
 * DESK_RELATED_MOST concerns was made. 0 or ERR_NOMEM. */
enum { DESK_RELATED_MOST = 4 };
int desk_state_again(struct desk *d, uint32_t at, const struct verdict *v,
                     const struct desk_origin *from, const struct event_likeness *why, int64_t now,
                     struct changes *out);
/* A new complaint, no copy, that is like a closed concern and does not reopen it must not wait
 * without a clock: it opens one of its own, concern.related to that, and counts for it. *concern 0:
 * it is none, and joins. 0 or ERR_NOMEM (then nothing has changed). */
int desk_state_anew(struct desk *d, uint32_t at, const struct verdict *v,
                    const struct desk_origin *from, const struct event_likeness *why, int64_t now,
                    struct changes *out, uint64_t *concern);
/* It ends as ruled, without a reply: what is asked for and its clocks end with it. */
void desk_state_end(struct desk_act *a, enum concern_outcome outcome);
/* A closed concern is open again, for the units that had it, in a round of its own; the one that is
 * over counts as missed unless it was answered in time. */
void desk_state_new_round(const struct desk *d, struct concern *c, int64_t now,
                          struct changes *out);
/* desk_regroup.c */
int desk_state_merge(struct desk_act *a);
int desk_state_split(struct desk_act *a);
int desk_state_move(struct desk_act *a);

/* desk_command.c: a note through the gate, to the end of out->words: 0, ERR_INVALID or ERR_REFUSED
 * with *reason, ERR_NOMEM. */
int desk_state_gate_note(struct str note, struct changes *out, const char **reason);
/* It, from `words` on, belongs to out->events[event]. */
void desk_state_keep_note(struct changes *out, size_t event, size_t words);

/* Heap keys hold the instant and, to tell concerns of the same instant apart in the same way after
 * every restart, the low bits of their number. */
int64_t desk_state_instant(int64_t key);

#endif
