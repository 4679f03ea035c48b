/* feeds/source.h - one publisher's feed or one public board: where it is and how to poll it. */
#ifndef HUIYING_FEEDS_SOURCE_H
#define HUIYING_FEEDS_SOURCE_H

#include <stdint.h>

#include "base/conf.h"
#include "feeds/parse.h"

enum source_kind {
    SOURCE_NEWS,    /* 新闻媒体 */
    SOURCE_BOARD,   /* 留言板、论坛: residents write here */
    SOURCE_OFFICIAL /* 政府网站: notices, reports */
};

struct source {
    char *id;    /* slug, unique */
    char *name;  /* for people, Chinese */
    char *url;
    enum source_kind kind;
    int64_t interval; /* ms between polls */
    int64_t since;    /* ms: items older than this at the first poll enter history without alert */
    int zone_minutes;
    struct board_spec board; /* item.n == 0: a feed */
    char *region;            /* division code of the place it speaks of; NULL: the home region */
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

const char *source_kind_name(enum source_kind kind); /* "news", "board", "official" */

/* A profile, single-user time-line or word-search address (DESIGN.md §1.2): the reason in
 * "zh (en)", or NULL when the address may be a source. Also used on redirects and OPML. */
const char *source_refusal(struct str url);

#endif
