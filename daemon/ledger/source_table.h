/* daemon/ledger/source_table.h - what the ledger remembers of each source beside the store, by its
 * number in the roster. One thread writes; any thread may copy an entry. */
#ifndef HUIYING_DAEMON_SOURCE_TABLE_H
#define HUIYING_DAEMON_SOURCE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* 16 bytes: there may be a million. */
struct source_entry {
    uint64_t validators; /* hash of ETag and Last-Modified */
    uint16_t failures;   /* deaths in a row */
    uint8_t state;       /* enum store_source_state */
    uint8_t strikes;     /* see struct store_source */
    bool known;          /* has a row in the store */
    bool configured;     /* of huiying.yaml */
    uint8_t unread;      /* depth of a next page of its list that is to be read yet; 0: none */
    bool unread_first : 1; /* that was at its first poll */
    bool unread_asked : 1; /* it, or one before it, is being read */
};

struct source_table;

struct source_table *source_table_new(void);
void source_table_free(struct source_table *t); /* harmless on NULL */
/* Make entries 0 to count - 1 exist, new ones zeroed: 0 or ERR_NOMEM. Writer only. */
int source_table_grow(struct source_table *t, uint32_t count);
/* A copy; zeroed when there is no such entry. Any thread. */
struct source_entry source_table_get(struct source_table *t, uint32_t index);
/* How many entries are each of these, and nothing before it in this order. Any thread. */
struct source_table_counts {
    uint32_t retired, paused, quarantined, silent;
};
void source_table_counts(struct source_table *t, struct source_table_counts *out);
/* The entry exists. Writer only. */
void source_table_set(struct source_table *t, uint32_t index, const struct source_entry *entry);

#endif
