/* alerts/desk/desk.h - the pure heart: (state, verdict | command | time) -> changes. No sockets, no
 * files, no clock of its own. The ledger thread owns it. */
#ifndef HUIYING_ALERTS_DESK_H
#define HUIYING_ALERTS_DESK_H

#include "alerts/command.h"
#include "alerts/concern.h"
#include "alerts/deadlines/deadline.h"
#include "alerts/heat/burst.h"
#include "alerts/units/units.h"
#include "classifiers/rules/rules.h"

struct desk;

struct desk_conf {
    const struct units *units;
    const struct deadlines *deadlines;
    const struct rules *rules; /* topics: role, grade, deadline ids */
    struct str home;           /* the town's own place: of those that an item names one that can
                                  be a part of it, or holds it, is the concern's; may be empty */
    int64_t group_window;      /* ms: near-exact copies join a concern that an item or an act moved
                                  within it (concern.updated) */
    const struct heat_rules *heat; /* NULL: no heat proposes a grade */
    struct str ledger; /* address under which the ledger publishes: "https://host" without the last
                          slash; may be empty */
};

/* What a person wrote with a command, as the gate let it pass. */
struct desk_note {
    uint64_t seq; /* of the command's first event */
    size_t off, n; /* bytes of changes.words */
};

/* What became of a reply's text that the ledger publishes. */
enum desk_text_act {
    DESK_TEXT_DRAFTED,  /* it waits: seq is its number, words hold it */
    DESK_TEXT_PUBLISHED, /* edition; an earlier one of the round is replaced */
    DESK_TEXT_DROPPED,  /* denied, or nothing came of it */
    DESK_TEXT_BLANKED   /* erased: its hash and its times stay */
};
struct desk_text {
    enum desk_text_act act;
    uint64_t concern, seq; /* seq: of its EVENT_DRAFTED */
    uint16_t round, edition;
    size_t off, n;
};

/* What one step changed, in order; owned by the caller, reused between steps. */
struct changes {
    struct event *events; /* seq and unitseq are set */
    size_t nevents, events_cap;
    uint64_t *concerns;   /* numbers of the concerns touched, each once */
    size_t nconcerns, concerns_cap;
    struct desk_note *notes;
    size_t nnotes, notes_cap;
    struct desk_text *texts;
    size_t ntexts, texts_cap;
    struct buf words;
};
void desk_changes_reset(struct changes *c);
void desk_changes_free(struct changes *c);

/* Cross-checks of one topic as it was read: a role that no unit has, an unknown deadline rule, no
 * reply clock … become problems at the topic's lines. What could not be loaded (NULL) is not
 * checked against. */
void desk_check(const struct units *units, const struct deadlines *deadlines,
                const struct rules_topic *topic, struct problems *problems);

/* Rows of routes and of `choose` that name a topic which the rules lack become problems. NULL units
 * or deadlines are passed over. */
void desk_check_topics(const struct units *units, const struct deadlines *deadlines,
                       const struct rules *rules, struct problems *problems);

/* A desk without concerns, whose next event is head + 1. conf must outlive it. */
struct desk *desk_new(const struct desk_conf *conf, uint64_t head);
void desk_free(struct desk *d);
/* Restoring from the store, before the first step: a concern (copied; one already known is
 * replaced), the last unitseq of a unit. Nothing is announced. 0 or ERR_NOMEM. */
int desk_restore_concern(struct desk *d, const struct concern *c);
int desk_restore_unitseq(struct desk *d, const char *unit, uint64_t unitseq);
/* The same of a unit that was told to be offline. */
int desk_restore_offline(struct desk *d, const char *unit);
/* Optional: a source that the restored concern has counted already, so that it is not missed as the
 * same one when it comes again. Without it `sources` may lag after a restart and never runs ahead.
 * 0, ERR_NOTFOUND or ERR_NOMEM. */
int desk_restore_source(struct desk *d, uint64_t concern, uint64_t source);
/* The same of what came in an hour, by rising hour; what lies after `now` is passed over. */
int desk_restore_arrivals(struct desk *d, const struct burst_row *row, int64_t now);
/* Counts of hours that have changed since the last call, for the store: borrowed until the next
 * step. */
const struct burst_row *desk_arrivals(struct desk *d, size_t *n);
/* New topics, units or deadlines after a reload: running clocks keep their due times, but for those
 * that waited for a calendar which has come: the next ticks tell of them (EVENT_RECOMPUTED). */
void desk_reconfigure(struct desk *d, const struct desk_conf *conf);

/* Where an item comes from. */
struct desk_origin {
    struct str id;    /* of its source; may be empty */
    uint64_t source;  /* counts distinct sources (a stable 64-bit hash of its id; 0: not counted) */
    struct str place; /* division code of an item that names none; may be empty */
    enum source_kind kind;
    bool history;     /* older than what its source is listened to for: it alerts nobody */
};

/* A new item that rules tagged. It joins a concern at a compatible place when it is a copy of its
 * first item, or says the same in other words; EVENT_JOINED says which (likeness.h). A copy, of one
 * of the item's topics, is a near-exact one (GROUP_THRESHOLD) within group_window, an exact one of
 * an open concern whenever it comes; other words must come within the window. A closed concern
 * takes both within the window, so that a late reprint does not raise an answered matter again; an
 * answered one for as long as posts may reopen it (deadline_reopen.posts_within), too. But a new
 * complaint in other words, written after the answer, joins a closed one only when that reopens it:
 * else it opens a concern that is `related` to it (EVENT_OPENED names it as `other`), and counts
 * toward the reopening, as does what raises the matter in that concern later.
 * Else, when it raises a matter and carries no published reply, it opens a concern: EVENT_OPENED,
 * EVENT_DISPATCHED. Reports join but never open. One that came with its published reply answers the
 * open concern that it joins (when the reply is no older than that), or makes a closed one of its
 * own, opened when it was published and answered when it was replied to: EVENT_OPENED,
 * EVENT_ANSWERED, EVENT_CLOSED without audience.
 * A reply without an address that gate_reply_url() passes opens, answers and records nothing.
 * Of a topic with `dispatch: assess` a concern waits for 研判 (CONCERN_FOUND): there is no
 * EVENT_DISPATCHED, and the coordinating unit alone hears of it; its clocks run all the same. What
 * is elsewhere (struct verdict) neither joins, opens nor records anything. What is history joins
 * nothing and opens nothing; its published reply is recorded. *concern is its number, or 0 when it
 * belongs to none. Its place is the longest code among the verdict's regions (the first of equal
 * ones). 0 or ERR_NOMEM (then nothing has changed).
 * A grade that heat (conf.heat) or the item's tag of the concern's topic asks for, and that is
 * higher than what was proposed or decided before, is proposed with EVENT_PROPOSED; a closed
 * concern gets no proposal. An item of here that is no history counts for each of its topics,
 * whatever else becomes of it; when that is a surge (burst.h) the coordinating unit gets
 * EVENT_BURST. */
int desk_item(struct desk *d, const struct verdict *v, const struct desk_origin *from, int64_t now,
              struct changes *out, uint64_t *concern);

/* 交办: a page that a person or a higher office pointed to, which was fetched and judged as an item
 * is. It joins the concern that it is like, or opens one whatever it says of its kind and place;
 * the concern is `registered` from then on: EVENT_REGISTERED. 0; ERR_REFUSED or ERR_INVALID with
 * *reason set to static "zh (en)" text: not the coordinating unit's doing, no topic known, a note
 * that does not pass gate_text(); ERR_NOMEM. */
struct desk_page {
    struct str topic; /* that the page has; empty: as the rules tag it */
    struct str by;    /* as in struct command */
    struct str note;
};
int desk_register(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                  const struct desk_page *page, int64_t now, struct changes *out,
                  uint64_t *concern, const char **reason);

/* The same of a page that is an item of this concern already: EVENT_REGISTERED, with the note; no
 * event when it was registered before and there is no note. ERR_REFUSED also when it is closed or
 * forgotten, or of another topic than is named. */
int desk_register_known(struct desk *d, uint64_t concern, const struct desk_page *page,
                        int64_t now, struct changes *out, const char **reason);

/* An item of the concern carries a published official reply: the concern is answered at its time
 * (within [opened, now]; unknown: now) and closed, as if the unit had answered: EVENT_ANSWERED,
 * EVENT_CLOSED. No event when it is closed or forgotten, or the reply has no public address. 0 or
 * ERR_NOMEM. */
int desk_reply(struct desk *d, uint64_t concern, const struct verdict *v, struct str source,
               int64_t now, struct changes *out);
/* A reply of the concern's, which answered it in this round or was published in an earlier one, of
 * `at` (ms), promises these dates: EVENT_PROMISED of each that is still to come and new, whose
 * clock then runs (ACT_PROMISE). Not of a concern that went into another. 0 or ERR_NOMEM. */
int desk_promise(struct desk *d, uint64_t concern, const struct verdict_promise *list, size_t n,
                 int64_t at, int64_t now, struct changes *out);
/* The page of a reply that was published in this round of it was looked at: EVENT_REPLY_CHECKED, or
 * EVENT_REPLY_GONE (with how). No event when the concern is forgotten. 0 or ERR_NOMEM. */
int desk_reply_page(struct desk *d, uint64_t concern, uint16_t round, enum event_type type,
                    enum event_loss loss, int64_t now, struct changes *out);
/* Texts of the concern are taken out for good, for this reason: EVENT_ERASED. `items` had some;
 * with `whole` it is known by no words any more, and a draft that waits goes, too. Of a reply that
 * the ledger publishes `text` is the seq of its EVENT_DRAFTED (else 0), with its round and its
 * edition. 0, ERR_NOTFOUND (the concern is forgotten) or ERR_NOMEM. */
struct desk_erasure {
    enum erasure code;
    uint32_t items;
    bool whole;
    uint64_t text;
    uint16_t round, edition;
};
int desk_erase(struct desk *d, uint64_t concern, const struct desk_erasure *what, int64_t now,
               struct changes *out);
/* An item of the concern was edited. Request, place (when it is named more closely) and, of its
 * only item, the sketch follow: EVENT_UPDATED when one of them did, so that a counter on the page
 * is no news. A closed one stays as it is. 0 or ERR_NOMEM. */
int desk_update(struct desk *d, uint64_t concern, const struct verdict *v, int64_t now,
                struct changes *out);
/* An item of the concern is gone from its source; the answer is still owed: EVENT_WITHDRAWN. No
 * event when the concern is forgotten. 0 or ERR_NOMEM. */
int desk_withdraw(struct desk *d, uint64_t concern, struct str source, int64_t now,
                  struct changes *out);
/* Something happened to a source (one of EVENT_SOURCE_*): 0, ERR_INVALID (the id is too
 * long) or ERR_NOMEM. */
int desk_source(struct desk *d, struct str source, enum event_type type, int64_t now,
                struct changes *out);
/* Rules of this version, with so many topics, take the place of those of version `previous`: the
 * coordinating unit is told. The desk's own come with desk_reconfigure(). 0 or ERR_NOMEM. */
int desk_rules(struct desk *d, uint64_t version, uint64_t previous, size_t topics, int64_t now,
               struct changes *out);
/* None of a unit's receivers is heard any more (offline; `missed` canaries were left unanswered),
 * or one is again: EVENT_UNIT_OFFLINE or EVENT_UNIT_ONLINE for the coordinating unit, when that is
 * a change and the unit is in the tree. A unit is online until it is told otherwise. 0 or
 * ERR_NOMEM. */
int desk_unit(struct desk *d, struct str unit, bool offline, uint32_t missed, int64_t now,
              struct changes *out);
/* Units that lead open concerns and are in the tree no more, in order of id, with how many: 0 or
 * ERR_NOMEM. */
int desk_each_gone(const struct desk *d, void (*each)(void *arg, const char *unit, size_t open),
                   void *arg);
/* The holidays of this year are not published here: the coordinating unit is told. 0 or ERR_NOMEM.
 */
int desk_calendar(struct desk *d, int year, int64_t now, struct changes *out);
/* Somebody corrected the request of an item of the concern: EVENT_UPDATED when it was another, and
 * its clocks are chosen anew (clocks_rechoose()).
 * A closed or forgotten one stays as it is. 0 or ERR_NOMEM. */
int desk_request(struct desk *d, uint64_t concern, enum verdict_request request, int64_t now,
                 struct changes *out);
/* Somebody corrected the topic of the concern: EVENT_UPDATED, and EVENT_REASSIGNED when the routes
 * name another lead for it; before the dispatch that one is only noted. Its clocks are chosen anew
 * (clocks_rechoose()), and those of its grade start or stop as the topic is one of emergencies or
 * not; no due time moves later. A closed or forgotten one, or a topic that the rules lack: nothing.
 * 0 or ERR_NOMEM. */
int desk_topic(struct desk *d, uint64_t concern, struct str topic, int64_t now,
               struct changes *out);

/* So many said of the concern's reply by now that it solved the matter (回访), and so many that it
 * has not: EVENT_SURVEYED and EVENT_REOPENED when deadlines.yaml reopens by that. Nothing of one
 * that is forgotten, or not closed by an answer. 0 or ERR_NOMEM. */
int desk_survey(struct desk *d, uint64_t concern, uint32_t solved, uint32_t not_yet, int64_t now,
                struct changes *out);

/* Do what a unit or operator asks. The table of allowed steps is in steps.c. 0; ERR_NOTFOUND;
 * ERR_REFUSED or ERR_INVALID with *reason set to static "zh (en)" text; ERR_NOMEM. A repeated
 * accept, or an answer with the same address, succeeds without an event. Answering meets every
 * clock that still runs and closes: EVENT_ANSWERED, EVENT_CLOSED. `late` is by the original due
 * time; the due instant itself is in time. First information (阶段性答复) meets the first-info
 * clock or, when that has been met, the one of the press briefing. A note passes gate_text() before
 * anything is done; out->notes has what became of it. The unit is told everything that its parties
 * are, also when it loses the concern by the act. */
int desk_command(struct desk *d, const struct command *c, int64_t now, struct changes *out,
                 const char **reason);

/* Fire every timer that is due, in order of their instants: reminders at 50 % and 80 %, then
 * EVENT_OVERDUE followed by EVENT_ESCALATED. Each once, also when the clock steps back. After hours
 * without a tick a running clock gets each reminder that it passed; one that is overdue by now gets
 * OVERDUE and ESCALATED only, for reminders of what is missed already are noise. At most `max`
 * events (at least 2); desk_next() <= now says that more wait. 0 or ERR_NOMEM. */
int desk_tick(struct desk *d, int64_t now, size_t max, struct changes *out);
/* When the next timer is due, or INT64_MAX. O(1). */
int64_t desk_next(const struct desk *d);

/* Borrowed until the next step; NULL when unknown. */
const struct concern *desk_concern(const struct desk *d, uint64_t id);
uint64_t desk_head(const struct desk *d);

#endif
