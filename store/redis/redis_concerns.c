/* Concerns: one, those that live, and pages of them. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "base/err.h"
#include "store/codec.h"

enum {
    CHUNK = 256,  /* concerns read in one go */
    IDS = 5000,   /* ids read in one go */
    LOOKS = 2000, /* concerns that a script looks at before it lets others in */
    KEY = 16      /* bytes of a member: its time, its id */
};

/* Bytes, address. */
static int read_concern(const redisReply *row, struct concern *out)
{
    if (row->type != REDIS_REPLY_ARRAY || row->elements != 2)
        return ERR_CORRUPT;
    int err = codec_read_concern(redis_str(row->element[0]), out);
    if (!err && row->element[1]->type == REDIS_REPLY_STRING) {
        struct str url = redis_str(row->element[1]);
        out->reply_url = strndup(url.p, url.n);
        err = out->reply_url ? 0 : ERR_NOMEM;
    }
    return err;
}

static int hand_out_row(const redisReply *row, int (*each)(void *arg, const struct concern *c),
                        void *arg)
{
    struct concern c;
    int err = read_concern(row, &c);

    if (err)
        return err;
    err = each(arg, &c);
    concern_clear(&c);
    return err;
}

/* A page's rows; the scripts know nothing of grades. */
struct graded {
    enum grade least;
    size_t left;
    int (*each)(void *arg, const struct concern *c);
    void *arg;
};

static int pass_graded(void *arg, const struct concern *c)
{
    struct graded *g = arg;

    if (c->grade < g->least || !g->left)
        return 0;
    g->left--;
    return g->each(g->arg, c);
}

static void put_concern(struct redis *r, struct redis_args *a, uint64_t id)
{
    struct buf name = BUF_INIT;

    buf_add_decimal(&name, id);
    redis_begin(a, "HMGET");
    redis_put_key(r, a, "concern:", buf_str(&name));
    redis_put_text(a, "b");
    redis_put_text(a, "u");
    a->values.failed |= !buf_ok(&name);
    buf_free(&name);
}

int redis_concern(struct store *s, uint64_t id, struct concern *out)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    memset(out, 0, sizeof *out);
    put_concern(r, &a, id);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    bool there = reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING;
    err = there ? read_concern(reply, out) : ERR_NOTFOUND;
    freeReplyObject(reply);
    if (err) {
        concern_clear(out);
        memset(out, 0, sizeof *out);
    }
    return err;
}

/* Ids at the end of the members of a set, from a bound on, in pieces. */
static int gather_ids(struct redis *r, const char *set, struct str from, struct buf *ids)
{
    struct buf bound = BUF_INIT;
    size_t n = IDS;
    int err = buf_add_str(&bound, from);

    while (!err && n == IDS) {
        struct redis_args a = {0};
        redisReply *reply;
        redis_begin(&a, "ZRANGEBYLEX");
        redis_put_key(r, &a, set, STR_NONE);
        redis_put_str(&a, buf_str(&bound));
        redis_put_text(&a, "+");
        redis_put_text(&a, "LIMIT");
        redis_put_number(&a, 0);
        redis_put_number(&a, IDS);
        err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
        redis_args_free(&a);
        if (err)
            break;
        n = reply->elements;
        for (size_t i = 0; i < n && !err; i++) {
            struct str member = redis_str(reply->element[i]);
            uint64_t id = member.n >= 8 ? codec_read_order(member.p + member.n - 8) : 0;
            err = id ? buf_add(ids, &id, sizeof id) : ERR_CORRUPT;
            if (i + 1 == n)
                redis_walk_bound(&bound, '(', member.p, member.n);
        }
        freeReplyObject(reply);
        if (!buf_ok(&bound))
            err = ERR_NOMEM;
    }
    buf_free(&bound);
    return err;
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Each id once. */
static size_t sort_ids(uint64_t *ids, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(ids, n, sizeof *ids, by_id);
    for (size_t i = 0; i < n; i++)
        if (!i || ids[i] != ids[i - 1])
            ids[kept++] = ids[i];
    return kept;
}

/* What is asked for, and whom it is for. */
struct owed {
    int64_t since;
    uint64_t *moved; /* by rising id: those that an event told of meanwhile */
    size_t nmoved;
    int (*each)(void *arg, const struct concern *c);
    void *arg;
};

static int pass_owed(void *arg, const struct concern *c)
{
    const struct owed *o = arg;
    bool owed = c->state != CONCERN_CLOSED || c->updated >= o->since ||
                clocks_running(c, ACT_PROMISE);

    return owed ? o->each(o->arg, c) : 0;
}

static bool is_none(const redisReply *row)
{
    return row->type == REDIS_REPLY_ARRAY && row->elements == 2 &&
           row->element[0]->type == REDIS_REPLY_NIL;
}

/* What an event tells of is there with it; one alone is no reason to call the store damaged. */
static bool may_lack(const struct owed *o, uint64_t id, const redisReply *row)
{
    return is_none(row) && o->nmoved && bsearch(&id, o->moved, o->nmoved, sizeof id, by_id);
}

/* At most CHUNK. */
static int read_ids(struct redis *r, const uint64_t *ids, size_t n, redisReply **replies)
{
    struct redis_args a = {0};

    for (size_t i = 0; i < n; i++)
        put_concern(r, &a, ids[i]);
    int err = redis_read(r, &a, replies, n);
    redis_args_free(&a);
    return err;
}

int redis_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                      int (*each)(void *arg, const struct concern *c), void *arg)
{
    redisReply *replies[CHUNK];
    int err = 0;

    for (size_t at = 0; at < n && !err; at += CHUNK) {
        size_t some = n - at < CHUNK ? n - at : CHUNK;
        err = read_ids((struct redis *)s, ids + at, some, replies);
        for (size_t i = 0, got = err ? 0 : some; i < got; i++) {
            if (!err && !is_none(replies[i]))
                err = hand_out_row(replies[i], each, arg);
            freeReplyObject(replies[i]);
        }
    }
    return err;
}

static int hand_out_ids(struct redis *r, const uint64_t *ids, size_t n, struct owed *o)
{
    redisReply *replies[CHUNK];
    int err = read_ids(r, ids, n, replies);

    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        if (!err && !may_lack(o, ids[i], replies[i]))
            err = hand_out_row(replies[i], pass_owed, o);
        freeReplyObject(replies[i]);
    }
    return err;
}

/* Those that live, and those that were closed since. */
static int gather_sets(struct redis *r, int64_t since, struct buf *ids)
{
    struct buf from = BUF_INIT;
    int err = gather_ids(r, "concerns:live", STR("-"), ids);

    buf_add_char(&from, '[');
    codec_order_time(&from, since);
    if (!err)
        err = buf_ok(&from) ? gather_ids(r, "concerns:closed", buf_str(&from), ids) : ERR_NOMEM;
    buf_free(&from);
    return err;
}

/* Those that events past this one tell of. */
static int gather_moved(struct redis *r, uint64_t after, struct buf *ids)
{
    struct event *events = calloc(CHUNK, sizeof *events);
    int err = events ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        n = redis_events_after(&r->base, after, events, CHUNK);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            if (events[i].concern)
                err = buf_add(ids, &events[i].concern, sizeof events[i].concern);
        after = n > 0 ? events[n - 1].seq : after;
    }
    free(events);
    return err;
}

/* The sets are read in pieces, while a concern may go from one to the other and be met in neither:
 * a reopened one does. Whatever moves it is an event of the same transaction, so that those of the
 * time of reading name what was missed. */
int redis_each_concern(struct store *s, int64_t since,
                       int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct buf ids = BUF_INIT, moved = BUF_INIT;
    struct owed o = {.since = since, .each = each, .arg = arg};
    uint64_t head;
    int err = redis_head(s, &head);

    if (!err)
        err = gather_sets(r, since, &ids);
    if (!err)
        err = gather_moved(r, head, &moved);
    if (!err && moved.len)
        err = buf_add(&ids, moved.data, moved.len);
    o.moved = (uint64_t *)moved.data;
    o.nmoved = sort_ids(o.moved, moved.len / sizeof(uint64_t));
    size_t n = sort_ids((uint64_t *)ids.data, ids.len / sizeof(uint64_t));
    for (size_t at = 0; at < n && !err; at += CHUNK)
        err = hand_out_ids(r, (const uint64_t *)ids.data + at, n - at < CHUNK ? n - at : CHUNK, &o);
    buf_free(&ids);
    buf_free(&moved);
    return err;
}

/* Which set a page walks, and which states are looked for in it. */
struct plan {
    struct buf from;
    const char *end; /* of the sets' names */
    const char *states;
    bool falling;
};

static void make_plan(const struct backend_query *q, struct plan *p)
{
    static const char *const shown[STATES_CHOICES] = {
        [STATES_ANY] = "", [STATES_OPEN] = "0134", [STATES_ACCEPTED] = "1",
        [STATES_CLOSED] = "2", [STATES_FOUND] = "3", [STATES_DECLINED] = "4"};
    bool due = q->order == STORE_BY_DUE;
    bool live = q->states != STATES_ANY && q->states != STATES_CLOSED;

    *p = (struct plan){.states = shown[q->states], .falling = !due};
    p->end = !due ? ":new" : live ? ":open" : ":due";
    if (q->after) {
        buf_add_char(&p->from, '(');
        codec_order_time(&p->from, q->after_key);
        codec_order(&p->from, q->after_id);
    } else {
        buf_add_char(&p->from, due ? '-' : '+');
    }
}

/* The set of one unit, or (NULL) of all. */
static void put_set(struct redis_args *a, const char *unit, const struct plan *p)
{
    struct buf set = BUF_INIT;

    buf_addf(&set, "%s%s%s", unit ? "unit:" : "concerns", unit ? unit : "", p->end);
    redis_put_str(a, buf_str(&set));
    a->values.failed |= !buf_ok(&set);
    buf_free(&set);
}

static int ask_page(struct redis *r, const struct backend_query *q, const struct plan *p,
                    size_t most, redisReply **rows)
{
    struct redis_args a = {0};
    int err = redis_ready(r);

    if (err)
        return err;
    redis_begin_script(r, &a, SCRIPT_CONCERNS);
    redis_put_str(&a, buf_str(&p->from));
    redis_put_number(&a, most);
    redis_put_text(&a, p->falling ? "1" : "0");
    redis_put_text(&a, p->states);
    redis_put_text(&a, q->topic ? "1" : "0");
    redis_put_text(&a, q->topic);
    redis_put_number(&a, LOOKS);
    for (size_t i = 0; i < q->nunits; i++)
        put_set(&a, q->units[i], p);
    if (!q->nunits)
        put_set(&a, q->unit, p);
    a.values.failed |= !buf_ok(&p->from);
    err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, rows);
    redis_args_free(&a);
    return err;
}

int redis_concerns(struct store *s, const struct backend_query *q,
                   int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct graded g = {q->least, q->limit, each, arg};
    struct plan p;
    bool more = true;
    int err = 0;

    make_plan(q, &p);
    while (!err && more && g.left) {
        redisReply *rows;
        err = ask_page((struct redis *)s, q, &p, q->least ? q->limit : g.left, &rows);
        if (err)
            break;
        struct str on = rows->elements ? redis_str(rows->element[0]) : STR_NONE;
        more = on.n == KEY;
        if (more)
            redis_walk_bound(&p.from, '(', on.p, on.n);
        for (size_t i = 1; i < rows->elements && !err; i++)
            err = hand_out_row(rows->element[i], pass_graded, &g);
        freeReplyObject(rows);
    }
    buf_free(&p.from);
    return err;
}
