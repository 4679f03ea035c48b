#define _GNU_SOURCE
#include "feeds/formats/jsonfeed.h"

#include <jansson.h>

#include "base/err.h"
#include "base/member.h"
#include "feeds/people/ident.h"
#include "feeds/text/decode.h"

/* The text at a key, clean: escapes can bring in what the decoder took out. STR_NONE when it is
 * no string. */
static struct str text_of(struct draft *d, const json_t *value)
{
    struct str s = member_str(value);
    struct buf clean = BUF_INIT;
    size_t faults = 0;

    if (!s.p || decode_is_clean(s))
        return s.p ? s : STR_NONE;
    d->failed |= decode_text(DECODE_UTF8, NULL, s, &clean, &faults) != 0;
    s = draft_keep(d, buf_str(&clean));
    buf_free(&clean);
    return s;
}

static struct str text_at(struct draft *d, const json_t *object, const char *key)
{
    return text_of(d, json_object_get(object, key));
}

/* The first of two keys that holds a string: JSON Feed's own, and the one that feed readers which
 * save their result as JSON use for it. */
static struct str text_at_either(struct draft *d, const json_t *o, const char *own,
                                 const char *other)
{
    struct str s = text_at(d, o, own);

    return s.n ? s : text_at(d, o, other);
}

static void read_attachments(struct draft *d, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *size = json_object_get(one, "size_in_bytes");
        draft_attachment(d, STR_NONE, text_at(d, one, "url"), text_at(d, one, "mime_type"),
                         json_is_number(size) && json_number_value(size) >= 0 &&
                                 json_number_value(size) < 9e15
                             ? (int64_t)json_number_value(size)
                             : -1);
    }
}

static void read_id(struct draft *d, const json_t *id)
{
    char number[32];

    if (json_is_string(id)) {
        d->item.id = ident_guid(d->feed->arena, text_of(d, id));
    } else if (json_is_number(id)) { /* against version 1.0, which has readers take it for text */
        if (json_is_integer(id))
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
        else
            snprintf(number, sizeof number, "%.17g", json_real_value(id));
        d->item.id = draft_keep(d, str_from(number));
    }
}

static void read_item(struct draft *d, const json_t *o, int line)
{
    struct feed_item *it = &d->item;
    const json_t *tags = json_object_get(o, "tags");

    if (!draft_begin(d, line))
        return;
    read_id(d, json_object_get(o, "id"));
    it->url = draft_link(d, STR_NONE, text_at_either(d, o, "url", "link"));
    it->external_url = draft_link(d, STR_NONE, text_at(d, o, "external_url"));
    it->title = draft_line(d, text_at(d, o, "title"));
    it->language = draft_line(d, text_at(d, o, "language"));
    draft_image(d, STR_NONE, text_at(d, o, "image"));
    draft_image(d, STR_NONE, text_at(d, o, "banner_image"));
    struct str html = text_at(d, o, "content_html"), plain = text_at(d, o, "content_text");
    if (!html.n && !plain.n)
        html = text_at(d, o, "description");
    draft_content(d, it->url, html.n ? html : plain, html.n > 0, true);
    it->summary = draft_keep(d, text_at(d, o, "summary"));
    it->published = draft_date(d, text_at_either(d, o, "date_published", "published"), line);
    it->modified = draft_date(d, text_at(d, o, "date_modified"), line);
    for (size_t i = 0; i < json_array_size(tags); i++)
        draft_tag(d, text_of(d, json_array_get(tags, i)));
    read_attachments(d, json_object_get(o, "attachments"));
    d->whole = true;
    draft_end(d);
}

static void read_head(struct draft *d, const json_t *o)
{
    struct feed *f = d->feed;
    struct str icon = text_at(d, o, "icon");

    f->title = draft_line(d, text_at(d, o, "title"));
    f->home_url = draft_link(d, STR_NONE, text_at_either(d, o, "home_page_url", "link"));
    f->feed_url = draft_link(d, STR_NONE, text_at(d, o, "feed_url"));
    f->description = draft_line(d, text_at(d, o, "description"));
    f->language = draft_line(d, text_at(d, o, "language"));
    f->icon = draft_link(d, STR_NONE, icon.n ? icon : text_at(d, o, "favicon"));
}

/* End of the object that begins at `at`, strings minded; text.n when it does not end. */
static size_t object_end(struct str s, size_t at)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = at; i < s.n; i++) {
        char c = s.p[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"' || c == '\n') /* no string goes over a line: its quote is missing */
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return s.n;
}

static int lines_between(struct str s, size_t from, size_t to)
{
    int n = 0;

    for (size_t i = from; i < to; i++)
        n += s.p[i] == '\n';
    return n;
}

static json_t *load(struct str s, json_error_t *error)
{
    return json_loadb(s.p, s.n, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, error);
}

/* The head of a document that does not load: what stands before its items, closed by us. */
static void salvage_head(struct draft *d, struct str before)
{
    struct buf head = BUF_INIT;
    json_error_t error;

    buf_add_str(&head, before);
    buf_add_text(&head, "0}");
    json_t *o = buf_ok(&head) ? load(buf_str(&head), &error) : NULL;
    if (o)
        read_head(d, o);
    json_decref(o);
    buf_free(&head);
}

/* An object that the document's end cut off: so much of it as was whole, and of its texts as much
 * as came. NULL when that is nothing. */
static json_t *load_cut(struct str s)
{
    static const char *const closings[] = {"\"}", "}", "null}", "\":null}", "\"]}", "]}"};
    static const char *const texts[] = {"title", "summary", "content_html", "content_text",
                                        "description"};
    enum { LONGEST_ESCAPE = 12, LONGEST = 1 << 18 }; /* two code units, the second of them cut */
    struct buf text = BUF_INIT;
    json_error_t error;
    json_t *o = NULL;

    for (size_t less = 0; !o && s.n < LONGEST && less <= LONGEST_ESCAPE && less < s.n; less++)
        for (size_t i = 0; !o && i < sizeof closings / sizeof *closings; i++) {
            buf_reset(&text);
            buf_add(&text, s.p, s.n - less);
            buf_add_text(&text, closings[i]);
            o = buf_ok(&text) ? load(buf_str(&text), &error) : NULL;
        }
    buf_free(&text);
    const char *last = NULL, *key;
    json_t *value;
    json_object_foreach(o, key, value)
        last = key;
    bool keep = false;
    for (size_t i = 0; last && i < sizeof texts / sizeof *texts; i++)
        keep |= strcmp(last, texts[i]) == 0;
    if (last && !keep)
        json_object_del(o, last); /* an address or a date is no use without its end */
    return o;
}

/* Load the objects of the "items" array one by one. The start of the next one is sought behind a
 * bad one as the next line, or brace after a comma, so that a missing quote costs one item. */
static int salvage(struct draft *d, struct str s)
{
    size_t key = str_find(s, STR("\"items\""), 0);
    const char *list = key == (size_t)-1 ? NULL : memchr(s.p + key, '[', s.n - key);
    size_t kept = 0, bad = 0, counted = 0;
    int line = 1;
    json_error_t error;

    if (!list)
        return ERR_SYNTAX;
    salvage_head(d, (struct str){s.p, (size_t)(list - s.p)});
    for (size_t at = (size_t)(list - s.p); at < s.n && bad < 200;) {
        const char *brace = memchr(s.p + at, '{', s.n - at);
        if (!brace)
            break;
        at = (size_t)(brace - s.p);
        line += lines_between(s, counted, at);
        counted = at;
        size_t end = object_end(s, at);
        json_t *o = load((struct str){s.p + at, end - at}, &error);
        if (json_object_get(o, "id") || json_object_get(o, "url") ||
            json_object_get(o, "content_html") || json_object_get(o, "content_text")) {
            read_item(d, o, line);
            kept++;
            at = end;
        } else {
            draft_problem(d, line, "有一条的 JSON 写法不对 (an item is not well-formed JSON)");
            bad++;
            size_t next = str_find(s, STR("\"id\""), at + 1);
            if (next != (size_t)-1 && next < end && next < at + 64)
                next = str_find(s, STR("\"id\""), next + 1);
            const char *back = NULL;
            if (next != (size_t)-1)
                back = memrchr(s.p + at + 1, '{', next - at - 1);
            if (!back && end == s.n) { /* the last one, which the end cut off */
                json_decref(o);
                o = load_cut((struct str){s.p + at, end - at});
                if (o)
                    read_item(d, o, line);
                kept += o != NULL;
            }
            at = back ? (size_t)(back - s.p) : end;
        }
        json_decref(o);
    }
    return kept ? 0 : ERR_SYNTAX;
}

int jsonfeed_parse(struct draft *d, struct str text)
{
    json_error_t error;
    struct str head = str_trim(text);
    int err = 0;

    if (!head.n || head.p[0] != '{')
        return ERR_SYNTAX;
    json_t *o = json_loadb(head.p, head.n, JSON_ALLOW_NUL, &error);
    const json_t *items = json_object_get(o, "items");
    if (o && !items && json_is_array(json_object_get(o, "entries"))) {
        items = json_object_get(o, "entries");
        draft_problem(d, 0,
                      "不是 JSON Feed，但有一份与之相近的条目清单 (no JSON Feed, but a list of "
                      "entries much like one)");
    }
    if (!o) {
        if (str_find(text, STR("\"items\""), 0) == (size_t)-1)
            return ERR_SYNTAX;
        draft_problem(d, error.line, "JSON 写法不对 (the JSON is not well-formed)");
        err = salvage(d, text);
    } else if (!json_is_array(items)) {
        err = ERR_SYNTAX;
    } else {
        read_head(d, o);
        for (size_t i = 0; i < json_array_size(items) && !d->full; i++) {
            if (json_is_object(json_array_get(items, i)))
                read_item(d, json_array_get(items, i), 0);
            else
                draft_problem(d, 0, "有一条不是 JSON 对象 (an item is not an object)");
        }
    }
    json_decref(o);
    if (!err)
        d->feed->format = FEED_JSON;
    return d->failed ? ERR_NOMEM : err;
}
