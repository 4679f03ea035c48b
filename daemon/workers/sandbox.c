#define _GNU_SOURCE
#include "daemon/workers/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "build-config.h"

/* What a parser needs once its libraries are loaded. Descriptors are only those it inherited. */
static const int allowed[] = {
    SCMP_SYS(read),          SCMP_SYS(write),         SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),        SCMP_SYS(brk),           SCMP_SYS(munmap),
    SCMP_SYS(mremap),        SCMP_SYS(madvise),       SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime), SCMP_SYS(setitimer),
    SCMP_SYS(futex),         SCMP_SYS(getrandom),     SCMP_SYS(exit_group),
    SCMP_SYS(exit),          SCMP_SYS(restart_syscall),
};

/* What a library may try and survive not getting. */
static const int denied[] = {
    SCMP_SYS(open),   SCMP_SYS(openat),     SCMP_SYS(openat2), SCMP_SYS(access),
    SCMP_SYS(stat),   SCMP_SYS(newfstatat), SCMP_SYS(fstat),   SCMP_SYS(readlink),
    SCMP_SYS(lseek),  SCMP_SYS(ioctl),      SCMP_SYS(sysinfo), SCMP_SYS(getcwd),
    SCMP_SYS(getpid), SCMP_SYS(faccessat),  SCMP_SYS(statx),
};

#ifdef HUIYING_SANITIZED
/* A sanitiser makes calls of its own (threads, sigaltstack, /proc): refuse, but do not kill. */
#define OTHERWISE SCMP_ACT_ERRNO(EPERM)
#else
#define OTHERWISE SCMP_ACT_KILL_PROCESS
#endif

static int filter(void)
{
    scmp_filter_ctx ctx = seccomp_init(OTHERWISE);
    int err = ctx ? 0 : ERR_NOMEM;

    for (size_t i = 0; !err && i < sizeof allowed / sizeof *allowed; i++)
        err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
    /* A rule that says what holds otherwise is an error to libseccomp. */
    for (size_t i = 0; !err && i < sizeof denied / sizeof *denied; i++)
        if (OTHERWISE != SCMP_ACT_ERRNO(EPERM))
            err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
    /* Memory yes, executable memory no. */
    if (!err)
        err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (!err)
        err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
#ifdef HUIYING_SANITIZED
    static const int sanitizer[] = {SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(sigaltstack),
                                    SCMP_SYS(sched_yield), SCMP_SYS(rt_sigaction)};
    for (size_t i = 0; !err && i < sizeof sanitizer / sizeof *sanitizer; i++)
        err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, sanitizer[i], 0);
#endif
    if (!err)
        err = seccomp_load(ctx);
    seccomp_release(ctx);
    return err ? ERR_IO : 0;
}

/* Bytes of address space in use: libraries and the mapped rules are not the document's doing. */
static long mapped_now(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long pages = 0;

    if (f && fscanf(f, "%ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

int sandbox_enter(long memory)
{
    struct rlimit none = {0, 0};
    int failed = 0;

    failed |= prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    failed |= prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    failed |= setrlimit(RLIMIT_CORE, &none);
    failed |= setrlimit(RLIMIT_FSIZE, &none);
#ifndef HUIYING_SANITIZED
    rlim_t bytes = (rlim_t)(mapped_now() + memory);
    struct rlimit space = {bytes, bytes};
    failed |= setrlimit(RLIMIT_AS, &space);
    failed |= setrlimit(RLIMIT_NOFILE, &none);
    failed |= setrlimit(RLIMIT_NPROC, &none);
#else
    (void)mapped_now;
    (void)memory;
#endif
    if (failed || filter()) {
        log_error("worker.sandbox", "errno=%d", errno);
        return ERR_IO;
    }
    return 0;
}

void sandbox_allow_cpu(int cpu_ms)
{
    struct itimerval timer = {{0, 0}, {cpu_ms / 1000, cpu_ms % 1000 * 1000}};

    setitimer(ITIMER_PROF, &timer, NULL);
}
