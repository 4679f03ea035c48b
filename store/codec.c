#include "store/codec.h"

#include "base/err.h"
#include "store/rest.h"

void codec_order(struct buf *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_add_u8(out, (uint8_t)(v >> shift));
}

void codec_order_time(struct buf *out, int64_t v)
{
    codec_order(out, (uint64_t)v ^ UINT64_C(1) << 63);
}

uint64_t codec_read_order(const char bytes[static 8])
{
    uint64_t v = 0;

    for (size_t i = 0; i < 8; i++)
        v = v << 8 | (unsigned char)bytes[i];
    return v;
}

int64_t codec_read_order_time(const char bytes[static 8])
{
    return (int64_t)(codec_read_order(bytes) ^ UINT64_C(1) << 63);
}

bool codec_text(struct buf_reader *in, char *out, size_t size)
{
    struct str s = buf_read_lstr(in);

    if (s.n >= size)
        return false;
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

uint8_t codec_choice(struct buf_reader *in, unsigned limit, bool *ok)
{
    uint8_t v = buf_read_u8(in);

    *ok = *ok && v < limit;
    return v < limit ? v : 0;
}

/* Most sketches are there whole or not at all. */
static void put_sketch(struct buf *out, const uint32_t sketch[static VERDICT_SKETCH])
{
    uint32_t any = 0;

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        any |= sketch[i];
    buf_add_u8(out, any != 0);
    for (size_t i = 0; any && i < VERDICT_SKETCH; i++)
        buf_add_u32(out, sketch[i]);
}

static void take_sketch(struct buf_reader *in, uint32_t sketch[static VERDICT_SKETCH])
{
    bool any = buf_read_u8(in) != 0;

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        sketch[i] = any ? buf_read_u32(in) : 0;
}

static void put_tail(const struct store_item *item, struct buf *out)
{
    buf_add_u64(out, (uint64_t)item->published);
    buf_add_u64(out, item->rules);
    buf_add_u8(out, item->by_model);
    buf_add_lstr(out, item->source);
    buf_add_lstr(out, item->topic);
    buf_add_lstr(out, item->region);
    buf_add_lstr(out, item->proposed);
    put_sketch(out, item->sketch);
}

static size_t tail_bytes(const struct store_item *item)
{
    bool any = false;

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        any |= item->sketch[i] != 0;
    return 8 + 8 + 1 + 4 * 4 + item->source.n + item->topic.n + item->region.n + item->proposed.n +
           1 + (any ? 4 * VERDICT_SKETCH : 0);
}

void codec_item(const struct store_item *item, struct buf *out)
{
    codec_order(out, 0); /* its number: the store's to give */
    codec_order(out, item->concern);
    codec_order_time(out, item->found);
    codec_order_time(out, item->expires);
    buf_add_u8(out, (uint8_t)(item->doubt >> 8));
    buf_add_u8(out, (uint8_t)item->doubt);
    buf_add_u8(out, item->kind);
    buf_add_u8(out, item->request);
    buf_add_u8(out, item->marked);
    buf_add_u8(out, item->topic.n != 0);
    buf_add_u64(out, item->content);
    buf_add_u32(out, (uint32_t)tail_bytes(item));
    buf_add_u32(out, (uint32_t)item->link.n);
    buf_add_u32(out, (uint32_t)item->title.n);
    buf_add_u32(out, (uint32_t)item->text.n);
    put_tail(item, out);
    buf_add_str(out, item->link);
    buf_add_str(out, item->title);
    buf_add_str(out, item->text);
}

uint64_t codec_item_number(struct str record)
{
    return record.n >= CODEC_HEAD ? codec_read_order(record.p) : 0;
}

/* The head, but not the lengths at its end. */
static int read_head(struct str bytes, struct store_item *out, bool *tagged)
{
    if (bytes.n < CODEC_HEAD)
        return ERR_CORRUPT;
    struct buf_reader in = {bytes.p + 34, CODEC_HEAD - 34, false};
    bool ok = true;
    out->concern = codec_read_order(bytes.p + 8);
    out->found = codec_read_order_time(bytes.p + 16);
    out->expires = codec_read_order_time(bytes.p + 24);
    out->doubt = (uint16_t)((unsigned char)bytes.p[32] << 8 | (unsigned char)bytes.p[33]);
    out->kind = (uint8_t)codec_choice(&in, VERDICT_RAISED + 1, &ok);
    out->request = (uint8_t)codec_choice(&in, REQUEST_REPORT + 1, &ok);
    out->marked = buf_read_u8(&in);
    *tagged = codec_choice(&in, 2, &ok) != 0;
    out->content = buf_read_u64(&in);
    return ok && out->doubt <= STORE_DOUBT_MAX ? 0 : ERR_CORRUPT;
}

int codec_read_seen(struct str head, struct store_seen *out)
{
    struct store_item item = {.found = 0};
    bool tagged = false;
    int err = read_head(head, &item, &tagged);

    if (err)
        return err;
    out->found = true;
    out->raised = tagged && item.kind == VERDICT_RAISED;
    out->kind = item.kind;
    out->request = item.request;
    out->marked = item.marked;
    out->content = item.content;
    out->concern = item.concern;
    return 0;
}

static struct str take(struct buf_reader *in, size_t n)
{
    struct str s = {in->p, n};

    if (n > in->left) {
        in->bad = true;
        return STR_NONE;
    }
    in->p += n;
    in->left -= n;
    return s;
}

/* A copy in the arena, when there is one. */
static struct str keep(struct arena *arena, struct str s, bool *nomem)
{
    if (!arena || !s.n)
        return s;
    s = arena_str(arena, s);
    *nomem |= !s.p;
    return s;
}

int codec_read_item(struct str bytes, struct arena *arena, struct store_item *out)
{
    bool tagged = false, nomem = false;

    *out = (struct store_item){0};
    int err = read_head(bytes, out, &tagged);
    if (err)
        return err;
    struct buf_reader in = {bytes.p + CODEC_HEAD - 16, bytes.n - CODEC_HEAD + 16, false};
    size_t tail = buf_read_u32(&in), link = buf_read_u32(&in);
    size_t title = buf_read_u32(&in), text = buf_read_u32(&in);
    struct str rest = take(&in, tail);
    out->link = keep(arena, take(&in, link), &nomem);
    out->title = keep(arena, take(&in, title), &nomem);
    out->text = keep(arena, take(&in, text), &nomem);
    struct buf_reader t = {rest.p, rest.n, false};
    out->published = (int64_t)buf_read_u64(&t);
    out->rules = buf_read_u64(&t);
    out->by_model = buf_read_u8(&t) != 0;
    out->source = keep(arena, buf_read_lstr(&t), &nomem);
    out->topic = keep(arena, buf_read_lstr(&t), &nomem);
    out->region = keep(arena, buf_read_lstr(&t), &nomem);
    out->proposed = keep(arena, buf_read_lstr(&t), &nomem);
    take_sketch(&t, out->sketch);
    if (in.bad || in.left || t.bad || t.left || tagged != (out->topic.n != 0))
        return ERR_CORRUPT;
    return nomem ? ERR_NOMEM : 0;
}

void codec_event(const struct event *e, struct buf *out)
{
    buf_add_u64(out, e->seq);
    buf_add_u64(out, (uint64_t)e->at);
    buf_add_u8(out, (uint8_t)e->type);
    buf_add_u64(out, e->concern);
    buf_add_lstr(out, str_from(e->topic));
    buf_add_lstr(out, str_from(e->source));
    buf_add_lstr(out, str_from(e->unit));
    buf_add_lstr(out, str_from(e->region));
    buf_add_u8(out, (uint8_t)e->grade);
    buf_add_u8(out, (uint8_t)e->act);
    buf_add_u64(out, (uint64_t)e->due);
    buf_add_u32(out, e->items);
    buf_add_u64(out, e->rules);
    buf_add_u64(out, e->previous);
    buf_add_u8(out, e->percent);
    buf_add_u8(out, e->likeness.by);
    buf_add_u8(out, e->likeness.score);
    buf_add_u8(out, e->likeness.shared);
    buf_add_u8(out, e->late);
    buf_add_u8(out, (uint8_t)e->naudience);
    for (size_t i = 0; i < e->naudience; i++) {
        buf_add_lstr(out, str_from(e->audience[i].unit));
        buf_add_u64(out, e->audience[i].unitseq);
    }
    rest_write_event(e, out);
}

int codec_read_event(struct str bytes, struct event *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = true;

    *out = (struct event){0};
    out->seq = buf_read_u64(&in);
    out->at = (int64_t)buf_read_u64(&in);
    out->type = codec_choice(&in, EVENT_TYPES, &ok);
    out->concern = buf_read_u64(&in);
    ok &= codec_text(&in, out->topic, sizeof out->topic);
    ok &= codec_text(&in, out->source, sizeof out->source);
    ok &= codec_text(&in, out->unit, sizeof out->unit);
    ok &= codec_text(&in, out->region, sizeof out->region);
    out->grade = codec_choice(&in, GRADE_GRAVE + 1, &ok);
    out->act = codec_choice(&in, ACTS, &ok);
    out->due = (int64_t)buf_read_u64(&in);
    out->items = buf_read_u32(&in);
    out->rules = buf_read_u64(&in);
    out->previous = buf_read_u64(&in);
    out->percent = buf_read_u8(&in);
    out->likeness.by = (uint8_t)codec_choice(&in, LIKES, &ok);
    out->likeness.score = buf_read_u8(&in);
    out->likeness.shared = buf_read_u8(&in);
    out->late = codec_choice(&in, 2, &ok) != 0;
    out->naudience = codec_choice(&in, AUDIENCE_MAX + 1, &ok);
    for (size_t i = 0; i < out->naudience; i++) {
        ok &= codec_text(&in, out->audience[i].unit, sizeof out->audience[i].unit);
        out->audience[i].unitseq = buf_read_u64(&in);
    }
    ok = ok && !in.bad && rest_read_event((struct str){in.p, in.left}, out);
    return ok ? 0 : ERR_CORRUPT;
}

static void put_clock(const struct concern_clock *k, struct buf *out)
{
    buf_add_lstr(out, str_from(k->rule));
    buf_add_u8(out, (uint8_t)k->act);
    buf_add_u64(out, (uint64_t)k->started);
    buf_add_u64(out, (uint64_t)k->due);
    buf_add_u64(out, (uint64_t)k->met);
    buf_add_u8(out, (uint8_t)k->stage);
    buf_add_u8(out, k->level);
    buf_add_u8(out, k->provisional);
}

static bool take_clock(struct buf_reader *in, struct concern_clock *k)
{
    bool ok = codec_text(in, k->rule, sizeof k->rule);

    k->act = codec_choice(in, ACTS, &ok);
    k->started = (int64_t)buf_read_u64(in);
    k->due = (int64_t)buf_read_u64(in);
    k->met = (int64_t)buf_read_u64(in);
    k->stage = codec_choice(in, STAGE_OVERDUE + 1, &ok);
    k->level = buf_read_u8(in);
    k->provisional = codec_choice(in, 2, &ok) != 0;
    return ok;
}

void codec_concern(const struct concern *c, struct buf *out)
{
    size_t traits = 0;

    buf_add_u64(out, c->id);
    buf_add_u8(out, (uint8_t)c->state);
    buf_add_u8(out, (uint8_t)c->grade);
    buf_add_u8(out, (uint8_t)c->request);
    buf_add_lstr(out, str_from(c->topic));
    buf_add_lstr(out, str_from(c->unit));
    buf_add_lstr(out, str_from(c->region));
    buf_add_u64(out, (uint64_t)c->opened);
    buf_add_u64(out, (uint64_t)c->updated);
    buf_add_u64(out, (uint64_t)c->accepted);
    buf_add_u64(out, (uint64_t)c->answered);
    buf_add_u64(out, (uint64_t)c->due);
    buf_add_u32(out, c->items);
    buf_add_u32(out, c->sources);
    put_sketch(out, c->sketch);
    while (traits < VERDICT_TRAITS && c->traits[traits])
        traits++;
    buf_add_u8(out, (uint8_t)traits);
    for (size_t i = 0; i < traits; i++)
        buf_add_u32(out, c->traits[i]);
    buf_add_u8(out, (uint8_t)c->nclocks);
    for (size_t i = 0; i < c->nclocks; i++)
        put_clock(&c->clocks[i], out);
    rest_write_concern(c, out);
}

int codec_read_concern(struct str bytes, struct concern *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = true;

    *out = (struct concern){0};
    out->id = buf_read_u64(&in);
    out->state = codec_choice(&in, CONCERN_STATES, &ok);
    out->grade = codec_choice(&in, GRADE_GRAVE + 1, &ok);
    out->request = codec_choice(&in, REQUEST_REPORT + 1, &ok);
    ok &= codec_text(&in, out->topic, sizeof out->topic);
    ok &= codec_text(&in, out->unit, sizeof out->unit);
    ok &= codec_text(&in, out->region, sizeof out->region);
    out->opened = (int64_t)buf_read_u64(&in);
    out->updated = (int64_t)buf_read_u64(&in);
    out->accepted = (int64_t)buf_read_u64(&in);
    out->answered = (int64_t)buf_read_u64(&in);
    out->due = (int64_t)buf_read_u64(&in);
    out->items = buf_read_u32(&in);
    out->sources = buf_read_u32(&in);
    take_sketch(&in, out->sketch);
    size_t traits = codec_choice(&in, VERDICT_TRAITS + 1, &ok);
    for (size_t i = 0; i < traits; i++)
        out->traits[i] = buf_read_u32(&in);
    out->nclocks = codec_choice(&in, CLOCKS_MAX + 1, &ok);
    for (size_t i = 0; i < out->nclocks && ok; i++)
        ok = take_clock(&in, &out->clocks[i]);
    ok = ok && !in.bad && rest_read_concern((struct str){in.p, in.left}, out);
    return ok ? 0 : ERR_CORRUPT;
}
