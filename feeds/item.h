/* feeds/item.h - what every parser yields: one feed of typed items, without people. */
#ifndef HUIYING_FEEDS_ITEM_H
#define HUIYING_FEEDS_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum feed_format {
    FEED_UNKNOWN,
    FEED_RSS,  /* RSS 0.9x and 2.0 */
    FEED_RDF,  /* RSS 0.90 and 1.0 */
    FEED_ATOM, /* RFC 4287, and Atom 0.3 */
    FEED_JSON, /* JSON Feed 1.0 and 1.1 */
    FEED_BOARD,   /* an HTML page read by selectors */
    FEED_SITEMAP, /* sitemaps.org urlset with the Google News extension */
    FEED_ARTICLE  /* one HTML page, read as one item: its main text, or by detail selectors */
};

struct feed_attachment {
    struct str url, mime;
    int64_t bytes; /* -1 unknown */
};

/* All text is valid UTF-8 without NUL, C0 controls other than \t and \n, or bidi overrides.
 * Addresses are absolute where the input allowed, and carry no user parts (feeds/people/ident.h).
 * There is no author here and no place for one (law 1): parsers cut author subtrees. */
struct feed_item {
    struct str id;      /* GUID as published; leaves the process only as a keyed hash, except that
                           `huiying parse` shows it when it is not person-like */
    struct str url, external_url;
    struct str title;   /* plain text */
    struct str html;    /* content as published, author subtrees cut; empty when only text came */
    struct str text;    /* plain text of html or summary: paragraphs by \n */
    struct str summary; /* plain text */
    struct str image, language; /* language: the item's, else the feed's */
    int64_t published, modified; /* ms since 1970, 0 unknown */
    bool loose; /* one of them was told from the day of reading: 3 天前, 7月25日 */
    struct str *tags;
    size_t ntags;
    struct feed_attachment *attachments;
    size_t nattachments;
    /* A board's published official reply; reply.n == 0: none. */
    struct str reply, reply_unit, reply_url;
    int64_t reply_time;
};

/* What a feed says of how often to come: bounds that a publisher asks for, taken with the
 * source's own. 0, or no bit set: not said. */
struct feed_hints {
    int64_t ttl;           /* ms: RSS <ttl>, cloud-less; 0 none */
    int64_t update_period; /* ms: sy:updatePeriod over sy:updateFrequency */
    uint32_t skip_hours;   /* bit h: not in hour h UTC (RSS <skipHours>) */
    uint8_t skip_days;     /* bit d: not on day d UTC, 0 Sunday (RSS <skipDays>) */
};

struct feed_problem {
    int line; /* 1-based line of the decoded input, 0 unknown */
    struct str text; /* English, names the fault, quotes nothing of the input */
};

struct feed {
    struct arena *arena; /* owns everything below */
    enum feed_format format;
    struct str encoding; /* WHATWG name of what was decoded: "UTF-8", "gb18030" … */
    struct str title, home_url, feed_url, description, language, icon;
    struct feed_item *items;
    size_t nitems;
    struct feed_problem *problems;
    size_t nproblems;
    struct feed_hints hints;
    struct str next_url; /* BOARD: the next page by the spec's `next`; empty: none */
    /* BOARD with at least 5 posts whose authors could be told apart: all are by one or two people,
     * so that this is somebody's page and no public board (law 2). Only this verdict is
     * kept. */
    bool few_authors;
};

/* "rss", "rdf", "atom", "json", "board", "sitemap", "article", "unknown". */
const char *item_format_name(enum feed_format format);

/* Harmless on NULL. */
void item_feed_free(struct feed *feed);

#endif
