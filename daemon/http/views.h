/* daemon/http/views.h - the public JSON forms of concerns, their clocks and their items. */
#ifndef HUIYING_DAEMON_HTTP_VIEWS_H
#define HUIYING_DAEMON_HTTP_VIEWS_H

#include "alerts/concern.h"
#include "alerts/deadlines/calendar.h"
#include "daemon/config/config.h"
#include "feeds/source/roster.h"
#include "store/store.h"

/* The clock that runs out first of those not met, or NULL. */
const struct concern_clock *views_next_clock(const struct concern *c);

/* Append a concern as one JSON object, without its closing brace, so that a detailed view can add
 * members. Times count from `now` (ms). */
void views_concern_open(struct buf *b, const struct config *config, const struct rules *rules,
                        const struct units *units, const struct concern *c, int64_t now);

/* Member "deputy" onto the open object: the unit that hears of it now and may accept it in the
 * lead's place (值守), as "unit" has it, or null. The calendar may be NULL. */
void views_deputy(struct buf *b, const struct units *units, const struct calendar *calendar,
                  const struct concern *c, int64_t now);

/* What the coordinating unit ticks when it decides on the highest grade proposed or decided, of
 * grades.yaml: "measures", [{"name","needs","has","met"}] of the heat that proposes it, as they are
 * at `now` (ms), and "criteria", [{"text","source"}], which only a person can tell; and "grades",
 * the criteria of each grade by its name. They are numbered from 1 by their order. */
void views_criteria(struct buf *b, const struct heat_rules *rules, const struct concern *c,
                    int64_t now);

/* The public id of an item, 32 hex digits of its ident, into out (returned), and back: false when
 * the text is none. */
enum { VIEWS_ITEM = 2 * STORE_IDENT + 1 };
const char *views_item_id(const unsigned char ident[STORE_IDENT], char out[static VIEWS_ITEM]);
bool views_item_ident(struct str id, unsigned char ident[STORE_IDENT]);

/* Append an item of a concern as an array element: its id, masked title, an excerpt of at most 120
 * code points, link, source, times, and what it was judged to be, by which rules. A text that
 * expired leaves "expired": true. */
void views_mention(struct buf *b, const struct roster *roster, const struct store_item *item);
/* The same of an item that was searched for, with this part of its text as the excerpt, as an
 * object that is left open. */
void views_found(struct buf *b, const struct roster *roster, const struct store_item *item,
                 struct str shown);
/* The same of an item that is in doubt, with "topic" and "proposed" as views_topic() has them, or
 * null. */
void views_doubtful(struct buf *b, const struct roster *roster, const struct rules *rules,
                    const struct store_item *item);
/* The same members onto an open object, with the whole text in place of the excerpt. */
void views_item(struct buf *b, const struct roster *roster, const struct store_item *item);

/* "source_kind" and "source_region" of the source with this id, as they are now; null: it is
 * gone. */
void views_source(struct buf *b, const struct roster *roster, struct str id);

/* "topic": {"id","name","name_en"} and "unit": likewise, by id; unknown ids keep the id as name:
 * a topic may have gone with a reload while its concerns are open. */
void views_topic(struct buf *b, const struct rules *rules, const char *id);
/* The same under another name; null for an empty id. */
void views_topic_or_null(struct buf *b, const struct rules *rules, const char *name, struct str id);
void views_unit(struct buf *b, const struct units *units, const char *id);

/* The name of a place, which leads from the daemon's own place down (青石镇桥头村); of one that no
 * gazetteer knows its code. */
void views_place(struct buf *b, const struct config *config, const struct rules *rules,
                 struct str code);
/* `member`: {"code","name"} of a place as views_place() names it, or null without a code. */
void views_region(struct buf *b, const struct config *config, const struct rules *rules,
                  const char *member, const char *code);

#endif
