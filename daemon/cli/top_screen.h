/* daemon/cli/top_screen.h - what `huiying top` shows, as lines that fit a terminal. */
#ifndef HUIYING_DAEMON_CLI_TOP_SCREEN_H
#define HUIYING_DAEMON_CLI_TOP_SCREEN_H

#include <jansson.h>

#include "base/buf.h"

struct top_row {
    json_t *concern; /* as the API shows it */
    int64_t read;    /* clock_mono() of then, from which its countdown goes on */
};

struct top_view {
    const json_t *status; /* of /api/v1/status */
    int64_t status_read;  /* clock_mono() of then */
    const struct top_row *rows;
    size_t count;
    double intake;       /* items a second; negative: not known yet */
    const char *trouble; /* why what is shown may be old; NULL: it is not */
    int64_t now;         /* clock_mono() */
};

struct top_screen {
    int width, height; /* columns and lines; 0: as wide and as long as it comes */
    bool control;      /* move the cursor and erase, for a terminal */
    bool colour;       /* only with control */
    size_t first;      /* row shown first; past the last screenful: that one */
};

/* Seconds until the row's next act is due at `now`; false when none is. `rate` of the daemon's
 * clock. Pure. */
bool top_screen_left(const struct top_row *row, int64_t now, int rate, int64_t *seconds);
/* Rows that the screen has room for; all with a height of 0. Pure. */
size_t top_screen_room(const struct top_screen *s, size_t count);
/* Append the whole screen. No line is wider than the width; with a height there are at most so
 * many, and control characters of names are never passed on. Pure. */
void top_screen_draw(struct buf *out, const struct top_screen *s, const struct top_view *v);

#endif
