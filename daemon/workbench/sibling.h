/* daemon/workbench/sibling.h - another program of ours run for a while: limited, nice to others,
 * read by pipes. */
#ifndef HUIYING_DAEMON_SIBLING_H
#define HUIYING_DAEMON_SIBLING_H

#include <sys/types.h>

#include "base/str.h"

enum sibling_stream { SIBLING_OUT, SIBLING_ERR, SIBLING_STATUS, SIBLING_STREAMS };
enum { SIBLING_STATUS_FD = 3, SIBLING_TEXT_FD = 4, SIBLING_MAP_FD = 5 }; /* as it has them */

struct sibling_conf {
    const char *path;
    char *const *argv, *const *envp;
    struct str input; /* what it reads from its standard input */
    struct str text;  /* of the file that it has as SIBLING_TEXT_FD */
    struct str map;   /* and as SIBLING_MAP_FD */
    size_t memory;    /* bytes of address space; not held to in a build with sanitizers */
    unsigned cpu_s;   /* seconds of CPU, after which SIGXCPU ends it */
};

struct sibling {
    pid_t pid;
    int fds[SIBLING_STREAMS]; /* to read from, not blocking; -1: closed */
};

/* It runs at the lowest priority, in a group of its own, with nothing else that is open here, and
 * dumps no core: texts stay in memory. It ends with the calling thread. 0; ERR_NOTFOUND: no such
 * program; ERR_IO. One that cannot be made so ends with status 127. */
int sibling_start(const struct sibling_conf *conf, struct sibling *out);
/* Wait for its end, with `shoot` after SIGKILL: as waitpid() has it. Closes what is open. */
int sibling_end(struct sibling *s, bool shoot);

#endif
