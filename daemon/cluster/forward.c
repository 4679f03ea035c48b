#include "daemon/cluster/forward.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/cluster/node.h"
#include "daemon/cluster/remote.h"

static const char UNKNOWN[] = "主节点没有答复，不知是否已办，请用同一幂等键重试 "
                              "(the leader did not answer: try again with the same key)";

struct waiting {
    uint64_t id; /* below 2^53, as any reader of JSON has it; 0: free */
    struct message *message;
    int64_t until; /* clock_mono() */
};

struct forward {
    struct ledger *ledger;
    uint64_t id; /* given last; the first is drawn: mail for a life before is not ours */
    struct waiting list[FORWARD_MAX];
    size_t waiting;
};

struct forward *forward_new(struct ledger *l)
{
    struct forward *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->ledger = l;
    randombytes_buf(&f->id, sizeof f->id);
    f->id >>= 12;
    return f;
}

static int write(const struct forward *f, const struct message *m, uint64_t id, struct buf *out)
{
    const struct ledger_signs *signs = &f->ledger->signs;
    struct trail_row row = {0};
    struct buf ask = BUF_INIT;
    bool signs_it = (m->done && m->done == signs->done) ||
                    (m->sources_done && m->sources_done == signs->sources_done);
    bool signed_for = signs_it && m->kind != MESSAGE_TRAIL && signs->sign(m->arg, &row);
    int err = ledger_text_write(m, signed_for ? &row : NULL, &ask);

    if (!err) {
        json_t *o = json_pack("{s:I, s:s, s:s, s:s#}", "id", (json_int_t)id, "from",
                              f->ledger->config->node, "epoch", store_epoch(f->ledger->store),
                              "ask", ask.data, (int)ask.len);
        char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
        err = text ? buf_add_text(out, text) : ERR_NOMEM;
        free(text);
        json_decref(o);
    }
    buf_free(&ask);
    return err;
}

int forward_ask(struct forward *f, struct message *m)
{
    struct node_part part;
    struct buf text = BUF_INIT;
    size_t at = 0;

    node_part(f->ledger->among.node, &part);
    if (!*part.leader || part.leads)
        return ERR_AGAIN;
    if (f->waiting == FORWARD_MAX)
        return ERR_LIMIT;
    int err = write(f, m, f->id + 1, &text);
    if (!err)
        err = remote_mail(f->ledger->among.remote, part.leader, buf_str(&text));
    buf_free(&text);
    if (err && err != ERR_TIMEOUT) /* with that it may be done: its answer is waited for */
        return err;
    while (f->list[at].id)
        at++;
    bool long_one = m->kind == MESSAGE_REGISTER || m->kind == MESSAGE_LOAD;
    int64_t wait = long_one ? FORWARD_PAGE_MS : FORWARD_WAIT_MS;
    f->list[at] = (struct waiting){++f->id, m, clock_mono() + wait};
    f->waiting++;
    return 0;
}

static void tell_sources(const struct message *m, int status, const char *reason,
                         const json_t *each)
{
    size_t n = json_array_size(each);

    for (size_t i = 0; i < n && i < m->nsources; i++)
        m->each[i] = (int)json_integer_value(json_array_get(each, i));
    if (!status && n != m->nsources)
        status = ERR_CORRUPT;
    m->sources_done(m->arg, status, reason, status ? NULL : m->each, m->nsources);
}

/* `each` of the sources that it asks for, or NULL. */
static void tell(struct forward *f, struct waiting *w, int status, const char *reason,
                 uint64_t seq, const json_t *each)
{
    const struct message *m = w->message;

    if (m->done)
        m->done(m->arg, status, reason, seq);
    if (m->sources_done)
        tell_sources(m, status, reason, each);
    if (!status)
        ledger_tell_acked(f->ledger, m->cursors, m->ncursors);
    ledger_message_free(w->message);
    *w = (struct waiting){0};
    f->waiting--;
}

static void hear(void *arg, struct str text)
{
    struct forward *f = arg;
    json_t *o = json_loadb(text.p, text.n, 0, NULL);
    json_int_t id = json_integer_value(json_object_get(o, "id"));
    const json_t *status = json_object_get(o, "status");
    size_t at = 0;

    /* What is for no one here was asked for in a life before, or has waited too long. */
    while (id && at < FORWARD_MAX && f->list[at].id != (uint64_t)id)
        at++;
    if (id && json_is_integer(status) && at < FORWARD_MAX)
        tell(f, &f->list[at], (int)json_integer_value(status),
             json_string_value(json_object_get(o, "reason")),
             (uint64_t)json_integer_value(json_object_get(o, "seq")), json_object_get(o, "each"));
    json_decref(o);
}

static void give_up(struct forward *f, int64_t now)
{
    for (size_t i = 0; i < FORWARD_MAX; i++)
        if (f->list[i].id && f->list[i].until <= now) {
            log_warn("cluster.forward", "err=%s", err_name(ERR_TIMEOUT));
            tell(f, &f->list[i], ERR_TIMEOUT, UNKNOWN, 0, NULL);
        }
}

void forward_settle(struct forward *f)
{
    if (!forward_waiting(f))
        return;
    remote_collect(f->ledger->among.remote, hear, f);
    give_up(f, clock_mono());
}

size_t forward_waiting(const struct forward *f)
{
    return f ? f->waiting : 0;
}

void forward_free(struct forward *f)
{
    if (!f)
        return;
    give_up(f, INT64_MAX);
    free(f);
}
