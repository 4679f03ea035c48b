#include "daemon/workbench/workbench_result.h"

#include <jansson.h>

#include "base/err.h"
#include "base/member.h"
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/views.h"

enum { PROBLEMS_MAX = 100, PRECISION = 6, DEPTH_MAX = 16 };

/* Titles are replaced by what `title` says; NULL: by null. */
struct walk {
    workbench_title *title;
    void *arg;
    struct buf text;
    int err;
};

static void set_title(struct walk *w, json_t *object, struct str id)
{
    buf_reset(&w->text);
    bool has = w->title && w->title(w->arg, id, &w->text) && buf_ok(&w->text);
    json_t *title = has ? json_stringn(w->text.data ? w->text.data : "", w->text.len)
                        : json_null();

    if (!title || json_object_set_new(object, "title", title))
        w->err = ERR_NOMEM;
}

static void walk(struct walk *w, json_t *value, int depth)
{
    unsigned char ident[STORE_IDENT];
    const char *key;
    json_t *one;
    size_t i;

    if (depth == DEPTH_MAX)
        return;
    if (json_object_get(value, "title") &&
        views_item_ident(member_get(value, "id"), ident))
        set_title(w, value, member_get(value, "id"));
    json_object_foreach(value, key, one)
        walk(w, one, depth + 1);
    json_array_foreach(value, i, one)
        walk(w, one, depth + 1);
}

static int rewrite(struct str json, workbench_title *title, void *arg, struct buf *out)
{
    struct walk w = {.title = title, .arg = arg};
    json_t *root = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, NULL);
    char *text = NULL;

    if (!json_is_object(root)) {
        json_decref(root);
        return ERR_SYNTAX;
    }
    walk(&w, root, 0);
    if (!w.err)
        text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(PRECISION));
    int err = text ? buf_add_text(out, text) : ERR_NOMEM;
    free(text);
    json_decref(root);
    buf_free(&w.text);
    return err;
}

int workbench_result_keep(struct str said, struct buf *out)
{
    return rewrite(said, NULL, NULL, out);
}

int workbench_result_fill(struct str kept, workbench_title *title, void *arg, struct buf *out)
{
    return rewrite(kept, title, arg, out);
}

/* "FILE:LINE: " or "PATH: " before what is wrong; *number 0: no line. */
static struct str cut_place(struct str *line, long long *number)
{
    size_t end = str_find(*line, STR(": "), 0);
    struct str place = {line->p, end == (size_t)-1 ? 0 : end};
    size_t digits = place.n;

    *number = 0;
    while (digits && place.p[digits - 1] >= '0' && place.p[digits - 1] <= '9')
        digits--;
    if (digits > 1 && place.p[digits - 1] == ':' &&
        !str_int((struct str){place.p + digits, place.n - digits}, 1, 1000000000, number))
        place.n = digits - 1;
    if (!*number && str_find(place, STR("/"), 0) == (size_t)-1)
        return STR_NONE;
    *line = (struct str){line->p + end + 2, line->n - end - 2};
    return place;
}

/* Folders of this machine are not told; the text under edit has no name, uploaded samples and
 * their map have one. */
static void add_file(struct buf *b, struct str file)
{
    size_t name = file.n;

    while (name && file.p[name - 1] != '/')
        name--;
    if (str_is(file, "<stdin>"))
        json_out_text(b, "file", "samples");
    else if (str_is(file, WORKBENCH_MAP))
        json_out_text(b, "file", "map");
    else if (name)
        json_out_str(b, "file", (struct str){file.p + name, file.n - name});
    else
        json_out_null(b, "file");
}

static void add_problem(struct buf *b, struct str line)
{
    static const struct str program = {"huiying: ", 9};
    long long number;

    if (str_starts(line, program))
        line = (struct str){line.p + program.n, line.n - program.n};
    struct str file = cut_place(&line, &number);
    json_out_next(b);
    buf_add_char(b, '{');
    add_file(b, file);
    json_out_or_null(b, "line", number);
    json_out_str(b, "detail", line);
    buf_add_char(b, '}');
}

static void add_problems(struct buf *b, struct str told)
{
    int n = 0;

    json_out_name(b, "problems");
    buf_add_char(b, '[');
    for (size_t at = 0; at < told.n && n < PROBLEMS_MAX;) {
        size_t end = str_find(told, STR("\n"), at);
        end = end == (size_t)-1 ? told.n : end;
        struct str line = str_trim((struct str){told.p + at, end - at});
        at = end + 1;
        if (!line.n || !utf8_valid(line)) /* its last one may be cut */
            continue;
        add_problem(b, line);
        n++;
    }
    buf_add_char(b, ']');
}

void workbench_result_open(struct buf *b, const struct workbench_view *view)
{
    buf_add_char(b, '{');
    json_out_text(b, "id", view->id);
    json_out_text(b, "verb", workbench_verb_name(view->verb));
    json_out_text(b, "state", workbench_state_name(view->state));
    json_out_text(b, "by", *view->by ? view->by : NULL);
    json_out_text(b, "topic", *view->topic ? view->topic : NULL);
    json_out_bool(b, "edited", view->edited);
    json_out_time(b, "began", view->began);
    if (view->ended)
        json_out_time(b, "ended", view->ended);
    else
        json_out_null(b, "ended");
    json_out_count(b, "done", view->done);
    json_out_count(b, "total", view->total);
    json_out_name(b, "share");
    if (view->total)
        buf_addf(b, "%.3f", (double)view->done / (double)view->total);
    else
        buf_add_text(b, "null");
    json_out_text(b, "why", view->why);
    add_problems(b, view->told);
}
