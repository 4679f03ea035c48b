#define _GNU_SOURCE
#include "daemon/workbench/workbench_run.h"

#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "build-config.h"
#include "daemon/workbench/sibling.h"
#include "daemon/workbench/workbench_result.h"

enum {
    RUN_MS = 30 * 60 * 1000, CPU_S = 600, OUT_MAX = 4 * 1024 * 1024, TOLD_MAX = 64 * 1024,
    WORDS_MAX = 20
};
static const size_t MEMORY_MAX = (size_t)2 << 30;

static const char NOT_STARTED[] = "命令启动不了 (the command does not start)";

struct words {
    char *list[WORDS_MAX + 1]; /* ends in NULL */
    size_t n;
    char since[16];
    struct buf folder;
};

static void add(struct words *w, const char *word)
{
    if (w->n < WORDS_MAX)
        w->list[w->n++] = (char *)word;
}

static void note_folder(void *arg, const struct rulebook_view *view)
{
    buf_add_text(arg, view->where.folder);
    buf_add_char(arg, '\0');
}

/* The same command as an operator gives. */
static int compose(const struct workbench_run *run, struct words *out)
{
    const struct workbench_order *o = run->order;

    rulebook_look(run->conf->book, note_folder, &out->folder);
    if (!buf_ok(&out->folder))
        return ERR_NOMEM;
    const char *const always[] = {"huiying", "rules", workbench_verb_name(o->verb), "--json",
                                  "--status-fd", "3", "--rules", out->folder.data};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        add(out, always[i]);
    if (o->topic.n) {
        add(out, "--topic");
        add(out, o->topic.p);
    }
    if (o->text.n) {
        add(out, "--edit");
        add(out, "/proc/self/fd/4");
    }
    if (o->map.n) {
        add(out, "--map");
        add(out, WORKBENCH_MAP);
    }
    if (o->marks)
        add(out, "--marks");
    if (o->since_days) {
        snprintf(out->since, sizeof out->since, "%ud", o->since_days);
        add(out, "--since");
        add(out, out->since);
    }
    if (o->samples.n)
        add(out, "-");
    return 0;
}

static int start(const struct workbench_run *run, struct sibling *child)
{
    struct words words = {.n = 0};
    char *socket = NULL;
    int err = asprintf(&socket, "HUIYING_SOCKET=%s", run->conf->socket) < 0
                  ? ERR_NOMEM
                  : compose(run, &words);
#ifdef HUIYING_SANITIZED
    char *const envp[] = {socket, (char *)"ASAN_OPTIONS=detect_leaks=0", NULL};
#else
    char *const envp[] = {socket, NULL};
#endif
    const struct sibling_conf conf = {
        .path = run->conf->program, .argv = words.list, .envp = envp,
        .input = run->order->samples, .text = run->order->text,
        .map = run->order->map, .memory = MEMORY_MAX,
        .cpu_s = CPU_S};

    if (!err)
        err = sibling_start(&conf, child);
    buf_free(&words.folder);
    free(socket);
    return err;
}

struct following {
    const struct workbench_run *run;
    struct sibling child;
    struct buf out[SIBLING_STREAMS];
    int64_t until;
    const char *why; /* it is to be shot */
};

static void note_line(const struct following *f, struct str line)
{
    json_t *told = json_loadb(line.p, line.n, 0, NULL);
    json_int_t done = json_integer_value(json_object_get(told, "done"));
    json_int_t total = json_integer_value(json_object_get(told, "total"));

    json_decref(told);
    if (done >= 0 && total >= done)
        f->run->progress(f->run->arg, (size_t)done, (size_t)total);
}

static void note_status(struct following *f)
{
    struct buf *b = &f->out[SIBLING_STATUS];
    size_t at = 0, end;

    while ((end = str_find(buf_str(b), STR("\n"), at)) != (size_t)-1) {
        note_line(f, (struct str){b->data + at, end - at});
        at = end + 1;
    }
    if (at)
        memmove(b->data, b->data + at, b->len - at);
    b->len -= at;
}

static void read_some(struct following *f, int which)
{
    static const size_t most[SIBLING_STREAMS] = {OUT_MAX, TOLD_MAX, TOLD_MAX};
    char block[16 * 1024];
    ssize_t n = read(f->child.fds[which], block, sizeof block);

    if (n <= 0) {
        close(f->child.fds[which]);
        f->child.fds[which] = -1;
        return;
    }
    if (f->out[which].len + (size_t)n <= most[which])
        buf_add(&f->out[which], block, (size_t)n);
    else if (which != SIBLING_ERR) /* of what went wrong the beginning will do */
        f->why = "结果太大 (the result is too large)";
    if (which == SIBLING_STATUS)
        note_status(f);
}

/* Until it has closed all its pipes, or is to be shot: true. */
static bool follow(struct following *f)
{
    for (;;) {
        struct pollfd p[SIBLING_STREAMS + 1];
        int open = 0;
        for (int i = 0; i < SIBLING_STREAMS; i++) {
            p[i] = (struct pollfd){f->child.fds[i], POLLIN, 0};
            open += f->child.fds[i] >= 0;
        }
        p[SIBLING_STREAMS] = (struct pollfd){f->run->wake, POLLIN, 0};
        if (!open)
            return false;
        int64_t left = f->until - clock_mono();
        if (left <= 0)
            f->why = "超过半小时 (took over half an hour)";
        if (f->why || f->run->stop(f->run->arg))
            return true;
        if (poll(p, SIBLING_STREAMS + 1, (int)left) <= 0)
            continue;
        for (int i = 0; i < SIBLING_STREAMS; i++)
            if (p[i].fd >= 0 && p[i].revents)
                read_some(f, i);
    }
}

static const char *explain(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 127 ? NOT_STARTED : WEXITSTATUS(status) ? "" : NULL;
    switch (WTERMSIG(status)) {
    case SIGXCPU: return "用了太多 CPU 时间 (took too much CPU time)";
    case SIGKILL: return "被系统终止，可能内存不足 (killed, perhaps out of memory)";
    default: return "意外终止 (ended unexpectedly)";
    }
}

const char *workbench_run(const struct workbench_run *run, struct buf *result, struct buf *told)
{
    struct following f = {.run = run, .until = clock_mono() + RUN_MS};
    int err = start(run, &f.child);

    if (err) {
        log_error("workbench.start", "program=\"%s\" err=%s", run->conf->program, err_name(err));
        return NOT_STARTED;
    }
    bool shoot = follow(&f);
    int status = sibling_end(&f.child, shoot);
    const char *why = f.why ? f.why : explain(status);
    if (!why && (!buf_ok(&f.out[SIBLING_OUT]) ||
                 workbench_result_keep(buf_str(&f.out[SIBLING_OUT]), result)))
        why = "结果读不懂 (its result is not understood)";
    *told = f.out[SIBLING_ERR];
    buf_free(&f.out[SIBLING_OUT]);
    buf_free(&f.out[SIBLING_STATUS]);
    return why;
}
