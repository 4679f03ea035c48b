/* feeds/formats/parse.h - bytes of any feed or board page to typed items. Runs in the worker. */
#ifndef HUIYING_FEEDS_PARSE_H
#define HUIYING_FEEDS_PARSE_H

#include <stdbool.h>

#include "base/buf.h"
#include "feeds/item.h"

/* How a board page is read: selectors in CSS (subset: type, .class, #id, [attr], [attr=v],
 * descendant, child, :nth-child(n), comma) or XPath after "xpath:". `item` gives the subtrees;
 * the others are relative to one. A "@attr" suffix takes an attribute: "a.title@href". */
struct board_spec {
    struct str item, title, link, time, text, reply, reply_time, reply_unit;
    struct str next; /* link to the next page of the list, from the whole page; empty: none */
    /* Of the page that an item links to, from the whole page; all empty: there is none. */
    struct str detail_title, detail_time, detail_text, detail_reply, detail_reply_time,
        detail_reply_unit;
};

struct parse_request {
    struct str body;
    struct str url;             /* address fetched, base of relative links; may be empty */
    struct str mime;            /* Content-Type as received, with charset parameter; may be empty */
    const struct board_spec *board; /* NULL: feeds only; else pages with this spec */
    int zone_minutes;           /* zone of times that state none, minutes east of UTC */
    int64_t now;                /* ms; relative dates ("2小时前") count from it */
    size_t max_items;           /* items past it are dropped with a problem; 0: 10000 */
};

/* Set libxml2 up: once in a process, before threads and before the worker's sandbox. */
void parse_init(void);

/* Parse body. Ill-formed input is recovered item by item, with problems[] naming line and fault.
 * 0 and *out (release with item_feed_free()); ERR_SYNTAX when body is no feed and no board
 * spec fits (*out then still holds encoding and problems); ERR_NOMEM. Never touches network or
 * files. Any thread. RSS 2.0, RSS 1.0, RFC 4287, JSON Feed 1.1. */
int parse_feed(const struct parse_request *req, struct feed **out);

/* Parse body as the page of one item: by the detail selectors of req->board where it has any, else
 * by finding the article's main text. The feed then has one item and format FEED_ARTICLE. 0;
 * ERR_SYNTAX when no text is found; ERR_NOMEM. Authors are cut as everywhere. Any thread. */
int parse_page(const struct parse_request *req, struct feed **out);

struct draft;

/* For the parsing room: decode the body and give its text to `read`, which answers 0, ERR_SYNTAX or
 * ERR_NOMEM; the rest as parse_feed(). */
int parse_by(const struct parse_request *req,
             int (*read)(void *arg, struct draft *d, struct str text), void *arg,
             struct feed **out);

/* Append the feed as one JSON Feed 1.1 document, no authors, with
 * `_huiying: {format, encoding, problems[]}`: 0 or ERR_NOMEM. `mask`, when not NULL, rewrites
 * each text in place on its way out (the classifiers' masker). */
int parse_write_json(const struct feed *feed, void (*mask)(void *arg, struct buf *text), void *arg,
                     struct buf *out);

#endif
