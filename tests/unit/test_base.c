#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/named.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/queue.h"
#include "base/utf8.h"

static void clock_reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01 00:00:00",  "2024-01-01T00:00:00+8", "2024-01-01T00:00:00.Z", "",
        "2024-01-01T00:00:00Zx",
    };
    char text[CLOCK_TEXT];
    int64_t ms;

    assert_int_equal(clock_parse(STR("2024-02-29T23:59:59+08:00"), &ms), 0);
    assert_string_equal(clock_format(ms, text), "2024-02-29T23:59:59+08:00");
    assert_int_equal(clock_parse(STR("1969-12-31T23:59:59.250Z"), &ms), 0);
    assert_int_equal(ms, -750);
    assert_int_equal(clock_parse(STR("2000-01-01T00:00:00-05:30"), &ms), 0);
    assert_string_equal(clock_format(ms, text), "2000-01-01T13:30:00+08:00");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(clock_parse(str_from(bad[i]), &ms), ERR_SYNTAX);
}

static void clock_counts_every_day_of_four_centuries(void **state)
{
    (void)state;
    int y, m, d;

    for (int64_t day = clock_days(1900, 1, 1); day < clock_days(2301, 1, 1); day++) {
        clock_date(day, &y, &m, &d);
        assert_int_equal(clock_days(y, m, d), day);
    }
    assert_int_equal(clock_days(1970, 1, 1), 0);
    assert_int_equal(clock_days(2000, 3, 1) - clock_days(2000, 2, 28), 2);
    assert_int_equal(clock_days(2100, 3, 1) - clock_days(2100, 2, 28), 1);
}

static void clock_runs_at_the_set_rate(void **state)
{
    (void)state;
    int64_t start = clock_days(2030, 1, 1) * CLOCK_DAY;

    clock_set_rate(start, 3600000); /* an hour a real millisecond */
    int64_t real = clock_mono();
    while (clock_mono() < real + 3)
        ;
    assert_true(clock_now() >= start + 2 * 3600000);
    assert_int_equal(clock_wait_ms(0), 0);
    assert_int_equal(clock_wait_ms(INT64_MAX), 1000);
    clock_set_rate(0, 1);
    assert_int_equal(clock_rate(), 1);
}

static void clock_far_times(void **state)
{
    (void)state;
    char text[CLOCK_TEXT];

    assert_string_equal(clock_format(-CLOCK_CHINA - 1000, text), "1969-12-31T23:59:59+08:00");
    assert_string_equal(clock_format(INT64_C(253402271999000), text), "9999-12-31T23:59:59+08:00");
    assert_string_equal(clock_format(INT64_MAX, text), "9999-12-31T23:59:59+08:00");
    assert_string_equal(clock_format(INT64_MIN, text), "0000-01-01T00:00:00+08:00");
}

static void buf_reserves_no_more_than_asked(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;

    buf_add_char(&b, 'a');
    char *tail = buf_reserve_exact(&b, 10000);
    assert_ptr_equal(tail, b.data + 1);
    assert_int_equal(b.cap, 10001);
    assert_ptr_equal(buf_reserve_exact(&b, 5), tail);
    assert_int_equal(b.cap, 10001);
    assert_null(buf_reserve_exact(&b, SIZE_MAX));
    assert_false(buf_ok(&b));
    buf_free(&b);
}

static void buf_formats_across_growth(void **state)
{
    (void)state;

    for (int width = 0; width < 200; width++) {
        struct buf b = BUF_INIT;
        char want[700];
        int n = snprintf(want, sizeof want, "%*d|%*d|18446744073709551615,0,10", width, 1, width,
                         2);
        buf_addf(&b, "%*d|", width, 1);
        buf_addf(&b, "%*d|", width, 2);
        buf_add_decimal(&b, UINT64_MAX);
        buf_add_char(&b, ',');
        buf_add_decimal(&b, 0);
        buf_add_char(&b, ',');
        assert_int_equal(buf_add_decimal(&b, 10), 0);
        assert_int_equal(b.len, n);
        assert_memory_equal(b.data, want, (size_t)n);
        buf_free(&b);
    }
}

/* Every first and second byte of three, at each place of a run that is checked several at a time.
 */
static void utf8_bounds_hold_inside_a_run(void **state)
{
    (void)state;
    for (unsigned c = 0xE0; c < 0xF0; c++)
        for (unsigned c2 = 0x70; c2 < 0xD0; c2++)
            for (size_t at = 0; at < 12; at += 3) {
                char text[] = "\xE5\xB7\xA5\xE5\xB7\xA5\xE5\xB7\xA5\xE5\xB7\xA5";
                bool good = c2 >= (c == 0xE0 ? 0xA0 : 0x80) && c2 <= (c == 0xED ? 0x9F : 0xBF);
                text[at] = (char)c;
                text[at + 1] = (char)c2;
                assert_int_equal(utf8_valid((struct str){text, 12}), good);
                text[at + 2] = 'x';
                assert_false(utf8_valid((struct str){text, 12}));
            }
}

static void utf8_takes_only_well_formed_text(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80",
        "abcdefgh\xE5\x9B", "\xE5\x9B", "\xFF",
    };
    char out[4];

    assert_true(utf8_valid(STR("拖欠工资 𠮷 ok")));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str s = str_from(bad[i]);
        size_t at = 0;
        assert_false(utf8_valid(s));
        while (at < s.n)
            utf8_next(s, &at);
        assert_int_equal(at, s.n);
    }
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        size_t at = 0, n = utf8_put(cp, out);
        uint32_t back = utf8_next((struct str){out, n}, &at);
        assert_int_equal(at, n);
        assert_int_equal(back, cp >= 0xD800 && cp < 0xE000 ? 0xFFFD : cp);
    }
    assert_int_equal(utf8_cut(STR("欠薪"), 4), 3);
    assert_int_equal(utf8_cut(STR("欠薪"), 9), 6);
    assert_int_equal(utf8_width(STR("欠薪ab")), 6);
}

static void buf_round_trips_the_wire_forms(void **state)
{
    (void)state;
    struct buf b = BUF_INIT;

    buf_add_u8(&b, 7);
    buf_add_u32(&b, 0xDEADBEEF);
    buf_add_u64(&b, UINT64_MAX - 1);
    buf_add_lstr(&b, STR("回应"));
    assert_true(buf_ok(&b));
    struct buf_reader r = {b.data, b.len, false};
    assert_int_equal(buf_read_u8(&r), 7);
    assert_int_equal(buf_read_u32(&r), 0xDEADBEEF);
    assert_int_equal(buf_read_u64(&r), UINT64_MAX - 1);
    assert_true(str_is(buf_read_lstr(&r), "回应"));
    assert_false(r.bad);
    assert_int_equal(buf_read_u32(&r), 0);
    assert_true(r.bad);
    /* A length that lies beyond the frame yields nothing. */
    struct buf_reader lie = {"\xFF\xFF\xFF\xFF" "abc", 7, false};
    assert_int_equal(buf_read_lstr(&lie).n, 0);
    assert_true(lie.bad);
    buf_reset(&b);
    buf_add_json(&b, STR("a\"b\\\n\t\x01\x7f中"));
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, "\"a\\\"b\\\\\\n\\t\\u0001\\u007f中\"");
    buf_free(&b);
}

static void str_reads_whole_numbers_only(void **state)
{
    (void)state;
    long long v;

    assert_int_equal(str_int(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &v), 0);
    assert_true(v == INT64_MIN);
    assert_int_equal(str_int(STR("9223372036854775807"), INT64_MIN, INT64_MAX, &v), 0);
    assert_int_equal(str_int(STR("9223372036854775808"), INT64_MIN, INT64_MAX, &v), ERR_LIMIT);
    assert_int_equal(str_int(STR("12x"), 0, 99, &v), ERR_SYNTAX);
    assert_int_equal(str_int(STR("-"), -9, 99, &v), ERR_SYNTAX);
    assert_int_equal(str_int(STR("100"), 0, 99, &v), ERR_LIMIT);
    assert_int_equal(str_find(STR("abcabc"), STR("bc"), 2), 4);
    assert_true(str_eq_nocase(STR("RSS"), STR("rss")));
    assert_true(str_is(str_trim(STR(" \t x y\n")), "x y"));
}

static void a_table_is_aligned_whatever_its_size(void **state)
{
    static const size_t sizes[] = {1, 63, 64, 4096, MEMORY_HUGE - 1, MEMORY_HUGE, MEMORY_HUGE + 1};
    (void)state;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *table = memory_table(sizes[i]);
        assert_non_null(table);
        assert_int_equal((uintptr_t)table % (sizes[i] < MEMORY_HUGE ? 64 : MEMORY_HUGE), 0);
        table[0] = table[sizes[i] - 1] = 1;
        free(table);
    }
    assert_null(memory_table(0));
    assert_null(memory_table(SIZE_MAX));
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena *a = arena_new();

    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 200000; n = n * 3 + 1) {
            unsigned char *p = arena_alloc(a, n, 1);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, n);
        }
        arena_reset(a);
    }
    assert_null(arena_alloc(a, SIZE_MAX / 2, 4));
    arena_free(a);
    arena_free(NULL);
}

static void heap_agrees_with_a_linear_search(void **state)
{
    (void)state;
    enum { IDS = 300 };
    int64_t keys[IDS];
    bool in[IDS] = {false};
    unsigned seed = 20261122;
    struct heap *h = heap_new();

    for (int step = 0; step < 20000; step++) {
        uint32_t id = (uint32_t)rand_r(&seed) % IDS, top;
        int64_t key, best = INT64_MAX;
        if (rand_r(&seed) % 3) {
            keys[id] = rand_r(&seed) % 1000;
            in[id] = true;
            assert_int_equal(heap_set(h, id, keys[id]), 0);
        } else {
            in[id] = false;
            heap_remove(h, id);
        }
        for (int i = 0; i < IDS; i++)
            if (in[i] && keys[i] < best)
                best = keys[i];
        assert_int_equal(heap_peek(h, &top, &key), best != INT64_MAX);
        if (best != INT64_MAX) {
            assert_int_equal(key, best);
            assert_int_equal(keys[top], best);
        }
    }
    heap_free(h);
}

/* Put in in any order, each once: they stand in that of their bytes, each with what was kept of
 * it. */
static void names_stay_in_their_order(void **state)
{
    enum { NAMES = 200 };
    struct {
        char name[8];
        unsigned times;
    } *list = NULL, *grown;
    size_t count = 0, cap = 0;
    unsigned seed = 20261123, times[NAMES] = {0}, different = 0;
    char name[8];
    bool there;
    (void)state;

    assert_int_equal(named_place(NULL, 0, sizeof *list, "a", &there), 0);
    assert_false(there);
    for (int step = 0; step < 2000; step++) {
        unsigned n = (unsigned)rand_r(&seed) % NAMES;
        snprintf(name, sizeof name, "n%u", n);
        size_t at = named_place(list, count, sizeof *list, name, &there);
        assert_int_equal(there, times[n] > 0);
        if (!there) {
            grown = named_insert(list, &count, &cap, sizeof *list, at, name);
            assert_non_null(grown);
            list = grown;
            assert_int_equal(list[at].times, 0);
            different++;
        }
        assert_string_equal(list[at].name, name);
        assert_int_equal(list[at].times, times[n]);
        list[at].times = ++times[n];
        assert_true(count == different && count <= cap);
    }
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(list[i - 1].name, list[i].name) < 0);
    free(list);
}

enum { PUSHES = 20000, PUSHERS = 3 };

static void *pusher(void *arg)
{
    for (uintptr_t i = 1; i <= PUSHES; i++)
        if (queue_push(arg, (void *)i))
            return NULL;
    return NULL;
}

static void queue_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct queue *q = queue_new(8);
    pthread_t threads[PUSHERS];
    uintptr_t sum = 0;
    size_t got = 0;
    void *items[16];
    int n;

    for (int i = 0; i < PUSHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pusher, q), 0);
    while (got < (size_t)PUSHES * PUSHERS) {
        n = queue_take(q, items, 16, -1);
        assert_true(n > 0 && n <= 8);
        for (int i = 0; i < n; i++)
            sum += (uintptr_t)items[i];
        got += (size_t)n;
    }
    for (int i = 0; i < PUSHERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(sum == (uintptr_t)PUSHERS * PUSHES * (PUSHES + 1) / 2);
    assert_int_equal(queue_take(q, items, 16, 0), 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(queue_try_push(q, &sum), 0);
    assert_int_equal(queue_try_push(q, &sum), ERR_AGAIN);
    queue_close(q);
    assert_int_equal(queue_push(q, &sum), ERR_CLOSED);
    assert_int_equal(queue_take(q, items, 16, -1), 8);
    assert_int_equal(queue_take(q, items, 16, -1), ERR_CLOSED);
    queue_free(q);
}

static void file_replaces_whole_or_not(void **state)
{
    (void)state;
    char dir[] = "/tmp/huiying-file-XXXXXX", path[64], deep[64];
    struct buf b = BUF_INIT;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a", dir);
    snprintf(deep, sizeof deep, "%s/x/y", dir);
    assert_int_equal(file_replace(path, STR("one"), 0600), 0);
    assert_int_equal(file_replace(path, STR("second"), 0600), 0);
    assert_int_equal(file_read(path, 100, &b), 0);
    assert_true(str_is(buf_str(&b), "second"));
    assert_int_equal(file_read(path, 3, &b), ERR_LIMIT);
    assert_int_equal(file_read("/nonexistent/x", 3, &b), ERR_NOTFOUND);
    assert_int_equal(file_replace("/nonexistent/x", STR("no"), 0600), ERR_IO);
    assert_int_equal(file_make_dirs(deep), 0);
    assert_int_equal(file_make_dirs(deep), 0);
    assert_int_equal(rmdir(deep), 0);
    snprintf(deep, sizeof deep, "%s/x", dir);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    buf_free(&b);
}

static const char *const colours[] = {"red", "green", NULL};
static const struct conf_key inner[] = {
    {"id", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"every", CONF_DURATION, false, NULL, NULL, NULL, 1000, 60000, NULL},
    {0},
};
static const struct conf_key entry = {NULL, CONF_MAP, false, inner, NULL, NULL, 0, 0, NULL};
static const struct conf_key table[] = {
    {"name", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"count", CONF_INT, false, NULL, NULL, NULL, 1, 9, NULL},
    {"on", CONF_BOOL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"colour", CONF_CHOICE, false, NULL, NULL, colours, 0, 0, NULL},
    {"day", CONF_DATE, false, NULL, NULL, NULL, 0, 0, NULL},
    {"link", CONF_URL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"list", CONF_LIST, false, NULL, &entry, NULL, 0, 0, NULL},
    {0},
};

static void conf_reads_a_good_file(void **state)
{
    (void)state;
    struct problems *p = problems_new();
    struct conf_doc *doc = conf_parse("a.yaml",
                                      STR("name: 青石镇\ncount: 9\non: true\ncolour: green\n"
                                          "day: 2024-02-29\nlink: https://x.example/a\nlist:\n"
                                          "  - {id: one, every: 5s}\n  - id: two\n"),
                                      table, p);
    const struct conf_node *root = conf_root(doc), *list = conf_get(root, "list");

    assert_int_equal(problems_count(p), 0);
    assert_true(str_is(conf_text(conf_get(root, "name")), "青石镇"));
    assert_int_equal(conf_int(conf_get(root, "count"), 0), 9);
    assert_true(conf_bool(conf_get(root, "on"), false));
    assert_int_equal(conf_int(conf_get(root, "day"), 0), clock_days(2024, 2, 29));
    assert_int_equal(conf_count(list), 2);
    assert_int_equal(conf_int(conf_get(conf_at(list, 0), "every"), 0), 5000);
    assert_int_equal(conf_line(conf_at(list, 1)), 9);
    assert_int_equal(conf_int(conf_get(conf_at(list, 1), "every"), 7), 7);
    conf_free(doc);
    problems_free(p);
}

static void conf_tells_every_problem_with_its_line(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *part;
    } expect[] = {
        {1, "缺少键 “name”"}, {1, "did you mean count"}, {2, "whole number, 1 to 9"},
        {3, "true or false"}, {4, "red, green"},         {5, "YYYY-MM-DD"},
        {6, "https://"},      {8, "缺少键 “id”"},        {8, "duration"},
        {9, "first on line 2"},
    };
    struct problems *p = problems_new();
    struct conf_doc *doc =
        conf_parse("b.yaml",
                   STR("coumt: 3\ncount: 10\non: \"true\"\ncolour: blue\nday: 2023-02-29\n"
                       "link: ftp://x\nlist:\n  - {every: 5}\ncount: 2\n"),
                   table, p);

    problems_sort(p);
    assert_non_null(doc);
    assert_int_equal(problems_count(p), sizeof expect / sizeof *expect);
    for (size_t i = 0; i < sizeof expect / sizeof *expect; i++) {
        const char *file, *text;
        int line;
        bool found = false;
        for (size_t j = 0; j < problems_count(p); j++) {
            problems_get(p, j, &file, &line, &text);
            found = found || (line == expect[i].line && strstr(text, expect[i].part));
        }
        if (!found)
            fail_msg("no problem on line %d with: %s", expect[i].line, expect[i].part);
    }
    conf_free(doc);
    problems_free(p);
}

static void conf_cuts_no_character(void **state)
{
    static const char *const wrong[] = {
        "name: [an, id]\n", "name: {zh: x}\n",
        "name: a\ncount: 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\n",
        "name: a\nx一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十: 1\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *p = problems_new();
        const char *file, *text;
        int line;
        conf_free(conf_parse("d.yaml", str_from(wrong[i]), table, p));
        assert_int_equal(problems_count(p), 1);
        problems_get(p, 0, &file, &line, &text);
        if (!utf8_valid(str_from(text)))
            fail_msg("%s", text);
        problems_free(p);
    }
}

static void conf_refuses_what_it_cannot_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "a: [", "- 1\n- 2\n", "x: &a 1\nname: *a\n", "name: \xff\n", "name: {a: {b}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problems *p = problems_new();
        conf_free(conf_parse("c.yaml", str_from(bad[i]), table, p));
        assert_true(problems_count(p) > 0);
        problems_free(p);
    }
}

static void a_queue_takes_many_at_once(void **state)
{
    (void)state;
    int things[6];
    void *in[6], *out[8];
    bool closed = true;
    struct queue *q = queue_new(4);

    for (int i = 0; i < 6; i++)
        in[i] = &things[i];
    assert_int_equal(queue_try_push_all(q, in, 0, &closed), 0);
    assert_false(closed);
    assert_int_equal(queue_try_push_all(q, in, 3, &closed), 3);
    assert_int_equal(queue_room(q), 1);
    assert_int_equal(queue_try_push_all(q, in + 3, 3, &closed), 1);
    assert_true(queue_full(q));
    assert_int_equal(queue_take(q, out, 8, 0), 4);
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(out[i], in[i]);
    queue_close(q);
    assert_int_equal(queue_try_push_all(q, in, 6, &closed), 6);
    assert_true(closed);
    assert_int_equal(queue_take(q, out, 8, 0), ERR_CLOSED);
    queue_free(q);
}

struct heard {
    int calls, ready;
    char byte;
};

static void hear(void *arg, int fd, int ready)
{
    struct heard *h = arg;

    h->calls++;
    h->ready = ready;
    if (ready & POLLIN && read(fd, &h->byte, 1) != 1)
        h->byte = 0;
}

static void a_loop_tells_whom_it_concerns(void **state)
{
    (void)state;
    struct loop *l = loop_new();
    struct heard a = {0}, b = {0};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    loop_forget(l, 500);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &a), 0);
    loop_wait(l, 0);
    assert_int_equal(a.calls, 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_wait(l, -1);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.byte, 'x');
    /* Put down: what comes is told to nobody, and to another once it takes it up. */
    assert_int_equal(loop_watch(l, fds[0], 0, hear, &a), 0);
    assert_int_equal(write(fds[1], "yz", 2), 2);
    loop_wait(l, 0);
    loop_wait(l, 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &b), 0);
    loop_wait(l, -1);
    assert_int_equal(b.byte, 'y');
    /* Closed, and its number given to another that nobody watches yet. */
    loop_forget(l, fds[0]);
    int other = dup(fds[0]);
    close(fds[0]);
    assert_int_equal(dup2(other, fds[0]), fds[0]);
    loop_wait(l, 0);
    assert_int_equal(b.calls, 1);
    assert_int_equal(loop_watch(l, fds[0], POLLIN, hear, &a), 0);
    loop_wait(l, -1);
    assert_int_equal(a.byte, 'z');
    loop_wake(l);
    loop_wait(l, -1);
    assert_int_equal(loop_watch(l, fds[1], POLLOUT, hear, &b), 0);
    loop_wait(l, -1);
    assert_int_equal(b.ready & POLLOUT, POLLOUT);
    close(fds[0]);
    close(fds[1]);
    close(other);
    loop_free(l);
}

/* Warnings are no problems, are said once, and stand in their place among them. */
static void problems_and_warnings_are_told_apart(void **state)
{
    struct problems *p = problems_new();
    const char *file, *text;
    char *printed = NULL;
    size_t size = 0;
    int line;
    FILE *to = open_memstream(&printed, &size);

    (void)state;
    problems_warn(p, "a", 2, "二 %d", 2);
    problems_warn(p, "a", 2, "二 %d", 2);
    assert_int_equal(problems_count(p), 0);
    problems_add(p, "a", 3, "三");
    problems_add(p, "a", 1, "一");
    problems_add(p, "b", 0, "全");
    assert_int_equal(problems_count(p), 3);
    assert_int_equal(problems_warnings(p), 1);
    problems_sort(p);
    problems_get_warning(p, 0, &file, &line, &text);
    assert_true(line == 2 && !strcmp(file, "a") && !strcmp(text, "二 2"));
    for (int i = 0; i < 1100; i++)
        problems_warn(p, "c", i + 1, "多");
    assert_int_equal(problems_warnings(p), 1101);
    problems_print(p, to);
    fclose(to);
    assert_ptr_equal(strstr(printed, "huiying: a:1: 一\nhuiying: a:2: 提醒 (warning): 二 2\n"
                                     "huiying: a:3: 三\nhuiying: b: 全\nhuiying: c:1: "), printed);
    assert_non_null(strstr(printed, "(101 more)"));
    free(printed);
    problems_free(p);
}

static void a_thread_that_stands_still_is_named(void **state)
{
    (void)state;
    struct pulse *quick = pulse_start("quick"), *slow = pulse_start("slow");
    int64_t end = clock_mono() + 20;

    assert_null(pulse_still(60000));
    while (clock_mono() < end)
        pulse_beat(quick);
    assert_string_equal(pulse_still(20), "slow");
    pulse_beat(slow);
    assert_null(pulse_still(60000));
    pulse_stop(slow);
    pulse_stop(quick);
    assert_null(pulse_still(0));
    pulse_beat(NULL);
    pulse_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_reads_what_it_writes),
        cmocka_unit_test(clock_counts_every_day_of_four_centuries),
        cmocka_unit_test(clock_runs_at_the_set_rate),
        cmocka_unit_test(clock_far_times),
        cmocka_unit_test(buf_reserves_no_more_than_asked),
        cmocka_unit_test(buf_formats_across_growth),
        cmocka_unit_test(utf8_takes_only_well_formed_text),
        cmocka_unit_test(utf8_bounds_hold_inside_a_run),
        cmocka_unit_test(buf_round_trips_the_wire_forms),
        cmocka_unit_test(str_reads_whole_numbers_only),
        cmocka_unit_test(a_table_is_aligned_whatever_its_size),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(heap_agrees_with_a_linear_search),
        cmocka_unit_test(names_stay_in_their_order),
        cmocka_unit_test(a_queue_takes_many_at_once),
        cmocka_unit_test(a_loop_tells_whom_it_concerns),
        cmocka_unit_test(queue_loses_and_doubles_nothing),
        cmocka_unit_test(file_replaces_whole_or_not),
        cmocka_unit_test(a_thread_that_stands_still_is_named),
        cmocka_unit_test(conf_reads_a_good_file),
        cmocka_unit_test(conf_tells_every_problem_with_its_line),
        cmocka_unit_test(conf_cuts_no_character),
        cmocka_unit_test(conf_refuses_what_it_cannot_read),
        cmocka_unit_test(problems_and_warnings_are_told_apart),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
