/* base/memory.h - how the process's allocator treats the kernel. */
#ifndef HUIYING_BASE_MEMORY_H
#define HUIYING_BASE_MEMORY_H

#include <stddef.h>

enum { MEMORY_HUGE = 2 << 20 }; /* bytes of a huge page (x86-64, and arm64 with 4 KiB pages) */

/* Once, before threads start: keep what bodies and verdicts of a usual size were given, for the
 * next ones, instead of returning it to the kernel and faulting it in again. At most a few MB an
 * arena stay behind. Never fails. */
void memory_tune(void);

/* For a table that is looked at all over, so that an address costs one look-up less: at least a
 * cache line's alignment, and huge pages, where the kernel has them, when it is MEMORY_HUGE or
 * more. Its contents are whatever they are; free() releases it. NULL when memory is exhausted or
 * `bytes` is 0. Any thread. */
void *memory_table(size_t bytes);

#endif
