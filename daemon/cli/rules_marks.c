#include "daemon/cli/rules_marks.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "classifiers/verdict.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/corpus.h"

/* The marks of one item: they come one after the other. */
struct marked {
    json_t *last;      /* borrowed text and verdict; NULL: none yet */
    json_t *verdict, *topic, *kind, *request;
};

struct reading {
    struct samples *samples;
    int64_t since;
    struct marked now;
    size_t expired; /* items whose texts are gone */
    int err;
};

/* The topic that people say is the item's. */
static struct str label_of(const struct marked *m)
{
    const json_t *judged = json_object_get(m->last, "judged");
    struct str had = member_get(m->verdict ? m->verdict : judged, "topic");

    if (m->topic)
        return member_get(m->topic, "value");
    if (m->verdict && str_is(member_get(m->verdict, "value"), "wrong"))
        had = STR_NONE;
    return had.n ? had : STR(SAMPLES_NONE);
}

/* A verdict that is right is right of kind and request too, unless they were corrected. */
static struct sample_about about_of(const struct marked *m)
{
    const json_t *judged = json_object_get(m->last, "judged");
    bool right = m->verdict && str_is(member_get(m->verdict, "value"), "right");
    struct sample_about about = {-1, -1, -1};
    struct judge_context context;

    if (corpus_context(m->last, "source_kind", "source_region", &context))
        about.from = (int8_t)context.kind;
    if (m->kind || right)
        about.kind = (int8_t)verdict_kind_find(m->kind ? member_get(m->kind, "value")
                                                       : member_get(judged, "kind"));
    if (m->request || right)
        about.request = (int8_t)verdict_request_find(m->request ? member_get(m->request, "value")
                                                                : member_get(judged, "request"));
    return about;
}

static void end_item(struct reading *r)
{
    struct marked *m = &r->now;
    struct sample_about about;
    int label;

    if (m->last && !json_is_string(json_object_get(m->last, "text"))) {
        r->expired++;
    } else if (m->last && !r->err) {
        label = samples_label(r->samples, label_of(m));
        about = about_of(m);
        r->err = label < 0 ? label
                           : samples_add(r->samples, member_get(m->last, "item"),
                                         member_get(m->last, "title"), member_get(m->last, "text"),
                                         member_get(m->last, "source"), UINT64_C(1) << label,
                                         &about);
    }
    json_decref(m->verdict);
    json_decref(m->topic);
    json_decref(m->kind);
    json_decref(m->request);
    json_decref(m->last);
    *m = (struct marked){0};
}

static void take(struct reading *r, json_t *mark)
{
    struct str aspect = member_get(mark, "aspect");
    struct marked *m = &r->now;
    json_t **places[] = {&m->verdict, &m->topic, &m->kind, &m->request};
    static const char *const names[] = {"mark", "topic", "kind", "request"};
    int64_t at = 0;

    if (clock_parse(member_get(mark, "at"), &at) || at < r->since)
        return;
    if (m->last && !str_eq(member_get(m->last, "item"), member_get(mark, "item")))
        end_item(r);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(aspect, names[i]) && !*places[i])
            *places[i] = json_incref(mark);
    json_decref(m->last);
    m->last = json_incref(mark);
}

static int read_all(struct client *c, struct reading *r)
{
    struct buf path = BUF_INIT;
    char cursor[64] = "";
    int status = 0;

    do {
        json_t *answer = NULL, *mark;
        size_t i;
        buf_reset(&path);
        buf_add_text(&path, "/api/v1/marks?with=text&limit=500");
        client_add_query(&path, "cursor", *cursor ? cursor : NULL);
        buf_add_char(&path, '\0');
        status = buf_ok(&path) ? client_get(c, path.data, &answer) : EX_OSERR;
        json_array_foreach(json_object_get(answer, "items"), i, mark)
            take(r, mark);
        struct str next = member_get(answer, "next_cursor");
        snprintf(cursor, sizeof cursor, "%.*s", next.n < sizeof cursor ? (int)next.n : 0, next.p);
        json_decref(answer);
    } while (!status && !r->err && *cursor);
    end_item(r);
    buf_free(&path);
    return status;
}

static int find_start(struct client *c, const char *since, int64_t *out)
{
    json_t *answer = NULL;
    int64_t now = 0;
    int status = since ? client_get(c, "/api/v1/status", &answer) : 0;

    if (since && !status && (clock_parse(member_get(answer, "now"), &now) ||
                             !corpus_since(since, now, out))) {
        cli_error("--since: 应为 30d、12h 或 RFC 3339 时间 (30d, 12h or a time of RFC 3339)");
        status = EX_USAGE;
    }
    json_decref(answer);
    return status;
}

int rules_marks_read(struct samples *s, const char *since)
{
    struct reading r = {.samples = s};
    struct client *c = client_open();
    int status = c ? find_start(c, since, &r.since) : EX_UNAVAILABLE;

    if (!status)
        status = read_all(c, &r);
    if (!status && r.err) {
        cli_error("%s", err_text(r.err));
        status = r.err == ERR_LIMIT ? EX_DATAERR : EX_OSERR;
    }
    if (!status && r.expired)
        cli_error("%zu 个评定过的条目文本已到期，不再可用 (marked items whose texts have expired are "
                  "left out)",
                  r.expired);
    client_close(c);
    return status;
}
