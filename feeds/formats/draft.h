/* feeds/formats/draft.h - a feed while a parser puts it together, whatever its format. */
#ifndef HUIYING_FEEDS_DRAFT_H
#define HUIYING_FEEDS_DRAFT_H

#include <stdbool.h>

#include "base/buf.h"
#include "feeds/formats/parse.h"

/* For a reader that counts lines only when it is asked. */
enum { DRAFT_HERE = -1 };

struct draft {
    const struct parse_request *req;
    struct feed *feed;
    struct feed_item item; /* the open one */
    bool open;             /* an item is open */
    bool whole;            /* its end was seen: kept even when nothing is in it */
    bool full;             /* max_items was reached and told */
    bool failed;           /* memory is exhausted */
    bool main_content;     /* the open item's content came from a content element */
    int64_t update_period, update_frequency; /* as sy: states them so far; 0: not */
    struct str spare_title; /* of a picture or film in the open item: its own when it has none */
    struct buf text, html;  /* scratch */
    int (*here)(void *reader); /* the line that DRAFT_HERE means */
    void *reader;
    size_t items_cap, tags_cap, attachments_cap, problems_cap;
};

/* An empty feed. NULL when memory is exhausted. */
struct feed *draft_feed(void);
void draft_init(struct draft *d, const struct parse_request *req, struct feed *feed);
/* Frees the scratch memory; the feed stays. 0 or ERR_NOMEM when anything failed on the way. */
int draft_done(struct draft *d);

/* The text of a body of at most `longest` bytes: appended to out, what is past them and what its
 * encoding has wrong told as problems. 0 and feed->encoding set, or ERR_NOMEM. */
int draft_decode(struct draft *d, struct str body, size_t longest, struct str mime,
                 struct buf *out);

/* `text` is static, "zh (en)", and names the fault; `line` counts from 1, 0 is none. Only the first
 * 100 are kept. */
void draft_problem(struct draft *d, int line, const char *text);
/* False when no more items are taken. An item that is still open is closed first. */
bool draft_begin(struct draft *d, int line);
/* Complete and keep the open item, unless it broke off before anything was in it. Harmless
 * without one. */
void draft_end(struct draft *d);

/* A copy in the feed's arena, as it stands. */
struct str draft_keep(struct draft *d, struct str s);
/* Plain text on one line, from a title or label. */
struct str draft_line(struct draft *d, struct str s);
/* An address, resolved and without user parts. */
struct str draft_link(struct draft *d, struct str base, struct str ref);
/* Milliseconds of a date, 0 when it cannot be read (a problem is noted). */
int64_t draft_date(struct draft *d, struct str s, int line);

/* What the open item holds. `markup` false: plain text. A main content displaces an earlier
 * description, which becomes the summary. */
void draft_content(struct draft *d, struct str base, struct str s, bool markup, bool main);
void draft_summary(struct draft *d, struct str s);
void draft_tag(struct draft *d, struct str s);
void draft_image(struct draft *d, struct str base, struct str ref);
void draft_attachment(struct draft *d, struct str base, struct str url, struct str mime,
                      int64_t bytes);

#endif
