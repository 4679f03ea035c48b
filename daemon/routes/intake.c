#include "daemon/routes/intake.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/member.h"

static void note(struct intake_entry *e, const char *code, const char *field, const char *detail)
{
    if (e->nerrors == INTAKE_ERRORS)
        return;
    struct intake_error *to = &e->errors[e->nerrors++];
    struct str name = str_from(field);
    size_t n = name.n < sizeof to->field ? name.n : 0;

    if (n)
        memcpy(to->field, name.p, n);
    to->field[n] = '\0';
    to->detail = strdup(detail);
    if (!e->code || strcmp(code, "address-refused") == 0)
        e->code = code;
}

/* One member a line, so that the line of a problem names the member: JSON in this form is YAML. */
static int write_yaml(json_t *object, struct buf *out)
{
    const char *name;
    json_t *value;
    int err = 0;

    buf_add_text(out, "{\n");
    json_object_foreach(object, name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        if (!text)
            err = ERR_NOMEM;
        buf_add_json(out, str_from(name));
        buf_addf(out, ": %s,\n", text ? text : "");
        free(text);
    }
    buf_add_text(out, "}\n");
    return buf_ok(out) ? err : ERR_NOMEM;
}

static const char *name_at(json_t *object, int line)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
        if (line-- == 2)
            return name;
    return NULL;
}

/* A key that is missing has no line of its own. */
static bool tell_missing(json_t *object, struct intake_entry *e)
{
    for (const struct conf_key *k = source_keys; k->name; k++)
        if (k->required && !json_object_get(object, k->name))
            note(e, "invalid", k->name, "缺少这一项 (missing)");
    return e->nerrors > 0;
}

static int load(json_t *object, struct intake_entry *e)
{
    struct problems *problems = problems_new();
    struct buf yaml = BUF_INIT;
    int err = problems ? write_yaml(object, &yaml) : ERR_NOMEM;

    if (!err)
        err = source_load_text("source", buf_str(&yaml), &e->source, problems);
    size_t n = err == ERR_SYNTAX ? problems_count(problems) : 0;
    for (size_t i = 0; i < n && i < INTAKE_ERRORS; i++) {
        const char *file, *text;
        int line;
        problems_get(problems, i, &file, &line, &text);
        note(e, "invalid", name_at(object, line), text);
    }
    buf_free(&yaml);
    problems_free(problems);
    return err == ERR_SYNTAX ? 0 : err;
}

/* null stands for a key that is absent. */
static void drop_nulls(json_t *object)
{
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, name, value)
        if (json_is_null(value))
            json_object_del(object, name);
}

static int read_entry(json_t *object, struct intake_entry *e)
{
    struct str id = member_get(object, "id");
    struct str url = member_get(object, "url");
    const char *refusal = url.p ? source_refusal(url) : NULL;

    if (!json_is_object(object)) {
        note(e, "invalid", NULL, "应为一个信源的各项 (expected an object with a source's keys)");
        return 0;
    }
    if (id.n && id.n < SLUG_MAX)
        memcpy(e->id, id.p, id.n);
    drop_nulls(object);
    if (refusal) {
        note(e, "address-refused", "url", refusal);
        return 0;
    }
    return tell_missing(object, e) ? 0 : load(object, e);
}

static int read_all(json_t *root, struct intake *in)
{
    int err = 0;

    in->single = json_is_object(root);
    in->count = in->single ? 1 : json_array_size(root);
    if (!in->count || in->count > LEDGER_SOURCES_MAX)
        return ERR_LIMIT;
    in->entries = calloc(in->count, sizeof *in->entries);
    in->sources = calloc(in->count, sizeof *in->sources);
    if (!in->entries || !in->sources)
        return ERR_NOMEM;
    for (size_t i = 0; i < in->count && !err; i++) {
        struct intake_entry *e = &in->entries[i];
        err = read_entry(in->single ? root : json_array_get(root, i), e);
        if (!err && e->source)
            in->sources[in->good++] = *e->source;
    }
    return err;
}

int intake_read(struct str body, struct intake **out)
{
    json_error_t at;
    json_t *root = body.n ? json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &at) : NULL;
    int err = root && (json_is_object(root) || json_is_array(root)) ? 0 : ERR_SYNTAX;
    struct intake *in = err ? NULL : calloc(1, sizeof *in);

    if (!err)
        err = in ? read_all(root, in) : ERR_NOMEM;
    json_decref(root);
    if (err) {
        intake_free(in);
        return err;
    }
    *out = in;
    return 0;
}

void intake_free(struct intake *in)
{
    if (!in)
        return;
    for (size_t i = 0; in->entries && i < in->count; i++) {
        for (size_t k = 0; k < in->entries[i].nerrors; k++)
            free(in->entries[i].errors[k].detail);
        free(in->entries[i].source);
    }
    free(in->entries);
    free(in->sources);
    free(in);
}
