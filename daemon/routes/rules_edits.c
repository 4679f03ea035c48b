/* Topics that are changed on the page: put in force over their files, taken back, listed. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/reload/staged_rules.h"
#include "daemon/reload/topic_edits.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"
#include "daemon/routes/rules.h"

enum { VERSION_MAX = 32, FILE_MAX = 255 };

static const char EDIT_EXPECTED[] =
    "应为 {\"text\": \"事项文件全文\", \"topic\": \"所替换事项的标识\", \"version\": \"在用规则版本\"}，后两"
    "项可省 (the text of a topic's file; the id of the topic whose place it takes, without it a new "
    "one; the version of the rules that it was made of)";
static const char RESTORE_EXPECTED[] =
    "应为 {\"version\": \"在用规则版本\", \"file\": \"文件名\"}，都可省 (the version of the rules in force, and "
    "the file, or nothing)";

/* The members of what is said here, and no others. */
struct edit_body {
    struct str topic, text, version;
};

static bool read_body(const json_t *object, size_t max, bool restore, struct edit_body *out)
{
    size_t known;

    *out = (struct edit_body){STR_NONE, STR_NONE, STR_NONE};
    if (!json_is_object(object) || !body_text(object, "version", VERSION_MAX, &out->version))
        return false;
    if (restore && !body_text(object, "file", FILE_MAX, &out->text))
        return false;
    if (!restore && (!body_text(object, "topic", SLUG_MAX - 1, &out->topic) ||
                     !body_text(object, "text", max, &out->text) || !out->text.n))
        return false;
    known = (out->version.p != NULL) + (out->topic.p != NULL) + (out->text.p != NULL);
    return json_object_size(object) == known;
}

/* The audit trail names what a path does: here the text has it. */
static void name_target(struct exchange *x, const struct edit_body *body)
{
    struct buf id = BUF_INIT;

    if (body->topic.n)
        buf_add_str(&id, body->topic);
    else
        rules_topic_id(body->text, &id);
    snprintf(x->slug, sizeof x->slug, "%.*s", STR_ARG(buf_str(&id)));
    buf_free(&id);
}

static enum MHD_Result change(struct exchange *x, enum reload_verb verb, const char *expected)
{
    bool restore = verb == RELOAD_RESTORE;
    enum MHD_Result result = MHD_YES;
    struct edit_body body;

    if (x->traced && x->pending)
        return rules_outcome(x);
    json_t *object = x->body.len ? body_read(x) : json_object();
    bool ok = read_body(object, x->body.len, restore, &body);
    if (ok && !restore)
        name_target(x, &body);
    const struct reload_order order = {
        .verb = verb, .version = body.version.p, .text = body.text,
        .topic = restore ? str_from(x->slug) : body.topic,
        .person = caller_person(&x->caller), .name = x->caller.name};
    int err = ok && exchange_traced(x, &result) ? pending_rules(x, &order) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), expected);
    return err ? reply_error(x, err, NULL) : result;
}

enum MHD_Result routes_rules_edit(struct exchange *x)
{
    return change(x, RELOAD_EDIT, EDIT_EXPECTED);
}

enum MHD_Result routes_rules_restore(struct exchange *x)
{
    return change(x, RELOAD_RESTORE, RESTORE_EXPECTED);
}

static void note_topics(void *arg, const struct rulebook_view *view)
{
    buf_addf(arg, "%s/topics/", view->where.folder);
}

/* Is it what stands where rules in force were read? One that a file was in the way of at the start
 * is not. */
static bool is_in_force(struct exchange *x, const struct topic_edit *one)
{
    struct buf path = BUF_INIT, text = BUF_INIT;

    rulebook_look(x->side->http->conf.rules, note_topics, &path);
    buf_add_str(&path, one->file);
    buf_add_char(&path, '\0');
    bool is = buf_ok(&path) && !file_read(path.data, one->text.n + 1, &text) &&
              str_eq(buf_str(&text), one->text);
    buf_free(&path);
    buf_free(&text);
    return is;
}

static void add_edit(struct exchange *x, struct buf *b, const struct topic_edit *one)
{
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_str(b, "topic", one->topic);
    json_out_str(b, "file", one->file);
    json_out_str(b, "text", one->text);
    json_out_str(b, "was", one->was);
    if (one->by.n)
        json_out_str(b, "by", one->by);
    else
        json_out_null(b, "by");
    json_out_time(b, "at", one->at);
    json_out_bool(b, "in_force", is_in_force(x, one));
    buf_add_char(b, '}');
}

/* What rules that wait for a second person would change: as was written when they were staged. */
static void add_changes(struct buf *b, struct str changes)
{
    if (!changes.n) {
        json_out_null(b, "changes");
        return;
    }
    json_out_name(b, "changes");
    buf_add_str(b, changes);
}

enum MHD_Result routes_rules_edits(struct exchange *x)
{
    struct topic_edits edits;
    struct buf b = BUF_INIT, changes = BUF_INIT;
    int err = topic_edits_read(x->side->reader, STORE_SHARED_EDITS, &edits);

    if (!err)
        err = staged_rules_changes(x->side->reader, &changes);
    if (!err) {
        buf_add_char(&b, '{');
        json_out_text(&b, "version", rules_version(exchange_rules(x)));
        json_out_name(&b, "items");
        buf_add_char(&b, '[');
        for (size_t i = 0; i < topic_edits_count(&edits); i++) {
            struct topic_edit one;
            topic_edits_get(&edits, i, &one);
            add_edit(x, &b, &one);
        }
        buf_add_char(&b, ']');
        add_changes(&b, buf_str(&changes));
        buf_add_char(&b, '}');
    }
    topic_edits_clear(&edits);
    buf_free(&changes);
    return err ? reply_error(x, err, NULL) : reply_json(x, &b);
}
