/* store/redis/redis_reads.h - what the table of the backend (redis.c) reads by: each as the call of
 * backend.h that it stands for. Private to this folder. */
#ifndef HUIYING_STORE_REDIS_READS_H
#define HUIYING_STORE_REDIS_READS_H

#include "store/redis/redis.h"

/* redis_access.c */
int redis_account(struct store *s, const char *name, struct account *out);
int redis_token(struct store *s, const unsigned char *hash, struct account_token *out);
int redis_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                       void *arg);
int redis_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                     void *arg);
int redis_trail_after(struct store *s, uint64_t after, size_t max,
                      int (*each)(void *arg, const struct trail_row *row), void *arg);
int redis_trail_head(struct store *s, uint64_t *seq, unsigned char *hash);

/* redis_concerns.c */
int redis_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                      int (*each)(void *arg, const struct concern *c), void *arg);
int redis_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg);
int redis_concerns(struct store *s, const struct backend_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg);
int redis_concern(struct store *s, uint64_t id, struct concern *out);

/* redis_corrections.c */
int redis_corrections(struct store *s, const struct store_correction *from, size_t limit,
                      int (*each)(void *arg, const struct store_correction *row), void *arg);

/* redis_items.c */
int redis_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out);
int redis_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out);
int redis_item(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_words_after(struct store *s, struct store_tail *tail, size_t max,
                      int (*each)(void *arg, const struct store_words *words), void *arg);
int redis_each_text(struct store *s, struct store_place *place, size_t max,
                    int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_each_doubt(struct store *s, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_texts(struct store *s, uint64_t *out);
int redis_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_each_member(struct store *s, uint64_t concern,
                      int (*each)(void *arg, const struct store_item *item), void *arg);

/* redis_numbered.c */
int redis_numbered(struct store *s, uint64_t number,
                   int (*each)(void *arg, const struct store_item *item), void *arg);
int redis_each_numbered(struct store *s, const uint64_t *numbers, size_t n,
                        int (*each)(void *arg, size_t at, const struct store_item *item),
                        void *arg);

/* redis_pages.c */
int redis_pages_due(struct store *s, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_page *page), void *arg);
int redis_page(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_page *page), void *arg);
int redis_next_page(struct store *s, uint64_t *out);
int redis_replies_due(struct store *s, int64_t now, size_t max,
                      int (*each)(void *arg, const struct store_reply *reply), void *arg);
int redis_replies(struct store *s, uint64_t concern,
                  int (*each)(void *arg, const struct store_reply *reply), void *arg);
int redis_next_reply(struct store *s, uint64_t *out);
int redis_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                    int (*each)(void *arg, const struct store_mark *mark), void *arg);

/* redis_publications.c */
int redis_publications(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_publication *p), void *arg);
int redis_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out);

/* redis_read.c */
int redis_head(struct store *s, uint64_t *out);
int redis_unit_head(struct store *s, const char *unit, uint64_t *out);
int redis_published(struct store *s, uint64_t *out);
int redis_rules(struct store *s, uint64_t *out);
int redis_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out);
int redis_events_after(struct store *s, uint64_t after, struct event *out, size_t max);
int redis_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max);
int redis_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg);
int redis_each_unit(struct store *s,
                    int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                    void *arg);
int redis_counts(struct store *s, struct store_counts *out);

/* redis_rows.c */
int redis_command(struct store *s, const char *key, struct store_command *out);
int redis_note(struct store *s, uint64_t seq, struct buf *out);
int redis_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                        void *arg);
int redis_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg);
int redis_source(struct store *s, struct str id,
                 int (*each)(void *arg, const struct store_source *src), void *arg);
int redis_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                     void *arg);

/* redis_shared.c */
int redis_each_shared(struct store *s, const struct store_shared *which,
                      int (*each)(void *arg, const struct store_shared *row), void *arg);

/* redis_whole.c */
int redis_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                     void *arg);
int redis_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                      void *arg);
int redis_each_command(struct store *s,
                       int (*each)(void *arg, const struct store_command *command), void *arg);
int redis_adopt(struct store *s, const struct store *other);

#endif
