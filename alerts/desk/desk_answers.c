/* What is published of a concern: first information, answers, promises that were kept. */
#define _GNU_SOURCE
#include "alerts/desk/desk_answers.h"

#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_acts.h"
#include "alerts/desk/parties.h"
#include "base/err.h"

int desk_answers_keep_url(struct desk_act *a)
{
    char *copy = strndup(a->command->url.p, a->command->url.n);

    if (!copy)
        return ERR_NOMEM;
    free(a->c->reply_url);
    a->c->reply_url = copy;
    return 0;
}

int desk_answers_progress(struct desk_act *a)
{
    enum act what = a->command->stepped ? a->command->step : ACT_FIRST_INFO;
    const struct concern_clock *clock = clocks_running(a->c, what);
    int err = desk_answers_keep_url(a);

    if (err)
        return err;
    struct event *e = desk_acts_emit(a, EVENT_PROGRESS);
    if (a->command->stepped)
        e->act = what; /* said by who did it, also where no clock asks for it */
    desk_acts_name_clock(e, clock, a->now);
    clocks_meet(a->c, what, a->now);
    return 0;
}

/* What the reply promised by a date is done, and published: the promise due first is kept. */
int desk_answers_keep_promise(struct desk_act *a)
{
    const struct concern_clock *clock = clocks_running(a->c, ACT_PROMISE);
    int err = desk_answers_keep_url(a);

    if (err)
        return err;
    desk_acts_name_clock(desk_acts_emit(a, EVENT_PROMISE_KEPT), clock, a->now);
    clocks_keep_promise(a->c, a->now);
    return 0;
}

int desk_state_close(struct desk *d, uint32_t at, struct str url, int64_t answered, int64_t now,
                     struct changes *out)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    enum concern_state before = c->state;
    char *copy = url.n ? strndup(url.p, url.n) : NULL;

    c->state = CONCERN_CLOSED;
    if ((url.n && !copy) || desk_state_schedule(d, at)) {
        c->state = before;
        free(copy);
        return ERR_NOMEM;
    }
    free(c->reply_url);
    c->reply_url = copy;
    c->answered = answered;
    c->outcome = OUTCOME_ANSWERED;
    c->scope = SCOPE_FULL;
    c->edition = 0;
    c->article = SCOPE_ARTICLE_NONE;
    desk_acts_drop_requests(c, out);
    desk_acts_note_update(c, now);
    if (!c->accepted)
        c->accepted = answered;
    parties_lead(c, PARTY_ANSWERED, answered);
    clocks_meet(c, ACT_NONE, answered);
    if (c->heat.at)
        heat_answered(&c->heat, c->items, answered, now);
    return desk_state_schedule(d, at); /* room was made: cannot fail */
}

int desk_answers_at(struct desk_act *a, struct str url)
{
    int err = desk_state_close(a->desk, a->at, url, a->now, a->now, a->out);

    if (err)
        return err;
    struct event *e = desk_acts_emit(a, EVENT_ANSWERED);
    e->act = ACT_REPLY;
    e->late = a->now > a->c->due;
    a->c->scope = a->command->scope;
    a->c->article = a->command->article;
    e->code = scope_code(a->command->scope, a->command->article);
    desk_acts_emit(a, EVENT_CLOSED);
    return 0;
}

int desk_answers_give(struct desk_act *a)
{
    return desk_answers_at(a, a->command->url);
}

int desk_answers_close(struct desk_act *a)
{
    return desk_answers_at(a, str_from(a->c->reply_url));
}

int desk_answers_part(struct desk_act *a)
{
    int err = desk_answers_keep_url(a);

    if (err)
        return err;
    parties_mark(parties_find(a->c, a->command->by), PARTY_ANSWERED, a->now);
    struct event *e = desk_acts_emit(a, EVENT_ANSWERED);
    e->late = a->now > a->c->due;
    e->code = scope_code(a->command->scope, SCOPE_ARTICLE_NONE);
    return 0;
}
