#include "daemon/reload/topic_edits.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/cluster/fields.h"
#include "daemon/reload/rules_pack.h"

static const char row_name[] = "edits";

static const struct fields_row members[] = {
    FIELDS_ROW("topic", FIELDS_STR, struct topic_edit, topic),
    FIELDS_ROW("file", FIELDS_STR, struct topic_edit, file),
    FIELDS_ROW("text", FIELDS_STR, struct topic_edit, text),
    FIELDS_ROW("was", FIELDS_STR, struct topic_edit, was),
    FIELDS_ROW("by", FIELDS_STR, struct topic_edit, by),
    FIELDS_ROW("at", FIELDS_NUMBER, struct topic_edit, at),
    FIELDS_END};

int topic_edits_parse(struct str text, struct topic_edits *out)
{
    *out = (struct topic_edits){.list = text.n ? json_loadb(text.p, text.n, 0, NULL)
                                               : json_array()};
    if (!out->list)
        return text.n ? ERR_CORRUPT : ERR_NOMEM;
    bool good = json_is_array(out->list);
    for (size_t i = 0; good && i < json_array_size(out->list); i++) {
        struct topic_edit one;
        good = !fields_read(json_array_get(out->list, i), members, &one) && one.file.n &&
               one.text.n;
    }
    if (!good)
        topic_edits_clear(out);
    return good ? 0 : ERR_CORRUPT;
}

static int take_bytes(void *arg, const struct store_shared *row)
{
    return buf_add_str(arg, row->value);
}

int topic_edits_read(struct store *s, enum store_shared_kind kind, struct topic_edits *out)
{
    struct buf text = BUF_INIT;
    int err = store_each_shared(s, kind, row_name, take_bytes, &text);

    *out = (struct topic_edits){.list = NULL};
    if (!err || err == ERR_NOTFOUND)
        err = topic_edits_parse(buf_str(&text), out);
    buf_free(&text);
    return err;
}

int topic_edits_write(const struct topic_edits *e, struct buf *out)
{
    char *text = json_dumps(e->list, JSON_COMPACT);
    int err = text ? buf_add_text(out, text) : ERR_NOMEM;

    free(text);
    return err;
}

void topic_edits_clear(struct topic_edits *e)
{
    json_decref(e->list);
    *e = (struct topic_edits){.list = NULL};
}

size_t topic_edits_count(const struct topic_edits *e)
{
    return json_array_size(e->list);
}

void topic_edits_get(const struct topic_edits *e, size_t i, struct topic_edit *out)
{
    *out = (struct topic_edit){.at = 0};
    fields_read(json_array_get(e->list, i), members, out); /* it was read once */
}

bool topic_edits_of_topic(const struct topic_edits *e, struct str topic, struct topic_edit *out)
{
    for (size_t i = 0; i < topic_edits_count(e); i++) {
        topic_edits_get(e, i, out);
        if (str_eq(out->topic, topic))
            return true;
    }
    return false;
}

static size_t find(const struct topic_edits *e, struct str file, struct topic_edit *out)
{
    size_t i = 0, n = topic_edits_count(e);

    for (; i < n; i++) {
        topic_edits_get(e, i, out);
        if (str_eq(out->file, file))
            break;
    }
    return i;
}

bool topic_edits_of_file(const struct topic_edits *e, struct str file, struct topic_edit *out)
{
    return find(e, file, out) < topic_edits_count(e);
}

int topic_edits_put(struct topic_edits *e, const struct topic_edit *edit)
{
    struct topic_edit there;
    size_t at = find(e, edit->file, &there), n = topic_edits_count(e);
    json_t *o = json_object();

    if (at == TOPIC_EDITS_MAX) {
        json_decref(o);
        return ERR_LIMIT;
    }
    fields_write(o, members, edit);
    if (!json_object_get(o, "text") || (edit->was.n && !json_object_get(o, "was"))) {
        json_decref(o);
        return o ? ERR_INVALID : ERR_NOMEM;
    }
    e->changed = true;
    return (at < n ? json_array_set_new(e->list, at, o) : json_array_append_new(e->list, o))
               ? ERR_NOMEM
               : 0;
}

void topic_edits_drop(struct topic_edits *e, struct str file)
{
    struct topic_edit there;
    size_t at = find(e, file, &there);

    if (at < topic_edits_count(e))
        e->changed = !json_array_remove(e->list, at) || e->changed;
}

/* Over its file, unless that says something that nobody saw who changed it. */
static int lay(const struct topic_edit *edit, struct str there, struct buf *pack,
               struct problems *problems)
{
    if (!problems || str_eq(there, edit->was))
        return rules_pack_put_topic(pack, edit->file, edit->text);
    problems_add(problems, edit->file.p, 0,
                 "这个文件改过，规则管理页上也改过：把页面上的改动并入文件，或在页面上还原它 (this file was "
                 "changed, and so was its topic on the page: put the page's text into the file, or "
                 "take it back on the page)");
    return 0;
}

int topic_edits_lay(struct topic_edits *e, struct buf *pack, struct problems *problems)
{
    size_t before = problems ? problems_count(problems) : 0;
    int err = 0;

    for (size_t i = topic_edits_count(e); i-- > 0 && !err;) {
        struct topic_edit edit;
        topic_edits_get(e, i, &edit);
        struct str there = rules_pack_topic(buf_str(pack), edit.file);
        if (str_eq(there, edit.text))
            topic_edits_drop(e, edit.file);
        else
            err = lay(&edit, there, pack, problems);
    }
    return err ? err : problems && problems_count(problems) > before ? ERR_INVALID : 0;
}

void topic_edits_row(enum store_shared_kind kind, struct str text, struct store_shared *out)
{
    *out = (struct store_shared){.kind = (uint8_t)kind, .drop = !text.n, .value = text};
    snprintf(out->name, sizeof out->name, "%s", row_name);
}
