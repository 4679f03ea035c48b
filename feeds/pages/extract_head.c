/* An article's title and date, from the page around it. */
#include <libxml/tree.h>

#include "base/clock.h"
#include "feeds/pages/extract.h"
#include "feeds/pages/tree.h"
#include "feeds/text/dates.h"
#include "feeds/text/decode.h"

enum { TITLE_BYTES = 600, DATE_BYTES = 200, DATE_TEXTS = 4000 };

static struct str text_of(struct draft *d, xmlNode *node)
{
    xmlChar *content = xmlNodeGetContent(node);
    struct str s = str_trim(str_from((const char *)content)), kept = STR_NONE;

    if (s.n && s.n <= TITLE_BYTES && decode_is_clean(s)) {
        /* Text, not markup: its signs must not be read as tags. */
        struct buf line = BUF_INIT;
        bool space = false;
        for (size_t i = 0; i < s.n; i++) {
            bool blank = s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t';
            if (blank && !space)
                buf_add_char(&line, ' ');
            else if (!blank)
                buf_add_char(&line, s.p[i]);
            space = blank;
        }
        kept = draft_keep(d, buf_str(&line));
        d->failed |= !buf_ok(&line);
        buf_free(&line);
    }
    xmlFree(content);
    return kept;
}

/* "标题_频道_网站", "标题 - 网站", "标题|网站": what stands before the site's name. */
static struct str without_site(struct str title)
{
    static const char *const seams[] = {"_", " - ", " | ", "|", "——", "--", " – ", "｜", "-", NULL};

    for (size_t i = 0; seams[i]; i++) {
        size_t at = str_find(title, str_from(seams[i]), 0);
        if (at != (size_t)-1 && at >= 12)
            return str_trim((struct str){title.p, at});
    }
    return title;
}

struct str extract_title(struct draft *d, xmlNode *root)
{
    static const char *const headings[] = {"h1", "h2", "h3", NULL};
    xmlNode *node = tree_find(root, "title");
    struct str title = node ? text_of(d, node) : STR_NONE, first = STR_NONE;

    for (size_t i = 0; headings[i]; i++)
        for (xmlNode *n = root; n; n = tree_next(n, root, true)) {
            if (!tree_is(n, headings[i]))
                continue;
            struct str text = text_of(d, n);
            if (text.n >= 6 && str_find(title, text, 0) != (size_t)-1)
                return text;
            if (i == 0 && !first.n)
                first = text;
        }
    title = without_site(title);
    return title.n ? title : first;
}

static bool names_date(struct str name)
{
    static const char *const names[] = {
        "article:published_time", "og:published_time", "pubdate", "publishdate", "publish_time",
        "pubtime", "publishtime", "datePublished", "date", "article.created", "contentPubDate",
        "bytedance:published_time", "weibo:article:create_at"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(name, str_from(names[i])))
            return true;
    return false;
}

/* A date with its year, which a page prints for the article and seldom for anything before it. */
static bool whole_date(struct str s)
{
    for (size_t i = 0; i + 4 < s.n; i++)
        if ((s.p[i] == '1' || s.p[i] == '2') && s.p[i + 1] >= '0' && s.p[i + 1] <= '9' &&
            s.p[i + 2] >= '0' && s.p[i + 2] <= '9' && s.p[i + 3] >= '0' && s.p[i + 3] <= '9' &&
            (s.p[i + 4] == '-' || s.p[i + 4] == '/' || s.p[i + 4] == '.' ||
             (unsigned char)s.p[i + 4] == 0xE5))
            return true;
    return false;
}

static bool read_date(struct draft *d, struct str s, int64_t *ms)
{
    const struct parse_request *req = d->req;

    return s.n && s.n <= DATE_BYTES && whole_date(s) &&
           dates_parse(s, req->zone_minutes, req->now, ms) == 0 && *ms <= req->now + CLOCK_DAY;
}

int64_t extract_date(struct draft *d, xmlNode *root)
{
    int64_t ms;
    int texts = 0;

    for (xmlNode *n = root; n; n = tree_next(n, root, true)) {
        if (!tree_is(n, "meta"))
            continue;
        struct str name = tree_attribute(n, "property");
        name = name.n ? name : tree_attribute(n, "name");
        name = name.n ? name : tree_attribute(n, "itemprop");
        if (names_date(name) && read_date(d, tree_attribute(n, "content"), &ms))
            return ms;
    }
    for (xmlNode *n = root; n && texts < DATE_TEXTS; n = tree_next(n, root, true)) {
        bool raw = tree_is(n, "script") || tree_is(n, "style") || tree_is(n, "title");
        if (raw) {
            n = n->children && !n->next ? n->children : n;
            continue;
        }
        if (tree_is(n, "time") && read_date(d, tree_attribute(n, "datetime"), &ms))
            return ms;
        if (n->type != XML_TEXT_NODE || tree_is(n->parent, "title"))
            continue;
        texts++;
        if (read_date(d, str_trim(str_from((const char *)n->content)), &ms))
            return ms;
    }
    return 0;
}
