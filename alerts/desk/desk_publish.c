#include "alerts/desk/desk_publish.h"

#include <assert.h>
#include <inttypes.h>

#include "alerts/desk/desk_acts.h"
#include "alerts/desk/desk_answers.h"
#include "base/err.h"

static struct desk_text *add(struct changes *out, enum desk_text_act act, const struct concern *c)
{
    struct desk_text *t = &out->texts[out->ntexts++];

    assert(out->ntexts <= out->texts_cap);
    *t = (struct desk_text){.act = act, .concern = c->id, .seq = c->draft, .round = c->round,
                            .edition = c->edition};
    return t;
}

static void forget(struct concern *c)
{
    c->draft = c->draft_person = 0;
    memset(c->drafter, 0, sizeof c->drafter);
}

void desk_publish_drop(struct concern *c, struct changes *out)
{
    if (!c->draft)
        return;
    add(out, DESK_TEXT_DROPPED, c);
    forget(c);
}

/* Who may approve it hears of it, too. */
static void address_approver(struct desk_act *a, struct event *e)
{
    const struct units *units = a->desk->conf.units;
    struct str by = a->command->by;
    int wrote = by.n ? units_find(units, by) : units->coordinator;

    if (wrote >= 0 && units->list[wrote].approver >= 0)
        outbox_address(&a->desk->outbox, e, units->list[units->list[wrote].approver].id);
}

int desk_publish_draft(struct desk_act *a)
{
    struct event *e = desk_acts_emit(a, EVENT_DRAFTED);
    struct str by = a->command->by;

    address_approver(a, e);
    forget(a->c);
    a->c->draft = e->seq;
    a->c->draft_person = a->command->person;
    if (by.n)
        memcpy(a->c->drafter, by.p, by.n); /* a known unit's id */
    struct desk_text *t = add(a->out, DESK_TEXT_DRAFTED, a->c);
    t->off = a->text;
    t->n = a->out->words.len - a->text;
    t->edition = 0;
    return 0;
}

/* Of what is approved; the concern's edition is set. */
static void publish(struct desk_act *a, uint64_t draft)
{
    struct event *e = desk_acts_emit(a, EVENT_PUBLISHED);

    e->after = a->c->edition;
    memcpy(e->to, a->c->unit, SLUG_MAX);
    outbox_address_known(&a->desk->outbox, a->desk->conf.units, e, e->to);
    add(a->out, DESK_TEXT_PUBLISHED, a->c)->seq = draft;
}

int desk_publish_answer(struct desk_act *a)
{
    struct concern *c = a->c;
    struct concern before = *c;
    struct buf url = BUF_INIT;

    buf_add_str(&url, a->desk->conf.ledger);
    buf_addf(&url, "/replies/c%" PRIu64, c->id);
    if (c->round)
        buf_addf(&url, "-%u", c->round + 1u);
    int err = buf_ok(&url) ? 0 : ERR_NOMEM;
    if (!err) {
        forget(c); /* it is published, not dropped */
        err = desk_answers_at(a, buf_str(&url));
    }
    buf_free(&url);
    if (err) {
        c->draft = before.draft;
        c->draft_person = before.draft_person;
        memcpy(c->drafter, before.drafter, sizeof c->drafter);
        return err;
    }
    c->edition = 1;
    publish(a, before.draft);
    return 0;
}

int desk_publish_correction(struct desk_act *a)
{
    uint64_t draft = a->c->draft;

    forget(a->c);
    a->c->edition++;
    publish(a, draft);
    return 0;
}
