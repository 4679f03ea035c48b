#include <stdio.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/judge_scratch.h"
#include "classifiers/mask.h"

/* Query parameters that say how a reader came, not what is read. */
static const char *const trackers[] = {"utm_", "spm=", "from=", "share", "ref=", "source=",
                                       "fbclid=", "isappinstalled=", "scene=", "timestamp=",
                                       NULL};

static bool is_tracker(struct str parameter)
{
    for (size_t i = 0; trackers[i]; i++)
        if (str_starts(parameter, str_from(trackers[i])))
            return true;
    return false;
}

static void add_query(struct buf *out, struct str query)
{
    const char *sep = "?";

    for (size_t at = 0; at < query.n;) {
        size_t end = str_find(query, STR("&"), at);
        end = end == (size_t)-1 ? query.n : end;
        struct str one = {query.p + at, end - at};
        if (one.n && !is_tracker(one)) {
            buf_add_text(out, sep);
            buf_add_str(out, one);
            sep = "&";
        }
        at = end + 1;
    }
}

/* The same page has one spelling: no scheme (http and https), lower-case host without default
 * port, no fragment, no tracking parameters, no closing slash. */
static int normalise(struct str url, struct buf *out)
{
    size_t cut = str_find(url, STR("#"), 0), scheme = str_find(url, STR("://"), 0);
    struct str s = {url.p, cut == (size_t)-1 ? url.n : cut};

    if (scheme != (size_t)-1 && scheme + 3 <= s.n)
        s.p += scheme + 3, s.n -= scheme + 3;
    size_t query = str_find(s, STR("?"), 0);
    struct str path = {s.p, query == (size_t)-1 ? s.n : query};
    size_t host = str_find(path, STR("/"), 0);
    host = host == (size_t)-1 ? path.n : host;
    struct str name = {path.p, host};
    size_t port = str_find(name, STR(":"), 0);
    if (port != (size_t)-1 && (str_is((struct str){name.p + port, name.n - port}, ":80") ||
                               str_is((struct str){name.p + port, name.n - port}, ":443")))
        name.n = port;
    for (size_t i = 0; i < name.n; i++)
        buf_add_char(out, name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32)
                                                               : name.p[i]);
    while (path.n > host && path.p[path.n - 1] == '/')
        path.n--;
    if (path.n > host)
        buf_add(out, path.p + host, path.n - host);
    if (query != (size_t)-1)
        add_query(out, (struct str){s.p + query + 1, s.n - query - 1});
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

static int fill_identity(const struct feed_item *item, struct arena *arena, struct verdict *v)
{
    struct buf link = BUF_INIT;
    char hex[17];
    int err = 0;

    if (item->id.n) {
        v->identity = (struct str){item->id.p, utf8_cut(item->id, VERDICT_LINK_MAX)};
    } else if (item->url.n) {
        err = normalise(item->url, &link);
        v->identity = (struct str){link.data, utf8_cut(buf_str(&link), VERDICT_LINK_MAX)};
    } else {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)v->content);
        v->identity = (struct str){hex, 16};
    }
    v->identity = arena_str(arena, v->identity);
    buf_free(&link);
    return err || !v->identity.p ? ERR_NOMEM : 0;
}

static int fill_reply(const struct feed_item *item, struct arena *arena, struct verdict *v)
{
    struct str url = item->reply_url.n > VERDICT_LINK_MAX ? STR_NONE : item->reply_url;
    size_t n = utf8_cut(item->reply, VERDICT_TEXT_MAX);
    char *copy = arena_alloc(arena, n + 1, 1);

    if (!copy)
        return ERR_NOMEM;
    if (n)
        memcpy(copy, item->reply.p, n);
    mask_text(copy, n);
    v->reply = (struct str){copy, n};
    v->reply_unit = arena_str(arena, (struct str){item->reply_unit.p,
                                                  utf8_cut(item->reply_unit, VERDICT_TITLE_MAX)});
    v->reply_url = arena_str(arena, url);
    v->reply_time = item->reply_time;
    return v->reply_unit.p && v->reply_url.p ? 0 : ERR_NOMEM;
}

static int judge_item(struct judge *j, const struct feed_item *item,
                      const struct judge_context *context, struct arena *arena, struct verdict *v)
{
    struct str link = item->url.n > VERDICT_LINK_MAX ? STR_NONE : item->url;
    int err = judge_text(j, item->title, item->text.n ? item->text : item->summary, context, arena,
                         v);

    if (err)
        return err;
    v->link = arena_str(arena, link);
    v->published = item->published;
    v->modified = item->modified;
    err = fill_identity(item, arena, v);
    if (!err && item->reply.n)
        err = fill_reply(item, arena, v);
    return err || !v->link.p ? ERR_NOMEM : 0;
}

static int copy_problems(const struct feed *feed, struct verdicts *v)
{
    size_t n = feed->nproblems < VERDICT_PROBLEMS_MAX ? feed->nproblems : VERDICT_PROBLEMS_MAX;
    char text[600];

    v->problems = arena_alloc(v->arena, n, sizeof *v->problems);
    if (!v->problems)
        return ERR_NOMEM;
    for (; v->nproblems < n; v->nproblems++) {
        const struct feed_problem *p = &feed->problems[v->nproblems];
        struct str cut = {p->text.p, utf8_cut(p->text, 500)};
        if (p->line)
            snprintf(text, sizeof text, "line %d: %.*s", p->line, STR_ARG(cut));
        else
            snprintf(text, sizeof text, "%.*s", STR_ARG(cut));
        v->problems[v->nproblems] = arena_str(v->arena, str_from(text));
        if (!v->problems[v->nproblems].p)
            return ERR_NOMEM;
    }
    return 0;
}

int judge_feed(struct judge *j, const struct feed *feed, const struct judge_context *context,
               struct verdicts **out)
{
    struct verdicts *v = verdict_new();
    size_t n = feed->nitems < VERDICT_COUNT_MAX ? feed->nitems : VERDICT_COUNT_MAX;
    static const char *const formats[] = {"unknown", "rss", "rdf", "atom", "json", "board"};

    if (!v)
        return ERR_NOMEM;
    size_t format = (size_t)feed->format < sizeof formats / sizeof *formats ? feed->format : 0;
    v->rules = arena_str(v->arena, str_from(rules_version(j->rules)));
    v->format = arena_str(v->arena, str_from(formats[format]));
    v->encoding = arena_str(v->arena, feed->encoding);
    v->list = arena_alloc(v->arena, n, sizeof *v->list);
    if (!v->rules.p || !v->format.p || !v->encoding.p || !v->list || copy_problems(feed, v))
        goto fail;
    for (; v->count < n; v->count++)
        if (judge_item(j, &feed->items[v->count], context, v->arena, &v->list[v->count]))
            goto fail;
    *out = v;
    return 0;
fail:
    verdict_free(v);
    return ERR_NOMEM;
}
