/* Rules that wait for a second person. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/reload_state.h"

void reload_drop_staged(struct reload *r)
{
    rules_free(r->staged.rules);
    town_free(r->staged.town);
    buf_free(&r->staged.pack);
    r->staged.rules = NULL;
    r->staged.town = NULL;
}

int reload_stage(struct reload *r, const struct reload_request *q, struct reload_read *read,
                 struct reload_outcome *out)
{
    struct rulebook_stage *about = &r->staged.about;

    if (!q->order.person)
        return ERR_REFUSED;
    reload_drop_staged(r);
    r->staged.rules = read->rules;
    r->staged.town = read->town;
    r->staged.pack = read->pack;
    r->staged.person = q->order.person;
    read->rules = NULL;
    read->town = NULL;
    read->pack = (struct buf)BUF_INIT;
    *about = (struct rulebook_stage){.topics = rules_topics(r->staged.rules), .at = clock_now()};
    snprintf(about->version, sizeof about->version, "%s", rules_version(r->staged.rules));
    snprintf(about->stage, sizeof about->stage, "%s-%016" PRIx64, about->version,
             r->staged.town->print);
    snprintf(about->by, sizeof about->by, "%s", q->name ? q->name : "");
    snprintf(about->folder, sizeof about->folder, "%s", read->folder);
    rulebook_stage(r->conf.book, about);
    out->stage = about->stage;
    return 0;
}

static bool waits(const struct reload *r, const struct reload_request *q)
{
    return r->staged.rules && q->stage && !strcmp(r->staged.about.stage, q->stage);
}

/* Where a block was laid out may have been tidied away while it waited. */
static int lay_out_again(const struct reload *r, struct str pack)
{
    struct rules_pack_files laid;
    int err = rules_pack_lay_out(r->conf.config, pack, &laid);

    if (!err)
        rules_pack_clear(&laid);
    return err;
}

/* A failure on the way leaves nothing staged: what was built may be gone. */
int reload_approve(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct reload_outcome *out)
{
    if (!waits(r, q))
        return ERR_STALE;
    if (!q->order.person || q->order.person == r->staged.person)
        return ERR_REFUSED;
    struct reload_read read = {r->staged.rules, r->staged.town, r->staged.about.folder,
                               r->staged.pack};
    r->staged.rules = NULL;
    r->staged.town = NULL;
    r->staged.pack = (struct buf)BUF_INIT;
    int err = read.pack.len ? lay_out_again(r, buf_str(&read.pack)) : 0;
    if (!err)
        err = reload_swap(r, &read, old, out);
    reload_read_clear(&read);
    rulebook_stage(r->conf.book, NULL);
    return err;
}

int reload_deny(struct reload *r, const struct reload_request *q)
{
    struct rulebook_stage *about = &r->staged.about;

    if (!waits(r, q))
        return ERR_STALE;
    if (!q->order.person)
        return ERR_REFUSED;
    about->at = clock_now();
    snprintf(about->by, sizeof about->by, "%s", q->name ? q->name : "");
    snprintf(about->reason, sizeof about->reason, "%s", q->reason ? q->reason : "");
    rulebook_deny(r->conf.book, about);
    reload_drop_staged(r);
    return 0;
}
