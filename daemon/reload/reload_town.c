/* A load of rules among several machines: the leader commits what all of them then go by. */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/reload/reload_log.h"
#include "daemon/reload/reload_state.h"

enum { LOOK_MS = 100, REASON = 160 };

/* What was asked of the ledger; whoever leaves it last frees it: the thread may have to end before
 * the answer is there. */
struct errand {
    struct queue *answered;
    atomic_int holders;
    int status;
    char reason[REASON]; /* of a load: what waits now */
    uint64_t seq;
};

static struct errand *errand_new(void)
{
    struct errand *e = calloc(1, sizeof *e);

    if (e)
        e->answered = queue_new(1);
    if (!e || !e->answered) {
        free(e);
        return NULL;
    }
    atomic_init(&e->holders, 2);
    return e;
}

static void leave(struct errand *e)
{
    if (!e || atomic_fetch_sub(&e->holders, 1) > 1)
        return;
    queue_free(e->answered);
    free(e);
}

static void answer(void *arg, int status, const char *reason, uint64_t seq)
{
    struct errand *e = arg;

    e->status = status;
    e->seq = seq;
    snprintf(e->reason, sizeof e->reason, "%s", reason ? reason : "");
    queue_try_push(e->answered, e);
    leave(e);
}

/* The ledger answers each in the end; whoever stops does not wait for that. */
static int await(struct reload *r, struct errand *e)
{
    void *it;

    while (queue_take(e->answered, &it, 1, LOOK_MS) != 1)
        if (r->halting)
            return ERR_CLOSED;
    return e->status;
}

int reload_town_read(struct reload *r, struct str pack, const struct lint *lint,
                     struct problems *problems, struct reload_read *read)
{
    struct town_rules t;
    int err = town_rules_read(r->conf.config, pack, lint, problems, &t);

    if (err)
        return err;
    read->rules = t.rules;
    read->town = t.town;
    read->laid[0] = t.folder;
    read->laid[1] = t.places;
    read->where = (struct rulebook_where){t.folder, t.places};
    return 0;
}

int reload_town_share(struct reload *r, const struct store_shared *rows, size_t n)
{
    struct errand *e = errand_new();

    if (!e)
        return ERR_NOMEM;
    int err = ledger_share(r->conf.ledger, rows, n, answer, e);
    if (err)
        leave(e); /* for the ledger */
    else
        err = await(r, e);
    leave(e);
    return err;
}

int reload_town_publish(struct reload *r, const struct reload_read *read, bool settled)
{
    struct store_shared rows[TOWN_RULES_ROWS + STAGED_RULES_ROWS + 1];
    char name[RULES_PACK_NAME] = "";
    bool settles = settled && (r->waits || r->unread);
    struct buf edits = BUF_INIT;
    bool edited = r->conf.among && read->edits.changed;
    size_t n = 0;

    if (r->conf.among)
        rules_pack_name(buf_str(&read->pack), name);
    bool differs = strcmp(name, r->pack) != 0;
    if (differs) {
        town_rules_rows(buf_str(&read->pack), name, rows);
        n = TOWN_RULES_ROWS;
    }
    if (settles)
        n += reload_stage_rows(&rows[n]);
    int err = edited && topic_edits_count(&read->edits) ? topic_edits_write(&read->edits, &edits)
                                                        : 0;
    if (edited)
        topic_edits_row(STORE_SHARED_EDITS, buf_str(&edits), &rows[n++]);
    if (!err && n)
        err = reload_town_share(r, rows, n);
    buf_free(&edits);
    if (err)
        return err;
    if (differs) {
        memcpy(r->pack, name, sizeof name);
        rules_pack_tidy(r->conf.config, name);
    }
    if (settles)
        reload_stage_settled(r);
    return 0;
}

void reload_town_forward(struct reload *r, const struct reload_request *q,
                         const struct reload_read *read, struct reload_outcome *out)
{
    struct ledger_load load = {(uint8_t)q->order.verb, q->order.person, str_from(q->name),
                               str_from(q->stage), str_from(q->reason), STR_NONE,
                               STR_NONE, STR_NONE};
    struct errand *e = errand_new();
    char before[RULES_PACK_NAME];
    struct buf edits = BUF_INIT;

    out->err = e ? 0 : ERR_NOMEM;
    if (read && read->edits.list && !out->err)
        out->err = topic_edits_write(&read->edits, &edits);
    if (read) {
        load.pack = buf_str(&read->pack);
        load.base = str_from(*read->base ? read->base : RELOAD_NO_BASE);
    }
    load.edits = buf_str(&edits);
    if (!out->err)
        out->err = ledger_load(r->conf.ledger, &load, answer, e);
    buf_free(&edits);
    if (out->err)
        leave(e);
    else
        out->err = await(r, e);
    if (!out->err && *e->reason) {
        snprintf(r->stage, sizeof r->stage, "%.*s", RULEBOOK_STAGE - 1, e->reason);
        out->stage = r->stage;
    } else if (!out->err) {
        memcpy(before, r->pack, sizeof before);
        reload_town_follow(r);
        out->changed = strcmp(before, r->pack) != 0;
        out->seq = e->seq;
    }
    if (!out->err)
        reload_stage_follow(r);
    leave(e);
}

static int adopt(struct reload *r, struct town_rules *t)
{
    struct rule_set *old = rulebook_hold(r->conf.book);
    struct reload_read read = {.rules = t->rules, .town = t->town,
                               .where = {t->folder, t->places}};
    bool changed;

    t->rules = NULL;
    t->town = NULL;
    int err = reload_adopt(r, &read, old, &changed);
    reload_read_clear(&read);
    rule_set_release(old);
    if (err || !changed)
        return err;
    struct rule_set *set = rulebook_hold(r->conf.book);
    log_info("rules.followed", "version=%s topics=%zu",
             rules_version(rule_set_rules(set)), rules_topics(rule_set_rules(set)));
    rule_set_release(set);
    return 0;
}

/* A block that can never be put in force is not tried again until another one takes its place; the
 * rest is, with each look. Either is told once. */
static void fail(struct reload *r, const char *name, int err, const struct problems *problems)
{
    bool hopeless = err == ERR_INVALID || err == ERR_CORRUPT;

    if (hopeless)
        snprintf(r->failed, sizeof r->failed, "%s", name);
    if (!hopeless && (err != ERR_IO || r->behind == err))
        return;
    r->behind = err;
    log_error("rules.behind", "err=%s note=\"what is judged here is refused until then\"",
              err_name(err));
    if (problems && err == ERR_INVALID)
        reload_log_problems(r->conf.config->cache, problems);
}

static void caught_up(struct reload *r)
{
    r->failed[0] = '\0';
    r->behind = 0;
}

/* Who leads commits what it puts in force, and waits for it. */
bool reload_town_stalled(const struct reload *r)
{
    struct ledger_counters now;

    if (r->conf.follows)
        return false;
    ledger_counters(r->conf.ledger, &now);
    return now.stalled;
}

void reload_town_follow(struct reload *r)
{
    char name[RULES_PACK_NAME];
    struct town_rules t;

    if (reload_town_stalled(r) || town_rules_name(r->reader, name) || !*name ||
        !strcmp(name, r->failed))
        return;
    if (!strcmp(name, r->pack)) {
        caught_up(r);
        return;
    }
    struct problems *problems = problems_new();
    int err = problems ? town_rules_load(r->conf.config, r->reader, problems, &t) : ERR_NOMEM;
    if (!err) {
        memcpy(name, t.name, sizeof name);
        err = adopt(r, &t);
        town_rules_clear(&t);
    }
    if (!err) {
        memcpy(r->pack, name, sizeof name);
        rules_pack_tidy(r->conf.config, name);
        caught_up(r);
    } else {
        fail(r, name, err, problems);
    }
    problems_free(problems);
}
