/* classifiers/judge.h - the whole verdict on a text: mask, fold, match, rules, regions. */
#ifndef HUIYING_CLASSIFIERS_JUDGE_H
#define HUIYING_CLASSIFIERS_JUDGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "classifiers/rules.h"
#include "classifiers/verdict.h"
#include "feeds/item.h"
#include "feeds/source.h"

struct judge; /* rules plus scratch memory; one per thread */

struct judge *judge_new(const struct rules *rules); /* rules must outlive it */
void judge_free(struct judge *j);

struct judge_context {
    enum source_kind kind;
    struct str region; /* division code of the source's place, or empty */
    struct str url;    /* of the feed */
};

/* Judge every item of a parsed feed: 0 and *out (verdict_free()), or ERR_NOMEM. */
int judge_feed(struct judge *j, const struct feed *feed, const struct judge_context *context,
               struct verdicts **out);

/* Judge one plain item: fills *out from `arena`. title and text are masked copies. */
int judge_text(struct judge *j, struct str title, struct str text,
               const struct judge_context *context, struct arena *arena, struct verdict *out);

/* One JSON line of an item (`id`,`title`,`content_text`,`date_published`) to one JSON line
 * {"id","tags":[{"topic","score","why":[{"term","start","end"}]}],"regions":[…],"kind","request",
 * "rules"}: 0, ERR_SYNTAX with *problem set to static text (out untouched), or ERR_NOMEM. */
int judge_json_line(struct judge *j, struct str line, struct buf *out, const char **problem);

#endif
