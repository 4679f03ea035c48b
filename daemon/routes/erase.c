/* POST /api/v1/erase: texts that are taken out for good, by item, link, concern or reply. */
#include <jansson.h>
#include <stdio.h>

#include "alerts/command_json.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/member.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/body.h"
#include "daemon/routes/routes.h"
#include "feeds/people/ident.h"

static const char EXPECTED[] =
    "应为 item、link、concern、reply 之一，和 code (personal、wrong、secret、asked) "
    "(one of these four, and a code)";

static enum MHD_Result tell(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;
    char id[24];

    pending_outcome(x->pending, &outcome);
    if (outcome.status == ERR_NOTFOUND)
        return reply_error(x, ERR_NOTFOUND, "没有这样的文字 (there is no such text)");
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason);
    if (outcome.seq)
        concern_format_id(outcome.seq, id);
    log_info("text.erased", "concern=%s", outcome.seq ? id : "-");
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "concern", outcome.seq ? id : NULL);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

static bool read_item(struct str text, struct arena *arena, struct batch_erasure *out)
{
    (void)arena;
    return views_item_ident(text, out->ident);
}

static bool read_link(struct str text, struct arena *arena, struct batch_erasure *out)
{
    out->link = ident_link(arena, STR_NONE, text);
    return out->link.n != 0;
}

static bool read_concern(struct str text, struct arena *arena, struct batch_erasure *out)
{
    (void)arena;
    return (out->concern = concern_parse_id(text)) != 0;
}

static bool read_reply(struct str text, struct arena *arena, struct batch_erasure *out)
{
    (void)arena;
    return routes_reply_name(text, &out->concern, &out->round);
}

static const struct {
    const char *name;
    enum batch_erase_what what;
    bool (*read)(struct str text, struct arena *arena, struct batch_erasure *out);
} members[] = {{"item", BATCH_ERASE_ITEM, read_item},
               {"link", BATCH_ERASE_LINK, read_link},
               {"concern", BATCH_ERASE_CONCERN, read_concern},
               {"reply", BATCH_ERASE_REPLY, read_reply}};

/* `target` is what the audit trail has of it: never an address. */
static bool read_body(const json_t *object, struct arena *arena, struct batch_erasure *out,
                      char target[static SLUG_MAX])
{
    const json_t *code = json_object_get(object, "code");
    int erasure = event_erasure_find(str_from(json_string_value(code)));
    bool ok = erasure > 0 && json_object_size(object) == 2;
    size_t found = 0;

    *out = (struct batch_erasure){.code = erasure > 0 ? (enum erasure)erasure : ERASURE_NONE};
    for (size_t i = 0; ok && i < sizeof members / sizeof *members; i++) {
        const json_t *value = json_object_get(object, members[i].name);
        struct str text = member_str(value);
        if (!value)
            continue;
        out->what = members[i].what;
        ok = text.n && text.n <= COMMAND_URL_MAX && members[i].read(text, arena, out);
        snprintf(target, SLUG_MAX, "%s",
                 out->what == BATCH_ERASE_LINK ? members[i].name : json_string_value(value));
        found++;
    }
    return ok && found == 1;
}

enum MHD_Result routes_erase(struct exchange *x)
{
    struct batch_erasure what;
    struct arena *arena;
    char target[SLUG_MAX];

    if (x->pending)
        return tell(x);
    arena = arena_new();
    if (!arena)
        return reply_error(x, ERR_NOMEM, NULL);
    json_t *object = body_read(x);
    bool ok = json_is_object(object) && read_body(object, arena, &what, target);
    int err = ok ? pending_erase(x, &what, target) : 0;
    json_decref(object);
    arena_free(arena);
    if (!ok)
        return reply_problem(x, 422, err_name(ERR_INVALID), EXPECTED);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}
