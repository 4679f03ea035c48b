/* huiying-worker: bytes of the open web in, masked verdicts out, inside a sandbox. It has no
 * network, no files and no keys; what it says is checked by job_read_verdicts(). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/job.h"
#include "classifiers/mask/mask.h"
#include "daemon/workers/sandbox.h"
#include "daemon/workers/worker.h"
#include "feeds/formats/discover.h"
#include "feeds/formats/opml.h"
#include "feeds/pages/trial.h"

struct state {
    struct rules *rules; /* NULL: only what needs none works */
    struct judge *judge;
    struct buf request, answer;
};

static int read_exactly(char *to, size_t size)
{
    while (size) {
        ssize_t n = read(WORKER_SOCKET, to, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_CLOSED;
        to += n;
        size -= (size_t)n;
    }
    return 0;
}

static bool is_page(const struct job *job)
{
    return job->op == JOB_PAGE || job->op == JOB_EXTRACT || job->op == JOB_REPLY;
}

static struct parse_request request_of(const struct job *job)
{
    const struct board_spec *spec = &job->board;
    bool page = is_page(job) || job->op == JOB_TRY_PAGE;

    return (struct parse_request){
        .body = job->body,
        .url = job->url,
        .mime = job->mime,
        .board = spec->item.n || page ? spec : NULL,
        .zone_minutes = job->zone_minutes,
        .now = job->now,
    };
}

static int parse_job(const struct job *job, struct feed **feed)
{
    struct parse_request req = request_of(job);

    return is_page(job) ? parse_page(&req, feed) : parse_feed(&req, feed);
}

/* JOB_POLL, JOB_PAGE and JOB_REPLY. */
static int do_judge(struct state *s, const struct job *job)
{
    struct judge_context context = {job->kind, job->region, job->url, job->home, job->now};
    struct feed *feed = NULL;
    struct verdicts *verdicts = NULL;
    int syntax = parse_job(job, &feed);
    int err = syntax && syntax != ERR_SYNTAX ? syntax : 0;

    if (!err && job->op == JOB_PAGE && feed->nitems && !feed->items[0].title.n)
        feed->items[0].title = job->title; /* as the list gave it */
    if (!err)
        err = judge_feed(s->judge, feed, &context, &verdicts);
    if (!err && job->op == JOB_REPLY)
        judge_reply_page(feed, job->now, verdicts);
    if (!err)
        err = job_write_verdicts(verdicts, &s->answer);
    verdict_free(verdicts);
    item_feed_free(feed);
    return err ? err : syntax;
}

/* JOB_PARSE and JOB_EXTRACT. */
static int do_parse(struct state *s, const struct job *job)
{
    struct feed *feed = NULL;
    int err = parse_job(job, &feed);

    if (feed) {
        int written = parse_write_json(feed, mask_buf, NULL, &s->answer);
        err = written ? written : err;
    }
    item_feed_free(feed);
    return err;
}

static int do_try(struct state *s, const struct job *job)
{
    struct parse_request req = request_of(job);

    return trial_write(&req, job->op == JOB_TRY_PAGE, mask_buf, NULL, &s->answer);
}

static int do_classify(struct state *s, const struct job *job)
{
    const char *problem = NULL;
    int err = judge_json_line(s->judge, job->body, job->now, &s->answer, &problem);

    if (err == ERR_SYNTAX && problem)
        buf_add_text(&s->answer, problem);
    return err;
}

static int do_opml(struct state *s, const struct job *job)
{
    struct opml *list = NULL;
    int err = opml_read(job->body, job->mime, job->url, &list);

    if (list) {
        int written = opml_write_json(list, mask_buf, NULL, &s->answer);
        err = written ? written : err;
    }
    opml_free(list);
    return err;
}

static int do_discover(struct state *s, const struct job *job)
{
    struct discovery *found = NULL;
    int err = discover_feeds(job->body, job->mime, job->url, &found);

    if (!err)
        err = discover_write_json(found, mask_buf, NULL, &s->answer);
    discover_free(found);
    return err;
}

static const struct {
    int (*run)(struct state *, const struct job *);
    int needs_rules;
} ops[] = {
    [JOB_POLL] = {do_judge, 1},
    [JOB_PARSE] = {do_parse, 0},
    [JOB_CLASSIFY] = {do_classify, 1},
    [JOB_OPML] = {do_opml, 0},
    [JOB_DISCOVER] = {do_discover, 0},
    [JOB_PAGE] = {do_judge, 1},
    [JOB_EXTRACT] = {do_parse, 0},
    [JOB_TRY] = {do_try, 0},
    [JOB_TRY_PAGE] = {do_try, 0},
    [JOB_REPLY] = {do_judge, 1},
};

static void answer(struct state *s, int err)
{
    size_t n = s->answer.len - 4;

    for (int i = 0; i < 4; i++) {
        s->answer.data[i] = (char)(n >> (8 * i));
        s->answer.data[4 + i] = (char)((uint32_t)err >> (8 * i));
    }
    if (file_write_all(WORKER_SOCKET, buf_str(&s->answer)))
        _exit(0);
}

/* One request; the daemon closing its end is the order to leave. */
static void serve(struct state *s)
{
    char head[4];
    struct job job;

    sandbox_allow_cpu(0);
    if (read_exactly(head, sizeof head))
        _exit(0);
    struct buf_reader r = {head, sizeof head, false};
    size_t n = buf_read_u32(&r);
    buf_reset(&s->request);
    buf_reset(&s->answer);
    if (n > JOB_FRAME_MAX)
        _exit(WORKER_EXIT_PROTOCOL);
    char *to = buf_reserve(&s->request, n + 1);
    if (!to)
        _exit(WORKER_EXIT_MEMORY);
    if (read_exactly(to, n))
        _exit(0);
    if (job_read((struct str){to, n}, &job) || (ops[job.op].needs_rules && !s->judge))
        _exit(WORKER_EXIT_PROTOCOL);
    buf_add(&s->answer, "\0\0\0\0\0\0\0\0", 8);
    sandbox_allow_cpu(WORKER_CPU_MS);
    int err = ops[job.op].run(s, &job);
    if (err == ERR_NOMEM || !buf_ok(&s->answer) || s->answer.len > JOB_FRAME_MAX)
        _exit(WORKER_EXIT_MEMORY);
    answer(s, err);
}

int main(void)
{
    struct state s = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    parse_init();
    s.rules = rules_map(WORKER_RULES);
    if (s.rules && !(s.judge = judge_new(s.rules)))
        return WORKER_EXIT_MEMORY;
    if (sandbox_enter(WORKER_MEMORY))
        return WORKER_EXIT_SANDBOX;
    for (;;)
        serve(&s);
}
