/* The ledger against its views: each unit's outbox must hold what the events' audiences say, and
 * each concern must be what its events made of it. */
#include "store/sqlite/sqlite_audit.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/named.h"
#include "store/sqlite/sqlite.h"

/* A unit, as far as the walk over the events has come. */
struct unit {
    char name[SLUG_MAX];
    uint64_t unitseq;          /* of its last event */
    sqlite3_stmt *rows;        /* of its outbox */
    uint64_t seqs[SQLITE_PIECE];
    uint64_t last;             /* unitseq of the last one of seqs */
    size_t count, at;
};

/* What the events said of a concern; by its number. */
struct replayed {
    uint32_t items;
    uint8_t states; /* that it may be in: a bit each */
    uint8_t grade;
    uint8_t overdue; /* OVERDUE events, 255: that many or more */
    bool opened;
};

struct walk {
    struct audit *audit;
    struct unit *units; /* by name */
    size_t nunits, cap;
    struct replayed *concerns;
    uint64_t nconcerns; /* numbers up to this one */
};

#define BIT(state) (1u << (state))
#define CAME_ALONG (BIT(CONCERN_ACCEPTED) | BIT(CONCERN_DECLINED))

/* What an event makes of its concern's state; 0: nothing, or see states_after(). */
static const uint8_t leads_to[EVENT_TYPES] = {
    [EVENT_REASSIGNED] = BIT(CONCERN_OPEN),
    [EVENT_HANDED_ON] = BIT(CONCERN_OPEN),
    [EVENT_RETURNED] = BIT(CONCERN_OPEN),
    [EVENT_REOPENED] = BIT(CONCERN_OPEN),
    [EVENT_CLOSED] = BIT(CONCERN_CLOSED),
};

static struct unit *find_unit(struct walk *w, const char *name, int *err)
{
    bool there;
    size_t at = named_place(w->units, w->nunits, sizeof *w->units, name, &there);

    if (there)
        return &w->units[at];
    struct unit *units = named_insert(w->units, &w->nunits, &w->cap, sizeof *units, at, name);
    if (!units) {
        *err = ERR_NOMEM;
        return NULL;
    }
    w->units = units;
    struct unit *u = &units[at];
    u->rows = audit_prepare(w->audit, "SELECT last, seqs FROM outbox WHERE unit = ? ORDER BY last",
                            err);
    if (*err)
        return NULL;
    sqlite3_bind_text(u->rows, 1, name, -1, SQLITE_TRANSIENT);
    return u;
}

/* The unit's next seq from its outbox: 0 when it has no more. */
static uint64_t next_seq(struct walk *w, struct unit *u, int *err)
{
    if (u->at < u->count)
        return u->seqs[u->at++];
    int rc = sqlite3_step(u->rows);
    if (rc != SQLITE_ROW) {
        *err = rc == SQLITE_DONE ? 0 : audit_failure(w->audit);
        sqlite3_reset(u->rows);
        sqlite3_bind_null(u->rows, 1); /* it has been read: no row comes again */
        return 0;
    }
    struct row row = {.statement = u->rows};
    uint64_t last = (uint64_t)row_int(&row);
    uint64_t before = u->last;
    u->count = sqlite_read_seqs(row_str(&row), last, u->seqs);
    u->at = 0;
    u->last = last;
    if (!u->count || last - u->count != before) {
        audit_tell(w->audit, "发件箱的行不连号", "the outbox has a gap or a row that cannot be read",
                   "%s %llu", u->name, (unsigned long long)last);
        if (!u->count)
            return next_seq(w, u, err);
    }
    return u->seqs[u->at++];
}

static void tell_event(struct walk *w, const char *zh, const char *en, const struct event *e)
{
    audit_tell(w->audit, zh, en, "seq %llu c%llu %s", (unsigned long long)e->seq,
               (unsigned long long)e->concern, event_type_name(e->type));
}

static int follow_audience(struct walk *w, const struct event *e)
{
    int err = 0;

    for (size_t i = 0; i < e->naudience; i++) {
        const struct event_audience *to = &e->audience[i];
        struct unit *u = find_unit(w, to->unit, &err);
        if (!u)
            return err;
        if (to->unitseq != u->unitseq + 1)
            audit_tell(w->audit, "单位序号有缺口", "a gap in a unit's sequence",
                       "%s %llu after %llu, seq %llu", u->name, (unsigned long long)to->unitseq,
                       (unsigned long long)u->unitseq, (unsigned long long)e->seq);
        u->unitseq = to->unitseq;
        uint64_t seq = next_seq(w, u, &err);
        if (err)
            return err;
        if (seq != e->seq)
            audit_tell(w->audit, "发件箱与事件不符", "the outbox is not what the events say",
                       "%s %llu: seq %llu, not %llu", u->name, (unsigned long long)to->unitseq,
                       (unsigned long long)seq, (unsigned long long)e->seq);
    }
    return 0;
}

static int make_room(struct walk *w, uint64_t concern)
{
    uint64_t wanted = w->nconcerns ? w->nconcerns : 1024;

    if (concern < w->nconcerns)
        return 0;
    while (wanted <= concern)
        wanted *= 2;
    struct replayed *grown = reallocarray(w->concerns, wanted, sizeof *grown);
    if (!grown)
        return ERR_NOMEM;
    memset(grown + w->nconcerns, 0, (wanted - w->nconcerns) * sizeof *grown);
    w->concerns = grown;
    w->nconcerns = wanted;
    return 0;
}

/* An assisting unit's part changes nothing; who coordinates, and may act for the lead, the file
 * does not say. */
static uint8_t states_after(uint8_t before, const struct event *e)
{
    bool lead = strcmp(e->by, e->unit) == 0;

    switch (e->type) {
    case EVENT_OPENED: /* what was merged and is split off comes as it went in */
        return (uint8_t)(BIT(CONCERN_FOUND) | (e->other ? CAME_ALONG : 0u));
    case EVENT_DISPATCHED: return (uint8_t)(BIT(CONCERN_OPEN) | (before & CAME_ALONG));
    case EVENT_ACCEPTED:
        return (uint8_t)(BIT(CONCERN_ACCEPTED) |
                         (lead || !e->by[0] || e->act == ACT_ACCEPT ? 0u : before));
    case EVENT_DECLINED: return lead ? BIT(CONCERN_DECLINED) : before;
    case EVENT_DENIED: /* a 退单, or a request that leaves the state as it is */
        return before & BIT(CONCERN_DECLINED)
                   ? (uint8_t)((before & ~BIT(CONCERN_DECLINED)) | BIT(CONCERN_OPEN))
                   : before;
    case EVENT_MERGED: return (uint8_t)(before | BIT(CONCERN_CLOSED));
    default: return leads_to[e->type] ? leads_to[e->type] : before;
    }
}

static uint8_t plus(uint8_t a, uint8_t b)
{
    return (uint8_t)(a < UINT8_MAX - b ? a + b : UINT8_MAX);
}

static int follow_concern(struct walk *w, const struct event *e)
{
    int err;

    if (!e->concern)
        return 0;
    if (e->concern > e->seq) {
        tell_event(w, "事件所属的关切尚未发现", "an event of a concern that is not open yet", e);
        return 0;
    }
    err = make_room(w, e->concern);
    if (err)
        return err;
    struct replayed *r = &w->concerns[e->concern];
    if (e->type == EVENT_OPENED && (r->opened || e->concern != e->seq))
        tell_event(w, "关切的编号不是其发现事件的序号",
                   "a concern's number is not that of its opening", e);
    if (e->type != EVENT_OPENED && !r->opened)
        tell_event(w, "事件所属的关切没有发现事件", "an event of a concern that was never opened", e);
    r->opened |= e->type == EVENT_OPENED;
    r->states = states_after(r->states, e);
    r->items = e->items;
    r->grade = (uint8_t)e->grade;
    r->overdue += e->type == EVENT_OVERDUE && r->overdue < UINT8_MAX;
    if (e->other && e->other < w->nconcerns &&
        (e->type == EVENT_OPENED || e->type == EVENT_JOINED)) /* its clocks came along */
        r->overdue = plus(r->overdue, w->concerns[e->other].overdue);
    return 0;
}

static int follow_events(struct walk *w)
{
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *s =
        audit_prepare(w->audit, "SELECT " ROW_EVENT " FROM events ORDER BY seq", &err);
    struct event e;

    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct row row = {.statement = s};
        row_event(&row, &e);
        w->audit->result->events++;
        if (row.bad) {
            audit_tell(w->audit, "事件读不出来", "an event that cannot be read", "seq %llu",
                       (unsigned long long)e.seq);
            continue;
        }
        err = follow_audience(w, &e);
        if (!err)
            err = follow_concern(w, &e);
    }
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(w->audit);
    sqlite3_finalize(s);
    return err;
}

/* What is left over once all events are read, and the heads that are kept. */
static int compare_heads(struct walk *w)
{
    static const char heads[] =
        "SELECT unit, coalesce(u.head, 0), coalesce(o.last, 0) FROM "
        "(SELECT unit FROM units UNION SELECT unit FROM outbox) LEFT JOIN units u USING (unit) "
        "LEFT JOIN (SELECT unit, max(last) AS last FROM outbox GROUP BY unit) o USING (unit)";
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *s = audit_prepare(w->audit, heads, &err);

    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct row row = {.statement = s};
        char name[SLUG_MAX];
        row_text(&row, name, sizeof name);
        uint64_t head = (uint64_t)row_int(&row), last = (uint64_t)row_int(&row);
        const struct unit *u = find_unit(w, name, &err);
        if (u && (u->unitseq != head || u->unitseq != last))
            audit_tell(w->audit, "单位的末号不符", "a unit's head is not that of its events",
                       "%s: kept %llu, outbox %llu, events %llu", name, (unsigned long long)head,
                       (unsigned long long)last, (unsigned long long)u->unitseq);
    }
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(w->audit);
    sqlite3_finalize(s);
    return err;
}

static void compare_concern(struct walk *w, struct row *row)
{
    uint64_t id = (uint64_t)row_int(row);
    uint64_t state = (uint64_t)row_int(row), items = (uint64_t)row_int(row);
    uint64_t grade = (uint64_t)row_int(row), overdue = (uint64_t)row_int(row);
    static const struct replayed none;
    struct replayed *r = id < w->nconcerns ? &w->concerns[id] : NULL;
    const struct replayed *is = r ? r : &none;
    const char *zh = NULL, *en = NULL;

    if (!is->opened) {
        zh = "关切没有发现事件";
        en = "a concern that no event opened";
    } else if (state >= CONCERN_STATES || !(is->states & BIT(state)) || is->items != items ||
               is->grade != grade) {
        zh = "关切的状态与事件不符";
        en = "a concern's state is not what its events say";
    } else if (overdue > is->overdue && is->overdue < UINT8_MAX) {
        zh = "时钟超期而无超期事件";
        en = "a clock is overdue without its event";
    }
    if (zh)
        audit_tell(w->audit, zh, en,
                   "c%llu: state %llu, items %llu, grade %llu, overdue %llu; events: states %#x, "
                   "%u, %u, %u", (unsigned long long)id, (unsigned long long)state,
                   (unsigned long long)items, (unsigned long long)grade,
                   (unsigned long long)overdue, is->states, is->items, is->grade, is->overdue);
    if (r)
        r->opened = false; /* it has its row */
}

static int compare_concerns(struct walk *w)
{
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *s = audit_prepare(w->audit, "SELECT id, state, items, grade, (SELECT count(*) "
                                    "FROM clocks WHERE concern = id AND stage = 3) FROM concerns",
                                    &err);

    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW)
        compare_concern(w, &(struct row){.statement = s});
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(w->audit);
    sqlite3_finalize(s);
    for (uint64_t id = 0; id < w->nconcerns && !err; id++)
        if (w->concerns[id].opened)
            audit_tell(w->audit, "发现的关切没有存下", "a concern was opened and is not there",
                       "c%llu", (unsigned long long)id);
    return err;
}

int audit_events(struct audit *a)
{
    struct walk w = {.audit = a};
    int err;

    audit_begin(a);
    err = follow_events(&w);
    if (!err)
        err = compare_heads(&w);
    if (!err) {
        audit_begin(a);
        err = compare_concerns(&w);
    }
    for (size_t i = 0; i < w.nunits; i++)
        sqlite3_finalize(w.units[i].rows);
    free(w.units);
    free(w.concerns);
    return err;
}
