/* base/memory.h - how the process's allocator treats the kernel. */
#ifndef HUIYING_BASE_MEMORY_H
#define HUIYING_BASE_MEMORY_H

/* Once, before threads start: keep what bodies and verdicts of a usual size were given, for the
 * next ones, instead of returning it to the kernel and faulting it in again. At most a few MB an
 * arena stay behind. Never fails. */
void memory_tune(void);

#endif
