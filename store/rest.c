#include "store/rest.h"

static void put_slug(struct buf *out, const char *slug)
{
    buf_add_lstr(out, str_from(slug));
}

static bool get_slug(struct buf_reader *in, char out[static SLUG_MAX])
{
    struct str s = buf_read_lstr(in);

    if (s.n >= SLUG_MAX)
        return false;
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

/* Of a choice out of `limit`; the other reader's values are checked by its own type. */
static unsigned get_choice(struct buf_reader *in, unsigned limit, bool *ok)
{
    unsigned v = buf_read_u8(in);

    *ok = *ok && v < limit;
    return v < limit ? v : 0;
}

void rest_write_event(const struct event *e, struct buf *out)
{
    if (!*e->by && !*e->to && !e->other && !e->before && !e->after && !e->round && !e->code &&
        !e->noted)
        return;
    put_slug(out, e->by);
    put_slug(out, e->to);
    buf_add_u64(out, e->other);
    buf_add_u32(out, e->before);
    buf_add_u32(out, e->after);
    buf_add_u32(out, e->round);
    buf_add_u8(out, e->code);
    buf_add_u8(out, e->noted);
}

bool rest_read_event(struct str bytes, struct event *e)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = true;

    if (!bytes.n)
        return true;
    ok = get_slug(&in, e->by) && get_slug(&in, e->to);
    e->other = buf_read_u64(&in);
    e->before = buf_read_u32(&in);
    e->after = buf_read_u32(&in);
    e->round = (uint16_t)buf_read_u32(&in);
    e->code = buf_read_u8(&in);
    e->noted = get_choice(&in, 2, &ok) != 0;
    return ok && !in.bad && !in.left;
}

/* How a concern ended that says no more of it. */
static enum concern_outcome usual(const struct concern *c)
{
    return c->state == CONCERN_CLOSED ? OUTCOME_ANSWERED : OUTCOME_NONE;
}

/* A bit for each clock that is shelved. */
static unsigned shelved(const struct concern *c)
{
    unsigned bits = 0;

    for (size_t i = 0; i < c->nclocks; i++)
        bits |= (unsigned)c->clocks[i].shelved << i;
    return bits;
}

/* A concern that was dispatched to one unit, perhaps answered, and no more has none of these. */
static bool plain(const struct concern *c)
{
    return c->proposed == GRADE_ORDINARY && !c->assessed && !c->extended && !c->extension_asked &&
           !c->round && !c->misses && c->outcome == usual(c) && !c->dismissal && !c->merged &&
           !c->registered && !c->nparties && !c->kind && !c->heat.at &&
           !c->scope && !c->article && !c->draft && !c->edition && !c->late_items &&
           !c->related && !shelved(c) && !c->emergency;
}

/* The counts as far as there are any: most concerns are one item's. */
static void write_heat(const struct heat *h, struct buf *out)
{
    size_t n = HEAT_SPANS;

    while (n && !h->counts[n - 1])
        n--;
    buf_add_u64(out, (uint64_t)h->at);
    buf_add_u32(out, h->rate);
    buf_add_u32(out, h->span);
    buf_add_u64(out, (uint64_t)h->effect);
    buf_add_u32(out, h->before);
    buf_add_u32(out, h->items);
    buf_add_u8(out, (uint8_t)n);
    for (size_t i = 0; i < n; i++)
        buf_add_u32(out, h->counts[i]);
}

static void read_heat(struct buf_reader *in, struct heat *h, bool *ok)
{
    h->at = (int64_t)buf_read_u64(in);
    h->rate = buf_read_u32(in);
    h->span = buf_read_u32(in);
    h->effect = (int64_t)buf_read_u64(in);
    h->before = buf_read_u32(in);
    h->items = buf_read_u32(in);
    size_t n = get_choice(in, HEAT_SPANS + 1, ok);
    for (size_t i = 0; i < n; i++) {
        uint32_t count = buf_read_u32(in);
        *ok = *ok && count <= UINT16_MAX;
        h->counts[i] = (uint16_t)count;
    }
}

static void write_signs(const struct concern *c, bool late, struct buf *out)
{
    buf_add_u64(out, c->draft);
    put_slug(out, c->drafter);
    buf_add_u32(out, c->edition);
    if (!late)
        return;
    buf_add_u32(out, c->late_items);
    buf_add_u8(out, c->nlate_sources);
    for (size_t i = 0; i < c->nlate_sources; i++)
        buf_add_u64(out, c->late_sources[i]);
    bool graded = shelved(c) || c->emergency;
    if (c->draft_person || c->related || graded)
        buf_add_u64(out, c->draft_person);
    if (c->related || graded)
        buf_add_u64(out, c->related);
    if (graded)
        buf_add_u8(out, (uint8_t)shelved(c));
    if (c->emergency)
        buf_add_u8(out, (uint8_t)c->emergency);
}

void rest_write_concern(const struct concern *c, struct buf *out)
{
    if (plain(c))
        return;
    buf_add_u8(out, (uint8_t)c->proposed);
    buf_add_u64(out, (uint64_t)c->assessed);
    buf_add_u64(out, (uint64_t)c->extended);
    buf_add_u64(out, (uint64_t)c->extension_asked);
    buf_add_u32(out, c->round);
    buf_add_u32(out, c->misses);
    buf_add_u8(out, (uint8_t)c->outcome);
    buf_add_u8(out, c->dismissal);
    buf_add_u64(out, c->merged);
    buf_add_u8(out, c->registered);
    buf_add_u8(out, (uint8_t)c->nparties);
    for (size_t i = 0; i < c->nparties; i++) {
        const struct concern_party *p = &c->parties[i];
        put_slug(out, p->unit);
        buf_add_u8(out, p->lead);
        buf_add_u8(out, (uint8_t)p->state);
        buf_add_u64(out, (uint64_t)p->told);
        buf_add_u64(out, (uint64_t)p->accepted);
        buf_add_u64(out, (uint64_t)p->answered);
    }
    buf_add_u8(out, c->kind);
    bool late = c->late_items || c->draft_person || c->related || shelved(c) || c->emergency;
    bool signs = c->draft || c->edition || late; /* and who drafted it */
    if (!c->heat.at && !c->scope && !c->article && !signs)
        return;
    write_heat(&c->heat, out);
    buf_add_u8(out, c->scope);
    buf_add_u8(out, c->article);
    if (signs)
        write_signs(c, late, out);
}

static bool read_party(struct buf_reader *in, struct concern_party *p)
{
    bool ok = get_slug(in, p->unit);

    p->lead = get_choice(in, 2, &ok) != 0;
    p->state = get_choice(in, PARTY_LEFT + 1, &ok);
    p->told = (int64_t)buf_read_u64(in);
    p->accepted = (int64_t)buf_read_u64(in);
    p->answered = (int64_t)buf_read_u64(in);
    return ok;
}

bool rest_read_concern(struct str bytes, struct concern *c)
{
    struct buf_reader in = {bytes.p, bytes.n, false};
    bool ok = true;

    if (!bytes.n) {
        c->outcome = usual(c);
        return true;
    }
    c->proposed = get_choice(&in, GRADE_GRAVE + 1, &ok);
    c->assessed = (int64_t)buf_read_u64(&in);
    c->extended = (int64_t)buf_read_u64(&in);
    c->extension_asked = (int64_t)buf_read_u64(&in);
    c->round = (uint16_t)buf_read_u32(&in);
    c->misses = (uint16_t)buf_read_u32(&in);
    c->outcome = get_choice(&in, OUTCOMES, &ok);
    c->dismissal = (uint8_t)get_choice(&in, DISMISSALS, &ok);
    c->merged = buf_read_u64(&in);
    c->registered = get_choice(&in, 2, &ok) != 0;
    c->nparties = get_choice(&in, PARTIES_MAX + 1, &ok);
    for (size_t i = 0; i < c->nparties && ok; i++)
        ok = read_party(&in, &c->parties[i]);
    if (in.left)
        c->kind = (uint8_t)get_choice(&in, SOURCE_OFFICIAL + 1, &ok);
    if (in.left)
        read_heat(&in, &c->heat, &ok);
    if (in.left) {
        c->scope = (uint8_t)get_choice(&in, SCOPES, &ok);
        c->article = (uint8_t)get_choice(&in, SCOPE_ARTICLES, &ok);
    }
    if (in.left) {
        c->draft = buf_read_u64(&in);
        ok = get_slug(&in, c->drafter) && ok;
        c->edition = (uint16_t)buf_read_u32(&in);
    }
    if (in.left) {
        c->late_items = (uint16_t)buf_read_u32(&in);
        c->nlate_sources = (uint8_t)get_choice(&in, CONCERN_LATE_SOURCES + 1, &ok);
    }
    for (size_t i = 0; i < c->nlate_sources; i++)
        c->late_sources[i] = buf_read_u64(&in);
    if (in.left)
        c->draft_person = buf_read_u64(&in);
    if (in.left)
        c->related = buf_read_u64(&in);
    unsigned bits = in.left ? buf_read_u8(&in) : 0;
    for (size_t i = 0; i < CLOCKS_MAX; i++)
        c->clocks[i].shelved = bits >> i & 1;
    if (in.left)
        c->emergency = get_choice(&in, EMERGENCIES, &ok);
    return ok && !in.bad && !in.left;
}
