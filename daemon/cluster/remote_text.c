#include "daemon/cluster/remote_text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "store/cluster.h"

static const char *id_of(const struct roster *roster, uint32_t source)
{
    return source == FETCH_NO_SOURCE ? "" : roster_get(roster, source)->id;
}

/* "": of no source. */
static bool find(const struct roster *roster, uint32_t guest, const char *id, uint32_t *out)
{
    *out = FETCH_NO_SOURCE;
    if (!*id)
        return true;
    if (guest < roster_count(roster) && !strcmp(id, roster_get(roster, guest)->id)) {
        *out = guest;
        return true;
    }
    return roster_find(roster, str_from(id), out);
}

static void set(json_t *o, const char *name, json_t *value, bool *fits)
{
    if (json_object_set_new(o, name, value))
        *fits = false;
}

static void set_text(json_t *o, const char *name, const char *text, bool *fits)
{
    json_t *value = text ? json_string(text) : NULL;

    if (value) /* else a header that is no UTF-8, which is done without */
        set(o, name, value, fits);
}

static void set_page(json_t *o, const struct fetch_page *page, bool *fits)
{
    json_t *p = json_object();

    set(p, "kind", json_integer(page->kind), fits);
    set(p, "number", json_integer((json_int_t)page->number), fits);
    set(p, "depth", json_integer(page->depth), fits);
    set_text(p, "url", page->url, fits);
    set_text(p, "title", page->title, fits);
    set(o, "page", p, fits);
}

static int append(json_t *o, bool fits, struct buf *out)
{
    char *text = fits ? json_dumps(o, JSON_COMPACT) : NULL;
    int err = text ? buf_add_text(out, text) : ERR_NOMEM;

    free(text);
    json_decref(o);
    return err;
}

int remote_text_outcome(const struct roster *roster, const struct fetched *f, const char *death,
                        struct buf *out)
{
    json_t *o = json_object();
    bool fits = o != NULL;

    set_text(o, "source", id_of(roster, f->source), &fits);
    set(o, "outcome", json_integer(f->outcome), &fits);
    set(o, "status", json_integer(f->status), &fits);
    set(o, "at", json_integer(f->at), &fits);
    set(o, "late", json_integer(f->late), &fits);
    set_text(o, "etag", f->etag, &fits);
    set_text(o, "last_modified", f->last_modified, &fits);
    set_text(o, "moved_to", f->moved_to, &fits);
    set_text(o, "death", death, &fits);
    if (f->page)
        set_page(o, f->page, &fits);
    return append(o, fits, out);
}

static json_int_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static char *text_of(const json_t *o, const char *name, int *err)
{
    const char *text = json_string_value(json_object_get(o, name));
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        *err = ERR_NOMEM;
    return copy;
}

/* NULL: it has none. */
static struct fetch_page *page_of(const json_t *o, uint32_t source, int *err)
{
    const json_t *p = json_object_get(o, "page");
    const struct fetch_page page = {.source = source,
                                    .kind = (enum fetch_page_kind)number(p, "kind"),
                                    .number = (uint64_t)number(p, "number"),
                                    .depth = (int)number(p, "depth"),
                                    .url = json_string_value(json_object_get(p, "url")),
                                    .title = json_string_value(json_object_get(p, "title"))};

    if (!p)
        return NULL;
    if (!page.url || number(p, "kind") < 0 || number(p, "kind") > FETCH_PAGE_REPLY) {
        *err = ERR_CORRUPT;
        return NULL;
    }
    struct fetch_page *copy = fetch_page_copy(&page);
    if (!copy)
        *err = ERR_NOMEM;
    return copy;
}

static json_t *load(struct str text)
{
    json_t *o = json_loadb(text.p, text.n, 0, NULL);

    if (json_is_object(o))
        return o;
    json_decref(o);
    return NULL;
}

static int fill(const json_t *o, uint32_t source, struct fetched *f, char **death)
{
    int err = 0;

    f->source = source;
    f->outcome = (enum fetch_outcome)number(o, "outcome");
    f->status = (int)number(o, "status");
    f->at = number(o, "at");
    f->late = number(o, "late");
    f->etag = text_of(o, "etag", &err);
    f->last_modified = text_of(o, "last_modified", &err);
    f->moved_to = text_of(o, "moved_to", &err);
    *death = text_of(o, "death", &err);
    f->page = page_of(o, source, &err);
    return number(o, "outcome") < 0 || number(o, "outcome") >= FETCH_OUTCOMES ? ERR_CORRUPT : err;
}

int remote_text_read_outcome(struct str text, const struct roster *roster, uint32_t guest,
                             struct fetched **out, char **death)
{
    json_t *o = load(text);
    const char *id = json_string_value(json_object_get(o, "source"));
    uint32_t source;

    *out = NULL;
    *death = NULL;
    int err = !id ? ERR_CORRUPT : find(roster, guest, id, &source) ? 0 : ERR_NOTFOUND;
    struct fetched *f = err ? NULL : calloc(1, sizeof *f);
    if (!err)
        err = f ? fill(o, source, f, death) : ERR_NOMEM;
    json_decref(o);
    if (err) {
        fetch_fetched_free(f);
        free(*death);
        *death = NULL;
        return err;
    }
    *out = f;
    return 0;
}

static void set_lesson(json_t *o, const struct fetch_lesson *l, bool *fits)
{
    set(o, "ttl", json_integer(l->hints.ttl), fits);
    set(o, "period", json_integer(l->hints.update_period), fits);
    set(o, "hours", json_integer(l->hints.skip_hours), fits);
    set(o, "days", json_integer(l->hints.skip_days), fits);
    set(o, "fresh", json_integer(l->fresh), fits);
    set(o, "newest", json_integer(l->newest), fits);
}

int remote_text_letter(const struct roster *roster, const struct letter *letter, struct buf *out)
{
    json_t *o = json_object();
    bool fits = o != NULL, moves = letter->kind == LETTER_ADD || letter->kind == LETTER_DROP;

    set_text(o, "source", id_of(roster, letter->source), &fits);
    set(o, "kind", json_integer(letter->kind), &fits);
    if (letter->kind == LETTER_HOLD)
        set(o, "until", json_integer(letter->until), &fits);
    if (letter->kind == LETTER_LEARN)
        set_lesson(o, &letter->lesson, &fits);
    if (letter->kind == LETTER_PAGE)
        set_page(o, letter->page, &fits);
    if (moves && !roster_live(roster, letter->source))
        set(o, "gone", json_true(), &fits);
    return append(o, fits, out);
}

int remote_text_owed(unsigned slot, struct buf *out)
{
    return buf_addf(out, "{\"source\":\"\",\"kind\":%d,\"slot\":%u}", LETTER_PAGE, slot);
}

static int read_page(const json_t *o, struct remote_letter *out)
{
    const json_int_t slot = number(o, "slot");
    int err = 0;

    out->letter.page = page_of(o, out->letter.source, &err);
    if (err || out->letter.page)
        return err;
    out->slot = (unsigned)slot;
    return json_is_integer(json_object_get(o, "slot")) && slot >= 0 && slot < CLUSTER_SLOTS
               ? 0 : ERR_CORRUPT;
}

static void read_lesson(const json_t *o, struct fetch_lesson *l)
{
    *l = (struct fetch_lesson){
        .hints = {.ttl = number(o, "ttl"), .update_period = number(o, "period"),
                  .skip_hours = (uint32_t)number(o, "hours"),
                  .skip_days = (uint8_t)number(o, "days")},
        .fresh = (uint32_t)number(o, "fresh"),
        .newest = number(o, "newest"),
    };
}

int remote_text_read_letter(struct str text, const struct roster *roster, uint32_t guest,
                            struct remote_letter *out)
{
    json_t *o = load(text);
    const char *id = json_string_value(json_object_get(o, "source"));
    int err = id && strlen(id) < sizeof out->id && number(o, "kind") >= 0 &&
                      number(o, "kind") <= LETTER_PAGE
                  ? 0 : ERR_CORRUPT;

    *out = (struct remote_letter){.letter = {.kind = (enum letter_kind)number(o, "kind")},
                                  .gone = json_is_true(json_object_get(o, "gone"))};
    struct letter *l = &out->letter;
    if (!err) {
        snprintf(out->id, sizeof out->id, "%s", id);
        out->there = find(roster, guest, id, &l->source);
    }
    if (!err && l->kind == LETTER_HOLD)
        l->until = number(o, "until");
    if (!err && l->kind == LETTER_LEARN)
        read_lesson(o, &l->lesson);
    if (!err && l->kind == LETTER_PAGE)
        err = read_page(o, out);
    json_decref(o);
    return err;
}
