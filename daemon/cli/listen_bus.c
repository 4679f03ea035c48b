#include <stdio.h>
#include <stdlib.h>

#include "alerts/bus/bus_client.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"
#include "daemon/cli/listen.h"
#include "daemon/cli/places.h"

enum { BUS_WAIT_MS = 1000, BUSY_WAIT_MS = 20, IDLE_WAIT_MS = 200, SETTLE_MS = 5000 };

/* Where the bus is and which ledger it tells of, from the daemon itself. */
static int ask_daemon(char endpoint[static 256], char epoch[static 64])
{
    struct client *c = client_open();
    json_t *answer = NULL;
    int status = c ? client_get(c, "/api/v1/status", &answer) : EX_UNAVAILABLE;

    if (!status) {
        snprintf(endpoint, 256, "%s", human_text(answer, "bus", "units", NULL));
        snprintf(epoch, 64, "%s", human_text(answer, "epoch", NULL));
    }
    json_decref(answer);
    client_close(c);
    return status;
}

static int read_keys(const struct listen *l, struct key_pair *mine, struct key_pair *server)
{
    char dir[PLACES_MAX], stem[SLUG_MAX + 8];

    places_keys(l->keys, dir);
    snprintf(stem, sizeof stem, "units/%s", l->unit);
    int err = keys_read(dir, stem, true, mine);
    if (err) {
        cli_error_at(dir, 0, "%s.secret: %s", stem, err_text(err));
        return EX_NOINPUT;
    }
    err = keys_read(dir, "server", false, server);
    if (err)
        cli_error_at(dir, 0, "server.public: %s", err_text(err));
    return err ? EX_NOINPUT : 0;
}

static bool wanted(const struct listen *l, const json_t *event)
{
    return !l->topic || strcmp(l->topic, human_text(event, "data", "topic", NULL)) == 0;
}

/* A unit's desk while it receives. */
struct desk_end {
    struct listen *listen;
    struct bus_client *bus;
    struct carry *carry;  /* NULL: events are printed */
    char epoch[64];       /* of the first welcome */
    uint64_t last, acked; /* unitseq taken, and known to be durable */
    uint64_t passed;      /* unitseq printed or carried: what may be acknowledged */
    int64_t again;        /* clock_mono(): an acknowledgement that may be lost is repeated */
    bool known, done, stale;
};

static int print_event(struct desk_end *d, const json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT);

    if (!text)
        return EX_OSERR;
    d->done = listen_print(d->listen, str_from(text));
    free(text);
    return 0;
}

/* A queue that is full takes the acknowledgement with the next event: it covers all before it. */
static void pass(struct desk_end *d, uint64_t unitseq)
{
    d->passed = unitseq;
    bus_client_ack(d->bus, unitseq);
}

static int take_event(struct desk_end *d, json_t *event)
{
    unsigned long long before = d->last;
    int status = 0;

    switch (listen_judge(event, &d->last, &d->known)) {
    case LISTEN_PRINT:
        if (d->carry)
            return carry_take(d->carry, event) ? EX_OSERR : 0;
        if (wanted(d->listen, event))
            status = print_event(d, event);
        if (!status)
            pass(d, d->last);
        break;
    case LISTEN_GAP:
        cli_error("单位序号有缺口：在 %llu 之后 (gap in unitseq after %llu)", before, before);
        status = EX_TEMPFAIL;
        break;
    case LISTEN_REPEATED:
    case LISTEN_OTHER: break;
    }
    return status;
}

/* SEQ was given, and this ledger has not come so far. */
static bool is_past(const struct listen *l, const json_t *head)
{
    return l->since_given && json_is_integer(head) &&
           l->since > (uint64_t)json_integer_value(head);
}

/* The first welcome says after which event the replay begins; a later one, after a cut line, must
 * be of the same ledger. */
static int take_welcome(struct desk_end *d, const json_t *message)
{
    const char *epoch = human_text(message, "epoch", NULL);
    const json_t *head = json_object_get(message, "head");
    bool other = d->epoch[0] ? strcmp(d->epoch, epoch) != 0 : is_past(d->listen, head);

    if (other) {
        cli_error(d->epoch[0] ? "台账已更换 (the daemon now keeps another ledger)"
                              : "序号超过台账现有的：台账已更换，或这台尚未跟上 (SEQ is past the head: "
                                "another ledger, or this machine is behind)");
        return EX_TEMPFAIL;
    }
    snprintf(d->epoch, sizeof d->epoch, "%s", epoch);
    int refused = listen_greeted(d->listen, message);
    if (refused)
        return refused;
    if (!d->known) {
        d->last = d->passed = (uint64_t)json_integer_value(json_object_get(message, "resume"));
        d->known = true;
    }
    return 0;
}

static int take(struct desk_end *d, struct str text)
{
    json_t *message = json_loadb(text.p, text.n, 0, NULL);
    const char *op = human_text(message, "op", NULL);
    int status = 0;

    if (strcmp(op, "event") == 0)
        status = take_event(d, json_object_get(message, "event"));
    else if (strcmp(op, "welcome") == 0)
        status = take_welcome(d, message);
    else if (strcmp(op, "acked") == 0)
        d->acked = (uint64_t)json_integer_value(json_object_get(message, "unitseq"));
    else if (strcmp(op, "error") == 0)
        cli_error("%s", human_text(message, "reason", NULL));
    json_decref(message);
    return status;
}

static void tell_stale(struct desk_end *d)
{
    bool stale = bus_client_stale(d->bus);

    if (stale && !d->stale)
        cli_error("与服务器失去联系，正在重连；此前的内容可能已过时 (stale: the server has not been heard "
                  "for 10 s; connecting again)");
    else if (!stale && d->stale)
        cli_error("已恢复与服务器的联系 (the server is heard again)");
    d->stale = stale;
}

static int receive(struct desk_end *d, struct buf *message)
{
    int wait = !d->carry ? BUS_WAIT_MS : carry_busy(d->carry) ? BUSY_WAIT_MS : IDLE_WAIT_MS;

    buf_reset(message);
    int err = bus_client_next(d->bus, wait, message);
    tell_stale(d);
    if (!err)
        return take(d, buf_str(message));
    if (err == ERR_TIMEOUT)
        return 0;
    cli_error("总线已断开 (the bus closed): %s", err_text(err));
    return err == ERR_CLOSED ? EX_NOPERM : EX_UNAVAILABLE;
}

/* Leave only once the last acknowledgement is durable, or the next run would print again. */
static int settle(struct desk_end *d, struct buf *message)
{
    int64_t end = clock_mono() + SETTLE_MS;
    int status = 0;

    while (!status && d->acked < d->passed && clock_mono() < end) {
        buf_reset(message);
        int err = bus_client_next(d->bus, BUS_WAIT_MS, message);
        json_t *doc = err ? NULL : json_loadb(message->data, message->len, 0, NULL);
        if (strcmp(human_text(doc, "op", NULL), "acked") == 0)
            d->acked = (uint64_t)json_integer_value(json_object_get(doc, "unitseq"));
        else if (err == ERR_TIMEOUT)
            bus_client_ack(d->bus, d->passed);
        else if (err)
            status = EX_UNAVAILABLE;
        json_decref(doc);
    }
    return status;
}

static void carry_on(struct desk_end *d)
{
    uint64_t passed = carry_turn(d->carry, clock_mono());

    if (passed)
        pass(d, passed);
    else if (d->passed > d->acked && clock_mono() >= d->again) {
        bus_client_ack(d->bus, d->passed);
        d->again = clock_mono() + BUS_WAIT_MS;
    }
    d->done = carry_delivered(d->carry) >= d->listen->left;
    bus_client_hold(d->bus, carry_full(d->carry));
}

static int follow(struct listen *l, struct bus_client *bus)
{
    struct desk_end d = {.listen = l, .bus = bus, .last = l->since, .passed = l->since,
                         .known = l->since_given};
    struct buf message = BUF_INIT;
    int status = 0;

    if (l->carrier && !(d.carry = carry_new(l->carrier, l->carrier_arg, l->left)))
        return EX_OSERR;
    while (!status && !d.done) {
        status = receive(&d, &message);
        if (!status && d.carry)
            carry_on(&d);
    }
    if (!status)
        status = settle(&d, &message);
    carry_free(d.carry);
    buf_free(&message);
    return status;
}

/* Which ledger the bus tells of, before any event is taken. */
static int ask_bus(struct listen *l, struct bus_client *bus, char epoch[static 64])
{
    struct buf message = BUF_INIT;

    bus_client_hold(bus, true);
    int err = bus_client_hello(bus, l->receiver, "", 0);
    while ((!err || err == ERR_TIMEOUT || err == ERR_AGAIN) && !epoch[0]) {
        buf_reset(&message);
        err = bus_client_next(bus, BUS_WAIT_MS, &message);
        json_t *doc = err ? NULL : json_loadb(message.data, message.len, 0, NULL);
        if (strcmp(human_text(doc, "op", NULL), "welcome") == 0)
            snprintf(epoch, 64, "%s", human_text(doc, "epoch", NULL));
        json_decref(doc);
    }
    buf_free(&message);
    return err;
}

/* After SEQ, or where the cursor is. */
static int greet(struct listen *l, struct bus_client *bus, char epoch[static 64])
{
    int err = 0;

    if (!l->since_given)
        return bus_client_hello(bus, l->receiver, "", 0);
    if (!epoch[0])
        err = ask_bus(l, bus, epoch);
    if (!err)
        err = bus_client_hello(bus, l->receiver, epoch, l->since);
    bus_client_hold(bus, false);
    return err;
}

int listen_bus(struct listen *l)
{
    struct key_pair mine = {0}, server = {0};
    char own[256] = "", epoch[64] = "";
    const char *endpoint = l->endpoints ? l->endpoints : own;
    struct bus_client *bus = NULL;
    int status = read_keys(l, &mine, &server);

    if (!status && !l->endpoints)
        status = ask_daemon(own, epoch);
    if (!status && !(bus = bus_client_open(endpoint, server.public_key, &mine))) {
        cli_error("%s: 连不上总线 (cannot connect to the bus)", endpoint);
        status = EX_UNAVAILABLE;
    }
    keys_wipe(&mine);
    keys_wipe(&server);
    if (!status) {
        int err = greet(l, bus, epoch);
        if (err)
            cli_error("%s: %s", endpoint, err_text(err));
        status = err ? EX_UNAVAILABLE : follow(l, bus);
    }
    bus_client_close(bus);
    return status;
}
