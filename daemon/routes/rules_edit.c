/* A topic's file, and the check of another text in its place: nothing here is kept or put in
 * force. */
#include <jansson.h>

#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"

static const char EXPECTED[] =
    "应为 {\"text\": \"事项文件全文\", \"topic\": \"所替换事项的标识\"}，topic 可省，表示新事项 (the text of a "
    "topic's file, and the id of the topic whose place it takes; without it a new one)";

static void note_folder(void *arg, const struct rulebook_view *view)
{
    buf_add_text(arg, view->where.folder);
    buf_add_char(arg, '\0');
}

enum MHD_Result routes_rules_topic(struct exchange *x)
{
    struct buf folder = BUF_INIT, file = BUF_INIT, text = BUF_INIT, b = BUF_INIT;

    rulebook_look(x->side->http->conf.rules, note_folder, &folder);
    int err = buf_ok(&folder)
                  ? rules_topic_file(folder.data, str_from(x->slug), &file, &text)
                  : ERR_NOMEM;
    if (!err) {
        buf_add_char(&b, '{');
        json_out_text(&b, "topic", x->slug);
        json_out_str(&b, "file", buf_str(&file));
        json_out_str(&b, "text", buf_str(&text));
        json_out_text(&b, "version", rules_version(exchange_rules(x)));
        buf_add_char(&b, '}');
    }
    buf_free(&folder);
    buf_free(&file);
    buf_free(&text);
    return err ? reply_error(x, err, NULL) : reply_json(x, &b);
}

enum MHD_Result routes_rules_check(struct exchange *x)
{
    struct str topic, text;

    if (x->pending)
        return pending_reply(x);
    json_t *object = body_read(x);
    bool ok = json_is_object(object) && body_text(object, "topic", SLUG_MAX - 1, &topic) &&
              body_text(object, "text", x->body.len, &text) && text.n &&
              json_object_size(object) == (topic.p ? 2u : 1u);
    int err = ok ? pending_rules_check(x, topic, text) : 0;
    json_decref(object);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
