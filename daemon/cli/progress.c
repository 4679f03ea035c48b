#include "daemon/cli/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 30, PAUSE_MS = 100 };

static bool drawn;
static int64_t last;

void progress_show(const char *what, size_t done, size_t total)
{
    int64_t now = clock_mono();
    size_t full = total ? done * BAR / total : BAR;

    if (!isatty(STDERR_FILENO) || (drawn && done < total && now - last < PAUSE_MS))
        return;
    last = now;
    drawn = true;
    fprintf(stderr, "\r%s [", what);
    for (size_t i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3zu%% %zu/%zu", total ? done * 100 / total : 100, done, total);
    fflush(stderr);
}

void progress_clear(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    drawn = false;
}
