/* store/backend.h - what a backend is to store.c: a const table of whole transactions. Private to
 * this folder. */
#ifndef HUIYING_STORE_BACKEND_H
#define HUIYING_STORE_BACKEND_H

#include "store/check.h"
#include "store/store.h"

enum {
    HASH_KEY = 16,
    CHANGES_KEPT = 100000 /* of words, for store_words_after() */
};

/* Which states a page shows. */
enum backend_states {
    STATES_ANY,
    STATES_OPEN, /* all but closed */
    STATES_ACCEPTED,
    STATES_CLOSED,
    STATES_FOUND,
    STATES_DECLINED,
    STATES_CHOICES
};

/* A store_query with its names resolved and its bounds applied. */
struct backend_query {
    enum backend_states states;
    const char *topic, *unit; /* NULL: any */
    const char *const *units; /* any of these, when nunits, which is 2 or more; unit is NULL then */
    size_t nunits;
    enum grade least;
    enum store_order order;
    bool after;               /* rows past (key, id) only */
    int64_t after_key;        /* due, or opened (not negated) */
    uint64_t after_id;
    size_t limit;             /* 1 to STORE_PAGE_MAX */
};

/* Every backend's handle begins with this. */
struct store {
    const struct backend *backend;
    bool writer;
    bool shared; /* no writer, and may open readers all the same */
    char epoch[STORE_EPOCH];
    unsigned char hash_key[HASH_KEY];
};

/* The calls of store.h after store.c has checked arguments and rights; same results. commit gets
 * a batch that check_batch() passed, and the unit heads that it leads to. check_batch() asks for
 * `head` and `unit_head` too. */
struct backend {
    size_t batch_items;
    void (*close)(struct store *s);
    int (*reader)(struct store *writer, struct store **out);
    int (*commit)(struct store *s, const struct store_batch *batch,
                  const struct check_heads *heads);
    /* NULL, or: is this the batch whose outcome commit could not tell, and was it committed? */
    bool (*kept)(struct store *s, const struct store_batch *batch);
    int (*settled)(struct store *s); /* NULL: whatever is there */
    bool (*fenced)(struct store *s); /* NULL: never */
    int (*seen)(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
                struct store_seen *out);
    int (*seen_as)(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out);
    int (*head)(struct store *s, uint64_t *out);
    int (*unit_head)(struct store *s, const char *unit, uint64_t *out);
    int (*published)(struct store *s, uint64_t *out);
    int (*rules)(struct store *s, uint64_t *out);
    int (*cursor)(struct store *s, const char *unit, const char *receiver, uint64_t *out);
    int (*events_after)(struct store *s, uint64_t after, struct event *out, size_t max);
    int (*unit_events_after)(struct store *s, const char *unit, uint64_t after, struct event *out,
                             size_t max);
    int (*command)(struct store *s, const char *key, struct store_command *out);
    int (*note)(struct store *s, uint64_t seq, struct buf *out);
    int (*drop_note)(struct store *s, uint64_t seq);
    int (*survey)(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);
    int (*corrections)(struct store *s, const struct store_correction *from, size_t limit,
                       int (*each)(void *arg, const struct store_correction *row), void *arg);
    int (*each_shared)(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg);
    int (*publications)(struct store *s, uint64_t concern,
                        int (*each)(void *arg, const struct store_publication *p), void *arg);
    int (*each_concern)(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg);
    int (*each_source)(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg);
    int (*each_unit)(struct store *s,
                     int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                     void *arg);
    int (*each_added)(struct store *s, int (*each)(void *arg, const struct source *source),
                      void *arg);
    int (*source)(struct store *s, struct str id,
                  int (*each)(void *arg, const struct store_source *src), void *arg);
    int (*pages_due)(struct store *s, int64_t now, size_t max,
                     int (*each)(void *arg, const struct store_page *page), void *arg);
    int (*page)(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_page *page), void *arg);
    int (*replies_due)(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg);
    int (*replies)(struct store *s, uint64_t concern,
                   int (*each)(void *arg, const struct store_reply *reply), void *arg);
    int (*next_reply)(struct store *s, uint64_t *out); /* INT64_MAX: none */
    int (*item)(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_item *item), void *arg);
    int (*numbered)(struct store *s, uint64_t number,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
    /* NULL: one by one is as good */
    int (*each_numbered)(struct store *s, const uint64_t *numbers, size_t n,
                         int (*each)(void *arg, size_t at, const struct store_item *item),
                         void *arg);
    int (*words_after)(struct store *s, struct store_tail *tail, size_t max,
                       int (*each)(void *arg, const struct store_words *words), void *arg);
    int (*each_text)(struct store *s, struct store_place *place, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
    int (*each_doubt)(struct store *s, size_t max,
                      int (*each)(void *arg, const struct store_item *item), void *arg);
    int (*texts)(struct store *s, uint64_t *out);
    int (*each_mark)(struct store *s, const struct store_mark *from, size_t limit,
                     int (*each)(void *arg, const struct store_mark *mark), void *arg);
    int (*each_arrivals)(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                         void *arg);
    int (*next_page)(struct store *s, uint64_t *out); /* INT64_MAX: none */
    int (*concerns)(struct store *s, const struct backend_query *q,
                    int (*each)(void *arg, const struct concern *c), void *arg);
    int (*concern)(struct store *s, uint64_t id, struct concern *out);
    /* NULL: one by one is as good */
    int (*concerns_of)(struct store *s, const uint64_t *ids, size_t n,
                       int (*each)(void *arg, const struct concern *c), void *arg);
    int (*concern_items)(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg);
    int (*each_member)(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_item *item), void *arg);
    int (*concern_events)(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg);
    int (*account)(struct store *s, const char *name, struct account *out);
    int (*token)(struct store *s, const unsigned char *hash, struct account_token *out);
    int (*each_account)(struct store *s, int (*each)(void *arg, const struct account *a),
                        void *arg);
    int (*each_token)(struct store *s, int (*each)(void *arg, const struct account_token *t),
                      void *arg);
    int (*trail_after)(struct store *s, uint64_t after, size_t max,
                       int (*each)(void *arg, const struct trail_row *row), void *arg);
    int (*trail_head)(struct store *s, uint64_t *seq, unsigned char *hash);
    int (*counts)(struct store *s, struct store_counts *out);
    /* For transfer.c, of a store that nobody writes meanwhile; in any order. */
    int (*each_alias)(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                      void *arg);
    int (*each_cursor)(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                       void *arg);
    int (*each_command)(struct store *s,
                        int (*each)(void *arg, const struct store_command *command), void *arg);
    /* Take on another store's epoch and hash key, while it is empty. */
    int (*adopt)(struct store *s, const struct store *other);
    int (*expire)(struct store *s, int64_t now, size_t max);
    /* One transaction. `older`: STORE_FORGET_SLACK before `before`. */
    int (*forget)(struct store *s, int64_t before, int64_t older, size_t max);
    bool (*residue)(const struct store *s);
};

int sqlite_open(const char *path, struct store **out);
/* With its scheme. */
int redis_open(const char *address, struct store **out);
int redis_check(const char *address); /* as address_check() */
int redis_look(const char *address, struct store **out); /* as address_look() */
/* As store_lead_spooled() and store_follow(). */
int redis_lead(const char *address, const char *token, unsigned replicas, const char *spool,
               struct store **out);
int redis_follow(const char *address, struct store **out);
int redis_erase(const char *address);
int memory_open(struct store **out);

/* The scope of the answer that the event tells of, or -1: it tells of none. */
int backend_answer(const struct event *e);
/* What reopened the concern, enum reopening, or -1: the event tells of nothing such. */
int backend_reopening(const struct event *e);
/* Does the concern count as overdue? */
bool backend_overdue(const struct concern *c);
/* A new epoch and hash key. */
void backend_new_identity(struct store *s);

#endif
