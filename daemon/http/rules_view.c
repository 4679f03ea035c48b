#include "daemon/http/rules_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/http/json_out.h"
#include "daemon/reload/rules_pack.h"

enum { PROBLEMS_MAX = 1000 }; /* what struct problems keeps */

static void add_rules(struct buf *b, const struct rules *rules)
{
    json_out_text(b, "version", rules_version(rules));
    json_out_count(b, "topics", rules_topics(rules));
}

static void add_problems(struct buf *b, const struct problems *problems)
{
    size_t n = problems_count(problems);

    json_out_name(b, "problems");
    buf_add_char(b, '[');
    for (size_t i = 0; i < n && i < PROBLEMS_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get(problems, i, &file, &line, &text);
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "file", rules_pack_within(file));
        json_out_or_null(b, "line", line);
        json_out_text(b, "detail", text);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

typedef void get_problem(const struct problems *p, size_t i, const char **file, int *line,
                         const char **text);

/* Folders of this machine are not told: a file's own name has to do. */
static void add_found(struct buf *b, const char *name, const struct reload_checked *checked,
                      get_problem *at, size_t n)
{
    json_out_name(b, name);
    buf_add_char(b, '[');
    for (size_t i = 0; i < n && i < PROBLEMS_MAX; i++) {
        const char *file, *text;
        int line;
        at(checked->problems, i, &file, &line, &text);
        const char *slash = strrchr(file, '/');
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "file", strcmp(file, checked->file) == 0 ? NULL
                                 : slash                          ? slash + 1
                                                                  : file);
        json_out_or_null(b, "line", line);
        json_out_or_null(b, "column",
                         at == problems_get ? problems_column(checked->problems, i) : 0);
        json_out_text(b, "detail", text);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

void rules_view_checked(struct buf *b, const struct reload_checked *checked)
{
    const struct problems *p = checked->problems;
    const char *now = rules_version(checked->now);
    const char *with = checked->rules ? rules_version(checked->rules) : NULL;

    buf_add_char(b, '{');
    json_out_text(b, "version", with);
    json_out_text(b, "in_force", now);
    json_out_bool(b, "changed", !with || strcmp(with, now) != 0);
    json_out_count(b, "examples", checked->examples);
    add_found(b, "problems", checked, problems_get, problems_count(p));
    add_found(b, "warnings", checked, problems_get_warning, problems_warnings(p));
    buf_add_char(b, '}');
}

void rules_view_outcome(struct buf *b, const struct reload_outcome *outcome)
{
    char previous[EVENT_RULES_TEXT];

    add_rules(b, outcome->rules);
    json_out_text(b, "previous", event_rules_text(outcome->previous, previous));
    json_out_bool(b, "changed", outcome->changed);
    json_out_text(b, "staged", outcome->stage);
    json_out_or_null(b, "seq", (int64_t)outcome->seq);
    if (outcome->err && outcome->problems && problems_count(outcome->problems))
        add_problems(b, outcome->problems);
}

/* Whoever asks may stand in another folder than the daemon. */
static void add_path(struct buf *b, const char *name, const char *path)
{
    char *whole = path && *path ? realpath(path, NULL) : NULL;

    json_out_text(b, name, whole ? whole : path && *path ? path : NULL);
    free(whole);
}

struct telling {
    struct buf *b;
    bool whole, staff;
};

/* Rules that wait, or that were denied; whoever is not of the staff learns that there are such. */
static void add_stage(const struct telling *t, const char *name, const struct rulebook_stage *stage)
{
    struct buf *b = t->b;

    if (!stage) {
        json_out_null(b, name);
        return;
    }
    json_out_name(b, name);
    buf_add_char(b, '{');
    json_out_text(b, "stage", stage->stage);
    json_out_text(b, "version", stage->version);
    json_out_count(b, "topics", stage->topics);
    json_out_time(b, "at", stage->at);
    if (t->staff) {
        json_out_text(b, "by", *stage->by ? stage->by : NULL);
        json_out_text(b, "reason", *stage->reason ? stage->reason : NULL);
    }
    if (t->whole)
        add_path(b, "folder", stage->folder);
    buf_add_char(b, '}');
}

static void tell(void *arg, const struct rulebook_view *view)
{
    const struct telling *t = arg;
    struct buf *b = t->b;

    add_rules(b, view->rules);
    json_out_time(b, "loaded", view->since);
    if (t->whole) {
        add_path(b, "folder", view->where.folder);
        add_path(b, "places", view->where.places);
    }
    add_stage(t, "staged", view->staged);
    add_stage(t, "denied", view->denied);
    json_out_text(b, "unread", view->unread ? err_name(view->unread) : NULL);
    if (!view->refused) {
        json_out_null(b, "refused");
        return;
    }
    json_out_name(b, "refused");
    buf_add_char(b, '{');
    json_out_time(b, "at", view->refused_at);
    json_out_count(b, "count", problems_count(view->refused));
    if (t->whole) {
        json_out_text(b, "folder", view->refused_folder);
        add_problems(b, view->refused);
    }
    buf_add_char(b, '}');
}

void rules_view_status(struct buf *b, struct rulebook *book, bool whole, bool staff)
{
    rulebook_look(book, tell, &(struct telling){b, whole, staff});
}
