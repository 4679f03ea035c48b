#include "store/definition.h"

#include "base/err.h"

/* A board spec is nothing but texts. */
enum { SELECTORS = sizeof(struct board_spec) / sizeof(struct str), HEADERS_MAX = 1000 };

int definition_write_extras(const struct source_extras *extras, struct buf *out)
{
    const struct str *selectors = extras ? (const struct str *)&extras->board : NULL;
    uint32_t headers = 0;

    if (!extras)
        return 0;
    buf_add_u32(out, SELECTORS);
    for (size_t i = 0; i < SELECTORS; i++)
        buf_add_lstr(out, selectors[i]);
    buf_add_u32(out, (uint32_t)extras->pages);
    while (extras->headers && extras->headers[headers])
        headers++;
    buf_add_u32(out, headers);
    for (uint32_t i = 0; i < headers; i++)
        buf_add_lstr(out, str_from(extras->headers[i]));
    buf_add_lstr(out, str_from(extras->proxy));
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

/* NULL for an empty one, and when memory is exhausted (*nomem set). */
static char *text(struct arena *arena, struct str s, bool *nomem)
{
    struct str copy = s.n ? arena_str(arena, s) : STR_NONE;

    *nomem |= s.n && !copy.p;
    return (char *)copy.p;
}

int definition_read_extras(struct str blob, struct arena *arena, struct source_extras **out)
{
    struct buf_reader r = {blob.p, blob.n, false};
    struct source_extras *x = arena_alloc(arena, 1, sizeof *x);
    bool nomem = false;

    if (!x)
        return ERR_NOMEM;
    struct str *selectors = (struct str *)&x->board;
    uint32_t n = buf_read_u32(&r);
    for (uint32_t i = 0; i < n && !r.bad; i++) {
        struct str s = buf_read_lstr(&r);
        if (i < SELECTORS && s.n)
            selectors[i] = (struct str){text(arena, s, &nomem), s.n};
    }
    x->pages = (int)buf_read_u32(&r);
    uint32_t headers = buf_read_u32(&r);
    if (r.bad || headers > HEADERS_MAX)
        return ERR_CORRUPT;
    if (headers && !(x->headers = arena_alloc(arena, headers + 1, sizeof *x->headers)))
        return ERR_NOMEM;
    for (uint32_t i = 0; i < headers; i++)
        x->headers[i] = text(arena, buf_read_lstr(&r), &nomem);
    x->proxy = text(arena, buf_read_lstr(&r), &nomem);
    *out = x;
    return nomem ? ERR_NOMEM : r.bad || r.left ? ERR_CORRUPT : 0;
}

int definition_read(struct row *row, struct arena *arena, struct source *out)
{
    bool nomem = false;

    *out = (struct source){0};
    out->id = text(arena, row_str(row), &nomem);
    out->name = text(arena, row_str(row), &nomem);
    out->url = text(arena, row_str(row), &nomem);
    out->kind = (uint8_t)row_choice(row, SOURCE_OFFICIAL + 1);
    out->interval = row_int(row);
    out->least = row_int(row);
    out->most = row_int(row);
    out->since = row_int(row);
    out->zone_minutes = (int16_t)row_int(row);
    out->full_text = row_int(row) != 0;
    out->region = text(arena, row_str(row), &nomem);
    out->category = text(arena, row_str(row), &nomem);
    struct str extras = row_str(row);
    int err = extras.n ? definition_read_extras(extras, arena, &out->extras) : 0;
    if (nomem || err == ERR_NOMEM)
        return ERR_NOMEM;
    return err || row->bad || !out->id || !out->url ? ERR_CORRUPT : 0;
}
