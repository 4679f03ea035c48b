#define _GNU_SOURCE
#include <stdlib.h>

#include "base/err.h"
#include "feeds/formats/opml.h"

struct mask {
    void (*run)(void *arg, struct buf *text);
    void *arg;
    struct buf text;
};

static void add_member(struct buf *out, struct mask *m, const char *name, struct str s)
{
    buf_addf(out, "\"%s\":", name);
    if (m && m->run && s.n) {
        buf_reset(&m->text);
        if (buf_add_str(&m->text, s) == 0)
            m->run(m->arg, &m->text);
        out->failed |= !buf_ok(&m->text);
        s = buf_str(&m->text);
    }
    buf_add_json(out, s.n ? s : STR(""));
}

int opml_write_json(const struct opml *list, void (*mask)(void *arg, struct buf *text), void *arg,
                    struct buf *out)
{
    struct mask m = {.run = mask, .arg = arg};

    buf_add_text(out, "{\"feeds\":[");
    for (size_t i = 0; i < list->nfeeds; i++) {
        buf_add_text(out, i ? ",{" : "{");
        add_member(out, &m, "title", list->feeds[i].title);
        buf_add_char(out, ',');
        add_member(out, NULL, "url", list->feeds[i].url);
        buf_add_char(out, ',');
        add_member(out, NULL, "home", list->feeds[i].home);
        buf_add_char(out, ',');
        add_member(out, &m, "category", list->feeds[i].category);
        buf_add_char(out, '}');
    }
    buf_addf(out, "],\"duplicates\":%zu,\"refused\":%zu,\"problems\":[", list->duplicates,
             list->refused);
    for (size_t i = 0; i < list->nproblems; i++) {
        buf_addf(out, "%s{\"line\":%d,", i ? "," : "", list->problems[i].line);
        add_member(out, NULL, "text", list->problems[i].text);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}");
    buf_free(&m.text);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

/* An attribute; nothing when it is empty (XML 1.0 §2.3, §3.3.3). */
static void add_attribute(struct buf *out, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_addf(out, " %s=\"", name);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        const char *ref = c == '&'    ? "&amp;"
                          : c == '<'  ? "&lt;"
                          : c == '>'  ? "&gt;"
                          : c == '"'  ? "&quot;"
                          : c == '\n' ? "&#10;"
                          : c == '\t' ? "&#9;"
                                      : NULL;
        if (ref)
            buf_add_text(out, ref);
        else if (c >= ' ')
            buf_add_char(out, (char)c);
    }
    buf_add_char(out, '"');
}

/* Cut the part before the first `at` off. */
static struct str take(struct str *s, char at)
{
    const char *p = s->n ? memchr(s->p, at, s->n) : NULL;
    struct str head = {s->p, p ? (size_t)(p - s->p) : s->n};
    size_t gone = head.n + (p != NULL);

    *s = (struct str){s->p + gone, s->n - gone};
    return head;
}

static struct str folders_of(const struct opml_feed *f)
{
    struct str rest = f->category;

    return take(&rest, ',');
}

/* By folders, name after name, so that what is in one folder stands together; then as given. */
static int by_folders(const void *a, const void *b)
{
    const struct opml_feed *x = *(const struct opml_feed *const *)a;
    const struct opml_feed *y = *(const struct opml_feed *const *)b;
    struct str p = folders_of(x), q = folders_of(y);

    while (p.n || q.n) {
        int order = str_order(take(&p, '/'), take(&q, '/'));
        if (order)
            return order;
    }
    return x < y ? -1 : x > y;
}

static void indent(struct buf *out, size_t depth)
{
    for (size_t i = 0; i < 2 * depth + 4; i++)
        buf_add_char(out, ' ');
}

/* From the folders that are open to those of the next feed: what they share stays open. */
static size_t change_folders(struct buf *out, struct str from, struct str to, size_t depth)
{
    while (from.n && to.n) {
        struct str f = from, t = to;
        if (!str_eq(take(&f, '/'), take(&t, '/')))
            break;
        from = f;
        to = t;
    }
    while (from.n) {
        take(&from, '/');
        indent(out, --depth);
        buf_add_text(out, "</outline>\n");
    }
    while (to.n) {
        indent(out, depth++);
        buf_add_text(out, "<outline");
        add_attribute(out, "text", take(&to, '/'));
        buf_add_text(out, ">\n");
    }
    return depth;
}

static void add_others(struct buf *out, struct str category)
{
    struct buf list = BUF_INIT;

    take(&category, ',');
    while (category.n) {
        buf_add_text(&list, list.len ? ",/" : "/");
        buf_add_str(&list, take(&category, ','));
    }
    out->failed |= !buf_ok(&list);
    add_attribute(out, "category", buf_str(&list));
    buf_free(&list);
}

static void add_feed(struct buf *out, const struct opml_feed *f, size_t depth)
{
    struct str name = f->title.n ? f->title : f->url; /* `text` must be there */

    indent(out, depth);
    buf_add_text(out, "<outline type=\"rss\"");
    add_attribute(out, "text", name);
    add_attribute(out, "title", f->title);
    add_attribute(out, "xmlUrl", f->url);
    add_attribute(out, "htmlUrl", f->home);
    add_others(out, f->category);
    buf_add_text(out, "/>\n");
}

int opml_write(struct str title, const struct opml_feed *feeds, size_t n, struct buf *out)
{
    const struct opml_feed **order = calloc(n ? n : 1, sizeof *order);
    struct str open = STR_NONE;
    size_t depth = 0;

    if (!order)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        order[i] = &feeds[i];
    qsort(order, n, sizeof *order, by_folders);
    buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n"
                      "  <head>\n    <title>");
    for (size_t i = 0; i < title.n; i++)
        if (title.p[i] == '&' || title.p[i] == '<')
            buf_add_text(out, title.p[i] == '&' ? "&amp;" : "&lt;");
        else
            buf_add_char(out, title.p[i]);
    buf_add_text(out, "</title>\n  </head>\n  <body>\n");
    for (size_t i = 0; i < n; i++) {
        struct str folders = folders_of(order[i]);
        depth = change_folders(out, open, folders, depth);
        open = folders;
        add_feed(out, order[i], depth);
    }
    change_folders(out, open, STR_NONE, depth);
    buf_add_text(out, "  </body>\n</opml>\n");
    free(order);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
