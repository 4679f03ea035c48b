/* Concerns that are like one, by what grouping itself goes by. The index names those that may be
 * the nearest, however old. The latest of its topic and the latest open ones of any are compared
 * besides: the index may not have seen them yet, or be in the making, and of many that are equally
 * near those are wanted that were opened close to it. */
#include "alerts/group/likeness.h"
#include "alerts/units/place.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/views/searcher.h"

/* What one request costs, however many there are. */
enum { LATEST = 300, /* of each kind */
       NAMED = 1000, /* by the index, of which a unit sees its own; */
       OF_NAMED = 200, /* … so many are compared, */
       PIECE = 100,    /* … read at once */
       SHOWN = 8, SHOWN_MOST = 20 };

struct like {
    uint64_t id;
    struct likeness_near near;
    int64_t apart; /* ms between their openings */
    bool here;     /* both places can be one */
};

struct search {
    struct exchange *x;
    const struct concern *of;
    struct likeness_probe probe;
    struct like best[SHOWN_MOST];
    size_t n, limit;
    size_t compared;
    bool indexed;
    uint64_t behind; /* events that the index has not seen */
};

static bool nearer(const struct like *a, const struct like *b)
{
    if (a->near.score != b->near.score)
        return a->near.score > b->near.score;
    if (a->here != b->here)
        return a->here;
    return a->apart != b->apart ? a->apart < b->apart : a->id > b->id;
}

static void keep(struct search *s, const struct like *like)
{
    size_t at = s->n;

    for (size_t i = 0; i < s->n; i++)
        if (s->best[i].id == like->id) /* seen among those of its topic */
            return;
    if (s->n < s->limit)
        s->n++;
    else if (nearer(like, &s->best[s->n - 1]))
        at--;
    else
        return;
    for (; at > 0 && nearer(like, &s->best[at - 1]); at--)
        s->best[at] = s->best[at - 1];
    s->best[at] = *like;
}

static int look(void *arg, const struct concern *c)
{
    struct search *s = arg;
    const struct likeness_text text = {c->sketch, c->traits};
    int64_t apart = c->opened - s->of->opened;
    struct like like = {.id = c->id, .apart = apart < 0 ? -apart : apart};

    if (c->id == s->of->id || c->merged || !query_own(s->x, c))
        return 0;
    s->compared++;
    like.here = place_compatible(str_from(c->region), str_from(s->of->region));
    like.near = likeness_near(&s->probe, &text, strcmp(c->topic, s->of->topic) == 0);
    if (!like.here && like.near.score >= LIKENESS_EVEN) /* grouping joins no two places */
        like.near.score = LIKENESS_EVEN - 1;
    if (like.near.score)
        keep(s, &like);
    return 0;
}

static int compare_latest(struct search *s)
{
    const struct store_query of_topic = {.topic = s->of->topic, .order = STORE_BY_NEWEST,
                                         .limit = LATEST};
    const struct store_query open = {.state = "open", .order = STORE_BY_NEWEST,
                                     .limit = LATEST};
    struct store *reader = s->x->side->reader;
    int err = store_concerns(reader, &of_topic, look, s);

    return err ? err : store_concerns(reader, &open, look, s);
}

static int compare_named(struct search *s, const uint64_t *numbers, size_t n)
{
    int err = 0;

    for (size_t at = 0; at < n && s->compared < OF_NAMED && !err; at += PIECE)
        err = store_concerns_of(s->x->side->reader, numbers + at, n - at < PIECE ? n - at : PIECE,
                                look, s);
    return err;
}

/* Whatever keeps the index from answering, the store can. */
static int search(struct search *s)
{
    const struct likeness_text text = {s->of->sketch, s->of->traits};
    const struct search_alike of = {s->of->traits, s->of->id};
    struct searcher *searcher = s->x->side->http->conf.searcher;
    struct store *reader = s->x->side->reader;
    uint64_t numbers[NAMED];

    likeness_prepare(&s->probe, &text);
    int n = searcher ? searcher_alike(searcher, reader, &of, numbers, NAMED, &s->behind)
                     : ERR_AGAIN;
    if (n == ERR_NOMEM)
        return n;
    s->indexed = n >= 0;
    int err = n > 0 ? compare_named(s, numbers, (size_t)n) : 0;
    return err ? err : compare_latest(s);
}

static const char *place_word(const struct concern *a, const struct concern *b, bool here)
{
    if (!*a->region || !*b->region)
        return NULL;
    if (str_eq(place_stem(str_from(a->region)), place_stem(str_from(b->region))))
        return "same";
    return here ? "within" : "other";
}

static void put_why(struct buf *b, const struct search *s, const struct concern *c,
                    const struct like *like)
{
    json_out_name(b, "likeness");
    buf_add_char(b, '{');
    json_out_count(b, "score", like->near.score);
    json_out_bool(b, "joins", like->near.score >= LIKENESS_EVEN);
    json_out_bool(b, "copy", like->near.copy);
    json_out_count(b, "names", like->near.names);
    json_out_count(b, "pairs", like->near.pairs);
    json_out_count(b, "subjects", like->near.subjects);
    json_out_count(b, "words", like->near.words);
    json_out_count(b, "numbers", like->near.numbers);
    json_out_text(b, "place", place_word(s->of, c, like->here));
    json_out_count(b, "days", (uint64_t)(like->apart / CLOCK_DAY));
    buf_add_text(b, "}}");
}

static int put_like(const struct search *s, const struct like *like, struct buf *b)
{
    struct exchange *x = s->x;
    struct concern c = {0};
    int err = store_concern(x->side->reader, like->id, &c);

    if (err)
        return err == ERR_NOTFOUND ? 0 : err;
    views_concern_open(b, x->side->http->conf.config, exchange_rules(x), exchange_units(x), &c,
                       clock_now());
    put_why(b, s, &c, like);
    concern_clear(&c);
    return 0;
}

static enum MHD_Result answer(struct exchange *x, struct search *s)
{
    struct buf b = BUF_INIT;
    int err = search(s);

    buf_add_text(&b, "{\"items\":[");
    for (size_t i = 0; i < s->n && !err; i++)
        err = put_like(s, &s->best[i], &b);
    buf_add_char(&b, ']');
    if (s->indexed)
        json_out_count(&b, "behind", s->behind);
    else
        json_out_text(&b, "behind", NULL);
    buf_add_char(&b, '}');
    if (!err)
        return reply_json(x, &b);
    buf_free(&b);
    return reply_error(x, err, NULL);
}

enum MHD_Result routes_similar(struct exchange *x)
{
    struct concern c = {0};
    struct search s = {.x = x, .of = &c};
    enum MHD_Result result;
    uint64_t limit = SHOWN;

    if (query_number(exchange_query(x, "limit"), 1, SHOWN_MOST, &limit))
        return reply_problem(x, MHD_HTTP_BAD_REQUEST, "query",
                             "limit 应为 1 到 20 (limit is 1 to 20)");
    int err = store_concern(x->side->reader, x->concern, &c);
    if (err)
        return reply_error(x, err, NULL);
    s.limit = (size_t)limit;
    if (x->side->http->conf.searcher) /* it comes behind the ledger */
        encoding_also(x, searcher_mark(x->side->http->conf.searcher));
    if (!query_reads(x, &c))
        result = reply_not_own(x);
    else if (!encoding_unchanged(x, &result))
        result = answer(x, &s);
    concern_clear(&c);
    return result;
}
