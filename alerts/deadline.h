/* alerts/deadline.h - deadline rules: how long a unit has for which act, and on what basis. */
#ifndef HUIYING_ALERTS_DEADLINE_H
#define HUIYING_ALERTS_DEADLINE_H

#include "alerts/calendar.h"
#include "alerts/event.h"

struct deadline_rule {
    char id[SLUG_MAX];
    bool workdays;  /* clock: workday, else wall */
    int64_t amount; /* ms for wall, days for workday */
    enum act act;   /* what is required */
    char *basis;    /* 文号 or rule, zh */
};

struct deadlines {
    struct deadline_rule *list;
    size_t count;
    int64_t office_close; /* ms since midnight; 17:30 unless configured */
    struct calendar *calendar;
};

/* Load deadlines.yaml and the calendars beside it. NULL when problems were added. */
struct deadlines *deadline_load(const char *path, const char *calendar_dir,
                                struct problems *problems);
void deadline_free(struct deadlines *d);
const struct deadline_rule *deadline_find(const struct deadlines *d, struct str id);

/* Due instant (ms) of a clock that starts at `from`. */
int64_t deadline_due(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                     bool *provisional);

/* Append {"rule","from","due","clock","act","basis","provisional"} (DESIGN.md §3). */
int deadline_write_json(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                        struct buf *out);

#endif
