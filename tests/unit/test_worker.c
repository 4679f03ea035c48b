/* The walls around hostile bytes: a worker that crashes, spins, eats memory or reaches out. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "build-config.h"
#include "daemon/workers/worker.h"

static char bad_worker[4096], real_worker[4096];

/* What the worker answers to a deed; NULL when it died of it, *death then says why. */
static char *ask(const char *deed, const char **death)
{
    struct job job = {.op = JOB_PARSE, .body = str_from(deed)};
    struct buf payload = BUF_INIT;
    int err, job_err = 0;
    struct worker *w = worker_spawn(bad_worker, -1, &err);

    assert_non_null(w);
    err = worker_call(w, &job, 20000, &payload, &job_err);
    *death = err ? worker_death(w) : NULL;
    assert_true(err == 0 || err == ERR_CLOSED);
    char *answer = err ? NULL : strndup(payload.data, payload.len);
    if (err)
        assert_int_equal(worker_call(w, &job, 1000, &payload, &job_err), ERR_CLOSED);
    buf_free(&payload);
    worker_free(w);
    return answer;
}

static void assert_death(const char *deed, const char *part)
{
    const char *death;
    char *answer = ask(deed, &death);

    if (answer)
        fail_msg("%s: answered %s", deed, answer);
    assert_non_null(strstr(death, part));
}

static void assert_answer(const char *deed, const char *expect)
{
    const char *death;
    char *answer = ask(deed, &death);

    if (!answer)
        fail_msg("%s: died: %s", deed, death);
    assert_string_equal(answer, expect);
    free(answer);
}

static void a_crash_is_told(void **state)
{
    (void)state;
#ifndef HUIYING_SANITIZED
    assert_death("crash", "segmentation fault");
#endif
    assert_death("vanish", "unexpectedly");
}

static void two_seconds_of_cpu_end_it(void **state)
{
    (void)state;
    int64_t start = clock_mono();

    assert_death("spin", "CPU");
    assert_true(clock_mono() - start >= 1900);
}

static void memory_is_bounded(void **state)
{
    (void)state;
#ifdef HUIYING_SANITIZED
    skip(); /* a sanitiser owns the address space */
#else
    assert_death("eat", "512 MiB");
#endif
}

static void it_cannot_reach_out(void **state)
{
    (void)state;
    assert_answer("open", "refused");
#ifdef HUIYING_SANITIZED
    assert_answer("socket", "refused");
    assert_answer("exec", "refused");
#else
    assert_death("socket", "sandbox");
    assert_death("code", "sandbox");
    assert_death("exec", "sandbox");
#endif
}

static void it_inherits_nothing(void **state)
{
    (void)state;
    int leak = open("/dev/null", O_RDONLY); /* deliberately without O_CLOEXEC */

    assert_true(leak >= 0);
    assert_int_equal(setenv("HUIYING_SECRET", "canary", 1), 0);
    assert_answer("inherit", "0 1 2 3 ");
    close(leak);
}

static void a_missing_program_is_an_error(void **state)
{
    (void)state;
    int err = 0;

    assert_null(worker_spawn("/nonexistent/huiying-worker", -1, &err));
    assert_int_equal(err, ERR_NOTFOUND);
    worker_free(NULL);
}

/* The worker itself, on lists of feeds and on pages that name some, without rules. */
static void it_reads_lists_and_pages(void **state)
{
    (void)state;
    static const struct {
        enum job_op op;
        const char *body, *want;
        int err;
    } rows[] = {
        {JOB_OPML, "<opml><body><outline text='联系13800001234' xmlUrl='/f'/></body></opml>",
         "{\"feeds\":[{\"title\":\"联系***********\",\"url\":\"http://a.example/f\",\"home\":\"\","
         "\"category\":\"\"}],\"duplicates\":0,\"refused\":0,\"problems\":[]}",
         0},
        {JOB_OPML, "<html>",
         "{\"feeds\":[],\"duplicates\":0,\"refused\":0,\"problems\":[{\"line\":1,\"text\":"
         "\"不是 OPML 清单：根元素是别的 (no OPML list: its root element is another)\"}]}",
         ERR_SYNTAX},
        {JOB_DISCOVER, "<link rel=alternate type=application/atom+xml title=甲 href=b>",
         "{\"feeds\":[{\"url\":\"http://a.example/b\",\"title\":\"甲\","
         "\"type\":\"application/atom+xml\"}],\"refused\":[]}",
         0},
        {JOB_DISCOVER, "", "{\"feeds\":[],\"refused\":[]}", 0},
    };
    int err, job_err;
    struct worker *w = worker_spawn(real_worker, -1, &err);
    struct buf answer = BUF_INIT;

    assert_non_null(w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct job job = {.op = rows[i].op, .url = STR("http://a.example/"),
                          .body = str_from(rows[i].body)};
        assert_int_equal(worker_call(w, &job, 20000, &answer, &job_err), 0);
        assert_int_equal(job_err, rows[i].err);
        buf_add_char(&answer, 0);
        assert_string_equal(answer.data, rows[i].want);
    }
    buf_free(&answer);
    worker_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_is_told),
        cmocka_unit_test(two_seconds_of_cpu_end_it),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(it_cannot_reach_out),
        cmocka_unit_test(it_inherits_nothing),
        cmocka_unit_test(a_missing_program_is_an_error),
        cmocka_unit_test(it_reads_lists_and_pages),
    };
    const char *dir = getenv("HUIYING_TEST_PROGRAMS");

    snprintf(bad_worker, sizeof bad_worker, "%s/bad_worker", dir ? dir : "tests/helpers");
    snprintf(real_worker, sizeof real_worker, "%s/huiying-worker", dir ? dir : ".");
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
