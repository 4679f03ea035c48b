/* classifiers/judge.h - the whole verdict on a text: mask, fold, match, rules, regions. */
#ifndef HUIYING_CLASSIFIERS_JUDGE_H
#define HUIYING_CLASSIFIERS_JUDGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "classifiers/rules/rules.h"
#include "classifiers/verdict.h"
#include "feeds/item.h"
#include "feeds/source/source.h"

struct judge; /* rules plus scratch memory; one per thread */

struct judge *judge_new(const struct rules *rules); /* rules must outlive it */
void judge_free(struct judge *j);

struct judge_context {
    enum source_kind kind;
    struct str region; /* division code of the source's place, or empty */
    struct str url;    /* of the feed */
    struct str home;   /* the town's own division code: what is elsewhere opens nothing; or empty */
    int64_t now;       /* ms; for the dates of rules where an item has none; 0: any date fits */
};

/* Judge every item of a parsed feed: 0 and *out (verdict_free()), or ERR_NOMEM. */
int judge_feed(struct judge *j, const struct feed *feed, const struct judge_context *context,
               struct verdicts **out);

/* The feed is the page of a published reply: what it promises into the verdicts that were made of
 * it. `now` in ms. */
void judge_reply_page(const struct feed *feed, int64_t now, struct verdicts *verdicts);

/* Judge one plain item: fills *out from `arena`, without sketch and traits. title and text are
 * masked copies; topics and hit terms point into the rules, which must outlive the verdict.
 * `published` is that of the item in ms, 0: unknown. */
int judge_text(struct judge *j, struct str title, struct str text, int64_t published,
               const struct judge_context *context, struct arena *arena, struct verdict *out);

/* What grouping compares of the text that j has judged last, into that verdict: the sketch and
 * traits of what has a topic or comes from a board. 0 or ERR_NOMEM. */
int judge_likeness(struct judge *j, const struct judge_context *context, struct verdict *v);

/* One JSON line of an item (`id`,`title`,`content_text`,`date_published`; optional: `source` news,
 * board or official, `region`, of the source, and `home`, of the town) to one JSON line
 * {"id","tags":[{"topic","score","by","grade","why":[{"term","start","end"}]}],"regions":[…],
 * "kind","doubt","request","rules"}, with "elsewhere" when it is outside home and "limits" when a
 * regex gave up. What the model says (`by`) only counts with "learned": true. `now` as in the
 * context. 0,
 * ERR_SYNTAX with *problem set to static text (out untouched), or ERR_NOMEM. */
int judge_json_line(struct judge *j, struct str line, int64_t now, struct buf *out,
                    const char **problem);

#endif
