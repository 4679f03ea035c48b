/* daemon/workers/sandbox.h - the walls of huiying-worker: no network, no files, bounded CPU and
 * memory. */
#ifndef HUIYING_DAEMON_SANDBOX_H
#define HUIYING_DAEMON_SANDBOX_H

/* Enter for good: no new privileges, no core dumps, memory bounded to what is mapped now plus
 * `memory` bytes, a seccomp filter that lets memory, time and the open descriptors through, answers
 * EPERM to opening files and kills on the rest. 0 or ERR_IO. Call once, before reading hostile
 * bytes. seccomp(2), setrlimit(2). */
int sandbox_enter(long memory);

/* Give the process cpu_ms more of CPU from now on; past it the kernel ends it (SIGPROF). */
void sandbox_allow_cpu(int cpu_ms);

#endif
