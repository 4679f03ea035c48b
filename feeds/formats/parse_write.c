#include "base/clock.h"
#include "base/err.h"
#include "feeds/formats/parse.h"

struct writer {
    struct buf *out;
    struct buf text; /* one text on its way through the mask */
    void (*mask)(void *arg, struct buf *text);
    void *arg;
    bool first; /* no member was written in this object yet */
};

static void key(struct writer *w, const char *name)
{
    if (!w->first)
        buf_add_char(w->out, ',');
    w->first = false;
    buf_add_char(w->out, '"');
    buf_add_text(w->out, name);
    buf_add(w->out, "\":", 2);
}

static void open_object(struct writer *w)
{
    buf_add_char(w->out, '{');
    w->first = true;
}

static void close_object(struct writer *w)
{
    buf_add_char(w->out, '}');
    w->first = false;
}

static void masked(struct writer *w, struct str s)
{
    if (!w->mask || !s.n) {
        buf_add_json(w->out, s.n ? s : STR(""));
        return;
    }
    buf_reset(&w->text);
    buf_add_str(&w->text, s);
    if (!buf_ok(&w->text)) {
        w->out->failed = true;
        return;
    }
    w->mask(w->arg, &w->text);
    buf_add_json(w->out, buf_str(&w->text));
}

/* Words that people wrote: through the mask. */
static void text(struct writer *w, const char *name, struct str s)
{
    if (!s.n)
        return;
    key(w, name);
    masked(w, s);
}

/* Each run of text between tags by itself: what opens a paragraph opens a line, too. */
static void mask_runs(struct writer *w, struct buf *html)
{
    struct buf whole = *html, run = BUF_INIT;

    *html = BUF_INIT;
    for (size_t at = 0; at < whole.len;) {
        const char *end = memchr(whole.data + at, '<', whole.len - at);
        size_t n = end ? (size_t)(end - whole.data) - at : whole.len - at;
        buf_reset(&run);
        buf_add(&run, whole.data + at, n);
        if (n && buf_ok(&run))
            w->mask(w->arg, &run);
        buf_add_str(html, buf_str(&run));
        html->failed |= run.failed;
        at += n;
        end = end ? memchr(whole.data + at, '>', whole.len - at) : NULL;
        n = end ? (size_t)(end - whole.data) + 1 - at : whole.len - at;
        buf_add(html, whole.data + at, n);
        at += n;
    }
    buf_free(&run);
    buf_free(&whole);
}

/* Markup that people wrote. */
static void markup(struct writer *w, const char *name, struct str s)
{
    if (!s.n)
        return;
    key(w, name);
    buf_reset(&w->text);
    buf_add_str(&w->text, s);
    if (w->mask && buf_ok(&w->text)) {
        w->mask(w->arg, &w->text);
        mask_runs(w, &w->text);
    }
    w->out->failed |= !buf_ok(&w->text);
    buf_add_json(w->out, buf_str(&w->text));
}

/* Addresses, ids and codes, which the mask would break. */
static void plain(struct writer *w, const char *name, struct str s)
{
    if (!s.n)
        return;
    key(w, name);
    buf_add_json(w->out, s);
}

static void date(struct writer *w, const char *name, int64_t ms)
{
    char when[CLOCK_TEXT];

    if (ms)
        plain(w, name, str_from(clock_format(ms, when)));
}

static void attachments(struct writer *w, const struct feed_item *it)
{
    if (!it->nattachments)
        return;
    key(w, "attachments");
    buf_add_char(w->out, '[');
    for (size_t i = 0; i < it->nattachments; i++) {
        const struct feed_attachment *a = &it->attachments[i];
        if (i)
            buf_add_char(w->out, ',');
        open_object(w);
        plain(w, "url", a->url);
        /* JSON Feed wants the type; this one says that nobody stated it (RFC 2046 §4.5.1). */
        plain(w, "mime_type", a->mime.n ? a->mime : STR("application/octet-stream"));
        if (a->bytes >= 0) {
            key(w, "size_in_bytes");
            buf_addf(w->out, "%lld", (long long)a->bytes);
        }
        close_object(w);
    }
    buf_add_char(w->out, ']');
}

static void reply(struct writer *w, const struct feed_item *it)
{
    if (!it->reply.n)
        return;
    key(w, "_huiying");
    open_object(w);
    text(w, "reply", it->reply);
    text(w, "reply_unit", it->reply_unit);
    plain(w, "reply_url", it->reply_url);
    date(w, "reply_time", it->reply_time);
    close_object(w);
}

static void item(struct writer *w, const struct feed_item *it, struct str language)
{
    open_object(w);
    plain(w, "id", it->id);
    plain(w, "url", it->url);
    plain(w, "external_url", it->external_url);
    text(w, "title", it->title);
    markup(w, "content_html", it->html);
    key(w, "content_text"); /* one of the two contents must be there */
    masked(w, it->text);
    text(w, "summary", it->summary);
    plain(w, "image", it->image);
    date(w, "date_published", it->published);
    date(w, "date_modified", it->modified);
    if (!str_eq(it->language, language))
        plain(w, "language", it->language);
    if (it->ntags) {
        key(w, "tags");
        buf_add_char(w->out, '[');
        for (size_t i = 0; i < it->ntags; i++) {
            if (i)
                buf_add_char(w->out, ',');
            masked(w, it->tags[i]);
        }
        buf_add_char(w->out, ']');
    }
    attachments(w, it);
    reply(w, it);
    close_object(w);
}

static void report(struct writer *w, const struct feed *feed)
{
    key(w, "_huiying");
    open_object(w);
    plain(w, "format", str_from(item_format_name(feed->format)));
    plain(w, "encoding", feed->encoding);
    key(w, "problems");
    buf_add_char(w->out, '[');
    for (size_t i = 0; i < feed->nproblems; i++) {
        if (i)
            buf_add_char(w->out, ',');
        open_object(w);
        key(w, "line");
        buf_addf(w->out, "%d", feed->problems[i].line);
        plain(w, "text", feed->problems[i].text);
        close_object(w);
    }
    buf_add_char(w->out, ']');
    close_object(w);
}

int parse_write_json(const struct feed *feed, void (*mask)(void *arg, struct buf *text), void *arg,
                     struct buf *out)
{
    struct writer w = {.out = out, .mask = mask, .arg = arg};

    open_object(&w);
    plain(&w, "version", STR("https://jsonfeed.org/version/1.1"));
    key(&w, "title");
    masked(&w, feed->title);
    plain(&w, "home_page_url", feed->home_url);
    plain(&w, "feed_url", feed->feed_url);
    text(&w, "description", feed->description);
    plain(&w, "icon", feed->icon);
    plain(&w, "language", feed->language);
    key(&w, "items");
    buf_add_char(out, '[');
    for (size_t i = 0; i < feed->nitems; i++) {
        if (i)
            buf_add_char(out, ',');
        item(&w, &feed->items[i], feed->language);
    }
    buf_add_char(out, ']');
    report(&w, feed);
    close_object(&w);
    buf_free(&w.text);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
