/* base/loop.h - who waits for which descriptor, over one epoll. A watch that is put down and taken
 * up again with the same descriptor costs no system call. Not thread-shared but for loop_wake(). */
#ifndef HUIYING_BASE_LOOP_H
#define HUIYING_BASE_LOOP_H

struct loop;

/* ready: POLLIN, POLLOUT, POLLERR, POLLHUP. It may watch and forget any descriptor. */
typedef void loop_ready(void *arg, int fd, int ready);

/* NULL when memory or descriptors are exhausted. */
struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Call ready with arg while one of events (POLLIN, POLLOUT; 0: none) is there. 0, or ERR_NOMEM or
 * ERR_IO, and it is not watched. */
int loop_watch(struct loop *l, int fd, int events, loop_ready *ready, void *arg);
/* The descriptor is about to be closed. Harmless for one never watched. */
void loop_forget(struct loop *l, int fd);
/* Wait at most ms (0: do not) for descriptors and call for those that are ready. */
void loop_wait(struct loop *l, int ms);
/* End a loop_wait(), now or the next. Any thread. */
void loop_wake(struct loop *l);

#endif
