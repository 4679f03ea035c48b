#include "daemon/cli/listen.h"

#include <inttypes.h>
#include <limits.h>
#include <time.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/known.h"
#include "daemon/routes/query.h"

enum { RETRY_MS = 500, GIVE_UP_MS = 60000, EXEC_ARGUMENTS = 32 };

bool listen_print(struct listen *l, struct str json)
{
    cli_print(json);
    cli_print(STR("\n"));
    cli_flush();
    if (l->left != UINT64_MAX)
        l->left--;
    return l->left == 0;
}

int listen_greeted(struct listen *l, const json_t *message)
{
    bool drill = human_drill(message);

    if (drill && !l->drill && l->carrier) {
        cli_error("这是演练，不运行命令，也不外发；确为演练而设的请加 --drill (this is a drill: no command is "
                  "run and nothing is sent on; what is meant for drills has --drill)");
        return EX_CONFIG;
    }
    if (!drill && l->drill) {
        cli_error("--drill: 这不是演练，不接收 (this is no drill: nothing is received)");
        return EX_CONFIG;
    }
    if (drill && !l->told)
        cli_error(DRILL_MARK "以下是演练，不是真实警讯 (a drill: no event below is real)");
    l->told = drill;
    return 0;
}

struct follow {
    struct listen *listen;
    uint64_t last;
    char epoch[64];
    int64_t heard; /* clock_mono() */
    int refused;   /* exit status of listen_greeted() */
};

static int on_event(void *arg, struct str data)
{
    struct follow *f = arg;
    json_t *event = json_loadb(data.p, data.n, 0, NULL);
    const char *epoch = json_string_value(json_object_get(event, "epoch"));

    f->last = (uint64_t)json_integer_value(json_object_get(event, "seq"));
    if (epoch && strlen(epoch) < sizeof f->epoch)
        memcpy(f->epoch, epoch, strlen(epoch) + 1);
    f->heard = clock_mono();
    f->refused = listen_greeted(f->listen, event);
    json_decref(event);
    if (f->refused)
        return 1;
    return listen_print(f->listen, data);
}

static void stream_once(struct follow *f, struct client *c, long *status, struct buf *detail)
{
    struct buf path = BUF_INIT;

    buf_addf(&path, "/api/v1/events?since=%llu", (unsigned long long)f->last);
    client_add_query(&path, "topic", f->listen->topic);
    client_add_query(&path, "epoch", f->epoch[0] ? f->epoch : NULL);
    buf_add_char(&path, '\0');
    *status = 0;
    if (buf_ok(&path))
        client_stream(c, path.data, on_event, f, status, detail);
    buf_free(&path);
}

/* Too many streams, or a daemon that starts or stops. */
static bool may_pass(long status)
{
    return status == 429 || status == 503;
}

static bool patient(const struct follow *f, bool ever)
{
    return ever && clock_mono() - f->heard <= GIVE_UP_MS;
}

static int tell_refusal(long status, struct str detail)
{
    json_t *problem = json_loadb(detail.p ? detail.p : "", detail.n, 0, NULL);
    const char *text = json_string_value(json_object_get(problem, "detail"));

    cli_error("%s (HTTP %ld)", text ? text : "服务不让接收 (the daemon refuses the stream)", status);
    json_decref(problem);
    return status == 409 || may_pass(status) ? EX_TEMPFAIL : EX_DATAERR;
}

/* The daemon may be restarted under a listener: it goes on where it was, for a minute. */
int listen_http(struct listen *l)
{
    struct follow f = {.listen = l, .last = l->since, .heard = clock_mono()};
    struct client *c = client_open();
    struct buf detail = BUF_INIT;
    int status = c ? EX_OK : EX_UNAVAILABLE;
    bool ever = false;

    while (!status && l->left) {
        long http = 0;
        buf_reset(&detail);
        stream_once(&f, c, &http, &detail);
        status = f.refused;
        if (status)
            break;
        if (http == 200) {
            ever = true;
            f.heard = clock_mono();
        } else if (http && !(may_pass(http) && patient(&f, ever))) {
            status = tell_refusal(http, buf_str(&detail));
        } else if (!http && !patient(&f, ever)) {
            cli_error("服务没有运行 (no daemon answers)");
            status = EX_UNAVAILABLE;
        }
        if (!status && l->left)
            nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
    }
    buf_free(&detail);
    client_close(c);
    return status;
}

static int read_count(const char *option, const char *text, uint64_t least, uint64_t *out)
{
    if (query_number(text, least, LLONG_MAX, out) == 0)
        return 0;
    cli_error("--%s %s: 应为 %" PRIu64 " 或更大的整数 (expected a whole number from %" PRIu64 " on)",
              option, text, least, least);
    return EX_USAGE;
}

/* --exec PROGRAM [ARGUMENT]...; with --shell the one text is a line for sh. */
static int read_exec(const struct cli_args *args, struct listen *l, struct listen_exec *x,
                     char *argv[static EXEC_ARGUMENTS + 2])
{
    const char *program = cli_value(args, "exec");
    uint64_t seconds = 60;
    int n = 0;

    if (!program) {
        if (!args->count && !cli_value(args, "shell") && !cli_value(args, "limit"))
            return 0;
        cli_error("listen: 参数只用于 --exec (arguments, --shell and --limit go with --exec)");
        return EX_USAGE;
    }
    if (!l->unit) {
        cli_error("listen: --exec 须与 --unit 同用 (--exec needs --unit, whose cursor is durable)");
        return EX_USAGE;
    }
    if (read_count("limit", cli_value(args, "limit"), 1, &seconds))
        return EX_USAGE;
    if (cli_value(args, "shell")) {
        argv[n++] = "sh";
        argv[n++] = "-c";
    } else { /* what is not there would be tried for ever */
        int why = listen_exec_look(program);
        if (why) {
            cli_error_at(program, 0, "不能运行 (cannot be run): %s", strerror(why));
            return EX_NOINPUT;
        }
    }
    argv[n++] = (char *)program;
    for (int i = 0; i < args->count && n < EXEC_ARGUMENTS; i++)
        argv[n++] = args->rest[i];
    argv[n] = NULL;
    *x = (struct listen_exec){.topic = l->topic, .argv = argv, .limit = (int64_t)seconds * 1000};
    l->carrier = &listen_exec_carrier;
    l->carrier_arg = x;
    return 0;
}

/* It may come with other rules, and its events of before are there: no reason not to wait. */
static void tell_unknown(const struct listen *l)
{
    struct buf near = BUF_INIT;

    if (l->topic && !l->endpoints && known_lacks("/api/v1/topics", l->topic, &near))
        cli_error("--topic %s: 规则中没有这个事项，可能一直收不到 (no topic of the rules in force: nothing may ever "
                  "come)%.*s", l->topic, STR_ARG(buf_str(&near)));
    buf_free(&near);
}

int commands_listen(const struct cli_args *args)
{
    char *argv[EXEC_ARGUMENTS + 2];
    struct listen_exec exec;
    const char *receiver = cli_value(args, "receiver");
    struct listen l = {.topic = cli_value(args, "topic"), .unit = cli_value(args, "unit"),
                       .receiver = receiver ? receiver : "cli", .keys = cli_value(args, "keys"),
                       .endpoints = cli_value(args, "endpoint"),
                       .since_given = cli_value(args, "since") != NULL,
                       .drill = cli_value(args, "drill") != NULL, .left = UINT64_MAX};

    if (read_count("since", cli_value(args, "since"), 0, &l.since) ||
        read_count("once", cli_value(args, "once"), 1, &l.left))
        return EX_USAGE;
    if (!query_slug(l.topic) || !query_slug(l.unit) || !query_slug(l.receiver)) {
        cli_error("listen: 编号只含 a-z、0-9 和 - (ids are a-z, 0-9 and -)");
        return EX_USAGE;
    }
    if (l.endpoints && !l.unit) {
        cli_error("listen: --endpoint 须与 --unit 同用 (--endpoint needs --unit)");
        return EX_USAGE;
    }
    int status = read_exec(args, &l, &exec, argv);
    if (status)
        return status;
    tell_unknown(&l);
    return l.unit ? listen_bus(&l) : listen_http(&l);
}
