#include "daemon/reload/staged_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/cluster/fields.h"
#include "daemon/reload/rules_pack.h"
#include "daemon/reload/topic_edits.h"

static const char head[] = "head", files[] = "files", differences[] = "changes";

static const struct fields_row rows[] = {
    FIELDS_ROW("topics", FIELDS_NUMBER, struct staged_rules, about.topics),
    FIELDS_ROW("at", FIELDS_NUMBER, struct staged_rules, about.at),
    FIELDS_ROW("stage", FIELDS_TEXT, struct staged_rules, about.stage),
    FIELDS_ROW("version", FIELDS_TEXT, struct staged_rules, about.version),
    FIELDS_ROW("by", FIELDS_TEXT, struct staged_rules, about.by),
    FIELDS_ROW("reason", FIELDS_TEXT, struct staged_rules, about.reason),
    FIELDS_ROW("base", FIELDS_TEXT, struct staged_rules, base),
    FIELDS_ROW("folder", FIELDS_TEXT, struct staged_rules, about.folder),
    FIELDS_ROW("person", FIELDS_NUMBER, struct staged_rules, person),
    FIELDS_ROW("denied", FIELDS_BOOL, struct staged_rules, denied),
    FIELDS_END};

static int take_head(void *arg, const struct store_shared *row)
{
    json_t *o = json_loadb(row->value.p, row->value.n, 0, NULL);
    int err = o ? fields_read(o, rows, arg) : ERR_CORRUPT;

    json_decref(o);
    return err;
}

int staged_rules_read(struct store *s, struct staged_rules *out)
{
    *out = (struct staged_rules){.person = 0};
    int err = store_each_shared(s, STORE_SHARED_STAGED, head, take_head, out);

    return err == ERR_NOTFOUND ? 0 : err;
}

static int take_bytes(void *arg, const struct store_shared *row)
{
    return buf_add_str(arg, row->value);
}

int staged_rules_pack(struct store *s, struct buf *pack)
{
    return store_each_shared(s, STORE_SHARED_STAGED, files, take_bytes, pack);
}

static int write_head(const struct staged_rules *what, struct buf *text)
{
    json_t *o = json_object();

    fields_write(o, rows, what);
    char *written = json_dumps(o, JSON_COMPACT);
    int err = written ? buf_add_text(text, written) : ERR_NOMEM;
    free(written);
    json_decref(o);
    return err;
}

struct comparing {
    json_t *list;
    size_t left; /* bytes of texts that may be listed yet */
};

static int add_change(void *arg, struct str name, struct str was, struct str text)
{
    struct comparing *c = arg;
    json_t *o = json_object(), *file = json_stringn(name.p, name.n);
    json_t *old = was.p ? json_stringn(was.p, was.n) : NULL;
    json_t *now = text.p ? json_stringn(text.p, text.n) : NULL;
    bool told = !was.p == !old && !text.p == !now && was.n + text.n <= c->left; /* of UTF-8, too */

    json_object_set_new(o, "file", file ? file : json_string("?"));
    if (told) {
        c->left -= was.n + text.n;
        json_object_set(o, "was", old); /* nothing, of none */
        json_object_set(o, "text", now);
    }
    json_decref(old);
    json_decref(now);
    return json_array_append_new(c->list, o) ? ERR_NOMEM : 0;
}

int staged_rules_compare(struct str force, struct str pack, struct buf *changes)
{
    struct comparing c = {json_array(), STAGED_CHANGES_MAX};
    int err = c.list ? rules_pack_compare(force, pack, add_change, &c) : ERR_NOMEM;
    char *text = err ? NULL : json_dumps(c.list, JSON_COMPACT);

    if (!err)
        err = text ? buf_add_text(changes, text) : ERR_NOMEM;
    free(text);
    json_decref(c.list);
    return err;
}

int staged_rules_changes(struct store *s, struct buf *changes)
{
    int err = store_each_shared(s, STORE_SHARED_STAGED, differences, take_bytes, changes);

    return err == ERR_NOTFOUND ? 0 : err;
}

static void put_row(struct store_shared *out, const char *name, struct str value)
{
    *out = (struct store_shared){.kind = STORE_SHARED_STAGED, .drop = !value.n, .value = value};
    snprintf(out->name, sizeof out->name, "%s", name);
}

int staged_rules_rows(const struct staged_rules *what, const struct staged_files *with,
                      struct buf *text, struct store_shared out[static STAGED_RULES_ROWS])
{
    struct str written = STR_NONE;

    if (*what->about.stage) {
        size_t before = text->len;
        int err = write_head(what, text);
        if (err)
            return err;
        written = (struct str){text->data + before, text->len - before};
    }
    put_row(&out[0], head, written);
    put_row(&out[1], files, with->pack);
    put_row(&out[2], differences, with->changes);
    topic_edits_row(STORE_SHARED_STAGED, with->edits, &out[3]);
    return 0;
}
