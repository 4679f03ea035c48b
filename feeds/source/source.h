/* feeds/source/source.h - one publisher's feed or one public board: where it is and how to poll
 * it. */
#ifndef HUIYING_FEEDS_SOURCE_H
#define HUIYING_FEEDS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/conf.h"
#include "feeds/formats/parse.h"

enum source_kind {
    SOURCE_NEWS,    /* 新闻媒体 */
    SOURCE_BOARD,   /* 留言板、论坛: residents write here */
    SOURCE_OFFICIAL /* 政府网站: notices, reports */
};

/* What few sources have, apart so that a million plain feeds stay small. */
struct source_extras {
    struct board_spec board; /* item.n == 0: a feed */
    int pages; /* next pages of the list read at one poll, at most; 0: only the first */
    char **headers;          /* "Name: value", NULL-ended; NULL: none. Never Cookie, Authorization,
                                User-Agent, From, Referer, X-Forwarded-For … (law 2) */
    char *proxy; /* http://host:port or socks5h://host:port of the operator; NULL: none */
};

struct source {
    char *id;    /* slug, unique */
    char *name;  /* for people, Chinese */
    char *url;
    char *region;            /* division code of the place it speaks of; NULL: the home region */
    struct source_extras *extras; /* NULL: a plain feed */
    int64_t interval;        /* ms between polls at first */
    int64_t least, most;     /* ms: the interval follows the publishing rate between these */
    int64_t since;    /* ms: items older than this at the first poll enter history without alert */
    int16_t zone_minutes;
    uint8_t kind;            /* enum source_kind */
    bool full_text;          /* read the page that an item links to */
    uint8_t domain_at;       /* for address_parse_again(); the roster's own sources have it */
    char *category;          /* OPML folders joined by "/", or NULL */
};

struct sources {
    struct source *list;
    size_t count;
};

/* The schema of one entry under `sources:` in huiying.yaml, for the daemon's table. */
extern const struct conf_key source_keys[];

/* Read the list node: 0, ERR_SYNTAX when problems were added (duplicate ids, person-like or
 * word-search addresses with the reason, a selector that does not compile), ERR_NOMEM. */
int source_load(const struct conf_node *list, struct sources *out, struct problems *problems);
void source_free(struct sources *sources);

/* One source, from a file of its own, from YAML text (`name` stands for the file in messages) or
 * from a map that was checked against source_keys: 0 and *out, one block for free(); ERR_SYNTAX
 * when problems were added; ERR_NOMEM. */
int source_load_file(const char *path, struct source **out, struct problems *problems);
int source_load_text(const char *name, struct str yaml, struct source **out,
                     struct problems *problems);
int source_load_one(const struct conf_node *map, struct source **out, struct problems *problems);
/* Append it as YAML that source_load_text() reads back to an equal source; a preset's selectors are
 * written out. 0 or ERR_NOMEM. */
int source_write(const struct source *s, struct buf *out);

/* A deep copy in one block, for free(); with another url unless url is NULL. NULL without memory.
 */
struct source *source_copy(const struct source *s, const char *url);

/* Its board spec, or NULL: a feed. */
const struct board_spec *source_board(const struct source *s);

const char *source_kind_name(enum source_kind kind); /* "news", "board", "official" */
/* The kind of this name: false, and *out is left alone, when there is none. */
bool source_kind_find(struct str name, enum source_kind *out);

/* A profile, single-user time-line or word-search address (law 2): the reason in
 * "zh (en)", or NULL when the address may be a source. Also used on redirects and OPML. */
const char *source_refusal(struct str url);

#endif
