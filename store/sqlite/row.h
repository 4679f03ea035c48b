/* store/sqlite/row.h - between SQLite rows and plain structs: binding, reading, and the codecs of
 * the columns that hold more than one value. Private to this folder. */
#ifndef HUIYING_STORE_ROW_H
#define HUIYING_STORE_ROW_H

#include <sqlite3.h>

#include "store/store.h"

/* Binds parameters 1, 2, … in turn. What is bound must live until the statement has run. */
struct row_binder {
    sqlite3_stmt *statement;
    int at; /* of the last one bound */
    int rc; /* first SQLite error */
};

void row_put_int(struct row_binder *b, int64_t v);
void row_put_null(struct row_binder *b);
void row_put_str(struct row_binder *b, struct str s);
void row_put_text(struct row_binder *b, const char *c);
void row_put_blob(struct row_binder *b, const void *p, size_t n);

/* Reads columns 0, 1, … of the current row in turn. `bad` latches a value that no writer of ours
 * stores. */
struct row {
    sqlite3_stmt *statement;
    int at; /* next */
    bool bad;
};

int64_t row_int(struct row *r);
/* An integer in [0, limit). */
unsigned row_choice(struct row *r, unsigned limit);
/* Points into the row. */
struct str row_str(struct row *r);
/* Into an array of `size`, with its NUL. */
void row_text(struct row *r, char *out, size_t size);

#define ROW_EVENT "seq, at, type, concern, topic, unit, region, grade, act, due, items, percent, " \
                  "late, audience, source, rules, previous, rest, likeness"
#define ROW_CONCERN "id, state, overdue, grade, request, topic, unit, region, opened, updated, " \
                    "accepted, answered, due, items, sources, reply_url, sketch, rest, " \
                    "traits"
/* The same of an assisting unit's row p, in the order of its index. */
#define ROW_PARTY "p.concern, state, overdue, grade, request, topic, concerns.unit, region, " \
                  "opened, updated, accepted, answered, p.due, items, sources, reply_url, " \
                  "sketch, rest, traits"
#define ROW_CONCERN_VALUES "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ROW_CLOCK "concern, idx, rule, act, started, due, met, stage, provisional, level"

/* The columns above in their order. `scratch` holds what is no single value until the statement has
 * run; in `rest` stand the members that most rows do not have, see rest.h. */
void row_put_event(struct row_binder *b, const struct event *e, struct buf *scratch);
void row_event(struct row *r, struct event *out);
/* `sketch` (4 * VERDICT_SKETCH bytes) likewise; all zero slots are stored as NULL. */
void row_put_sketch(struct row_binder *b, const uint32_t sketch[static VERDICT_SKETCH],
                    unsigned char *bytes);
void row_sketch(struct row *r, uint32_t sketch[static VERDICT_SKETCH]);
/* `bytes` (ROW_CONCERN_BYTES) holds sketch and traits until the statement has run. */
enum { ROW_CONCERN_BYTES = 4 * (VERDICT_SKETCH + VERDICT_TRAITS) };
void row_put_concern(struct row_binder *b, const struct concern *c, unsigned char *bytes,
                     struct buf *scratch);
/* Without its clocks; reply_url is allocated: 0 or ERR_NOMEM. */
int row_concern(struct row *r, struct concern *out);
void row_put_clock(struct row_binder *b, const struct concern *c, size_t idx);
/* Appends to c->clocks. */
void row_clock(struct row *r, struct concern *c);

#endif
