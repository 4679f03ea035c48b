/* tests/bench/corpus.h - feeds made up for measuring: 30 items, about 113 KB, no two items alike.
 */
#ifndef HUIYING_BENCH_CORPUS_H
#define HUIYING_BENCH_CORPUS_H

#include "base/buf.h"

enum { CORPUS_ITEMS = 30 };

/* Append one RSS 2.0 feed; `number` makes its GUIDs, links and texts differ from any other's, and
 * every item whose running number is divisible by `alert_every` raises unpaid wages of its own
 * matter. The others are of no topic, but for what chance
 * puts together. */
void corpus_feed(uint64_t number, unsigned alert_every, struct buf *out);

/* Append a plain text of about `bytes` in everyday words, among them terms of topics, in
 * paragraphs. */
void corpus_text(uint64_t number, size_t bytes, struct buf *out);

/* Items among the first `feeds` feeds that alert. */
uint64_t corpus_alerts(uint64_t feeds, unsigned alert_every);

#endif
