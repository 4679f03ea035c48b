#include "feeds/formats/parse.h"

#include <libxml/parser.h>

#include "base/err.h"
#include "feeds/formats/draft.h"
#include "feeds/formats/jsonfeed.h"
#include "feeds/formats/xmlfeed.h"
#include "feeds/pages/board.h"
#include "feeds/pages/page.h"
#include "feeds/people/person.h"

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
    struct draft d;

    *out = NULL;
    if (!feed)
        return ERR_NOMEM;
    draft_init(&d, req, feed);
    int err = draft_decode(&d, req->body, LONGEST, req->mime, &text);
    if (!err) {
        size_t before = feed->nproblems;
        err = read(arg, &d, buf_str(&text));
        feed->title = person_without_owner(feed->title);
        if (err == ERR_SYNTAX && feed->nproblems == before)
            draft_problem(&d, 0, "不是信源 (the document is no feed)");
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
