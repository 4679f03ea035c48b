/* The smaller things that a store keeps, as bytes. */
#include "base/err.h"
#include "store/codec.h"
#include "store/definition.h"

/* A row that is to be read by time begins with it. */
static bool take_time(struct buf_reader *in, int64_t *out)
{
    if (in->left < 8)
        return false;
    *out = codec_read_order_time(in->p);
    in->p += 8;
    in->left -= 8;
    return true;
}

static int verdict(const struct buf_reader *in, bool ok)
{
    return ok && !in->bad && !in->left ? 0 : ERR_CORRUPT;
}

void codec_mark(const struct store_mark *m, struct buf *out)
{
    buf_add_u8(out, m->value);
    buf_add_lstr(out, str_from(m->topic));
    buf_add_u64(out, m->rules);
    buf_add_u64(out, (uint64_t)m->at);
    if (m->concern) { /* those that a person makes are as they have always been */
        buf_add_u64(out, m->concern);
        buf_add_u8(out, m->was);
    }
}

int codec_read_mark(struct str bytes, struct store_mark *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};

    out->value = buf_read_u8(&in);
    bool ok = codec_text(&in, out->topic, sizeof out->topic);
    out->rules = buf_read_u64(&in);
    out->at = (int64_t)buf_read_u64(&in);
    if (in.left) {
        out->concern = buf_read_u64(&in);
        out->was = buf_read_u8(&in);
    }
    return verdict(&in, ok);
}

void codec_page(const struct store_page *p, struct buf *out)
{
    codec_order_time(out, p->due);
    buf_add_u64(out, p->content);
    buf_add_u32(out, p->tries);
    buf_add_u8(out, p->gone);
    buf_add_u8(out, p->kind);
}

int codec_read_page(struct str bytes, struct store_page *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = take_time(&in, &out->due);

    out->content = buf_read_u64(&in);
    out->tries = buf_read_u32(&in);
    out->gone = buf_read_u8(&in);
    out->kind = codec_choice(&in, STORE_PAGE_LAST + 1, &ok);
    return verdict(&in, ok);
}

void codec_reply(const struct store_reply *r, struct buf *out)
{
    codec_order_time(out, r->due);
    buf_add_u64(out, r->address);
    buf_add_u64(out, (uint64_t)r->since);
    buf_add_u64(out, (uint64_t)r->checked);
    buf_add_u64(out, (uint64_t)r->published);
    buf_add_u64(out, r->content);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        buf_add_u32(out, r->sketch[i]);
    buf_add_u8(out, r->step);
    buf_add_u8(out, r->tries);
    buf_add_u8(out, r->strikes);
    buf_add_u8(out, r->state);
    buf_add_u8(out, r->edited);
    buf_add_u8(out, r->untitled);
    buf_add_lstr(out, str_from(r->title));
    buf_add_u32(out, r->round);
    buf_add_lstr(out, str_from(r->url));
}

int codec_read_reply(struct str bytes, struct store_reply *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = take_time(&in, &out->due);

    out->address = buf_read_u64(&in);
    out->since = (int64_t)buf_read_u64(&in);
    out->checked = (int64_t)buf_read_u64(&in);
    out->published = (int64_t)buf_read_u64(&in);
    out->content = buf_read_u64(&in);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        out->sketch[i] = buf_read_u32(&in);
    out->step = buf_read_u8(&in);
    out->tries = buf_read_u8(&in);
    out->strikes = buf_read_u8(&in);
    out->state = codec_choice(&in, STORE_REPLY_STATES, &ok);
    out->edited = codec_choice(&in, 2, &ok) != 0;
    out->untitled = codec_choice(&in, 2, &ok) != 0;
    ok &= codec_text(&in, out->title, sizeof out->title);
    out->round = (uint16_t)buf_read_u32(&in);
    ok &= codec_text(&in, out->url, sizeof out->url);
    return verdict(&in, ok);
}

void codec_command(const struct store_command *c, struct buf *out)
{
    codec_order_time(out, c->at);
    buf_add_u32(out, (uint32_t)c->status);
    buf_add_u64(out, c->seq);
    buf_add_lstr(out, str_from(c->reason));
}

int codec_read_command(struct str bytes, struct store_command *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = take_time(&in, &out->at);

    out->status = (int)buf_read_u32(&in);
    out->seq = buf_read_u64(&in);
    ok &= codec_text(&in, out->reason, sizeof out->reason);
    return verdict(&in, ok);
}

void codec_source(const struct store_source *s, struct buf *out)
{
    buf_add_u64(out, (uint64_t)s->quarantine_until);
    buf_add_u32(out, (uint32_t)s->failures);
    buf_add_lstr(out, s->reason);
    buf_add_u8(out, s->state);
    buf_add_u8(out, s->strikes);
    buf_add_u8(out, s->owed);
    buf_add_u8(out, s->owed_first);
}

void codec_source_poll(const struct store_source *s, struct buf *out)
{
    buf_add_lstr(out, s->etag);
    buf_add_lstr(out, s->last_modified);
    buf_add_u64(out, (uint64_t)s->polled);
}

void codec_source_move(const struct store_source *s, struct buf *out)
{
    buf_add_lstr(out, s->moved_from);
    buf_add_lstr(out, s->moved_to);
}

void codec_source_time(int64_t at, struct buf *out)
{
    buf_add_u64(out, (uint64_t)at);
}

static struct str take_str(struct buf_reader *in, struct arena *arena, bool *nomem)
{
    struct str s = buf_read_lstr(in), copy = arena_str(arena, s);

    *nomem |= s.n && !copy.p;
    return copy;
}

int codec_read_source_time(struct str bytes, int64_t *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};

    *out = bytes.n ? (int64_t)buf_read_u64(&in) : 0;
    return bytes.n ? verdict(&in, true) : 0;
}

int codec_read_source(struct str state, struct str poll, struct str move, struct arena *arena,
                      struct store_source *out)
{
    struct buf_reader in = {state.p, state.n, false};
    bool nomem = false, ok = true;

    out->quarantine_until = (int64_t)buf_read_u64(&in);
    out->failures = (int)buf_read_u32(&in);
    out->reason = take_str(&in, arena, &nomem);
    out->state = codec_choice(&in, STORE_SOURCE_QUARANTINED + 1, &ok);
    out->strikes = buf_read_u8(&in);
    out->owed = buf_read_u8(&in);
    out->owed_first = codec_choice(&in, 2, &ok);
    int err = verdict(&in, ok);
    if (!err && poll.n) {
        in = (struct buf_reader){poll.p, poll.n, false};
        out->etag = take_str(&in, arena, &nomem);
        out->last_modified = take_str(&in, arena, &nomem);
        out->polled = (int64_t)buf_read_u64(&in);
        err = verdict(&in, true);
    }
    if (!err && move.n) {
        in = (struct buf_reader){move.p, move.n, false};
        out->moved_from = take_str(&in, arena, &nomem);
        out->moved_to = take_str(&in, arena, &nomem);
        err = verdict(&in, true);
    }
    return nomem ? ERR_NOMEM : err;
}

void codec_added(const struct source *s, struct buf *out)
{
    buf_add_lstr(out, str_from(s->id));
    buf_add_lstr(out, str_from(s->name));
    buf_add_lstr(out, str_from(s->url));
    buf_add_lstr(out, str_from(s->region));
    buf_add_lstr(out, str_from(s->category));
    buf_add_u64(out, (uint64_t)s->interval);
    buf_add_u64(out, (uint64_t)s->least);
    buf_add_u64(out, (uint64_t)s->most);
    buf_add_u64(out, (uint64_t)s->since);
    buf_add_u32(out, (uint32_t)s->zone_minutes);
    buf_add_u8(out, s->kind);
    buf_add_u8(out, s->full_text);
    definition_write_extras(s->extras, out);
}

/* NULL for an empty one. */
static char *take_name(struct buf_reader *in, struct arena *arena, bool *nomem)
{
    struct str s = take_str(in, arena, nomem);

    return s.n ? (char *)s.p : NULL;
}

int codec_read_added(struct str bytes, struct arena *arena, struct source *out)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool nomem = false, ok = true;

    *out = (struct source){0};
    out->id = take_name(&in, arena, &nomem);
    out->name = take_name(&in, arena, &nomem);
    out->url = take_name(&in, arena, &nomem);
    out->region = take_name(&in, arena, &nomem);
    out->category = take_name(&in, arena, &nomem);
    out->interval = (int64_t)buf_read_u64(&in);
    out->least = (int64_t)buf_read_u64(&in);
    out->most = (int64_t)buf_read_u64(&in);
    out->since = (int64_t)buf_read_u64(&in);
    out->zone_minutes = (int16_t)buf_read_u32(&in);
    out->kind = codec_choice(&in, SOURCE_OFFICIAL + 1, &ok);
    out->full_text = codec_choice(&in, 2, &ok) != 0;
    if (nomem)
        return ERR_NOMEM;
    if (!ok || in.bad || !out->id || !out->url)
        return ERR_CORRUPT;
    return in.left ? definition_read_extras((struct str){in.p, in.left}, arena, &out->extras) : 0;
}
