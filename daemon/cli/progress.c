#include "daemon/cli/progress.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "daemon/cli/cli.h"

enum { BAR = 30, PAUSE_MS = 100 };

static bool drawn;
static int64_t last;
static int listener = -1;

int progress_to(const char *text)
{
    long long fd;

    if (!text)
        return 0;
    if (str_int(str_from(text), 0, 1000000, &fd) || fcntl((int)fd, F_GETFD) < 0) {
        cli_error("--status-fd: 应为已打开的描述符 (an open descriptor)");
        return EX_USAGE;
    }
    listener = (int)fd;
    return 0;
}

static void tell(size_t done, size_t total)
{
    char line[80];
    int n = snprintf(line, sizeof line, "{\"done\":%zu,\"total\":%zu}\n", done, total);

    if (file_write_all(listener, (struct str){line, (size_t)n}))
        exit(EX_IOERR);
}

void progress_show(const char *what, size_t done, size_t total)
{
    int64_t now = clock_mono();
    size_t full = total ? done * BAR / total : BAR;

    if ((listener < 0 && !isatty(STDERR_FILENO)) ||
        (drawn && done < total && now - last < PAUSE_MS))
        return;
    last = now;
    drawn = true;
    if (listener >= 0) {
        tell(done, total);
        return;
    }
    fprintf(stderr, "\r%s [", what);
    for (size_t i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3zu%% %zu/%zu", total ? done * 100 / total : 100, done, total);
    fflush(stderr);
}

void progress_clear(void)
{
    if (drawn && listener < 0)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    drawn = false;
}
