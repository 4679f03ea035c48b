/* Rules that wait for a second person: they are in the store, so that whoever leads can do what was
 * asked for, and each machine, restarted too, can show them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/reload/reload_state.h"

static const struct staged_rules none = {.person = 0};
static const struct staged_files no_files = {.pack = {NULL, 0}};

static void name_of(const struct rules *rules, const struct town *town,
                    char out[static RULEBOOK_STAGE])
{
    snprintf(out, RULEBOOK_STAGE, "%s-%016" PRIx64, rules_version(rules), town->print);
}

static void show(struct reload *r, const struct staged_rules *s)
{
    r->waits = *s->about.stage && !s->denied;
    if (s->denied)
        rulebook_deny(r->conf.book, &s->about);
    else
        rulebook_stage(r->conf.book, r->waits ? &s->about : NULL);
}

/* This is what waits from now on, at all machines. */
static int change(struct reload *r, const struct staged_rules *s, const struct staged_files *with)
{
    struct store_shared rows[STAGED_RULES_ROWS];
    struct buf text = BUF_INIT;
    int err = staged_rules_rows(s, with, &text, rows);

    if (!err)
        err = reload_town_share(r, rows, STAGED_RULES_ROWS);
    buf_free(&text);
    if (!err)
        show(r, s);
    return err;
}

/* With the topics that are edits then, and all that differs from what is in force. */
static int keep(struct reload *r, const struct staged_rules *s, const struct reload_read *read)
{
    struct buf edits = BUF_INIT, changes = BUF_INIT, force = BUF_INIT;
    int err = read->edits.list ? topic_edits_write(&read->edits, &edits) : 0;

    if (!err)
        err = reload_edit_force(r, &force);
    if (!err)
        err = staged_rules_compare(buf_str(&force), buf_str(&read->pack), &changes);
    if (!err)
        err = change(r, s, &(struct staged_files){buf_str(&read->pack), buf_str(&edits),
                                                  buf_str(&changes)});
    buf_free(&edits);
    buf_free(&changes);
    buf_free(&force);
    return err;
}

static void name_in_force(struct reload *r, char out[static RULEBOOK_STAGE])
{
    struct rule_set *now = rulebook_hold(r->conf.book);

    name_of(rule_set_rules(now), rule_set_town(now), out);
    rule_set_release(now);
}

int reload_stage(struct reload *r, const struct reload_request *q, struct reload_read *read,
                 struct reload_outcome *out)
{
    struct staged_rules s = {.person = q->order.person};
    struct rulebook_stage *about = &s.about;
    bool edited = topic_edits_count(&read->edits) && !r->conf.among;

    if (!q->order.person)
        return ERR_REFUSED;
    name_in_force(r, s.base);
    about->topics = rules_topics(read->rules);
    about->at = clock_now();
    snprintf(about->version, sizeof about->version, "%s", rules_version(read->rules));
    name_of(read->rules, read->town, about->stage);
    snprintf(about->by, sizeof about->by, "%s", q->name ? q->name : "");
    snprintf(about->folder, sizeof about->folder, "%s",
             edited ? r->conf.config->rules_dir : read->where.folder);
    int err = keep(r, &s, read);
    if (err)
        return err;
    snprintf(r->stage, sizeof r->stage, "%s", about->stage);
    out->stage = r->stage;
    return 0;
}

/* What waits, if it is what was asked about by somebody known. */
static int find(struct reload *r, const struct reload_request *q, struct staged_rules *s)
{
    int err = staged_rules_read(r->reader, s);

    if (err)
        return err;
    if (s->denied || !q->stage || strcmp(s->about.stage, q->stage) != 0)
        return ERR_STALE;
    r->waits = true;
    return q->order.person ? 0 : ERR_REFUSED;
}

static int read_edits(struct reload *r, struct reload_read *read)
{
    int err = topic_edits_read(r->reader, STORE_SHARED_STAGED, &read->edits);

    read->edits.changed = true;
    return err;
}

/* It is what was checked when it was staged, or nobody has seen it: another version of the program
 * compiles other rules. */
static int read_block(struct reload *r, const struct staged_rules *s, struct problems *problems,
                      struct reload_read *read)
{
    char name[RULEBOOK_STAGE];
    int err = staged_rules_pack(r->reader, &read->pack);

    if (!err)
        err = read_edits(r, read);
    if (!err)
        err = reload_town_read(r, buf_str(&read->pack), NULL, problems, read);
    if (err)
        return err == ERR_NOTFOUND ? ERR_STALE : err;
    name_of(read->rules, read->town, name);
    if (!strcmp(name, s->about.stage))
        return 0;
    log_warn("rules.other", "stage=%s compiled=%s note=\"load them once more\"", s->about.stage,
             name);
    return ERR_EXISTS;
}

/* Others came in force since they were staged: what they would change is told anew, for nobody has
 * seen that. */
static int check_base(struct reload *r, struct staged_rules *s, const struct reload_read *read)
{
    char name[RULEBOOK_STAGE];

    name_in_force(r, name);
    if (!*s->base || !strcmp(name, s->base)) /* it was staged by a version that does not say */
        return 0;
    memcpy(s->base, name, sizeof s->base);
    int err = keep(r, s, read);
    return err ? err : ERR_AGAIN;
}

int reload_approve(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct problems *problems, struct reload_outcome *out)
{
    struct reload_read read = {.rules = NULL};
    struct staged_rules s;
    int err = find(r, q, &s);

    if (!err && q->order.person == s.person)
        err = ERR_REFUSED;
    if (!err)
        err = read_block(r, &s, problems, &read);
    if (!err)
        err = check_base(r, &s, &read);
    if (!err && !r->conf.among && !topic_edits_count(&read.edits))
        read.where = (struct rulebook_where){s.about.folder, r->conf.config->places};
    if (!err)
        err = reload_swap(r, &read, old, true, out);
    reload_read_clear(&read);
    return err;
}

int reload_deny(struct reload *r, const struct reload_request *q)
{
    struct staged_rules s;
    int err = find(r, q, &s);

    if (err)
        return err;
    s.denied = true;
    s.about.at = clock_now();
    snprintf(s.about.by, sizeof s.about.by, "%s", q->name ? q->name : "");
    snprintf(s.about.reason, sizeof s.about.reason, "%s", q->reason ? q->reason : "");
    return change(r, &s, &no_files);
}

size_t reload_stage_rows(struct store_shared out[static STAGED_RULES_ROWS])
{
    staged_rules_rows(&none, &no_files, NULL, out); /* it has no text, and cannot fail */
    return STAGED_RULES_ROWS;
}

void reload_stage_settled(struct reload *r)
{
    show(r, &none);
}

/* They came in force by another way, as by a restart from their folder, and wait for nobody. Of
 * several machines only what all of them have in force counts. */
static bool is_settled(struct reload *r, const struct staged_rules *s)
{
    char name[RULEBOOK_STAGE];

    if (s->denied || !*s->about.stage || (r->conf.among && !*r->pack))
        return false;
    name_in_force(r, name);
    return !strcmp(name, s->about.stage);
}

void reload_stage_follow(struct reload *r)
{
    struct staged_rules s;
    int err = staged_rules_read(r->reader, &s);

    if (err != r->unread)
        log_line(err ? LOG_ERROR : LOG_INFO, "rules.stage",
                 err ? "err=%s note=\"what waits for a second person cannot be read\"" : "err=%s",
                 err ? err_name(err) : "none");
    r->unread = err;
    rulebook_unread(r->conf.book, err);
    if (err)
        return;
    if (!is_settled(r, &s))
        show(r, &s);
    else if (r->conf.follows || reload_town_stalled(r) || change(r, &none, &no_files))
        show(r, &none);
}
