/* What threads hand each other, wait in, and are missed by. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/pulse.h"
#include "base/queue.h"

enum { PUSHES = 20000, PUSHERS = 3, STILL_MS = 20 };

static void *pusher(void *arg)
{
    for (uintptr_t i = 1; i <= PUSHES; i++)
        if (queue_push(arg, (void *)i))
            return NULL;
    return NULL;
}

static void queue_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct queue *q = queue_new(8);
    pthread_t threads[PUSHERS];
    uintptr_t sum = 0;
    size_t got = 0;
    void *items[16];
    int n;

    for (int i = 0; i < PUSHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pusher, q), 0);
    while (got < (size_t)PUSHES * PUSHERS) {
        n = queue_take(q, items, 16, -1);
        assert_true(n > 0 && n <= 8);
        for (int i = 0; i < n; i++)
            sum += (uintptr_t)items[i];
        got += (size_t)n;
    }
    for (int i = 0; i < PUSHERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(sum == (uintptr_t)PUSHERS * PUSHES * (PUSHES + 1) / 2);
    assert_int_equal(queue_take(q, items, 16, 0), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(queue_try_push(q, &sum), 0);
    assert_int_equal(queue_try_push(q, &sum), ERR_AGAIN);
    queue_close(q);
    assert_int_equal(queue_push(q, &sum), ERR_CLOSED);
    assert_int_equal(queue_take(q, items, 16, -1), 8);
    assert_int_equal(queue_take(q, items, 16, -1), ERR_CLOSED);
    queue_free(q);
}

static void a_queue_takes_many_at_once(void **state)
{
    (void)state;
    int things[6];
    void *in[6], *out[8];
    bool closed = true;
    struct queue *q = queue_new(4);

    for (int i = 0; i < 6; i++)
        in[i] = &things[i];
    assert_int_equal(queue_try_push_all(q, in, 0, &closed), 0);
    assert_false(closed);
    assert_int_equal(queue_try_push_all(q, in, 3, &closed), 3);
    assert_int_equal(queue_room(q), 1);
    assert_int_equal(queue_try_push_all(q, in + 3, 3, &closed), 1);
    assert_true(queue_full(q));
    assert_int_equal(queue_take(q, out, 8, 0), 4);
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(out[i], in[i]);
    queue_close(q);
    assert_int_equal(queue_try_push_all(q, in, 6, &closed), 6);
    assert_true(closed);
    assert_int_equal(queue_take(q, out, 8, 0), ERR_CLOSED);
    queue_free(q);
}

struct heard {
    int calls, ready;
    char byte;
};

static void hear(void *arg, int fd, int ready)
{
    struct heard *h = arg;

    h->calls++;
    h->ready = ready;
    if (ready & POLLIN && read(fd, &h->byte, 1) != 1)
        h->byte = 0;
}

static void a_loop_tells_whom_it_concerns(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct heard a = {0}, b = {0};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    loop_forget(l, 500);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &a), 0);
    loop_wait(l, 0);
    assert_int_equal(a.calls, 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_wait(l, -1);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.byte, 'x');
    /* Put down: what comes is told to nobody, and to another once it takes it up. */
    assert_int_equal(loop_watch(l, fds[0], 0, hear, &a), 0);
    assert_int_equal(write(fds[1], "yz", 2), 2);
    loop_wait(l, 0);
    loop_wait(l, 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &b), 0);
    loop_wait(l, -1);
    assert_int_equal(b.byte, 'y');
    /* Closed, and its number given to another that nobody watches yet. */
    loop_forget(l, fds[0]);
    int other = dup(fds[0]);
    close(fds[0]);
    assert_int_equal(dup2(other, fds[0]), fds[0]);
    loop_wait(l, 0);
    assert_int_equal(b.calls, 1);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &a), 0);
    loop_wait(l, -1);
    assert_int_equal(a.byte, 'z');
    loop_wake(l);
    loop_wait(l, -1);
    assert_int_equal(loop_watch(l, fds[1], POLLOUT, hear, &b), 0);
    loop_wait(l, -1);
    assert_int_equal(b.ready & POLLOUT, POLLOUT);
    close(fds[0]);
    close(fds[1]);
    close(other);
    loop_free(l);
}

static void a_thread_that_stands_still_is_named(void **state)
{
    (void)state;
    struct pulse *quick = pulse_start("quick"), *slow = pulse_start("slow");
    int64_t end = clock_mono() + STILL_MS, beat;
    const char *still;

    assert_null(pulse_still(60000));
    while (clock_mono() < end)
        pulse_beat(quick);
    do { /* again, where this thread itself stood still between the two */
        beat = clock_mono();
        pulse_beat(quick);
        still = pulse_still(STILL_MS);
    } while (clock_mono() - beat >= STILL_MS);
    assert_string_equal(still, "slow");
    pulse_beat(slow);
    assert_null(pulse_still(60000));
    pulse_stop(slow);
    pulse_stop(quick);
    assert_null(pulse_still(0));
    pulse_beat(NULL);
    pulse_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_takes_many_at_once),
        cmocka_unit_test(a_loop_tells_whom_it_concerns),
        cmocka_unit_test(queue_loses_and_doubles_nothing),
        cmocka_unit_test(a_thread_that_stands_still_is_named),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
