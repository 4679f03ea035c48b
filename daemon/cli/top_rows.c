#include "daemon/cli/top_rows.h"

#include <stdlib.h>

#include "base/clock.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/client.h"

enum {
    MANY = 100, /* concerns named since the last look: all are read again */
    PAGE = 200,
};

static const char *id_of(const json_t *concern)
{
    const char *id = json_string_value(json_object_get(concern, "id"));

    return id ? id : "";
}

static void drop_rows(struct top_rows *t)
{
    for (size_t i = 0; i < t->count; i++)
        json_decref(t->list[i].concern);
    t->count = 0;
}

static int add_row(struct top_rows *t, json_t *concern)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct top_row *more = reallocarray(t->list, cap, sizeof *more);
        if (!more)
            return EX_OSERR;
        t->list = more;
        t->cap = cap;
    }
    t->list[t->count++] = (struct top_row){json_incref(concern), clock_mono()};
    return 0;
}

static const char *due_of(const json_t *concern)
{
    const char *due = json_string_value(json_object_get(json_object_get(concern, "next"), "due"));

    return due ? due : "~"; /* after every date */
}

/* The next act that is due, first; the API writes all times in one zone and form. */
static int sooner(const void *a, const void *b)
{
    const json_t *x = ((const struct top_row *)a)->concern;
    const json_t *y = ((const struct top_row *)b)->concern;
    int order = strcmp(due_of(x), due_of(y));

    return order ? order : strcmp(id_of(x), id_of(y));
}

static void sort_rows(struct top_rows *t)
{
    if (t->count)
        qsort(t->list, t->count, sizeof *t->list, sooner);
}

int top_rows_read_status(struct top_rows *t)
{
    json_t *status = NULL;
    int err = client_get(t->client, "/api/v1/status", &status);

    if (err)
        return err;
    int64_t now = clock_mono();
    json_int_t items =
        json_integer_value(json_object_get(json_object_get(status, "ledger"), "items"));
    if (t->status && now > t->status_read && items >= t->items)
        t->intake = (double)(items - t->items) * 1000 / (double)(now - t->status_read);
    t->items = items;
    t->status_read = now;
    json_decref(t->status);
    t->status = status;
    return 0;
}

/* One page, and where the next one begins; the first says where events go on. */
static int read_page(struct top_rows *t, struct buf *cursor, struct buf *events)
{
    struct buf path = BUF_INIT;
    json_t *page = NULL, *concern;
    size_t i;

    buf_addf(&path, "/api/v1/concerns?state=open&limit=%d", PAGE);
    client_add_query(&path, "cursor", cursor->len ? cursor->data : NULL);
    buf_add_char(&path, '\0');
    int err = buf_ok(&path) ? client_get(t->client, path.data, &page) : EX_OSERR;
    buf_free(&path);
    json_array_foreach(json_object_get(page, "items"), i, concern)
        err = err ? err : add_row(t, concern);
    if (!err && !events->len) {
        buf_addf(events, "/api/v1/events?since=%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(page, "head")));
        client_add_query(events, "epoch",
                         json_string_value(json_object_get(page, "epoch")));
        buf_add_char(events, '\0');
    }
    const char *next = json_string_value(json_object_get(page, "next_cursor"));
    buf_reset(cursor);
    if (next)
        buf_add(cursor, next, strlen(next) + 1);
    json_decref(page);
    return !err && !(buf_ok(events) && buf_ok(cursor)) ? EX_OSERR : err;
}

static int on_event(void *arg, struct str data)
{
    struct top_rows *t = arg;
    json_t *event = json_loadb(data.p, data.n, 0, NULL);
    const json_t *about = json_object_get(event, "data");
    const char *concern = json_string_value(json_object_get(about, "concern"));
    const char *other = json_string_value(json_object_get(about, "other"));

    if (!json_object_size(t->named))
        t->named_at = clock_mono();
    if (concern)
        json_object_set_new(t->named, concern, json_true());
    if (other)
        json_object_set_new(t->named, other, json_true());
    json_decref(event);
    return 0;
}

void top_rows_cut(struct top_rows *t)
{
    client_tail_close(t->tail);
    t->tail = NULL;
}

int top_rows_read(struct top_rows *t, bool follow)
{
    struct buf cursor = BUF_INIT, events = BUF_INIT;
    int err = top_rows_read_status(t);

    drop_rows(t);
    json_object_clear(t->named);
    do
        err = err ? err : read_page(t, &cursor, &events);
    while (!err && cursor.len);
    sort_rows(t);
    if (!err && follow) {
        top_rows_cut(t);
        t->tail = client_tail_open(events.data, on_event, t);
        err = t->tail ? 0 : EX_UNAVAILABLE;
    }
    buf_free(&cursor);
    buf_free(&events);
    return err;
}

static void forget(struct top_rows *t, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(id_of(t->list[i].concern), id) != 0)
            t->list[kept++] = t->list[i];
        else
            json_decref(t->list[i].concern);
    }
    t->count = kept;
}

static int read_one(struct top_rows *t, const char *id)
{
    struct buf path = BUF_INIT;
    json_t *concern = NULL;

    buf_addf(&path, "/api/v1/concerns/%s", id);
    buf_add_char(&path, '\0');
    int err = buf_ok(&path) ? client_get(t->client, path.data, &concern) : EX_OSERR;
    buf_free(&path);
    if (err && err != EX_NOINPUT)
        return err;
    forget(t, id);
    const char *state = json_string_value(json_object_get(concern, "state"));
    err = state && strcmp(state, "closed") != 0 ? add_row(t, concern) : 0;
    json_decref(concern);
    return err;
}

int top_rows_read_named(struct top_rows *t)
{
    const char *id;
    json_t *one;
    int err = 0;

    if (json_object_size(t->named) > MANY)
        return top_rows_read(t, true);
    json_object_foreach(t->named, id, one)
        err = err ? err : read_one(t, id);
    json_object_clear(t->named);
    sort_rows(t);
    return err;
}

void top_rows_clear(struct top_rows *t)
{
    top_rows_cut(t);
    drop_rows(t);
    free(t->list);
    json_decref(t->named);
    json_decref(t->status);
}
