#include "daemon/cli/feeds_send.h"

#include "daemon/cli/cli.h"
#include "daemon/cli/feeds_slug.h"
#include "daemon/cli/human.h"
#include "daemon/cli/progress.h"

enum {
    BATCH_COUNT = 1000,        /* LEDGER_SOURCES_MAX */
    BATCH_BYTES = 700 * 1024,  /* the API takes 1 MiB */
    MEMBERS_BYTES = 160,       /* of a source beside its texts */
    TOLD_MOST = 20
};

int feeds_send_begin(struct feeds_send *s, struct client *client, const char *file, size_t total)
{
    *s = (struct feeds_send){.client = client, .file = file, .total = total};
    s->ids = json_object();
    s->batch = json_array();
    s->again = json_array();
    return s->ids && s->batch && s->again ? 0 : EX_OSERR;
}

static void tell(struct feeds_send *s, const char *id, const char *why)
{
    if (s->refused++ >= TOLD_MOST)
        return;
    progress_clear();
    cli_error_at(s->file, 0, "%s: %s", id, why);
    if (s->refused == TOLD_MOST)
        cli_error_at(s->file, 0, "其余不再列出 (the rest is not listed)");
}

/* Once more under an id of its own, which cannot be another's but by a chance of one in
 * billions. */
static bool rename_it(struct feeds_send *s, json_t *source)
{
    const char *url = human_text(source, "url", NULL);
    char id[FEEDS_SLUG];

    if (!feeds_slug_own(url, id) || json_object_get(s->ids, id))
        return false;
    json_object_set_new(s->ids, id, json_true());
    return !json_object_set_new(source, "id", json_string(id)) &&
           !json_array_append(s->again, source);
}

static void take_result(struct feeds_send *s, json_t *source, const json_t *result, bool renamed)
{
    const char *code = human_text(result, "problem", "code", NULL);
    const char *detail = human_text(result, "problem", "detail", NULL);

    if (strcmp(human_text(result, "status", NULL), "added") == 0)
        s->added++;
    else if (strcmp(code, "exists") == 0 || strcmp(code, "address-exists") == 0)
        s->existing++;
    else if (strcmp(code, "id-exists") != 0 || renamed || !rename_it(s, source))
        tell(s, human_text(source, "id", NULL), detail);
}

static int send_batch(struct feeds_send *s, json_t *batch, bool renamed)
{
    json_t *answer = NULL;
    size_t n = json_array_size(batch);
    int status = 0;

    if (!n)
        return 0;
    if (s->client)
        status = client_post(s->client, "/api/v1/sources", batch, &answer);
    else
        s->added += n;
    const json_t *results = json_object_get(answer, "results");
    if (!status && s->client && json_array_size(results) != n) {
        cli_error("服务答复有误 (unexpected answer)");
        status = EX_PROTOCOL;
    }
    for (size_t i = 0; !status && s->client && i < n; i++)
        take_result(s, json_array_get(batch, i), json_array_get(results, i), renamed);
    json_decref(answer);
    s->done += renamed ? 0 : n;
    progress_show("导入 import", s->done, s->total);
    return status;
}

static int flush(struct feeds_send *s)
{
    int status = send_batch(s, s->batch, false);

    json_array_clear(s->batch);
    s->bytes = 0;
    if (!status)
        status = send_batch(s, s->again, true);
    json_array_clear(s->again);
    return status;
}

/* An id that no other of this list has. */
static bool give_id(struct feeds_send *s, json_t *source)
{
    const char *url = human_text(source, "url", NULL);
    char id[FEEDS_SLUG];

    if (json_object_get(source, "id"))
        return true;
    if (!feeds_slug(url, id) || (json_object_get(s->ids, id) && !feeds_slug_own(url, id)))
        return false;
    json_object_set_new(s->ids, id, json_true());
    return !json_object_set_new(source, "id", json_string(id));
}

int feeds_send_one(struct feeds_send *s, json_t *source)
{
    static const char *const texts[] = {"url", "name", "category"};

    if (!give_id(s, source)) {
        tell(s, "url", "不是网址 (not an address)");
        json_decref(source);
        return 0;
    }
    s->bytes += MEMBERS_BYTES;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        s->bytes += 2 * json_string_length(json_object_get(source, texts[i]));
    if (json_array_append_new(s->batch, source))
        return EX_OSERR;
    bool full = json_array_size(s->batch) == BATCH_COUNT || s->bytes > BATCH_BYTES;
    return full ? flush(s) : 0;
}

int feeds_send_rest(struct feeds_send *s)
{
    int status = flush(s);

    progress_clear();
    return status;
}

void feeds_send_end(struct feeds_send *s)
{
    progress_clear();
    json_decref(s->ids);
    json_decref(s->batch);
    json_decref(s->again);
}
