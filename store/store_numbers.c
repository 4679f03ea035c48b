/* The calls of store.h that give a number: for what is decided by it, or only shown. */
#include "store/store.h"

#include "base/err.h"
#include "base/log.h"
#include "store/backend.h"

/* A backend that failed may have written a part. */
static int read_number(int err, uint64_t *out)
{
    if (err)
        *out = 0;
    return err;
}

int store_read_head(struct store *s, uint64_t *out)
{
    return read_number(s->backend->head(s, out), out);
}

int store_read_unit_head(struct store *s, const char *unit, uint64_t *out)
{
    return read_number(s->backend->unit_head(s, unit, out), out);
}

int store_read_published(struct store *s, uint64_t *out)
{
    return read_number(s->backend->published(s, out), out);
}

int store_read_rules(struct store *s, uint64_t *out)
{
    return read_number(s->backend->rules(s, out), out);
}

int store_read_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out)
{
    return read_number(s->backend->cursor(s, unit, receiver, out), out);
}

/* Numbers have no room for an error; say it where somebody sees it. */
static uint64_t number(const char *what, int err, const uint64_t *value)
{
    if (err)
        log_error("store.read", "what=%s err=%s", what, err_name(err));
    return err ? 0 : *value;
}

uint64_t store_head(struct store *s)
{
    uint64_t value = 0;
    int err = store_read_head(s, &value);

    return number("head", err, &value);
}

uint64_t store_unit_head(struct store *s, const char *unit)
{
    uint64_t value = 0;
    int err = store_read_unit_head(s, unit, &value);

    return number("unit-head", err, &value);
}

uint64_t store_published(struct store *s)
{
    uint64_t value = 0;
    int err = store_read_published(s, &value);

    return number("published", err, &value);
}

uint64_t store_rules(struct store *s)
{
    uint64_t value = 0;
    int err = store_read_rules(s, &value);

    return number("rules", err, &value);
}

uint64_t store_cursor(struct store *s, const char *unit, const char *receiver)
{
    uint64_t value = 0;
    int err = store_read_cursor(s, unit, receiver, &value);

    return number("cursor", err, &value);
}

uint64_t store_texts(struct store *s)
{
    uint64_t value = 0;
    return number("texts", s->backend->texts(s, &value), &value);
}

static int64_t instant(const char *what, int err, const uint64_t *value)
{
    number(what, err, value);
    return err ? INT64_MAX : (int64_t)*value;
}

int64_t store_next_reply(struct store *s)
{
    uint64_t value = 0;
    int err = s->backend->next_reply(s, &value);

    return instant("next-reply", err, &value);
}

int64_t store_next_page(struct store *s)
{
    uint64_t value = 0;
    int err = s->backend->next_page(s, &value);

    return instant("next-page", err, &value);
}
