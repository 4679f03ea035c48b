/* feeds/formats/discover.h - the feeds that a page names. Runs in the worker. */
#ifndef HUIYING_FEEDS_DISCOVER_H
#define HUIYING_FEEDS_DISCOVER_H

#include "base/arena.h"
#include "base/buf.h"

struct discover_feed {
    struct str url;   /* absolute, http or https, and no person's (feeds/source/source.h) */
    struct str title; /* one line of plain text, may be empty */
    struct str type;  /* media type as stated; empty when a plain link led here */
};

enum { DISCOVER_MAX = 64, DISCOVER_REASONS = 4 };

struct discovery {
    struct arena *arena; /* owns everything below */
    struct discover_feed *list; /* in the page's order, each address once */
    size_t count;
    /* Links left out because their address may not be a source, by reason: static, "zh (en)". */
    struct {
        const char *why;
        size_t count;
    } refused[DISCOVER_REASONS];
};

/* Find the feeds of a page fetched from url: those of <link rel=alternate> with a feed's type, else
 * the <a href> that look like a feed's address; a page that is a feed yields itself. Relative to
 * <base href>. 0 and *out, maybe without feeds (release with discover_free()), or ERR_NOMEM. Any
 * thread. HTML Standard §4.6.7.1. */
int discover_feeds(struct str body, struct str mime, struct str url, struct discovery **out);
/* Harmless on NULL. */
void discover_free(struct discovery *found);

/* Append {"feeds":[{"url","title","type"}],"refused":[{"count","text"}]}: 0 or ERR_NOMEM. `mask`,
 * when not NULL, rewrites titles. */
int discover_write_json(const struct discovery *found, void (*mask)(void *arg, struct buf *text),
                        void *arg, struct buf *out);

#endif
