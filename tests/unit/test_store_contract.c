/* Every promise of store.h, on every backend. In one file, longer than others, so that the list of
 * promises at its end is whole. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/seed.h"
#include "tests/unit/store_samples.h"

struct fixture {
    char *folder; /* NULL: none of its own */
    char *address;
    struct store *store; /* NULL: there is no redis-server */
};

/* One for all tests; each has a prefix of its own in it. */
static struct redis_server *server;
static char *server_folder;

static int open_memory(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    f->address = strdup("memory:");
    return store_open(f->address, &f->store);
}

static int open_sqlite(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    f->folder = samples_folder();
    if (asprintf(&f->address, "sqlite:%s/deep/er/ledger.db", f->folder) < 0)
        return -1;
    return store_open(f->address, &f->store);
}

static int open_redis(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    static unsigned number;

    *state = f;
    if (!server)
        return 0;
    if (asprintf(&f->address, "redis+unix:%s?test-%u", redis_server_socket(server), ++number) < 0)
        return -1;
    return store_open(f->address, &f->store);
}

static int start_server(void **state)
{
    (void)state;
    if (!redis_server_there())
        return 0;
    server_folder = samples_folder();
    server = redis_server_start(server_folder, (const char *[]){"--appendfsync", "everysec",
                                                                   NULL});
    return server ? 0 : -1;
}

static int stop_server(void **state)
{
    (void)state;
    redis_server_kill(server);
    if (server_folder)
        samples_remove(server_folder);
    free(server_folder);
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    store_close(f->store);
    if (f->folder)
        samples_remove(f->folder);
    free(f->folder);
    free(f->address);
    free(f);
    return 0;
}

static struct store *the_store(void **state)
{
    const struct fixture *f = *state;

    if (!f->store) {
        print_message("no redis-server\n");
        skip();
    }
    return f->store;
}

static int count_concern(void *arg, const struct concern *c)
{
    (void)c;
    ++*(int *)arg;
    return 0;
}

static void identity(void **state)
{
    struct store *s = the_store(state), *r, *other;
    static const unsigned char zero[16];

    assert_int_equal(strlen(store_epoch(s)), 36);
    assert_memory_not_equal(store_hash_key(s), zero, 16);
    assert_int_equal(store_reader(s, &r), 0);
    assert_string_equal(store_epoch(r), store_epoch(s));
    assert_memory_equal(store_hash_key(r), store_hash_key(s), 16);
    store_close(r);
    assert_int_equal(store_open("memory:", &other), 0);
    assert_string_not_equal(store_epoch(other), store_epoch(s));
    store_close(other);
    assert_int_equal(store_open("oracle://x", &other), ERR_UNSUPPORTED);
    assert_int_equal(store_open("sqlite:", &other), ERR_INVALID);
    assert_int_equal(store_open("sqlite::memory:", &other), ERR_INVALID);
}

static void seen_items(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[3] = {samples_item(1, "a"), samples_item(2, "b"), samples_item(2, "c")};
    unsigned char idents[3][STORE_IDENT];
    struct store_seen seen[3];
    struct store_counts n;

    items[1].concern = 9;
    items[2].update = true; /* of an item of the same batch */
    items[2].content = 55;
    struct store_batch b = {.items = items, .nitems = 3};
    assert_int_equal(store_commit(s, &b), 0);
    memcpy(idents[0], items[1].ident, STORE_IDENT);
    memcpy(idents[1], samples_item(3, "").ident, STORE_IDENT);
    memcpy(idents[2], items[0].ident, STORE_IDENT);
    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])idents, 3, seen), 0);
    assert_true(seen[0].found && !seen[1].found && seen[2].found);
    assert_int_equal(seen[0].content, 55);
    assert_int_equal(seen[0].concern, 0);
    assert_true(seen[2].content == 0xf000000000000001u);
    assert_int_equal(store_counts(s, &n), 0);
    assert_int_equal(n.items, 2);
}

static int take_item_words(void *arg, const struct store_item *item)
{
    *(struct store_item *)arg = *item;
    return 0;
}

static void items_are_known_by_aliases(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[2] = {samples_item(1, "a"), samples_item(2, "b")};
    const uint64_t asked[3][2] = {{77, 5}, {5, 6}, {0, 0}};
    struct store_seen seen[3] = {0};

    items[0].aliases[0] = 5;
    items[1].aliases[1] = UINT64_C(0xffffff0000000006);
    struct store_batch b = {.items = items, .nitems = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_seen_as(s, asked, 3, seen), 0);
    assert_true(seen[0].found && seen[1].found && !seen[2].found);
    assert_memory_equal(seen[0].ident, items[0].ident, STORE_IDENT);
    assert_true(seen[0].raised && seen[0].content == items[0].content);
    /* An edit's aliases come beside the old ones; what is found stays as it is. */
    items[0].update = true;
    items[0].aliases[0] = 9;
    b.nitems = 1;
    assert_int_equal(store_commit(s, &b), 0);
    const uint64_t again[2][2] = {{9, 0}, {UINT64_C(0xffffff0000000006), 0}};
    memset(seen, 0, sizeof seen);
    assert_int_equal(store_seen_as(s, again, 2, seen), 0);
    assert_memory_equal(seen[0].ident, items[0].ident, STORE_IDENT);
    assert_memory_equal(seen[1].ident, items[1].ident, STORE_IDENT);
}

static int take_one_page(void *arg, const struct store_page *page)
{
    struct store_page *to = arg;

    assert_true(str_is(page->source, "town-news"));
    assert_true(str_is(page->link, "https://news.example/a"));
    while (to->due)
        to++;
    *to = *page;
    return 0;
}

static void pages_wait_for_their_time(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[2] = {samples_item(1, "secret"), samples_item(2, "b")};
    struct store_page pages[3] = {{.due = 30, .tries = 2, .content = UINT64_MAX, .gone = 1,
                                   .kind = STORE_PAGE_WATCH},
                                  {.due = 10}, {.due = 5}};
    struct store_page got[4] = {0};
    unsigned char blank[2][STORE_IDENT] = {{0}, {9, 9, 9}};

    items[0].concern = 4;
    memcpy(pages[0].ident, items[0].ident, STORE_IDENT);
    memcpy(pages[1].ident, items[1].ident, STORE_IDENT);
    pages[2].ident[3] = 77; /* of no item */
    assert_true(store_next_page(s) == INT64_MAX);
    struct store_batch b = {.items = items, .nitems = 2, .pages = pages, .npages = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_next_page(s) == 10);
    assert_int_equal(store_pages_due(s, 20, 10, take_one_page, got), 0);
    assert_true(got[0].due == 10 && !got[1].due);
    memset(got, 0, sizeof got);
    assert_int_equal(store_pages_due(s, 30, 1, take_one_page, got), 0);
    assert_true(got[0].due == 10 && !got[1].due);
    memset(got, 0, sizeof got);
    assert_int_equal(store_page(s, items[0].ident, take_one_page, got), 0);
    assert_true(got[0].tries == 2 && got[0].content == UINT64_MAX && got[0].gone == 1);
    assert_true(got[0].kind == STORE_PAGE_WATCH && got[0].concern == 4 && got[0].raised);
    assert_true(got[0].item_content == items[0].content);
    assert_int_equal(store_page(s, pages[2].ident, take_one_page, got), ERR_NOTFOUND);
    /* dropped, and its words gone with it */
    pages[0].drop = true;
    memcpy(blank[0], items[0].ident, STORE_IDENT);
    struct store_batch gone = {.pages = pages, .npages = 1,
                               .blanks = (const unsigned char (*)[STORE_IDENT])blank, .nblanks = 2};
    assert_int_equal(store_commit(s, &gone), 0);
    assert_int_equal(store_page(s, items[0].ident, take_one_page, got), ERR_NOTFOUND);
    struct store_item left = {0};
    assert_int_equal(store_concern_items(s, 4, 1, take_item_words, &left), 0);
    assert_true(left.content == items[0].content && !left.title.n && !left.text.n);
}

struct texts {
    size_t n;
    struct store_publication list[8];
    char text[8][64];
};

static int take_text(void *arg, const struct store_publication *p)
{
    struct texts *t = arg;

    t->list[t->n] = *p;
    snprintf(t->text[t->n++], 64, "%.*s", STR_ARG(p->text));
    return 0;
}

static struct texts texts_of(struct store *s, uint64_t concern)
{
    struct texts t = {0};

    assert_int_equal(store_publications(s, concern, take_text, &t), 0);
    return t;
}

static void put_text(struct store *s, enum store_publication_act act, uint64_t seq,
                     uint16_t edition, const char *text)
{
    struct store_publication p = {.act = act, .seq = seq, .concern = 4, .round = seq > 20,
                                  .edition = edition, .drafted = (int64_t)seq,
                                  .hash = {9, [31] = 7},
                                  .published = edition ? 100 + (int64_t)seq : 0,
                                  .unit = "hr",
                                  .text = str_from(text)};

    assert_int_equal(store_commit(s, &(struct store_batch){.publications = &p,
                                                           .npublications = 1}), 0);
}

/* What was dropped has left every file; Redis writes its own anew, which takes a moment. */
static bool settled(struct store *s)
{
    for (int64_t until = clock_mono() + 10000; store_expire(s, 1, 10) == 0 && store_residue(s);)
        if (clock_mono() > until)
            return false;
    return !store_residue(s);
}

static void published_texts_are_replaced_and_dropped(void **state)
{
    struct store *s = the_store(state), *reader;
    struct store_publication wrong = {.seq = 5, .concern = 4};
    struct store_batch bad = {.publications = &wrong, .npublications = 1};

    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(store_commit(s, &bad), ERR_INVALID); /* a draft says something */
    wrong = (struct store_publication){.act = STORE_PUBLICATION_PUBLISH, .seq = 5, .concern = 4};
    assert_int_equal(store_commit(s, &bad), ERR_INVALID); /* what is published has an edition */
    put_text(s, STORE_PUBLICATION_DRAFT, 3, 0, "第一稿");
    struct texts t = texts_of(reader, 4);
    assert_true(t.n == 1 && t.list[0].seq == 3 && !t.list[0].edition && !t.list[0].published);
    assert_true(t.list[0].drafted == 3 && t.list[0].hash[31] == 7 && t.list[0].hash[0] == 9);
    assert_string_equal(t.text[0], "第一稿");
    put_text(s, STORE_PUBLICATION_DROP, 3, 0, NULL);
    assert_true(texts_of(reader, 4).n == 0); /* nothing is kept of what was refused */
    put_text(s, STORE_PUBLICATION_DRAFT, 5, 0, "第二稿");
    put_text(s, STORE_PUBLICATION_PUBLISH, 5, 1, NULL);
    put_text(s, STORE_PUBLICATION_DRAFT, 9, 0, "更正");
    put_text(s, STORE_PUBLICATION_DRAFT, 21, 0, "另一轮");
    put_text(s, STORE_PUBLICATION_PUBLISH, 21, 1, NULL);
    t = texts_of(reader, 4);
    assert_true(t.n == 3 && t.list[0].edition == 1 && t.list[0].published == 105);
    assert_string_equal(t.list[0].unit, "hr");
    assert_string_equal(t.text[0], "第二稿"); /* until the other one is published */
    put_text(s, STORE_PUBLICATION_PUBLISH, 9, 2, NULL);
    t = texts_of(reader, 4);
    assert_true(t.n == 3 && t.list[0].hash[0] == 9 && t.list[0].published == 105);
    assert_string_equal(t.text[0], "");
    assert_string_equal(t.text[1], "更正");
    assert_string_equal(t.text[2], "另一轮"); /* of another round */
    put_text(s, STORE_PUBLICATION_BLANK, 9, 0, NULL);
    put_text(s, STORE_PUBLICATION_BLANK, 999, 0, NULL); /* what is not there is passed over */
    assert_int_equal(texts_of(reader, 4).n, 3);
    assert_string_equal(texts_of(reader, 4).text[1], "");
    assert_int_equal(texts_of(reader, 5).n, 0);
    store_close(reader);
    assert_true(settled(s));
}

static void surveys_are_counted_by_round(void **state)
{
    struct store *s = the_store(state);
    struct store_survey in[] = {
        {.concern = 4, .solved = 1, .not_yet = UINT32_MAX, .hour = 99, .in_hour = 7},
        {.concern = 4, .round = UINT16_MAX, .solved = 2}};
    struct store_batch b = {.surveys = in, .nsurveys = 2};
    struct store_survey got;

    assert_int_equal(store_survey(s, 4, 0, &got), ERR_NOTFOUND);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_survey(s, 4, 0, &got), 0);
    assert_true(got.solved == 1 && got.not_yet == UINT32_MAX && got.hour == 99 && got.in_hour == 7);
    assert_int_equal(store_survey(s, 4, UINT16_MAX, &got), 0);
    assert_true(got.solved == 2 && got.not_yet == 0 && got.round == UINT16_MAX);
    in[0].solved = 3;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_survey(s, 4, 0, &got), 0);
    assert_int_equal(got.solved, 3);
    assert_int_equal(store_survey(s, 5, 0, &got), ERR_NOTFOUND);
    in[0].concern = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static void reopenings_are_counted_by_what_did_it(void **state)
{
    struct store *s = the_store(state);
    struct event list[4];
    struct store_counts n;

    for (uint64_t i = 0; i < 4; i++) {
        list[i] = samples_event(i + 1, 1);
        list[i].type = i == 3 ? EVENT_RETURNED : EVENT_REOPENED;
        list[i].code = i ? REOPENING_POSTS : REOPENING_NONE;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.events = list, .nevents = 4}), 0);
    assert_int_equal(store_counts(s, &n), 0);
    assert_true(n.reopened[REOPENING_NONE] == 1 && n.reopened[REOPENING_SURVEY] == 0 &&
                n.reopened[REOPENING_POSTS] == 2);
}

static int take_one_reply(void *arg, const struct store_reply *reply)
{
    struct store_reply *to = arg;

    while (to->concern)
        to++;
    *to = *reply;
    to->url = STR_NONE;
    return reply->url.n != 0; /* no concern is stored that has one */
}

static void replies_wait_for_their_time(void **state)
{
    struct store *s = the_store(state);
    struct store_reply in[] = {
        {.concern = 4, .due = 30, .address = UINT64_MAX, .since = 1, .checked = 2, .published = 3,
         .content = UINT64_MAX - 1, .sketch = {[15] = UINT32_MAX}, .step = 2, .tries = 200,
         .strikes = 1, .state = STORE_REPLY_CHANGED, .edited = true, .title = "关于河西的答复"},
        {.concern = 5, .due = 10, .untitled = true},
        {.concern = 6},
    };
    struct store_reply got[4] = {0};
    struct store_batch b = {.replies = in, .nreplies = 3};

    assert_true(store_next_reply(s) == INT64_MAX);
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_next_reply(s) == 10);
    assert_int_equal(store_replies_due(s, 30, 10, take_one_reply, got), 0);
    assert_true(got[0].concern == 5 && got[0].untitled && got[1].concern == 4 && !got[2].concern);
    assert_memory_equal(&got[1], &in[0], sizeof got[1]);
    memset(got, 0, sizeof got);
    assert_int_equal(store_replies_due(s, 29, 10, take_one_reply, got), 0);
    assert_true(got[0].concern == 5 && !got[1].concern);
    memset(got, 0, sizeof got);
    assert_int_equal(store_reply(s, 6, take_one_reply, got), 0);
    assert_true(got[0].concern == 6 && got[0].due == 0);
    in[0].due = 0;
    in[1].drop = true;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_reply(s, 5, take_one_reply, got), ERR_NOTFOUND);
    assert_true(store_next_reply(s) == INT64_MAX);
    in[0].state = STORE_REPLY_STATES;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    in[0].state = 0;
    in[2].concern = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static int same_source(void *arg, const struct source *s)
{
    const struct source *want = arg;

    assert_string_equal(s->id, want->id);
    assert_string_equal(s->url, want->url);
    assert_true(s->kind == want->kind && s->interval == want->interval && s->since == want->since);
    assert_true(s->zone_minutes == want->zone_minutes && s->full_text == want->full_text);
    assert_string_equal(s->category, want->category);
    assert_null(s->region);
    assert_true(str_eq(s->extras->board.item, want->extras->board.item));
    assert_true(str_eq(s->extras->board.detail_reply_unit, want->extras->board.detail_reply_unit));
    assert_int_equal(s->extras->pages, 3);
    assert_string_equal(s->extras->headers[1], "Accept-Language: zh");
    assert_null(s->extras->headers[2]);
    assert_string_equal(s->extras->proxy, "http://127.0.0.1:1");
    return 77;
}

static int take_source(void *arg, const struct store_source *src)
{
    struct store_source *to = arg;

    *to = *src;
    to->moved_to.n = str_is(src->moved_to, "https://b.example/") ? 1 : 0;
    to->etag.n = str_is(src->etag, "\"e\"") ? 1 : 0;
    return 0;
}

static void sources_come_move_and_go(void **state)
{
    struct store *s = the_store(state);
    char *headers[] = {"Accept: text/html", "Accept-Language: zh", NULL};
    struct source_extras extras = {.pages = 3, .headers = headers, .proxy = "http://127.0.0.1:1"};
    struct source added = {.id = "board", .name = "留言板", .url = "https://a.example/",
                           .extras = &extras, .interval = 60000, .since = 5, .zone_minutes = -480,
                           .kind = SOURCE_BOARD, .full_text = true, .category = "市/区"};
    const struct source *adds[] = {&added};
    struct store_source row = {.id = STR("board"), .etag = STR("\"e\""), .polled = 9,
                              .owed = UINT8_MAX, .owed_first = true};
    struct store_source got;
    struct str removes[] = {STR("board"), STR("unknown")};

    extras.board.item = STR("li");
    extras.board.detail_reply_unit = STR("b.unit");
    struct store_batch b = {.adds = adds, .nadds = 1, .sources = &row, .nsources = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_added(s, same_source, &added), 77);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), 0);
    assert_true(got.owed == UINT8_MAX && got.owed_first);
    /* parts that an upsert keeps */
    row = (struct store_source){.id = STR("board"), .state = STORE_SOURCE_PAUSED, .strikes = 2,
                                .moved_from = STR("https://a.example/"),
                                .moved_to = STR("https://b.example/"), .keep = STORE_KEEP_POLL,
                                .owed = 3};
    b.nadds = 0;
    assert_int_equal(store_commit(s, &b), 0);
    row.keep = STORE_KEEP_POLL | STORE_KEEP_MOVE;
    row.moved_to = row.moved_from = STR_NONE;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), 0);
    assert_true(got.etag.n && got.polled == 9 && got.moved_to.n);
    assert_true(got.state == STORE_SOURCE_PAUSED && got.strikes == 2 && !got.keep);
    assert_true(got.owed == 3 && !got.owed_first);
    /* what a new row would keep is empty */
    row.id = STR("other");
    row.etag = STR("\"e\"");
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_source(s, STR("other"), take_source, &got), 0);
    assert_true(!got.etag.n && !got.polled);
    struct store_batch gone = {.removes = removes, .nremoves = 2};
    assert_int_equal(store_commit(s, &gone), 0);
    assert_int_equal(store_each_added(s, same_source, &added), 0);
    assert_int_equal(store_source(s, STR("board"), take_source, &got), ERR_NOTFOUND);
    row.state = STORE_SOURCE_QUARANTINED + 1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static void repeated_item_is_refused_whole(void **state)
{
    struct store *s = the_store(state);
    struct store_item first = samples_item(1, "a");
    struct store_item items[2] = {samples_item(2, "b"), samples_item(2, "b")};
    struct store_item again[2] = {samples_item(3, "b"), samples_item(1, "z")};
    struct event e = samples_event(1, 1);
    struct store_counts n;

    assert_int_equal(store_commit(s, &(struct store_batch){.items = &first, .nitems = 1}), 0);
    struct store_batch b = {.items = items, .nitems = 2, .events = &e, .nevents = 1};
    assert_int_equal(store_commit(s, &b), ERR_EXISTS);
    b.items = again;
    assert_int_equal(store_commit(s, &b), ERR_EXISTS);
    store_counts(s, &n);
    assert_int_equal(n.items, 1);
    assert_int_equal(store_head(s), 0);
    b.nitems = 1; /* what was refused with the other is still new */
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_head(s), 1);
}

static void gaps_are_stale(void **state)
{
    struct store *s = the_store(state);
    struct event e[2] = {samples_event(1, 1), samples_event(2, 1)};
    struct store_batch b = {.events = e, .nevents = 2};

    for (int i = 0; i < 2; i++) {
        e[i].naudience = 1;
        e[i].audience[0] = (struct event_audience){"health", (uint64_t)i + 1};
    }
    e[1].seq = 3;
    assert_int_equal(store_commit(s, &b), ERR_STALE);
    e[1].seq = 2;
    e[1].audience[0].unitseq = 1;
    assert_int_equal(store_commit(s, &b), ERR_STALE);
    assert_int_equal(store_head(s), 0);
    assert_int_equal(store_unit_head(s, "health"), 0);
    e[1].audience[0].unitseq = 2;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_commit(s, &b), ERR_STALE); /* the same again */
    assert_int_equal(store_head(s), 2);
    assert_int_equal(store_unit_head(s, "health"), 2);
    assert_int_equal(store_unit_head(s, "labour"), 0);
}

static void nonsense_is_invalid(void **state)
{
    struct store *s = the_store(state);
    struct event e = samples_event(1, 1);
    struct concern c = samples_concern(0, CONCERN_OPEN, 5);
    const struct concern *list[] = {&c};
    struct store_command command = {.status = 0};
    struct store_batch events = {.events = &e, .nevents = 1};
    struct store_batch concerns = {.concerns = list, .nconcerns = 1};

    memset(e.topic, 'x', sizeof e.topic);
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    e = samples_event(1, 1);
    e.naudience = AUDIENCE_MAX + 1;
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    e.naudience = 2;
    e.audience[0] = e.audience[1] = (struct event_audience){"health", 1};
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    assert_int_equal(store_commit(s, &concerns), ERR_INVALID);
    c = samples_concern(1, CONCERN_OPEN, 5);
    c.nclocks = CLOCKS_MAX + 1;
    assert_int_equal(store_commit(s, &concerns), ERR_INVALID);
    assert_int_equal(store_commit(s, &(struct store_batch){.commands = &command, .ncommands = 1}),
                     ERR_INVALID);
    assert_int_equal(store_commit(s, &(struct store_batch){0}), 0);
    assert_int_equal(store_head(s), 0);
}

static void small_rows(void **state)
{
    struct store *s = the_store(state);
    struct store_cursor cursor = {"health", "desk-1", 5};
    struct store_command command = {"k", ERR_REFUSED, 3, 12, "不可 no"}, out;
    struct store_batch b = {.cursors = &cursor, .ncursors = 1, .commands = &command,
                            .ncommands = 1, .published = 4};

    assert_int_equal(store_commit(s, &b), 0);
    cursor.unitseq = 3; /* late ack: never back */
    b.published = 0;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_cursor(s, "health", "desk-1"), 5);
    assert_int_equal(store_cursor(s, "health", "desk-2"), 0);
    assert_int_equal(store_published(s), 4);
    assert_int_equal(store_command(s, "k", &out), 0);
    assert_memory_equal(&out, &command, sizeof out);
    assert_int_equal(store_command(s, "j", &out), ERR_NOTFOUND);
    assert_int_equal(store_expire(s, 12 + STORE_COMMAND_KEEP - 1, 10), 0);
    assert_int_equal(store_command(s, "k", &out), 0);
    assert_int_equal(store_expire(s, 12 + STORE_COMMAND_KEEP, 10), 0);
    assert_int_equal(store_command(s, "k", &out), ERR_NOTFOUND);
}

static int add_arrivals(void *arg, const struct burst_row *row)
{
    return buf_addf(arg, "%jd %s %u\n", (intmax_t)row->step, row->topic, row->count);
}

static void arrivals_are_counted_by_the_hour(void **state)
{
    struct store *s = the_store(state);
    struct burst_row rows[] = {
        {"epidemic", 100, 2}, {"", 100, 3}, {"", 99, 7}, {"epidemic", 101, 1}};
    struct store_batch b = {.arrivals = rows, .narrivals = 4};
    struct buf out = BUF_INIT;

    assert_int_equal(store_commit(s, &b), 0);
    rows[0].count = 5;
    b.narrivals = 1;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_arrivals(s, add_arrivals, &out), 0);
    buf_add_char(&out, '\0');
    assert_string_equal(out.data, "99  7\n100  3\n100 epidemic 5\n101 epidemic 1\n");
    rows[0].step = 100 + STORE_ARRIVALS_KEPT; /* what is older than is kept goes */
    assert_int_equal(store_commit(s, &b), 0);
    buf_reset(&out);
    assert_int_equal(store_each_arrivals(s, add_arrivals, &out), 0);
    buf_add_char(&out, '\0');
    assert_string_equal(out.data, "100  3\n100 epidemic 5\n101 epidemic 1\n2284 epidemic 5\n");
    rows[0].step = -1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    buf_free(&out);
}

static void notes_are_kept_beside_their_events(void **state)
{
    struct store *s = the_store(state), *reader;
    struct event e[2] = {samples_event(1, 1), samples_event(2, 1)};
    struct store_note notes[2] = {{1, STR("已电话联系")}, {2, STR("转区水务局")}};
    struct store_batch b = {.events = e, .nevents = 2, .notes = notes, .nnotes = 2};
    struct buf out = BUF_INIT;

    notes[1].seq = 3; /* of no event of the batch */
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1].seq = 1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1] = (struct store_note){2, STR_NONE};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1].text = STR("转区水务局");
    b.nevents = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_int_equal(store_note(s, 1, &out), ERR_NOTFOUND);
    b.nevents = 2;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_note(s, 2, &out), 0);
    assert_int_equal(store_note(s, 1, &out), 0);
    assert_true(str_is(buf_str(&out), "转区水务局已电话联系"));
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(store_drop_note(reader, 1), ERR_REFUSED);
    assert_int_equal(store_drop_note(s, 3), ERR_NOTFOUND);
    assert_int_equal(store_drop_note(s, 1), 0);
    assert_int_equal(store_drop_note(s, 1), ERR_NOTFOUND);
    assert_int_equal(store_note(s, 1, &out), ERR_NOTFOUND);
    assert_int_equal(store_note(reader, 1, &out), ERR_NOTFOUND);
    buf_reset(&out);
    assert_int_equal(store_note(reader, 2, &out), 0);
    assert_true(str_is(buf_str(&out), "转区水务局"));
    assert_int_equal(store_note(s, UINT64_MAX, &out), ERR_NOTFOUND);
    buf_free(&out);
    store_close(reader);
}

/* The plain life, dispatched to one unit and answered or not, and ends that are not usual. */
static void outcomes_round_trip(void **state)
{
    struct store *s = the_store(state);
    struct concern out;

    for (int is = 0; is < CONCERN_STATES; is++)
        for (int outcome = 0; outcome < OUTCOMES; outcome++) {
            struct concern c = {.id = 1, .state = (enum concern_state)is,
                                .outcome = (enum concern_outcome)outcome};
            const struct concern *list[] = {&c};
            struct store_batch b = {.concerns = list, .nconcerns = 1};
            assert_int_equal(store_commit(s, &b), 0);
            assert_int_equal(store_concern(s, 1, &out), 0);
            assert_int_equal(out.outcome, outcome);
            assert_int_equal(out.state, is);
            concern_clear(&out);
        }
}

static void what_few_concerns_have_round_trips(void **state)
{
    struct store *s = the_store(state);
    struct concern c = {.id = 1, .draft = UINT64_MAX, .drafter = "hr-west"}, out;
    const struct concern *list[] = {&c};
    struct store_batch b = {.concerns = list, .nconcerns = 1};

    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_commit(s, &b), 0);
        assert_int_equal(store_concern(s, 1, &out), 0);
        assert_true(out.draft == c.draft && out.edition == c.edition);
        assert_string_equal(out.drafter, c.drafter);
        assert_true(out.late_items == c.late_items && out.nlate_sources == c.nlate_sources &&
                    out.late_sources[1] == c.late_sources[1]);
        concern_clear(&out);
        c = (struct concern){.id = 1, .edition = UINT16_MAX, .late_items = 3, .nlate_sources = 2,
                             .late_sources = {UINT64_MAX, 7}};
    }
}

static int add_id(void *arg, const struct concern *c)
{
    return buf_addf(arg, "%ju ", (uintmax_t)c->id);
}

static const char *ids_of(struct store *s, const char *unit, const char *state)
{
    static struct buf out;
    struct store_query q = {.unit = unit, .state = state, .order = STORE_BY_DUE};

    buf_reset(&out);
    assert_int_equal(store_concerns(s, &q, add_id, &out), 0);
    buf_add_char(&out, 0);
    return out.data;
}

static void units_find_what_they_assist_in(void **state)
{
    struct store *s = the_store(state);
    struct concern c[4];
    const struct concern *list[4];

    for (uint64_t i = 0; i < 4; i++) {
        c[i] = samples_concern(i + 1, CONCERN_OPEN, (int64_t)(10 - i));
        list[i] = &c[i];
        c[i].nparties = 0;
    }
    c[0].state = CONCERN_FOUND;
    c[1].nparties = c[2].nparties = c[3].nparties = 2; /* housing assists in them */
    c[2].state = CONCERN_CLOSED;
    c[3].parties[1].state = PARTY_LEFT;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "health", "open"), "4 2 1 ");
    assert_string_equal(ids_of(s, "housing", "open"), "2 ");
    assert_string_equal(ids_of(s, "housing", NULL), "3 2 ");
    assert_string_equal(ids_of(s, "housing", "closed"), "3 ");
    assert_string_equal(ids_of(s, "health", "found"), "1 ");
    assert_string_equal(ids_of(s, "health", "declined"), "");
    /* roles change: it leads one, helps in another again, in one no more */
    memcpy(c[0].unit, "housing", sizeof "housing");
    c[1].state = CONCERN_DECLINED;
    c[1].parties[1].state = PARTY_DECLINED;
    c[3].parties[1].state = PARTY_TOLD;
    c[3].due = 99;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "housing", "open"), "1 4 ");
    assert_string_equal(ids_of(s, "health", "declined"), "2 ");
    c[3].nparties = 0;
    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 4}), 0);
    assert_string_equal(ids_of(s, "housing", "open"), "1 ");
}

static void concern_round_trip(void **state)
{
    struct store *s = the_store(state);
    struct concern c = samples_concern(7, CONCERN_CLOSED, INT64_C(1) << 50), out;
    const struct concern *list[] = {&c};
    struct store_batch b = {.concerns = list, .nconcerns = 1};

    c.reply_url = "https://town.example/r";
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_concern(s, 7, &out), 0);
    assert_string_equal(out.reply_url, c.reply_url);
    assert_int_equal(out.nclocks, 2);
    assert_memory_equal(&out.clocks[1], &c.clocks[1], sizeof c.clocks[1]);
    assert_memory_equal(out.sketch, c.sketch, sizeof c.sketch);
    assert_memory_equal(out.traits, c.traits, sizeof c.traits);
    assert_true(out.due == c.due && out.updated == c.updated && out.sources == 2);
    concern_clear(&out);
    assert_int_equal(store_concern(s, 8, &out), ERR_NOTFOUND);
    assert_int_equal(store_concern(s, UINT64_MAX, &out), ERR_NOTFOUND);
    c.nclocks = 1; /* fewer clocks: the rest goes */
    c.reply_url = NULL;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_concern(s, 7, &out), 0);
    assert_int_equal(out.nclocks, 1);
    assert_null(out.reply_url);
    concern_clear(&out);
}

static void counts_follow(void **state)
{
    struct store *s = the_store(state);
    struct concern c[3] = {samples_concern(1, CONCERN_OPEN, 5), samples_concern(2, CONCERN_OPEN, 5),
                           samples_concern(3, CONCERN_CLOSED, 5)};
    const struct concern *list[] = {&c[0], &c[1], &c[2]};
    struct store_batch b = {.concerns = list, .nconcerns = 3};
    struct store_counts n;

    c[0].clocks[0].stage = STAGE_OVERDUE; /* met: does not count */
    c[1].clocks[1].stage = STAGE_OVERDUE;
    c[2].clocks[1].stage = STAGE_OVERDUE; /* closed: does not count */
    assert_int_equal(store_commit(s, &b), 0);
    store_counts(s, &n);
    assert_true(n.concerns == 3 && n.open == 2 && n.overdue == 1);
    c[1].state = CONCERN_CLOSED;
    assert_int_equal(store_commit(s, &b), 0);
    store_counts(s, &n);
    assert_true(n.concerns == 3 && n.open == 1 && n.overdue == 0);
}

struct page {
    uint64_t ids[600];
    int64_t due;
    uint64_t last;
    size_t n;
};

static int add_row(void *arg, const struct concern *c)
{
    struct page *p = arg;

    p->ids[p->n++] = c->id;
    p->due = c->due;
    p->last = c->id;
    return 0;
}

static int stop(void *arg, const struct concern *c)
{
    return ++*(int *)arg == 3 ? -(int)c->id : 0;
}

/* Walking pages gives each open row once, in order, ties included. */
static void pages_by_cursor(void **state)
{
    struct store *s = the_store(state);
    struct concern c[SAMPLES_MAX];
    const struct concern *list[SAMPLES_MAX];
    struct store_query q = {.state = "open", .order = STORE_BY_DUE};
    struct page all = {0}, pages = {0};
    int calls = 0;

    for (unsigned k = 0; k < 9; k++) {
        for (unsigned i = 0; i < SAMPLES_MAX; i++) {
            uint64_t id = k * SAMPLES_MAX + i + 1;
            c[i] = samples_concern(id, id % 3, (int64_t)(id * 7 % 11));
            list[i] = &c[i];
        }
        struct store_batch b = {.concerns = list, .nconcerns = SAMPLES_MAX};
        assert_int_equal(store_commit(s, &b), 0);
    }
    assert_int_equal(store_concerns(s, &q, add_row, &all), 0);
    assert_int_equal(all.n, 9 * SAMPLES_MAX * 2 / 3);
    for (size_t before = 1; before != pages.n;) {
        before = pages.n;
        q.limit = 50;
        q.after_key = pages.due;
        q.after_id = pages.last;
        assert_int_equal(store_concerns(s, &q, add_row, &pages), 0);
        assert_true(pages.n - before <= 50);
    }
    assert_int_equal(pages.n, all.n);
    assert_memory_equal(pages.ids, all.ids, all.n * sizeof all.ids[0]);
    assert_int_equal(store_concerns(s, &q, stop, &calls), 0); /* the last page is empty */
    calls = 0;
    assert_true(store_each_concern(s, 0, stop, &calls) < 0);
    assert_int_equal(calls, 3);
    q.state = "merged";
    assert_int_equal(store_concerns(s, &q, add_row, &pages), ERR_INVALID);
}

static void touched_since(void **state)
{
    struct store *s = the_store(state);
    struct concern c[2] = {samples_concern(1, CONCERN_CLOSED, 5),
                           samples_concern(2, CONCERN_OPEN, 5)};
    const struct concern *list[] = {&c[0], &c[1]};
    int n = 0;

    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 2}), 0);
    assert_int_equal(store_each_concern(s, 201, count_concern, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(store_each_concern(s, 202, count_concern, &n), 0);
    assert_int_equal(n, 3);
}

static int check_blank(void *arg, const struct store_item *item)
{
    int *blank = arg;

    *blank += item->title.n == 0 && item->text.n == 0;
    assert_int_equal(item->link.n, strlen("https://news.example/a"));
    return 0;
}

static void texts_expire(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[4];
    struct store_seen seen;
    int blank = 0;

    for (unsigned i = 0; i < 4; i++) {
        items[i] = samples_item(i, "word");
        items[i].concern = 1;
        items[i].expires = 1000 + i;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 4}), 0);
    assert_int_equal(store_expire(s, 999, 10), 0);
    assert_int_equal(store_expire(s, 1002, 2), 2);
    assert_int_equal(store_expire(s, 1002, 2), 1);
    assert_int_equal(store_expire(s, 1002, 2), 0);
    assert_int_equal(store_concern_items(s, 1, 10, check_blank, &blank), 0);
    assert_int_equal(blank, 3);
    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])items[0].ident, 1, &seen),
                     0);
    assert_true(seen.found);
    items[0].update = true; /* it comes back with an edit */
    items[0].expires = 5000;
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 1}), 0);
    blank = 0;
    store_concern_items(s, 1, 10, check_blank, &blank);
    assert_int_equal(blank, 2);
}

struct members {
    struct str sources[4];
    unsigned char first[4];
    size_t n;
};

static int take_member(void *arg, const struct store_item *item)
{
    struct members *m = arg;

    assert_true(m->n < 4 && !item->title.n && !item->text.n && item->source.n);
    assert_true(item->sketch[0] != 0);
    m->first[m->n++] = item->ident[0];
    return 0;
}

static void check_members(struct store *s, uint64_t concern, size_t n, const unsigned char *first)
{
    struct members m = {0};

    assert_int_equal(store_each_member(s, concern, take_member, &m), 0);
    assert_int_equal(m.n, n);
    assert_memory_equal(m.first, first, n);
}

static void items_move(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[4];
    struct store_move moves[2] = {{.from = 1, .to = 2}, {.all = true, .from = 3, .to = 2}};
    struct store_batch b = {.moves = moves, .nmoves = 2};

    for (unsigned i = 0; i < 4; i++) {
        items[i] = samples_item(i, "word");
        items[i].ident[0] = (unsigned char)(10 + i);
        items[i].sketch[0] = 1 + i;
        items[i].found = i == 3 ? 100 : 200; /* the last one stored was found first */
        items[i].concern = i == 2 ? 3 : 1;
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 4}), 0);
    check_members(s, 1, 3, (const unsigned char[]){13, 10, 11});
    memcpy(moves[0].ident, items[3].ident, STORE_IDENT);
    assert_int_equal(store_commit(s, &b), 0);
    check_members(s, 1, 2, (const unsigned char[]){10, 11});
    check_members(s, 2, 2, (const unsigned char[]){13, 12});
    check_members(s, 3, 0, NULL);
    check_members(s, 0, 0, NULL); /* what belongs to none is nobody's member */
    assert_int_equal(store_commit(s, &b), 0); /* they are not there any more */
    check_members(s, 1, 2, (const unsigned char[]){10, 11});
    moves[1].to = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    moves[1].to = 9;
    moves[0].from = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    check_members(s, 2, 2, (const unsigned char[]){13, 12});
}

static int count_member(void *arg, const struct store_item *item)
{
    (void)item;
    return ++*(int *)arg == 700 ? 7 : 0;
}

static void many_items_move(void **state)
{
    struct store *s = the_store(state);
    int n = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct store_item item = samples_item(i, "");
        item.concern = 5;
        item.found = 3;
        assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    }
    assert_int_equal(store_each_member(s, 5, count_member, &n), 7); /* it stops when told */
    struct store_move move = {.all = true, .from = 5, .to = 6};
    assert_int_equal(store_commit(s, &(struct store_batch){.moves = &move, .nmoves = 1}), 0);
    n = 1000;
    assert_int_equal(store_each_member(s, 6, count_member, &n), 0);
    assert_int_equal(n, 2000);
}

static void readers_may_not_write(void **state)
{
    struct store *s = the_store(state), *r, *deeper;
    struct event e = samples_event(1, 1), out[2];
    struct store_batch b = {.events = &e, .nevents = 1};

    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_commit(r, &b), ERR_REFUSED);
    assert_int_equal(store_expire(r, 1, 1), ERR_REFUSED);
    assert_int_equal(store_reader(r, &deeper), ERR_REFUSED);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_head(r), 1); /* at once */
    assert_int_equal(store_events_after(r, 0, out, 2), 1);
    assert_int_equal(store_events_after(r, 1, out, 2), 0);
    assert_int_equal(store_events_after(r, UINT64_MAX, out, 2), 0);
    store_close(r);
}

static int reenter(void *arg, const struct concern *c)
{
    struct store *s = arg;
    struct concern out;
    struct event e = samples_event(store_head(s) + 1, c->id);

    assert_int_equal(store_concern(s, c->id, &out), 0);
    concern_clear(&out);
    return store_commit(s, &(struct store_batch){.events = &e, .nevents = 1});
}

static void walks_hold_nothing(void **state)
{
    struct store *s = the_store(state);
    struct concern c[2] = {samples_concern(1, CONCERN_OPEN, 5),
                           samples_concern(2, CONCERN_ACCEPTED, 5)};
    const struct concern *list[] = {&c[0], &c[1]};

    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 2}), 0);
    assert_int_equal(store_each_concern(s, 0, reenter, s), 0);
    assert_int_equal(store_head(s), 2);
}

struct watch {
    struct store *reader;
    atomic_bool done;
    uint64_t torn;
};

/* Each batch adds one event of concern 1 and sets its items to the new head: whoever sees them
 * differ by more than the reading order allows has seen half a commit. */
static void *watch_commits(void *arg)
{
    struct watch *w = arg;

    while (!w->done) {
        struct concern c;
        uint64_t before = store_head(w->reader);
        if (store_concern(w->reader, 1, &c))
            continue;
        uint64_t after = store_head(w->reader);
        if (c.items < before || c.items > after || c.clocks[0].started != c.items)
            w->torn++;
        concern_clear(&c);
    }
    return NULL;
}

static void readers_see_whole_commits(void **state)
{
    struct store *s = the_store(state);
    struct watch w = {0};
    pthread_t thread;

    assert_int_equal(store_reader(s, &w.reader), 0);
    assert_int_equal(pthread_create(&thread, NULL, watch_commits, &w), 0);
    for (uint64_t i = 1; i <= 300; i++) {
        struct concern c = samples_concern(1, CONCERN_OPEN, 5);
        const struct concern *list[] = {&c};
        struct event e = samples_event(i, 1);
        c.items = (uint32_t)i;
        c.clocks[0].started = (int64_t)i;
        struct store_batch b = {.events = &e, .nevents = 1, .concerns = list, .nconcerns = 1};
        assert_int_equal(store_commit(s, &b), 0);
    }
    w.done = true;
    pthread_join(thread, NULL);
    assert_int_equal(w.torn, 0);
    store_close(w.reader);
}

#define BOTH(test)                                                                                \
    cmocka_unit_test_setup_teardown(test, open_memory, close_fixture),                            \
        cmocka_unit_test_setup_teardown(test, open_sqlite, close_fixture)
#define ALL(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, open_memory, close_fixture),                            \
        cmocka_unit_test_setup_teardown(test, open_sqlite, close_fixture),                        \
        cmocka_unit_test_setup_teardown(test, open_redis, close_fixture)

/* Random batches leave both backends with equal views, through readers too. */
static void twins_agree(void **state)
{
    struct fixture *f = *state;
    struct samples s = {.random = seed_begin()};
    struct samples_batch *b = malloc(sizeof *b);
    struct store *twin, *reader;

    assert_non_null(b);
    assert_int_equal(store_open("memory:", &twin), 0);
    assert_int_equal(store_reader(the_store(state), &reader), 0);
    for (int i = 0; i < 60; i++) {
        struct buf left = BUF_INIT, right = BUF_INIT;
        int64_t now = samples_random(&s, 45) * INT64_C(86400000);
        samples_batch(&s, b);
        assert_int_equal(store_commit(f->store, &b->batch), 0);
        assert_int_equal(store_commit(twin, &b->batch), 0);
        if (samples_random(&s, 4) == 0)
            assert_int_equal(store_expire(f->store, now, 1000), store_expire(twin, now, 1000));
        if (i % 20 == 19) { /* what is read after a restart is the same */
            store_close(reader);
            store_close(f->store);
            assert_int_equal(store_open(f->address, &f->store), 0);
            assert_int_equal(store_reader(f->store, &reader), 0);
        }
        samples_dump(i % 2 ? reader : f->store, &left);
        samples_dump(twin, &right);
        buf_add_char(&left, '\0');
        buf_add_char(&right, '\0');
        assert_string_equal(left.data, right.data);
        buf_free(&left);
        buf_free(&right);
    }
    store_close(reader);
    store_close(twin);
    free(b);
}

struct marks {
    struct store_mark list[8];
    char words[8][80];
    size_t n;
};

static int keep_mark(void *arg, const struct store_mark *m)
{
    struct marks *to = arg;

    snprintf(to->words[to->n], sizeof to->words[0], "%.*s|%.*s|%.*s", STR_ARG(m->source),
             STR_ARG(m->item_topic), STR_ARG(m->text));
    to->list[to->n++] = *m;
    return 0;
}

static int keep_request(void *arg, const struct store_item *item)
{
    *(int *)arg = item->request << 8 | item->kind << 4 | item->marked;
    return 0;
}

struct walk {
    char titles[256];
    size_t n, stop;
};

static int keep_title(void *arg, const struct store_item *item)
{
    struct walk *w = arg;
    size_t used = strlen(w->titles);

    snprintf(w->titles + used, sizeof w->titles - used, "%.*s ", STR_ARG(item->text));
    return ++w->n == w->stop ? 7 : 0;
}

/* Every text once, what expires first before the rest, in pieces and past what comes and goes. */
static void texts_are_walked(void **state)
{
    struct store *s = the_store(state), *r;
    struct store_item items[] = {samples_item(1, "late"), samples_item(2, "soon"),
                                 samples_item(3, "too"), samples_item(4, "")};
    struct store_batch b = {.items = items, .nitems = 4};
    struct store_place place = {0};
    struct walk w = {.n = 0};

    for (size_t i = 0; i < 4; i++) {
        items[i].title = STR_NONE;
        items[i].expires = i ? 1000 : 5000;
    }
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_reader(s, &r), 0);
    assert_true(store_texts(r) == 3);
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too late ");
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_int_equal(w.n, 3);

    place = (struct store_place){0};
    w = (struct walk){.stop = 1}; /* the walker has enough: the place is that of the last one */
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 7);
    w.stop = 0;
    assert_int_equal(store_each_text(r, &place, 1, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too ");
    assert_int_equal(store_expire(s, 1000, 10), 2); /* where it stands is gone */
    assert_int_equal(store_each_text(r, &place, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "soon too late ");
    assert_true(store_texts(r) == 1);
    store_close(r);
}

static struct store_mark mark_of(const struct store_item *item, enum store_aspect aspect,
                                 uint8_t value);

/* The most doubtful first; what was said of it, and what has no text, is left out. */
static void doubts_are_ranked(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[] = {samples_item(1, "some"), samples_item(2, "sure"),
                                 samples_item(3, "more"), samples_item(4, ""),
                                 samples_item(5, "same"), samples_item(6, "said")};
    static const uint16_t doubts[] = {300, 0, 1000, 999, 300, 900};
    struct store_mark marks[] = {mark_of(&items[5], STORE_MARK_VERDICT, 1),
                                 mark_of(&items[2], STORE_MARK_KIND, VERDICT_RAISED)};
    struct store_batch b = {.items = items, .nitems = 6, .marks = marks, .nmarks = 2};
    struct walk w = {.n = 0};

    for (size_t i = 0; i < 6; i++) {
        items[i].title = STR_NONE;
        items[i].doubt = doubts[i];
    }
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_doubt(s, 10, keep_title, &w), 0);
    assert_string_equal(w.titles, "more same some ");
    w = (struct walk){.n = 0};
    assert_int_equal(store_each_doubt(s, 1, keep_title, &w), 0);
    assert_string_equal(w.titles, "more ");
    assert_int_equal(store_expire(s, INT64_MAX, 10), 5);
    assert_int_equal(store_each_doubt(s, 10, keep_title, &w), 0);
    assert_int_equal(w.n, 1);
    items[0].doubt = STORE_DOUBT_MAX + 1;
    b = (struct store_batch){.items = items, .nitems = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
}

static struct store_mark mark_of(const struct store_item *item, enum store_aspect aspect,
                                 uint8_t value)
{
    struct store_mark m = {.aspect = (uint8_t)aspect, .value = value, .rules = 7, .at = 9};

    memcpy(m.ident, item->ident, STORE_IDENT);
    return m;
}

/* One an item and aspect, the latest one; a request or kind is the item's from then on. */
static void marks_are_kept(void **state)
{
    struct store *s = the_store(state), *r;
    struct store_item items[] = {samples_item(1, "words of one"), samples_item(2, "words of two")};
    struct store_mark m[] = {mark_of(&items[1], STORE_MARK_REQUEST, REQUEST_REPORT),
                             mark_of(&items[0], STORE_MARK_KIND, VERDICT_REPORTED),
                             mark_of(&items[0], STORE_MARK_VERDICT, 1)};
    struct store_batch b = {.items = items, .nitems = 2, .marks = m, .nmarks = 3, .rules = 5};
    struct marks got = {.n = 0};
    struct store_seen seen;
    int is = 0;

    items[0].topic = STR("epidemic");
    items[0].kind = items[1].kind = VERDICT_RAISED;
    items[0].expires = 20;
    items[1].expires = 1000;
    assert_true(store_rules(s) == 0);
    assert_int_equal(store_commit(s, &b), 0);
    m[2].value = 0; /* on second thoughts */
    m[2].at = 10;
    b = (struct store_batch){.marks = &m[2], .nmarks = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_true(store_rules(s) == 5);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_each_mark(r, NULL, 0, keep_mark, &got), 0);
    assert_int_equal(got.n, 3);
    bool first = memcmp(items[0].ident, items[1].ident, STORE_IDENT) < 0;
    const struct store_mark *right = &got.list[first ? 0 : 1];
    assert_true(right->aspect == STORE_MARK_VERDICT && right->value == 0 && right->at == 10);
    assert_true(right->rules == 7 && right->kind == VERDICT_REPORTED);
    assert_non_null(strstr(got.words[first ? 0 : 1], "|epidemic|words of one"));
    assert_int_equal(store_item(r, items[1].ident, keep_request, &is), 0);
    assert_int_equal(is, REQUEST_REPORT << 8 | VERDICT_RAISED << 4 | STORE_MARKED_REQUEST);
    assert_int_equal(store_seen(s, (const unsigned char(*)[STORE_IDENT])items[0].ident, 1, &seen),
                     0);
    assert_true(seen.found && !seen.raised && seen.kind == VERDICT_REPORTED);
    assert_int_equal(seen.marked, STORE_MARKED_KIND);

    got.n = 0; /* from the second on, and no further than asked */
    struct store_mark from = got.list[1];
    assert_int_equal(store_each_mark(r, &from, 1, keep_mark, &got), 0);
    assert_int_equal(got.n, 1);
    assert_memory_equal(got.list[0].ident, from.ident, STORE_IDENT);
    assert_int_equal(got.list[0].aspect, from.aspect);

    assert_int_equal(store_expire(s, 500, 10), 1); /* words go, what was said of them stays */
    got.n = 0;
    assert_int_equal(store_each_mark(r, NULL, 0, keep_mark, &got), 0);
    assert_int_equal(got.n, 3);
    assert_null(strstr(got.words[first ? 0 : 1], "words of one"));
    assert_int_equal(store_item(r, samples_item(3, "").ident, keep_request, &is), ERR_NOTFOUND);
    store_close(r);

    m[0] = mark_of(&items[0], STORE_MARK_REQUEST, REQUEST_REPORT + 1);
    m[1] = mark_of(&items[0], STORE_ASPECTS, 0);
    m[2] = mark_of(&items[0], STORE_MARK_TOPIC, 0); /* which? */
    for (size_t i = 0; i < 3; i++) {
        b = (struct store_batch){.marks = &m[i], .nmarks = 1};
        assert_int_equal(store_commit(s, &b), ERR_INVALID);
    }
}

struct followed {
    char said[1024];
};

static int note_words(void *arg, const struct store_words *w)
{
    struct followed *f = arg;
    size_t n = strlen(f->said);

    snprintf(f->said + n, sizeof f->said - n, "%d:%.*s:%.*s:%d ", (int)w->item, STR_ARG(w->title),
             STR_ARG(w->text), (int)w->expires);
    return 0;
}

static const char *follow(struct store *s, struct store_tail *tail, size_t max, struct followed *f)
{
    f->said[0] = '\0';
    for (int n = 1; n > 0;) {
        size_t before = strlen(f->said);
        n = store_words_after(s, tail, max, note_words, f);
        assert_true(n >= 0 && (size_t)n <= max);
        assert_true((strlen(f->said) != before) == (n > 0));
    }
    return f->said;
}

/* Who follows the words sees each item once, and again when its words are others. */
static void words_are_followed(void **state)
{
    struct store *s = the_store(state), *r;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two"),
                                 samples_item(3, "three")};
    unsigned char gone[1][STORE_IDENT];
    struct store_batch b = {.items = items, .nitems = 3};
    struct store_tail tail = {0}, late = {0};
    struct followed f;
    int is = 0;

    items[2].text = STR("third");
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_words_after(r, &tail, 5, note_words, &f), 0);
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(r, &tail, 2, &f),
                        "1:one:one:2000 2:two:two:2000 3:three:third:2000 ");
    assert_string_equal(follow(r, &tail, 2, &f), "");

    items[1] = samples_item(2, "edited");
    items[1].expires = 3000;
    items[1].update = true;
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    b = (struct store_batch){.items = &items[1], .nitems = 1, .blanks = gone, .nblanks = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(r, &tail, 1, &f), "2:edited:edited:3000 1:::2000 ");
    assert_string_equal(follow(r, &late, 10, &f),
                        "1:::2000 2:edited:edited:3000 3:three:third:2000 ");

    assert_int_equal(store_expire(s, 2500, 10), 1); /* an expiry tells of itself */
    assert_string_equal(follow(r, &tail, 10, &f), "");
    assert_int_equal(store_numbered(r, 2, keep_request, &is), 0);
    assert_int_equal(store_numbered(r, 4, keep_request, &is), ERR_NOTFOUND);
    assert_int_equal(store_numbered(r, 0, keep_request, &is), ERR_NOTFOUND);
    tail.change += 5; /* of another life of the store */
    assert_int_equal(store_words_after(r, &tail, 10, note_words, &f), ERR_STALE);
    store_close(r);
}

static int take_link(void *arg, const struct store_item *item)
{
    struct store_item *out = arg;

    out->link.n = item->link.n;
    out->title.n = item->title.n;
    out->text.n = item->text.n;
    out->marked = item->marked;
    out->concern = item->concern;
    return 0;
}

static void redacted_words_stay_away(void **state)
{
    struct store *s = the_store(state);
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")}, got = {0};
    struct store_page pages[2] = {{.due = 10}, {.due = 20}}, none[2];
    unsigned char gone[2][STORE_IDENT] = {0}; /* the second is of no item */
    struct store_batch b = {.items = items, .nitems = 2, .pages = pages, .npages = 2};
    struct store_tail tail = {0};
    struct followed f;

    items[0].concern = 7;
    memcpy(pages[0].ident, items[0].ident, STORE_IDENT);
    memcpy(pages[1].ident, items[1].ident, STORE_IDENT);
    memcpy(gone[0], items[0].ident, STORE_IDENT);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_words_after(s, &tail, 5, note_words, &f), 2);
    b = (struct store_batch){.redacts = gone, .nredacts = 2};
    assert_int_equal(store_commit(s, &b), 0);
    assert_string_equal(follow(s, &tail, 5, &f), "1:::2000 ");
    assert_int_equal(store_page(s, gone[0], take_one_page, none), ERR_NOTFOUND);
    assert_true(store_next_page(s) == 20);
    assert_true(store_texts(s) == 1);
    /* an edit brings nothing back */
    items[0].update = true;
    items[0].concern = 8;
    b = (struct store_batch){.items = items, .nitems = 1};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_item(s, gone[0], take_link, &got), 0);
        assert_true(!got.link.n && !got.title.n && !got.text.n);
        assert_int_equal(got.marked, STORE_REDACTED);
        assert_true(got.concern == (i ? 8 : 7));
        assert_int_equal(store_commit(s, &b), 0);
    }
    assert_true(store_texts(s) == 1);
    for (int64_t until = clock_mono() + 10000; store_expire(s, 1, 10) == 0 && store_residue(s);) {
        assert_true(clock_mono() < until); /* a file may be written anew meanwhile */
        clock_sleep(5);
    }
    assert_false(store_residue(s));
}

static int note_account(void *arg, const struct account *a)
{
    buf_addf(arg, "%s:%s:%s:%d ", a->name, account_role_name(a->role), a->unit, a->disabled);
    return 0;
}

static int note_token(void *arg, const struct account_token *t)
{
    buf_addf(arg, "%s:%d:%s:%d:%d ", t->account, t->hash[0], account_role_name(t->role),
             (int)t->created, (int)t->expires);
    return 0;
}

static struct account sample_account(const char *name, enum account_role role, const char *unit)
{
    struct account a = {.role = (uint8_t)role, .created = 10, .changed = 20};

    snprintf(a.name, sizeof a.name, "%s", name);
    snprintf(a.unit, sizeof a.unit, "%s", unit);
    snprintf(a.hash, sizeof a.hash, "$argon2id$%s", name);
    return a;
}

static struct account_token sample_token(const char *account, unsigned char hash, int64_t created)
{
    struct account_token t = {.hash = {hash}, .role = ACCOUNT_UNIT, .created = created,
                              .expires = 99};

    snprintf(t.account, sizeof t.account, "%s", account);
    snprintf(t.unit, sizeof t.unit, "labour");
    return t;
}

static void assert_access(struct store *s, const char *accounts, const char *tokens)
{
    struct buf b = BUF_INIT;

    assert_int_equal(account_each(s, note_account, &b), 0);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, accounts);
    buf_reset(&b);
    assert_int_equal(account_each_token(s, note_token, &b), 0);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, tokens);
    buf_free(&b);
}

static void accounts_and_their_tokens(void **state)
{
    struct store *s = the_store(state);
    struct account list[] = {sample_account("wang", ACCOUNT_COORDINATOR, ""),
                             sample_account("li", ACCOUNT_UNIT, "labour")};
    struct account_token tokens[] = {sample_token("wang", 1, 7), sample_token("li", 2, 6),
                                     sample_token("wang", 3, 5)};
    struct account got;
    struct account_token token;
    struct store_batch b = {.accounts = list, .naccounts = 2, .tokens = tokens, .ntokens = 3};

    assert_int_equal(account_find(s, "li", &got), ERR_NOTFOUND);
    assert_int_equal(account_find_token(s, tokens[0].hash, &token), ERR_NOTFOUND);
    assert_int_equal(store_commit(s, &b), 0);
    assert_access(s, "li:unit:labour:0 wang:coordinator::0 ",
                  "li:2:unit:6:99 wang:3:unit:5:99 wang:1:unit:7:99 ");
    assert_int_equal(account_find(s, "li", &got), 0);
    assert_string_equal(got.hash, "$argon2id$li");
    assert_true(got.created == 10 && got.changed == 20);
    assert_int_equal(account_find_token(s, tokens[2].hash, &token), 0);
    assert_string_equal(token.account, "wang");
    assert_string_equal(token.unit, "labour");
    /* one token goes by itself, the others with their account */
    tokens[2].drop = true;
    b = (struct store_batch){.tokens = &tokens[2], .ntokens = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(account_find_token(s, tokens[2].hash, &token), ERR_NOTFOUND);
    list[0].disabled = true;
    list[0].hash[0] = '\0';
    b = (struct store_batch){.accounts = list, .naccounts = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_access(s, "li:unit:labour:0 wang:coordinator::1 ", "li:2:unit:6:99 ");
}

static void accounts_that_make_no_sense(void **state)
{
    struct store *s = the_store(state);
    struct account wrong[] = {sample_account("", ACCOUNT_AUDITOR, ""),
                              sample_account("a", ACCOUNT_AUDITOR, "labour"),
                              sample_account("a", ACCOUNT_UNIT, ""),
                              sample_account("a", ACCOUNT_ROLES, ""),
                              sample_account("a", ACCOUNT_AUDITOR, "")};
    struct account_token token = sample_token("", 1, 1);

    wrong[4].hash[0] = '\0'; /* nobody could be refused by it */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct store_batch b = {.accounts = &wrong[i], .naccounts = 1};
        assert_int_equal(store_commit(s, &b), ERR_INVALID);
    }
    struct store_batch b = {.tokens = &token, .ntokens = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_access(s, "", "");
}

struct trailed {
    struct trail_check check;
    int rows, faults;
    struct trail_row last;
};

static int follow_trail(void *arg, const struct trail_row *row)
{
    struct trailed *f = arg;
    uint64_t from;

    f->faults += trail_check(&f->check, row, &from) != TRAIL_SOUND;
    f->last = *row;
    f->rows++;
    return 0;
}

static void the_trail_is_a_chain(void **state)
{
    struct store *s = the_store(state), *r;
    struct trail_row rows[] = {
        {.at = 5, .who = "li", .role = "unit", .act = "concern.accept", .target = "c1"},
        {.at = 6, .role = "socket", .act = "account.add", .target = "li"}};
    struct trail_row nobody = {.at = 5, .who = "li", .act = "login"};
    struct store_batch b = {.trail = rows, .ntrail = 2};
    unsigned char hash[TRAIL_HASH], none[TRAIL_HASH] = {0};
    struct trailed f = {0};
    uint64_t seq = 9;

    assert_int_equal(trail_head(s, &seq, hash), 0);
    assert_true(seq == 0 && !memcmp(hash, none, sizeof hash));
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_commit(s, &b), 0);
    b = (struct store_batch){.trail = &nobody, .ntrail = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(trail_after(r, 0, 100, follow_trail, &f), 0);
    assert_true(f.rows == 4 && f.faults == 0 && f.last.seq == 4 && f.last.at == 6);
    assert_string_equal(f.last.target, "li");
    assert_string_equal(f.last.who, "");
    assert_int_equal(trail_head(r, &seq, hash), 0);
    assert_true(seq == 4 && !memcmp(hash, f.last.hash, sizeof hash));
    store_close(r);
    f = (struct trailed){.check.unknown = true};
    assert_int_equal(trail_after(s, 2, 1, follow_trail, &f), 0);
    assert_true(f.rows == 1 && f.faults == 0 && f.last.seq == 3);
    assert_int_equal(trail_after(s, 4, 1, follow_trail, &f), 0);
    assert_int_equal(f.rows, 1);
    /* the next writer goes on with it */
    struct fixture *fixture = *state;
    if (strcmp(fixture->address, "memory:") == 0)
        return;
    store_close(fixture->store);
    assert_int_equal(store_open(fixture->address, &fixture->store), 0);
    b = (struct store_batch){.trail = rows, .ntrail = 2};
    assert_int_equal(store_commit(fixture->store, &b), 0);
    f = (struct trailed){0};
    assert_int_equal(trail_after(fixture->store, 0, 100, follow_trail, &f), 0);
    assert_true(f.rows == 6 && f.faults == 0 && f.last.seq == 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(identity),
        ALL(seen_items),
        ALL(items_are_known_by_aliases),
        ALL(pages_wait_for_their_time),
        ALL(replies_wait_for_their_time),
        ALL(published_texts_are_replaced_and_dropped),
        ALL(surveys_are_counted_by_round),
        ALL(reopenings_are_counted_by_what_did_it),
        ALL(sources_come_move_and_go),
        ALL(repeated_item_is_refused_whole),
        ALL(gaps_are_stale),
        ALL(nonsense_is_invalid),
        ALL(small_rows),
        ALL(arrivals_are_counted_by_the_hour),
        ALL(notes_are_kept_beside_their_events),
        ALL(units_find_what_they_assist_in),
        ALL(outcomes_round_trip),
        ALL(what_few_concerns_have_round_trips),
        ALL(concern_round_trip),
        ALL(counts_follow),
        ALL(pages_by_cursor),
        ALL(touched_since),
        ALL(texts_expire),
        ALL(items_move),
        ALL(many_items_move),
        ALL(texts_are_walked),
        ALL(doubts_are_ranked),
        ALL(marks_are_kept),
        ALL(words_are_followed),
        ALL(redacted_words_stay_away),
        ALL(readers_may_not_write),
        ALL(walks_hold_nothing),
        ALL(readers_see_whole_commits),
        ALL(accounts_that_make_no_sense),
        ALL(accounts_and_their_tokens),
        ALL(the_trail_is_a_chain),
        cmocka_unit_test_setup_teardown(twins_agree, open_sqlite, close_fixture),
        cmocka_unit_test_setup_teardown(twins_agree, open_redis, close_fixture),
    };
    return cmocka_run_group_tests_name("store contract", tests, start_server, stop_server);
}
