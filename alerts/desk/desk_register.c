/* 交办: pages that people point to. */
#define _GNU_SOURCE
#include "alerts/desk/desk_state.h"
#include "base/err.h"

static const char NO_TOPIC[] = "没有这个事项 topic (no such topic)";

/* By the topic that a person named, or by what the rules say of it. */
static bool topic_of(const struct desk *d, const struct verdict *v, struct str named,
                     struct rules_topic *topic)
{
    int at = rules_find(d->conf.rules, named);

    if (!named.n)
        return desk_state_topic(d, v, topic);
    if (at >= 0)
        *topic = rules_topic(d->conf.rules, (size_t)at);
    return at >= 0 && topic->id.n < SLUG_MAX;
}

static void tell(struct desk *d, uint64_t concern, const struct desk_page *page, int64_t now,
                 struct changes *out)
{
    struct slot *slot = slots_at(d->slots, slots_find(d->slots, concern));

    slot->concern.registered = true;
    desk_state_touch(slot, out);
    struct event *e =
        outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_REGISTERED, now, out);
    if (page->by.n)
        memcpy(e->by, page->by.p, page->by.n);
}

static int admit(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                 const struct desk_page *page, int64_t now, struct changes *out,
                 uint64_t *concern, const char **reason)
{
    struct rules_topic topic;
    struct verdict told = *v;
    struct verdict_tag tag = {.score = 1};
    bool known = topic_of(d, v, page->topic, &topic);

    if (page->topic.n && !known) {
        *reason = NO_TOPIC;
        return ERR_INVALID;
    }
    if (page->topic.n) {
        tag.topic = topic.id;
        told.tags = &tag;
        told.ntags = 1;
    }
    int err = desk_state_join(d, &told, from, now, out, concern);
    if (err || *concern)
        return err;
    *reason = "规则没有标出事项，请用 topic 指定 (no rule tags it: name its topic)";
    return known ? desk_state_open(d, &told, &topic, from, now, out, concern) : ERR_INVALID;
}

static int may(const struct desk *d, const struct desk_page *page, const char **reason)
{
    const struct units *units = d->conf.units;

    *reason = "只有协调单位可以办理 (only the coordinating unit may)";
    return page->by.n && !str_is(page->by, units->list[units->coordinator].id) ? ERR_REFUSED : 0;
}

/* Whether it can stand for what is asked of it; the note has passed the gate. */
static int fits(const struct desk *d, const struct concern *c, struct str topic,
                const char **reason)
{
    *reason = NO_TOPIC;
    if (topic.n && rules_find(d->conf.rules, topic) < 0)
        return ERR_INVALID;
    *reason = "已办结，须先重开 (already closed: reopen it first)";
    if (!c || c->state == CONCERN_CLOSED)
        return ERR_REFUSED;
    *reason = "已有这个网页，事项不同，可用 mark 改正 (has the page already, under another topic: mark "
              "corrects it)";
    return topic.n && !str_is(topic, c->topic) ? ERR_REFUSED : 0;
}

int desk_register_known(struct desk *d, uint64_t concern, const struct desk_page *page,
                        int64_t now, struct changes *out, const char **reason)
{
    uint32_t at = slots_find(d->slots, concern);
    const struct concern *c = at == SLOTS_NONE ? NULL : &slots_at(d->slots, at)->concern;
    size_t words = out->words.len;
    int err = may(d, page, reason);

    if (!err && page->note.n)
        err = desk_state_gate_note(page->note, out, reason);
    if (!err)
        err = fits(d, c, page->topic, reason);
    if (!err)
        err = desk_state_prepare(d, out, 1);
    if (err) {
        out->words.len = words;
        return err;
    }
    *reason = NULL;
    if (c->registered && !page->note.n)
        return 0; /* said already */
    tell(d, concern, page, now, out);
    if (page->note.n)
        desk_state_keep_note(out, out->nevents - 1, words);
    return 0;
}

int desk_register(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                  const struct desk_page *page, int64_t now, struct changes *out,
                  uint64_t *concern, const char **reason)
{
    size_t words = out->words.len;
    int err = may(d, page, reason);

    *concern = 0;
    desk_state_forget(d, now);
    if (!err && page->note.n)
        err = desk_state_gate_note(page->note, out, reason);
    if (!err)
        err = admit(d, v, from, page, now, out, concern, reason);
    if (!err)
        err = desk_state_prepare(d, out, 1);
    if (err) {
        out->words.len = words;
        return err;
    }
    tell(d, *concern, page, now, out);
    if (page->note.n)
        desk_state_keep_note(out, out->nevents - 1, words);
    *reason = NULL;
    return 0;
}
