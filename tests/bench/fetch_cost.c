#include "tests/bench/fetch_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

double fetch_cost_cpu(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

size_t fetch_cost_resident(void)
{
    unsigned long all = 0, resident = 0;
    FILE *in = fopen("/proc/self/statm", "r");

    if (!in || fscanf(in, "%lu %lu", &all, &resident) != 2)
        exit(1);
    fclose(in);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

void fetch_cost_in_child(void (*run)(const void *arg, double *out), const void *arg, double *out)
{
    size_t size = FETCH_COST_MAX * sizeof *out;
    int fds[2], status;

    if (pipe(fds))
        exit(1);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        double mine[FETCH_COST_MAX] = {0};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(arg, mine);
        _exit(write(fds[1], mine, size) == (ssize_t)size ? 0 : 1);
    }
    close(fds[1]);
    if (pid < 0 || read(fds[0], out, size) != (ssize_t)size || waitpid(pid, &status, 0) != pid ||
        status) {
        fputs("bench_fetch: a contestant failed\n", stderr);
        exit(1);
    }
    close(fds[0]);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double fetch_cost_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
