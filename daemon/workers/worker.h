/* daemon/workers/worker.h - one huiying-worker process: spawn it, ask it, notice its death. */
#ifndef HUIYING_DAEMON_WORKER_H
#define HUIYING_DAEMON_WORKER_H

#include "classifiers/job.h"

struct worker; /* used by one thread at a time */

/* Descriptors that a worker finds open beside 0, 1 (both /dev/null) and 2. */
enum { WORKER_SOCKET = 3, WORKER_RULES = 4 };

/* Exit codes by which a worker says why it left by itself. */
enum { WORKER_EXIT_SANDBOX = 70, WORKER_EXIT_MEMORY = 71, WORKER_EXIT_PROTOCOL = 76 };

/* What one document may cost; past it the worker dies and its feed is quarantined. */
enum { WORKER_CPU_MS = 2000, WORKER_MEMORY = 512 * 1024 * 1024 };

/* Start the program at worker_path with an empty environment and no descriptors but its socket,
 * standard error and rules_fd (-1: none). NULL and *err on failure. */
struct worker *worker_spawn(const char *worker_path, int rules_fd, int *err);

/* Ask and wait for the answer, at most wait_ms: 0 with the job's own outcome in *job_err and the
 * answer in payload (cleared first); ERR_CLOSED when the worker died (worker_death() says of what;
 * only worker_free() is allowed then), ERR_LIMIT when the job is too large, ERR_NOMEM. */
int worker_call(struct worker *w, const struct job *job, int wait_ms, struct buf *payload,
                int *job_err);

/* Does it still wait for a job? False buries it: worker_death() says of what. It must be asked
 * while no call is under way. */
bool worker_alive(struct worker *w);

/* Why it died, "zh (en)", static; NULL while it lives. */
const char *worker_death(const struct worker *w);

/* Kill and reap. Harmless on NULL. */
void worker_free(struct worker *w);

#endif
