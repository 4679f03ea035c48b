/* store/codec.h - what a store keeps, as values of bytes: for backends that keep bytes. Private to
 * this folder. Fixed-width numbers are little-endian but where it says otherwise. */
#ifndef HUIYING_STORE_CODEC_H
#define HUIYING_STORE_CODEC_H

#include "base/arena.h"
#include "store/store.h"

/* An item's record begins with these bytes: number (8), concern (8), found (8), expires (8), doubt
 * (2), all of them codec_order()ed; kind, request, marked, is there a topic (1 each); content (8);
 * lengths (4 each) of tail, link, title and text, which follow in this order. The scripts of
 * redis/ read and change them there. */
enum { CODEC_HEAD = 62 };

/* Append a number big-endian, a time with its sign bit turned: in the order of their bytes. */
void codec_order(struct buf *out, uint64_t v);
void codec_order_time(struct buf *out, int64_t v);
uint64_t codec_read_order(const char bytes[static 8]);
int64_t codec_read_order_time(const char bytes[static 8]);

/* Read a text that fits into `size` bytes with its NUL, else false; a number below `limit`, else 0
 * and *ok is unset. */
bool codec_text(struct buf_reader *in, char *out, size_t size);
uint8_t codec_choice(struct buf_reader *in, unsigned limit, bool *ok);

/* Append; check buf_ok(). */
void codec_item(const struct store_item *item, struct buf *out);
void codec_event(const struct event *e, struct buf *out);
void codec_concern(const struct concern *c, struct buf *out); /* without reply_url */
void codec_mark(const struct store_mark *m, struct buf *out); /* without ident and aspect */
void codec_page(const struct store_page *p, struct buf *out); /* due first, in that order */
void codec_reply(const struct store_reply *r, struct buf *out); /* without concern */
void codec_command(const struct store_command *c, struct buf *out); /* `at` first */
/* Without the parts that STORE_KEEP_* name; those. */
void codec_source(const struct store_source *s, struct buf *out);
void codec_source_poll(const struct store_source *s, struct buf *out);
void codec_source_move(const struct store_source *s, struct buf *out); /* but for moved_at */
void codec_source_time(int64_t at, struct buf *out);
void codec_added(const struct source *s, struct buf *out);

/* Fill in what the writers above wrote: 0, ERR_CORRUPT (no writer of ours wrote these bytes) or
 * ERR_NOMEM. Strings go to the arena, or are borrowed from the bytes when it is NULL. */
int codec_read_item(struct str bytes, struct arena *arena, struct store_item *out);
uint64_t codec_item_number(struct str record);
int codec_read_seen(struct str head, struct store_seen *out); /* all but ident */
int codec_read_event(struct str bytes, struct event *out);
int codec_read_concern(struct str bytes, struct concern *out);
int codec_read_mark(struct str bytes, struct store_mark *out);
int codec_read_page(struct str bytes, struct store_page *out);
int codec_read_reply(struct str bytes, struct store_reply *out);
int codec_read_command(struct str bytes, struct store_command *out);
int codec_read_source(struct str state, struct str poll, struct str move, struct arena *arena,
                      struct store_source *out); /* but its id */
int codec_read_source_time(struct str bytes, int64_t *out); /* no bytes: 0 */
int codec_read_added(struct str bytes, struct arena *arena, struct source *out);

#endif
