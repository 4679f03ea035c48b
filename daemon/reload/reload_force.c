/* What puts rules in force at this machine, once they were read. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/reload/reload_state.h"

/* Called from the ledger thread right after the commit: pages and API change with the desk. */
static void committed(void *arg, int status, const char *reason, uint64_t seq)
{
    struct reload *r = arg;

    (void)reason;
    if (!status)
        rulebook_adopt(r->conf.book, r->set, r->where);
    pthread_mutex_lock(&r->lock);
    r->status = status;
    r->seq = seq;
    r->committed = true;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

/* 0 once the set is in force, which the ledger says. Workers change with the rules alone. */
static int put_in_force(struct reload *r, struct rule_set *set, bool workers,
                        const struct rulebook_where *where)
{
    r->set = set;
    r->where = where;
    r->committed = false;
    int err = workers ? worker_pool_reload(r->conf.pool, set, committed, r)
                      : ledger_rules(r->conf.ledger, set, committed, r);
    if (err)
        return err;
    pthread_mutex_lock(&r->lock);
    while (!r->committed)
        pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
    return r->status;
}

static bool same_version(const struct rules *a, const struct rules *b)
{
    return strcmp(rules_version(a), rules_version(b)) == 0;
}

bool reload_in_force(const struct rules *rules, const struct town *town,
                     const struct rule_set *set)
{
    return same_version(rules, rule_set_rules(set)) &&
           town->print == rule_set_town(set)->print;
}

/* A new set; NULL: what is in force is the same. */
static int change(struct reload *r, struct reload_read *read, struct rule_set *old)
{
    bool same = same_version(read->rules, rule_set_rules(old));
    struct rule_set *set = same ? rule_set_move(old, &read->town)
                                : rule_set_new(&read->rules, &read->town, true);
    int err = set ? put_in_force(r, set, !same, &read->where) : ERR_NOMEM;

    rule_set_release(set);
    return err;
}

int reload_adopt(struct reload *r, struct reload_read *read, struct rule_set *old, bool *changed)
{
    bool same = reload_in_force(read->rules, read->town, old);
    int err = same ? 0 : change(r, read, old);

    *changed = !same && !err;
    if (same)
        rulebook_adopt(r->conf.book, old, &read->where);
    return err;
}

/* Of one machine the edits are kept before they are in force: a start that finds them puts them in
 * force, and tells it. */
static int adopt_kept(struct reload *r, struct reload_read *read, struct rule_set *old,
                      bool *changed)
{
    struct topic_edits before = {.list = NULL};
    bool keeps = !r->conf.among && read->edits.changed;
    int err = keeps ? topic_edits_read(r->reader, STORE_SHARED_EDITS, &before) : 0;

    if (!err && keeps)
        err = reload_edit_keep(r, &read->edits);
    if (!err) {
        err = reload_adopt(r, read, old, changed);
        if (err && keeps && reload_edit_keep(r, &before))
            log_error("rules.edits", "err=%s note=\"they are in force from the next start on\"",
                      err_name(err));
    }
    topic_edits_clear(&before);
    return err;
}

int reload_swap(struct reload *r, struct reload_read *read, struct rule_set *old, bool approved,
                struct reload_outcome *out)
{
    int err = adopt_kept(r, read, old, &out->changed);

    if (err)
        return err;
    out->seq = out->changed ? r->seq : 0;
    if (out->changed) /* not everybody's yet: if they do not become it, what is comes back */
        r->pack[0] = '\0';
    if (!r->conf.among)
        reload_edit_in_force(r, read);
    err = reload_town_publish(r, read, approved || out->changed);
    if (err && !r->conf.among) { /* they are in force all the same */
        log_warn("rules.settle", "err=%s", err_name(err));
        err = 0;
    }
    return err;
}
