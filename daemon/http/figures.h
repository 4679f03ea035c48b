/* daemon/http/figures.h - rows of the statistics as pages, JSON and sheets show them: copied, named
 * and ranked. */
#ifndef HUIYING_DAEMON_HTTP_FIGURES_H
#define HUIYING_DAEMON_HTTP_FIGURES_H

#include "daemon/http/exchange.h"
#include "daemon/views/statistics.h"

struct figures_row {
    char key[SLUG_MAX];
    int month;
    struct tally_sum sum;
    unsigned rank; /* by 按期答复率, from 1, equals share one; 0: too few for a rank */
};

struct figures {
    struct figures_row *list;
    size_t count;
    uint64_t head; /* how far the ledger is counted */
};

/* The tag of this view follows from what is counted, too: see encoding_also(). */
void figures_tagged(struct exchange *x);
/* 0 with *out, to be freed; ERR_AGAIN: the ledger is being counted; ERR_NOMEM. */
int figures_read(struct exchange *x, const struct statistics_query *q, struct figures *out);
void figures_free(struct figures *f);
/* One sum of all rows: that of no row is all zeroes. */
void figures_total(const struct figures *f, struct tally_sum *out);

/* What a key stands for: onto `out`, in Chinese or (english) English where there is a name in it.
 * What nobody knows any more is its key; an empty key is "not known". */
void figures_name(struct exchange *x, enum statistics_by by, const char *key, bool english,
                  struct buf *out);
/* "2026-11" of a month, and back: 0 when it is none. */
enum { FIGURES_MONTH = 16 };
char *figures_month(int month, char out[static FIGURES_MONTH]);
int figures_month_read(const char *text);
/* Is there no report of it, since it has not begun? Then *answered tells (404) from which day on
 * there will be one. Of a page, a sheet and JSON alike. */
bool figures_ahead(struct exchange *x, int month, enum MHD_Result *answered);
/* What stands under the title of the month that runs; NULL of another one. */
const char *figures_running(int month, bool english);
/* "93.1 %" of a rate, "—" of none. */
void figures_put_rate(struct buf *b, int per_mille);
/* "3 天 4 小时", "35 分钟"; in English "3 d 4 h". */
void figures_put_span(struct buf *b, int64_t ms, bool english);

#endif
