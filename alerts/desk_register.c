/* 交办: pages that people point to. */
#define _GNU_SOURCE
#include "alerts/desk_state.h"
#include "base/err.h"

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
        *reason = "没有这个事项 topic (no such topic)";
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

int desk_register(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                  const struct desk_page *page, int64_t now, struct changes *out,
                  uint64_t *concern, const char **reason)
{
    const struct units *units = d->conf.units;
    size_t words = out->words.len;
    int err = 0;

    *concern = 0;
    *reason = "只有协调单位可以办理 (only the coordinating unit may)";
    desk_state_forget(d, now);
    if (page->by.n && !str_is(page->by, units->list[units->coordinator].id))
        return ERR_REFUSED;
    if (page->note.n)
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
