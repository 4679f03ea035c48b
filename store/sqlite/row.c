#include "store/sqlite/row.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/backend.h"
#include "store/rest.h"

static void note(struct row_binder *b, int rc)
{
    if (!b->rc)
        b->rc = rc;
}

void row_put_int(struct row_binder *b, int64_t v)
{
    note(b, sqlite3_bind_int64(b->statement, ++b->at, v));
}

void row_put_null(struct row_binder *b)
{
    note(b, sqlite3_bind_null(b->statement, ++b->at));
}

/* SQLite takes a NULL pointer for the value NULL, which an empty str may carry. */
void row_put_str(struct row_binder *b, struct str s)
{
    note(b, sqlite3_bind_text64(b->statement, ++b->at, s.n ? s.p : "", s.n, SQLITE_STATIC,
                                SQLITE_UTF8));
}

void row_put_text(struct row_binder *b, const char *c)
{
    row_put_str(b, str_from(c));
}

void row_put_blob(struct row_binder *b, const void *p, size_t n)
{
    note(b, sqlite3_bind_blob64(b->statement, ++b->at, n ? p : "", n, SQLITE_STATIC));
}

int64_t row_int(struct row *r)
{
    return sqlite3_column_int64(r->statement, r->at++);
}

unsigned row_choice(struct row *r, unsigned limit)
{
    int64_t v = row_int(r);

    if (v >= 0 && v < limit)
        return (unsigned)v;
    r->bad = true;
    return 0;
}

/* Also of blobs; NULL and no memory give an empty str. */
struct str row_str(struct row *r)
{
    const char *p = sqlite3_column_blob(r->statement, r->at);
    int n = sqlite3_column_bytes(r->statement, r->at++);

    return p ? (struct str){p, (size_t)n} : STR_NONE;
}

static void fill(struct str s, char *out, size_t size, bool *bad)
{
    if (s.n >= size) {
        *bad = true;
        s.n = 0;
    }
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

void row_text(struct row *r, char *out, size_t size)
{
    fill(row_str(r), out, size, &r->bad);
}

/* What stands in scratch from `from` on; nothing is NULL. */
static void put_rest(struct row_binder *b, const struct buf *scratch, size_t from)
{
    if (scratch->len > from)
        row_put_blob(b, scratch->data + from, scratch->len - from);
    else
        row_put_null(b);
}

void row_put_event(struct row_binder *b, const struct event *e, struct buf *scratch)
{
    row_put_int(b, (int64_t)e->seq);
    row_put_int(b, e->at);
    row_put_int(b, e->type);
    row_put_int(b, (int64_t)e->concern);
    row_put_text(b, e->topic);
    row_put_text(b, e->unit);
    row_put_text(b, e->region);
    row_put_int(b, e->grade);
    row_put_int(b, e->act);
    row_put_int(b, e->due);
    row_put_int(b, e->items);
    row_put_int(b, e->percent);
    row_put_int(b, e->late);
    buf_reset(scratch);
    buf_add_u8(scratch, (uint8_t)e->naudience);
    for (size_t i = 0; i < e->naudience; i++) {
        buf_add_lstr(scratch, str_from(e->audience[i].unit));
        buf_add_u64(scratch, e->audience[i].unitseq);
    }
    size_t audience = scratch->len;
    rest_write_event(e, scratch);
    if (!buf_ok(scratch))
        note(b, SQLITE_NOMEM);
    row_put_blob(b, scratch->data, audience);
    row_put_text(b, e->source);
    row_put_int(b, (int64_t)e->rules);
    row_put_int(b, (int64_t)e->previous);
    put_rest(b, scratch, audience);
    row_put_int(b, e->likeness.by << 16 | e->likeness.score << 8 | e->likeness.shared);
}

void row_event(struct row *r, struct event *out)
{
    *out = (struct event){0};
    out->seq = (uint64_t)row_int(r);
    out->at = row_int(r);
    out->type = row_choice(r, EVENT_TYPES);
    out->concern = (uint64_t)row_int(r);
    row_text(r, out->topic, sizeof out->topic);
    row_text(r, out->unit, sizeof out->unit);
    row_text(r, out->region, sizeof out->region);
    out->grade = row_choice(r, GRADE_GRAVE + 1);
    out->act = row_choice(r, ACTS);
    out->due = row_int(r);
    out->items = (uint32_t)row_int(r);
    out->percent = (uint8_t)row_int(r);
    out->late = row_int(r) != 0;

    struct str blob = row_str(r);
    struct buf_reader in = {blob.p, blob.n, false};
    size_t n = buf_read_u8(&in);
    for (size_t i = 0; i < n && i < AUDIENCE_MAX; i++) {
        struct event_audience *to = &out->audience[out->naudience++];
        fill(buf_read_lstr(&in), to->unit, sizeof to->unit, &r->bad);
        to->unitseq = buf_read_u64(&in);
    }
    if (in.bad || in.left)
        r->bad = true;
    row_text(r, out->source, sizeof out->source);
    out->rules = (uint64_t)row_int(r);
    out->previous = (uint64_t)row_int(r);
    if (!rest_read_event(row_str(r), out))
        r->bad = true;
    int64_t like = row_int(r);
    out->likeness = (struct event_likeness){(uint8_t)(like >> 16), (uint8_t)(like >> 8),
                                            (uint8_t)like};
    r->bad |= like < 0 || like >> 16 >= LIKES;
}

void row_put_sketch(struct row_binder *b, const uint32_t sketch[static VERDICT_SKETCH],
                    unsigned char *bytes)
{
    uint32_t any = 0;

    for (size_t i = 0; i < VERDICT_SKETCH; i++) {
        any |= sketch[i];
        for (unsigned k = 0; k < 4; k++)
            bytes[4 * i + k] = (unsigned char)(sketch[i] >> (8 * k));
    }
    if (any)
        row_put_blob(b, bytes, 4 * VERDICT_SKETCH);
    else
        row_put_null(b);
}

void row_sketch(struct row *r, uint32_t sketch[static VERDICT_SKETCH])
{
    struct str blob = row_str(r);
    struct buf_reader in = {blob.p, blob.n, false};

    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        sketch[i] = blob.n ? buf_read_u32(&in) : 0;
    if (in.bad || in.left)
        r->bad = true;
}

/* Without the zeroes at their end; none are stored as NULL. */
static void put_traits(struct row_binder *b, const uint32_t traits[static VERDICT_TRAITS],
                       unsigned char *bytes)
{
    size_t n = 0;

    for (; n < VERDICT_TRAITS && traits[n]; n++)
        for (unsigned k = 0; k < 4; k++)
            bytes[4 * n + k] = (unsigned char)(traits[n] >> (8 * k));
    if (n)
        row_put_blob(b, bytes, 4 * n);
    else
        row_put_null(b);
}

static void read_traits(struct row *r, uint32_t traits[static VERDICT_TRAITS])
{
    struct str blob = row_str(r);
    struct buf_reader in = {blob.p, blob.n, false};

    for (size_t i = 0; i < VERDICT_TRAITS; i++)
        traits[i] = in.left ? buf_read_u32(&in) : 0;
    if (in.bad || in.left)
        r->bad = true;
}

void row_put_concern(struct row_binder *b, const struct concern *c, unsigned char *bytes,
                     struct buf *scratch)
{
    row_put_int(b, (int64_t)c->id);
    row_put_int(b, c->state);
    row_put_int(b, backend_overdue(c));
    row_put_int(b, c->grade);
    row_put_int(b, c->request);
    row_put_text(b, c->topic);
    row_put_text(b, c->unit);
    row_put_text(b, c->region);
    row_put_int(b, c->opened);
    row_put_int(b, c->updated);
    row_put_int(b, c->accepted);
    row_put_int(b, c->answered);
    row_put_int(b, c->due);
    row_put_int(b, c->items);
    row_put_int(b, c->sources);
    if (c->reply_url)
        row_put_text(b, c->reply_url);
    else
        row_put_null(b);
    row_put_sketch(b, c->sketch, bytes);
    buf_reset(scratch);
    rest_write_concern(c, scratch);
    if (!buf_ok(scratch))
        note(b, SQLITE_NOMEM);
    put_rest(b, scratch, 0);
    put_traits(b, c->traits, bytes + 4 * VERDICT_SKETCH);
}

int row_concern(struct row *r, struct concern *out)
{
    *out = (struct concern){0};
    out->id = (uint64_t)row_int(r);
    out->state = row_choice(r, CONCERN_STATES);
    r->at++; /* overdue follows from the clocks */
    out->grade = row_choice(r, GRADE_GRAVE + 1);
    out->request = row_choice(r, REQUEST_REPORT + 1);
    row_text(r, out->topic, sizeof out->topic);
    row_text(r, out->unit, sizeof out->unit);
    row_text(r, out->region, sizeof out->region);
    out->opened = row_int(r);
    out->updated = row_int(r);
    out->accepted = row_int(r);
    out->answered = row_int(r);
    out->due = row_int(r);
    out->items = (uint32_t)row_int(r);
    out->sources = (uint32_t)row_int(r);
    bool replied = sqlite3_column_type(r->statement, r->at) != SQLITE_NULL;
    struct str url = row_str(r);
    row_sketch(r, out->sketch);
    if (!rest_read_concern(row_str(r), out))
        r->bad = true;
    read_traits(r, out->traits);
    if (replied)
        out->reply_url = strndup(url.n ? url.p : "", url.n);
    return replied && !out->reply_url ? ERR_NOMEM : 0;
}

void row_put_clock(struct row_binder *b, const struct concern *c, size_t idx)
{
    const struct concern_clock *k = &c->clocks[idx];

    row_put_int(b, (int64_t)c->id);
    row_put_int(b, (int64_t)idx);
    row_put_text(b, k->rule);
    row_put_int(b, k->act);
    row_put_int(b, k->started);
    row_put_int(b, k->due);
    row_put_int(b, k->met);
    row_put_int(b, k->stage);
    row_put_int(b, k->provisional);
    row_put_int(b, k->level);
}

void row_clock(struct row *r, struct concern *c)
{
    if (c->nclocks == CLOCKS_MAX) {
        r->bad = true;
        return;
    }
    struct concern_clock *k = &c->clocks[c->nclocks++];
    r->at += 2;
    row_text(r, k->rule, sizeof k->rule);
    k->act = row_choice(r, ACTS);
    k->started = row_int(r);
    k->due = row_int(r);
    k->met = row_int(r);
    k->stage = row_choice(r, STAGE_OVERDUE + 1);
    k->provisional = row_int(r) != 0;
    k->level = (uint8_t)row_int(r);
}
