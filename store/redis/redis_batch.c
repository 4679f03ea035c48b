/* A batch as commit.lua takes it, behind its new items. It follows from the batch alone, so that
 * the same batch gives the same bytes. */
#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"

enum { CONCERN_BITS = 53 }; /* what the scripts' numbers hold */

struct writer {
    struct redis_args *a;
    struct buf *b; /* scratch */
};

static void put_flag(struct writer *w, bool flag)
{
    redis_put_text(w->a, flag ? "1" : "0");
}

static void put_byte(struct writer *w, uint8_t byte)
{
    redis_put(w->a, &byte, 1);
}

/* What was written into the scratch buffer. */
static void put_scratch(struct writer *w)
{
    w->a->values.failed |= !buf_ok(w->b);
    redis_put_str(w->a, buf_str(w->b));
    buf_reset(w->b);
}

static void put_order(struct writer *w, uint64_t v)
{
    codec_order(w->b, v);
    put_scratch(w);
}

static void put_alias(struct writer *w, const struct store_alias *alias)
{
    redis_put_text(w->a, "alias");
    buf_add_u64(w->b, alias->alias);
    put_scratch(w);
    redis_put(w->a, alias->ident, STORE_IDENT);
}

static void put_move(struct writer *w, const struct store_move *move)
{
    redis_put_text(w->a, "move");
    put_flag(w, move->all);
    redis_put(w->a, move->ident, STORE_IDENT);
    put_order(w, move->from);
    put_order(w, move->to);
}

static void put_mark(struct writer *w, const struct store_mark *mark)
{
    redis_put_text(w->a, mark->drop ? "unmark" : "mark");
    redis_put(w->a, mark->ident, STORE_IDENT);
    put_byte(w, mark->aspect);
    put_byte(w, mark->drop ? mark->was : mark->value);
    if (!mark->drop) {
        codec_mark(mark, w->b);
        put_scratch(w);
    }
}

static void put_event(struct writer *w, const struct event *e)
{
    redis_put_text(w->a, "event");
    redis_put_number(w->a, e->seq);
    redis_put_number(w->a, e->concern);
    codec_event(e, w->b);
    put_scratch(w);
    for (size_t i = 0; i < e->naudience; i++) {
        redis_put_text(w->a, "outbox");
        redis_put_text(w->a, e->audience[i].unit);
        redis_put_number(w->a, e->audience[i].unitseq);
        redis_put_number(w->a, e->seq);
    }
    if (e->type == EVENT_UNIT_OFFLINE || e->type == EVENT_UNIT_ONLINE) {
        redis_put_text(w->a, "line");
        redis_put_text(w->a, e->to);
        put_flag(w, e->type == EVENT_UNIT_OFFLINE);
    }
}

static void put_arrivals(struct writer *w, const struct store_batch *batch)
{
    int64_t latest = 0;

    for (size_t i = 0; i < batch->narrivals; i++) {
        const struct burst_row *row = &batch->arrivals[i];
        redis_put_text(w->a, "arrival");
        codec_order_time(w->b, row->step);
        put_scratch(w);
        redis_put_text(w->a, row->topic);
        redis_put_number(w->a, row->count);
        latest = row->step > latest ? row->step : latest;
    }
    if (!batch->narrivals)
        return;
    redis_put_text(w->a, "arrivals_cut");
    codec_order_time(w->b, latest - STORE_ARRIVALS_KEPT);
    put_scratch(w);
}

/* A place of a concern: the set, and the member that leads to it. */
static void put_place(struct writer *w, size_t *n, const char *group, const char *name,
                      const char *set, const int64_t *time, uint64_t id)
{
    buf_add_text(w->b, group);
    buf_add_text(w->b, name);
    buf_add_text(w->b, set);
    put_scratch(w);
    if (time)
        codec_order_time(w->b, *time);
    put_order(w, id);
    ++*n;
}

static bool waits(const struct concern *c)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act == ACT_PROMISE && !c->clocks[i].met)
            return true;
    return false;
}

static void put_unit_places(struct writer *w, size_t *n, const struct concern *c, const char *unit)
{
    put_place(w, n, "unit:", unit, ":due", &c->due, c->id);
    put_place(w, n, "unit:", unit, ":new", &c->opened, c->id);
    if (c->state != CONCERN_CLOSED)
        put_place(w, n, "unit:", unit, ":open", &c->due, c->id);
}

static void put_places(struct writer *w, const struct concern *c)
{
    bool closed = c->state == CONCERN_CLOSED;
    size_t n = 0;

    put_place(w, &n, "concerns", "", ":due", &c->due, c->id);
    put_place(w, &n, "concerns", "", ":new", &c->opened, c->id);
    if (closed)
        put_place(w, &n, "concerns", "", ":closed", &c->updated, c->id);
    else
        put_place(w, &n, "concerns", "", ":open", &c->due, c->id);
    if (!closed || waits(c))
        put_place(w, &n, "concerns", "", ":live", NULL, c->id);
    put_unit_places(w, &n, c, c->unit);
    for (size_t i = 0; i < c->nparties; i++)
        if (concern_party_active(&c->parties[i]) && strcmp(c->parties[i].unit, c->unit) != 0)
            put_unit_places(w, &n, c, c->parties[i].unit);
}

static size_t count_places(const struct concern *c)
{
    bool closed = c->state == CONCERN_CLOSED;
    size_t units = 1;

    for (size_t i = 0; i < c->nparties; i++)
        units += concern_party_active(&c->parties[i]) && strcmp(c->parties[i].unit, c->unit) != 0;
    return 3 + (!closed || waits(c)) + units * (closed ? 2 : 3);
}

static void put_concern(struct writer *w, const struct concern *c)
{
    redis_put_text(w->a, "concern");
    redis_put_number(w->a, c->id);
    redis_put_number(w->a, c->state);
    put_flag(w, backend_overdue(c));
    redis_put_text(w->a, c->topic);
    put_flag(w, c->reply_url != NULL);
    redis_put_text(w->a, c->reply_url);
    codec_concern(c, w->b);
    put_scratch(w);
    redis_put_number(w->a, count_places(c));
    put_places(w, c);
}

static void put_reply(struct writer *w, const struct store_reply *reply)
{
    redis_put_text(w->a, "reply");
    redis_put_number(w->a, reply->concern);
    codec_order(w->b, reply->concern);
    codec_order(w->b, reply->address);
    put_scratch(w);
    put_flag(w, reply->due > 0);
    if (!reply->drop)
        codec_reply(reply, w->b);
    put_scratch(w);
}

static void put_page(struct writer *w, const struct store_page *page)
{
    redis_put_text(w->a, "page");
    redis_put(w->a, page->ident, STORE_IDENT);
    if (!page->drop)
        codec_page(page, w->b);
    put_scratch(w);
}

static void put_source(struct writer *w, const struct store_source *src)
{
    redis_put_text(w->a, "source");
    redis_put_str(w->a, src->id);
    codec_source(src, w->b);
    put_scratch(w);
    if (!(src->keep & STORE_KEEP_POLL))
        codec_source_poll(src, w->b);
    put_scratch(w);
    if (!(src->keep & STORE_KEEP_MOVE))
        codec_source_move(src, w->b);
    put_scratch(w);
    if (!(src->keep & STORE_KEEP_MOVE))
        codec_source_time(src->moved_at, w->b);
    put_scratch(w);
    if (!(src->keep & STORE_KEEP_SINCE))
        codec_source_time(src->since, w->b);
    put_scratch(w);
}

static void put_sources(struct writer *w, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->nremoves; i++) {
        redis_put_text(w->a, "remove");
        redis_put_str(w->a, batch->removes[i]);
    }
    for (size_t i = 0; i < batch->nadds; i++) {
        redis_put_text(w->a, "add");
        redis_put_text(w->a, batch->adds[i]->id);
        codec_added(batch->adds[i], w->b);
        put_scratch(w);
    }
    for (size_t i = 0; i < batch->nsources; i++)
        put_source(w, &batch->sources[i]);
}

static void put_idents(struct writer *w, const char *op,
                       const unsigned char (*idents)[STORE_IDENT], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        redis_put_text(w->a, op);
        redis_put(w->a, idents[i], STORE_IDENT);
    }
}

static void put_cursor(struct writer *w, const struct store_cursor *c)
{
    redis_put_text(w->a, "cursor");
    buf_add_text(w->b, c->unit);
    buf_add_char(w->b, '\0');
    buf_add_text(w->b, c->receiver);
    put_scratch(w);
    redis_put_number(w->a, c->unitseq);
}

static void put_command(struct writer *w, const struct store_command *c)
{
    redis_put_text(w->a, "command");
    redis_put_text(w->a, c->key);
    codec_command(c, w->b);
    put_scratch(w);
}

static void put_meta(struct writer *w, const char *field, uint64_t value)
{
    if (!value)
        return;
    redis_put_text(w->a, "meta");
    redis_put_text(w->a, field);
    redis_put_number(w->a, value);
}

static void put_answers(struct writer *w, const struct store_batch *batch)
{
    uint64_t answers[SCOPES] = {0};

    for (size_t i = 0; i < batch->nevents; i++)
        if (backend_answer(&batch->events[i]) >= 0)
            answers[backend_answer(&batch->events[i])]++;
    for (size_t i = 0; i < SCOPES; i++) {
        if (!answers[i])
            continue;
        redis_put_text(w->a, "answers");
        buf_addf(w->b, "answers%zu", i);
        put_scratch(w);
        redis_put_number(w->a, answers[i]);
    }
}

static void put_publication(struct writer *w, const struct store_publication *p)
{
    static const char *const names[] = {"text_add", "text_publish", "text_drop", "text_blank"};

    redis_put_text(w->a, names[p->act]);
    redis_put_number(w->a, p->concern);
    redis_put_number(w->a, p->seq);
    if (p->act == STORE_PUBLICATION_DRAFT) {
        redis_publication_known(p, w->b);
        put_scratch(w);
        redis_put_str(w->a, p->text);
    } else if (p->act == STORE_PUBLICATION_PUBLISH) {
        redis_publication_published(p, w->b);
        put_scratch(w);
    }
}

static void put_correction(struct writer *w, const struct store_correction *row)
{
    redis_put_text(w->a, "correction");
    redis_correction_name(row, w->b);
    put_scratch(w);
    redis_correction_bytes(row, w->b);
    put_scratch(w);
}

static void put_survey(struct writer *w, const struct store_survey *survey)
{
    redis_put_text(w->a, "survey");
    redis_survey_name(survey->concern, survey->round, w->b);
    put_scratch(w);
    redis_survey_bytes(survey, w->b);
    put_scratch(w);
}

static void put_shared(struct writer *w, const struct store_shared *row)
{
    redis_put_text(w->a, "share");
    buf_addf(w->b, "shared:%u", row->kind);
    put_scratch(w);
    redis_put_text(w->a, row->name);
    if (!row->drop)
        redis_shared_bytes(row, w->b);
    put_scratch(w);
}

static void put_reopenings(struct writer *w, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->nevents; i++) {
        int why = backend_reopening(&batch->events[i]);
        if (why < 0)
            continue;
        redis_put_text(w->a, "answers"); /* a number more of meta */
        buf_addf(w->b, "reopened%d", why);
        put_scratch(w);
        redis_put_number(w->a, 1);
    }
}

int redis_batch(const struct store_batch *batch, struct redis_args *a, struct buf *scratch)
{
    struct writer w = {a, scratch};

    for (size_t i = 0; i < batch->nconcerns; i++)
        if (batch->concerns[i]->id >> CONCERN_BITS)
            return ERR_LIMIT;
    buf_reset(scratch);
    redis_put_edits(batch, a, scratch);
    for (size_t i = 0; i < batch->naliases; i++)
        put_alias(&w, &batch->aliases[i]);
    for (size_t i = 0; i < batch->nmoves; i++)
        put_move(&w, &batch->moves[i]);
    for (size_t i = 0; i < batch->nmarks; i++)
        put_mark(&w, &batch->marks[i]);
    for (size_t i = 0; i < batch->nevents; i++)
        put_event(&w, &batch->events[i]);
    for (size_t i = 0; i < batch->nnotes; i++) {
        redis_put_text(a, "note");
        redis_put_number(a, batch->notes[i].seq);
        redis_put_str(a, batch->notes[i].text);
    }
    for (size_t i = 0; i < batch->npublications; i++)
        put_publication(&w, &batch->publications[i]);
    put_arrivals(&w, batch);
    for (size_t i = 0; i < batch->nconcerns; i++)
        put_concern(&w, batch->concerns[i]);
    for (size_t i = 0; i < batch->nreplies; i++)
        put_reply(&w, &batch->replies[i]);
    for (size_t i = 0; i < batch->npages; i++)
        put_page(&w, &batch->pages[i]);
    put_idents(&w, "blank", batch->blanks, batch->nblanks);
    put_idents(&w, "redact", batch->redacts, batch->nredacts);
    put_sources(&w, batch);
    redis_put_access(batch, a, scratch);
    for (size_t i = 0; i < batch->ncursors; i++)
        put_cursor(&w, &batch->cursors[i]);
    for (size_t i = 0; i < batch->ncommands; i++)
        put_command(&w, &batch->commands[i]);
    for (size_t i = 0; i < batch->ncorrections; i++)
        put_correction(&w, &batch->corrections[i]);
    for (size_t i = 0; i < batch->nsurveys; i++)
        put_survey(&w, &batch->surveys[i]);
    for (size_t i = 0; i < batch->nshared; i++)
        put_shared(&w, &batch->shared[i]);
    put_answers(&w, batch);
    put_reopenings(&w, batch);
    put_meta(&w, "rules", batch->rules);
    put_meta(&w, "published", batch->published);
    put_meta(&w, "forgotten_before", (uint64_t)batch->forgotten_before);
    put_meta(&w, "head", batch->nevents ? batch->events[batch->nevents - 1].seq : 0);
    return buf_ok(&a->values) ? 0 : ERR_NOMEM;
}
