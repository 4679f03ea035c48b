#include "daemon/reports/window.h"

#include <stdlib.h>

#include "base/err.h"

enum { CHUNK = 128 };

/* *after: the last seq before `from`. */
static int find_begin(struct store *s, int64_t from, struct event *room, uint64_t *after)
{
    uint64_t low = 0, high = store_head(s);

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int n = store_events_after(s, middle, room, 1);
        if (n < 0)
            return n;
        if (n == 0 || room->at >= from)
            high = middle;
        else
            low = middle + 1;
    }
    *after = low;
    return 0;
}

int window_each(struct store *s, int64_t from, int64_t until, bool *cut,
                void (*each)(void *arg, const struct event *e), void *arg)
{
    struct event *events = calloc(CHUNK, sizeof *events);
    uint64_t after = 0;
    int err = events ? find_begin(s, from, events, &after) : ERR_NOMEM, n = 0;
    size_t looked = 0;

    *cut = false;
    while (!err && (n = store_events_after(s, after, events, CHUNK)) > 0 && !*cut) {
        for (int i = 0; i < n && events[i].at < until; i++)
            if (events[i].at >= from)
                each(arg, &events[i]);
        after = events[n - 1].seq;
        looked += (size_t)n;
        if (events[n - 1].at >= until)
            break;
        *cut = looked >= WINDOW_MOST;
    }
    free(events);
    return err ? err : n < 0 ? n : 0;
}
