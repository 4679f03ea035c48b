/* Fills the store of a daemon that does not run: a ledger of the size that the rows "api" are
 * about, in few and large transactions.
 *
 *   api_ledger CONFIG ITEMS CONCERNS [ANSWERED]
 *
 * A desk opens the concerns, each of a place of its own in words that many have, two in five
 * accepted by their unit, and before them as many more that are answered by now; each twentieth of
 * their items is a copy of an earlier one. The other items are what no rule matched. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "alerts/desk/desk.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "classifiers/likeness/traits.h"
#include "daemon/config/config.h"
#include "store/store.h"
#include "tests/bench/corpus.h"

enum { BATCH = 1000, TEXT_BYTES = 300, COPIES = 20, SPREAD_MS = 1000 };

struct work {
    struct config *config;
    struct desk_conf conf;
    struct desk *desk;
    struct store *store;
    struct changes changes;
    struct store_item items[BATCH];
    struct buf texts[BATCH];
    const struct concern *touched[2 * BATCH];
    uint64_t last; /* concern opened last */
    int64_t now;
    size_t total, answered, alerts, made, opened;
};

static uint32_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

static int rising(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Names and rare pairs of its own; words, troubles and characters that many have. */
static void make_traits(uint64_t *state, uint32_t traits[VERDICT_TRAITS])
{
    static const struct {
        enum trait_class class;
        uint32_t n, of;
    } parts[] = {{TRAIT_ESTATE, 1, 1u << TRAIT_SHIFT}, {TRAIT_ROAD, 1, 1u << TRAIT_SHIFT},
                 {TRAIT_KEY, 5, 1u << TRAIT_SHIFT},    {TRAIT_GRAM, TRAITS_GRAMS, 40000},
                 {TRAIT_TERM, TRAITS_TERMS, 400},      {TRAIT_SUBJECT, 2, 80},
                 {TRAIT_CHAR, 4, 600}};
    size_t n = 0;

    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (uint32_t i = 0; i < parts[k].n; i++)
            traits[n++] = (uint32_t)parts[k].class << TRAIT_SHIFT |
                          (uint32_t)((uint64_t)draw(state) * parts[k].of >> 32);
    qsort(traits, n, sizeof *traits, rising);
}

/* What a worker would say of it. */
static void make_verdict(size_t number, struct verdict *v, struct verdict_tag *tag)
{
    static const char *const topics[] = {"wage-arrears", "epidemic", "food-drug-safety"};
    static const char *const links[] = {"https://board.example/a", "https://board.example/b"};
    uint64_t state = number * UINT64_C(0x9E3779B97F4A7C15) + 1;

    *tag = (struct verdict_tag){.topic = str_from(topics[number % 3]), .score = 0.9f};
    *v = (struct verdict){.kind = VERDICT_RAISED, .request = REQUEST_COMPLAINT, .tags = tag,
                          .ntags = 1, .link = str_from(links[number % 2])};
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        v->sketch[i] = draw(&state);
    make_traits(&state, v->traits);
}

static int act_on(struct work *w, enum command_act act, uint64_t concern)
{
    struct command c = {.act = act, .concern = concern};
    const char *reason = NULL;

    if (act == COMMAND_ANSWER)
        c.url = STR("https://town.example/reply/1");
    int err = desk_command(w->desk, &c, w->now, &w->changes, &reason);
    return err == ERR_REFUSED ? 0 : err; /* it waits for 研判 */
}

/* Items that alert are spread evenly among the others. */
static int alert(struct work *w, struct store_item *item)
{
    bool copy = w->opened && w->alerts % COPIES == COPIES - 1;
    struct desk_origin from = {.id = item->source, .source = 1 + w->alerts % 7,
                               .kind = SOURCE_BOARD};
    struct verdict_tag tag;
    struct verdict v;

    make_verdict(copy ? w->alerts - 1 : w->alerts, &v, &tag);
    w->alerts++;
    int err = desk_item(w->desk, &v, &from, w->now, &w->changes, &item->concern);
    item->topic = tag.topic;
    item->kind = (uint8_t)v.kind;
    item->request = (uint8_t)v.request;
    memcpy(item->sketch, v.sketch, sizeof item->sketch);
    if (err || !item->concern || item->concern == w->last)
        return err;
    w->last = item->concern;
    if (w->opened++ < w->answered)
        return act_on(w, COMMAND_ANSWER, item->concern);
    return w->opened % 5 < 2 ? act_on(w, COMMAND_ACCEPT, item->concern) : 0;
}

static int add_item(struct work *w, size_t at, size_t concerns)
{
    struct store_item *item = &w->items[at];
    uint64_t ident = (w->made + 1) * UINT64_C(0x9E3779B97F4A7C15);
    size_t per = w->total / (concerns + concerns / (COPIES - 1) + 1);

    buf_reset(&w->texts[at]);
    corpus_text(w->made, TEXT_BYTES, &w->texts[at]);
    struct str text = buf_str(&w->texts[at]);
    *item = (struct store_item){.source = STR("bench"), .link = STR("https://board.example/1"),
                                .title = STR("道路维修的事"), .text = text, .found = w->now,
                                .expires = w->now + w->config->unmatched_keep};
    memcpy(item->ident, &ident, sizeof ident);
    bool alerts = w->opened < concerns && w->made % (per ? per : 1) == 0;
    w->made++;
    return alerts ? alert(w, item) : 0;
}

static int put_batch(struct work *w, size_t n, size_t concerns)
{
    int err = 0;

    w->now += SPREAD_MS;
    desk_changes_reset(&w->changes);
    for (size_t i = 0; i < n && !err; i++)
        err = add_item(w, i, concerns);
    for (size_t i = 0; i < w->changes.nconcerns; i++)
        w->touched[i] = desk_concern(w->desk, w->changes.concerns[i]);
    struct store_batch batch = {.items = w->items, .nitems = n, .events = w->changes.events,
                                .nevents = w->changes.nevents, .concerns = w->touched,
                                .nconcerns = w->changes.nconcerns};
    return err ? err : store_commit(w->store, &batch);
}

static int begin(struct work *w, const char *path)
{
    struct problems *problems = problems_new();

    log_set_level(LOG_WARN);
    w->config = config_load(path, problems);
    problems_print(problems, stderr);
    problems_free(problems);
    if (!w->config)
        return ERR_INVALID;
    w->conf = (struct desk_conf){.units = w->config->town->units,
                                 .deadlines = w->config->town->deadlines,
                                 .rules = w->config->rules,
                                 .home = str_from(w->config->home_region),
                                 .group_window = 7 * CLOCK_DAY, .heat = w->config->town->heat};
    int err = store_open(w->config->store, &w->store);
    if (err)
        return err;
    w->desk = store_head(w->store) ? NULL : desk_new(&w->conf, 0); /* of a new store only */
    return w->desk ? 0 : ERR_EXISTS;
}

int main(int argc, char **argv)
{
    static struct work w;
    bool asked = argc == 4 || argc == 5;
    size_t concerns = asked ? strtoull(argv[3], NULL, 10) : 0;
    int err = concerns ? begin(&w, argv[1]) : ERR_INVALID;

    w.total = asked ? strtoull(argv[2], NULL, 10) : 0;
    w.answered = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;
    concerns += w.answered;
    w.now = clock_now() - (int64_t)(w.total / BATCH + 1) * SPREAD_MS;
    while (!err && w.made < w.total)
        err = put_batch(&w, w.total - w.made < BATCH ? w.total - w.made : BATCH, concerns);
    printf("{\"items\":%zu,\"concerns\":%zu,\"err\":\"%s\"}\n", w.made, w.opened, err_name(err));
    desk_changes_free(&w.changes);
    desk_free(w.desk);
    store_close(w.store);
    config_free(w.config);
    for (size_t i = 0; i < BATCH; i++)
        buf_free(&w.texts[i]);
    return err || w.opened < concerns;
}
