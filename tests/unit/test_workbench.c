/* Rules measured by another program: its limits, how it is followed and ended, and what is kept of
 * what it says. The program is a shell that does what its standard input says. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "build-config.h"
#include "daemon/workbench/workbench_result.h"
#include "tests/unit/scratch.h"

#define ITEM "00112233445566778899aabbccddeeff"
#define LONG "sleep 300\n"

static char program[SCRATCH_PATH];
static struct rulebook *book;
static struct workbench *bench;

static int set_up(void **state)
{
    static const char text[] = "#!/bin/sh\nwords=\"$*\"\nread -r todo\neval \"$todo\"\n";

    (void)state;
    if (scratch_file(program, "bench", text) || chmod(program, 0700))
        return -1;
    book = rulebook_new(NULL, NULL, &(struct rulebook_where){"/srv/rules", NULL});
    return book ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rulebook_free(book);
    return unlink(program);
}

static int open_bench(void **state)
{
    (void)state;
    bench = workbench_start(&(struct workbench_conf){program, "/run/x.sock", book});
    return bench ? 0 : -1;
}

static int close_bench(void **state)
{
    (void)state;
    workbench_stop(bench);
    return 0;
}

struct seen {
    enum workbench_state state;
    size_t done, total;
    char why[80], id[WORKBENCH_ID];
    struct buf all, result;
};

static void note(void *arg, const struct workbench_view *view)
{
    struct seen *s = arg;

    s->state = view->state;
    s->done = view->done;
    s->total = view->total;
    snprintf(s->why, sizeof s->why, "%s", view->why ? view->why : "");
    snprintf(s->id, sizeof s->id, "%s", view->id);
    buf_reset(&s->all);
    buf_reset(&s->result);
    workbench_result_open(&s->all, view);
    buf_add_text(&s->all, "}");
    buf_add_char(&s->all, '\0');
    buf_add_str(&s->result, view->result);
    buf_add_char(&s->result, '\0');
}

static void forget(struct seen *s)
{
    buf_free(&s->all);
    buf_free(&s->result);
}

static int begin(enum workbench_verb verb, const char *todo, char id[static WORKBENCH_ID])
{
    const struct workbench_order o = {.verb = verb, .samples = str_from(todo), .by = "ops",
                                      .topic = STR("lifts"), .text = STR("id: lifts\n")};

    return workbench_begin(bench, &o, id);
}

static void wait_for(const char *id, struct seen *s, bool (*is)(const struct seen *s))
{
    int64_t until = clock_mono() + 60000;

    do {
        if (workbench_see(bench, id, note, s))
            fail_msg("%s is forgotten", id);
        if (is(s))
            return;
        clock_sleep(2);
    } while (clock_mono() < until);
    fail_msg("%s: %s", id, s->all.data);
}

static bool over(const struct seen *s)
{
    return s->state != WORKBENCH_RUNNING;
}

static bool has_progress(const struct seen *s)
{
    return s->total == 9 || over(s);
}

static struct seen run(const char *todo)
{
    struct seen s = {0};
    char id[WORKBENCH_ID];

    assert_int_equal(begin(WORKBENCH_EVAL, todo, id), 0);
    wait_for(id, &s, over);
    return s;
}

static void assert_result(const char *todo, const char *expect)
{
    struct seen s = run(todo);

    if (s.state != WORKBENCH_DONE)
        fail_msg("%s: %s", todo, s.all.data);
    assert_string_equal(s.result.data, expect);
    forget(&s);
}

static void assert_failed(const char *todo, const char *why, const char *part)
{
    struct seen s = run(todo);

    assert_int_equal(s.state, WORKBENCH_FAILED);
    assert_string_equal(s.why, why);
    if (!strstr(s.all.data, part))
        fail_msg("%s: %s", todo, s.all.data);
    assert_string_equal(s.result.data, "");
    forget(&s);
}

static void it_has_what_a_command_has(void **state)
{
    (void)state;
    assert_result("echo \"{\\\"words\\\":\\\"$words\\\"}\"\n",
                  "{\"words\":\"rules eval --json --status-fd 3 --rules /srv/rules --topic lifts "
                  "--edit /proc/self/fd/4 -\"}");
    assert_result("echo \"{\\\"text\\\":\\\"$(cat /proc/self/fd/4)\\\"}\"\n",
                  "{\"text\":\"id: lifts\"}");
    assert_result("echo \"{\\\"socket\\\":\\\"$HUIYING_SOCKET\\\",\\\"home\\\":\\\"$HOME\\\"}\"\n",
                  "{\"socket\":\"/run/x.sock\",\"home\":\"\"}");
}

static void it_is_held_to_limits(void **state)
{
    (void)state;
    assert_result("echo \"{\\\"cpu\\\":$(ulimit -t),\\\"core\\\":$(ulimit -c)}\"\n",
                  "{\"cpu\":600,\"core\":0}");
    assert_result("for f in 6 7 8 9; do test -e /proc/$$/fd/$f && echo $f; done; echo {}\n",
                  "{}");
}

static void what_it_says_is_bounded_and_has_to_be_json(void **state)
{
    (void)state;
    assert_failed("yes | head -c 6000000\n", "结果太大 (the result is too large)", "");
    assert_failed("echo hello\n", "结果读不懂 (its result is not understood)", "");
    assert_failed("echo []\n", "结果读不懂 (its result is not understood)", "");
    assert_failed("kill -9 $$\n", "被系统终止，可能内存不足 (killed, perhaps out of memory)", "");
    assert_failed("kill -XCPU $$\n", "用了太多 CPU 时间 (took too much CPU time)", "");
    assert_failed("kill -SEGV $$\n", "意外终止 (ended unexpectedly)", "");
    /* much that is wrong does not stop it */
    assert_failed("yes x | head -c 300000 >&2; exit 65\n", "", "\"detail\":\"x\"");
}

static void what_is_wrong_is_told_by_its_place(void **state)
{
    (void)state;
    assert_failed("echo 'huiying: lifts.yaml:7: 错 (wrong)' >&2; exit 78\n", "",
                  "[{\"file\":null,\"line\":7,\"detail\":\"错 (wrong)\"}]");
    assert_failed("echo 'huiying: <stdin>:12: a: b' >&2; exit 65\n", "",
                  "[{\"file\":\"samples\",\"line\":12,\"detail\":\"a: b\"}]");
    assert_failed("echo 'huiying: /srv/my rules/topics/a.yaml:3: x' >&2; exit 78\n", "",
                  "[{\"file\":\"a.yaml\",\"line\":3,\"detail\":\"x\"}]");
    assert_failed("echo 'huiying: /srv/rules: 没有 (none)' >&2; exit 66\n", "",
                  "[{\"file\":\"rules\",\"line\":null,\"detail\":\"没有 (none)\"}]");
    assert_failed("echo 'huiying: --marks: 没有样本 (no samples)' >&2; exit 65\n", "",
                  "[{\"file\":null,\"line\":null,\"detail\":\"--marks: 没有样本 (no samples)\"}]");
    assert_failed("printf 'huiying: 12: x\\n\\377\\n:0: y\\n' >&2; exit 1\n", "",
                  "[{\"file\":null,\"line\":null,\"detail\":\"12: x\"},"
                  "{\"file\":null,\"line\":null,\"detail\":\":0: y\"}]");
}

static bool title(void *arg, struct str id, struct buf *out)
{
    assert_true(str_is(id, ITEM));
    return *(bool *)arg && !buf_add_text(out, "路灯不亮");
}

static void titles_of_stored_items_are_not_kept(void **state)
{
    struct buf out = BUF_INIT;
    bool there = true;

    (void)state;
    struct seen s = run("echo '{\"f1\":0.8583,\"a\":[{\"id\":\"" ITEM "\",\"title\":\"secret\"},"
                        "{\"id\":\"7\",\"title\":\"mine\"}],\"b\":{\"c\":[[{\"title\":\"secret\","
                        "\"id\":\"" ITEM "\"}]]}}'\n");
    assert_int_equal(s.state, WORKBENCH_DONE);
    assert_null(strstr(s.result.data, "secret"));
    assert_non_null(strstr(s.result.data, "{\"id\":\"7\",\"title\":\"mine\"}"));
    assert_non_null(strstr(s.result.data, "\"f1\":0.8583,"));
    assert_int_equal(workbench_result_fill(str_from(s.result.data), title, &there, &out), 0);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.data, "{\"id\":\"" ITEM "\",\"title\":\"路灯不亮\"}"));
    assert_non_null(strstr(out.data, "[[{\"title\":\"路灯不亮\",\"id\":\"" ITEM "\"}]]"));
    buf_reset(&out);
    there = false;
    assert_int_equal(workbench_result_fill(str_from(s.result.data), title, &there, &out), 0);
    buf_add_char(&out, '\0');
    assert_string_equal(out.data, s.result.data);
    assert_int_equal(workbench_result_fill(STR("x"), title, &there, &out), ERR_SYNTAX);
    buf_free(&out);
    forget(&s);
}

/* It tells its own number as progress. */
static bool has_pid(const struct seen *s)
{
    return s->done > 1 || over(s);
}

static void it_is_followed_and_ended(void **state)
{
    struct seen s = {0};
    char id[WORKBENCH_ID], other[WORKBENCH_ID];
    pid_t pid;

    (void)state;
    assert_int_equal(begin(WORKBENCH_BACKTEST,
                           "printf '{\"done\":-1,\"total\":5}\\nx\\n{\"done\":3,\"tot' >&3; "
                           "printf 'al\":9}\\n{\"done\":9,\"total\":1}\\n' >&3; " LONG, id), 0);
    assert_true(strncmp(id, "backtest-", 9) == 0);
    assert_int_equal(begin(WORKBENCH_EVAL, "echo {}\n", other), ERR_AGAIN);
    wait_for(id, &s, has_progress);
    assert_int_equal(s.state, WORKBENCH_RUNNING);
    assert_int_equal(s.done, 3);
    assert_int_equal(workbench_cancel(bench, "backtest-0"), ERR_NOTFOUND);
    assert_int_equal(workbench_cancel(bench, id), 0);
    wait_for(id, &s, over);
    assert_int_equal(s.state, WORKBENCH_CANCELLED);
    assert_int_equal(workbench_cancel(bench, id), 0); /* nothing more */
    /* what is cancelled leaves the next one alone, and is forgotten by one of its kind */
    assert_result("echo {}\n", "{}");
    wait_for(id, &s, over);
    assert_int_equal(begin(WORKBENCH_BACKTEST, "echo '{\"done\":'$$',\"total\":99999999}' >&3; "
                                               LONG, other), 0);
    assert_string_not_equal(id, other);
    assert_int_equal(workbench_see(bench, id, note, &s), ERR_NOTFOUND);
    wait_for(other, &s, has_pid);
    pid = (pid_t)s.done;
    assert_int_equal(kill(pid, 0), 0);
    workbench_stop(bench); /* it ends with us */
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(open_bench(state), 0);
    forget(&s);
}

static void count(void *arg, const struct workbench_view *view)
{
    (void)view;
    ++*(int *)arg;
}

static void the_latest_of_each_is_remembered(void **state)
{
    struct seen s = {0};
    char id[WORKBENCH_VERBS][WORKBENCH_ID];
    int n = 0;

    (void)state;
    workbench_each(bench, count, &n);
    assert_int_equal(n, 0);
    for (int round = 0; round < 2; round++)
        for (int v = 0; v < WORKBENCH_VERBS; v++) {
            assert_int_equal(begin((enum workbench_verb)v, "echo {}\n", id[v]), 0);
            wait_for(id[v], &s, over);
        }
    workbench_each(bench, count, &n);
    assert_int_equal(n, WORKBENCH_VERBS);
    assert_non_null(strstr(s.all.data, "\"by\":\"ops\",\"topic\":\"lifts\",\"edited\":true"));
    forget(&s);
}

static void a_program_that_is_not_there_is_told(void **state)
{
    struct workbench *real = bench;
    struct seen s;

    (void)state;
    bench = workbench_start(&(struct workbench_conf){"/nowhere/huiying", "/run/x.sock", book});
    assert_non_null(bench);
    s = run("echo {}\n");
    assert_int_equal(s.state, WORKBENCH_FAILED);
    assert_string_equal(s.why, "命令启动不了 (the command does not start)");
    forget(&s);
    workbench_stop(bench);
    bench = real;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        TEST(it_has_what_a_command_has),
        TEST(it_is_held_to_limits),
        TEST(what_it_says_is_bounded_and_has_to_be_json),
        TEST(what_is_wrong_is_told_by_its_place),
        TEST(titles_of_stored_items_are_not_kept),
        TEST(it_is_followed_and_ended),
        TEST(the_latest_of_each_is_remembered),
        TEST(a_program_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests_name("workbench", tests, set_up, tear_down);
}
