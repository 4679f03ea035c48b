#include "feeds/parse.h"

#include <libxml/parser.h>

#include "base/err.h"
#include "feeds/board.h"
#include "feeds/charset.h"
#include "feeds/draft.h"
#include "feeds/jsonfeed.h"
#include "feeds/page.h"
#include "feeds/xmlfeed.h"

enum { LONGEST = 8 << 20 };

/* libxml2 would write to standard error, in its own words. */
static void say_nothing(void *ctx, const char *format, ...)
{
    (void)ctx, (void)format;
}

void parse_init(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, say_nothing);
}

/* Where the first replacement character stands. */
static int line_of_fault(struct str text)
{
    size_t at = str_find(text, STR("\xEF\xBF\xBD"), 0);
    int line = 1;

    for (size_t i = 0; i < text.n && i < at; i++)
        line += text.p[i] == '\n';
    return line;
}

static int parse_text(void *arg, struct draft *d, struct str text)
{
    (void)arg;
    struct str head = str_trim((struct str){text.p, text.n < 4096 ? text.n : 4096});

    if (d->req->board)
        return board_parse(d, text, NULL);
    if (head.n && head.p[0] == '{')
        return jsonfeed_parse(d, text);
    return xmlfeed_parse(d, text);
}

static int parse_article(void *arg, struct draft *d, struct str text)
{
    (void)arg;
    return page_parse(d, text, NULL);
}

int parse_by(const struct parse_request *req,
             int (*read)(void *arg, struct draft *d, struct str text), void *arg, struct feed **out)
{
    struct feed *feed = draft_feed();
    struct buf text = BUF_INIT;
    const struct charset *cs;
    struct draft d;
    size_t faults;
    bool overruled;
    int err;

    *out = NULL;
    if (!feed)
        return ERR_NOMEM;
    draft_init(&d, req, feed);
    struct str body = req->body;
    if (body.n > LONGEST) {
        draft_problem(&d, 0, "the document is longer than 8 MiB; the rest is dropped");
        body.n = LONGEST;
    }
    err = charset_to_utf8(body, req->mime, &text, &cs, &faults, &overruled);
    if (!err) {
        feed->encoding = charset_name(cs);
        if (overruled)
            draft_problem(&d, 0, "the stated character encoding does not fit and was set aside");
        if (faults)
            draft_problem(&d, line_of_fault(buf_str(&text)),
                          "bytes that mean nothing in the character encoding");
        err = read(arg, &d, buf_str(&text));
        if (err == ERR_SYNTAX && !feed->nproblems)
            draft_problem(&d, 0, "the document is no feed");
        if (err == ERR_SYNTAX)
            feed->format = FEED_UNKNOWN;
    }
    buf_free(&text);
    if (draft_done(&d))
        err = ERR_NOMEM;
    if (err == ERR_NOMEM) {
        item_feed_free(feed);
        return err;
    }
    *out = feed;
    return err;
}

int parse_feed(const struct parse_request *req, struct feed **out)
{
    return parse_by(req, parse_text, NULL, out);
}

int parse_page(const struct parse_request *req, struct feed **out)
{
    return parse_by(req, parse_article, NULL, out);
}
