#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/named.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "tests/unit/scratch.h"

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

static void str_reads_small_hex_only(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "00f", "00fff", "00fF", "00fg", "0x0f"};
    unsigned char out[2];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(str_unhex(str_from(bad[i]), out, sizeof out));
    assert_true(str_unhex(STR("09af"), out, sizeof out));
    assert_int_equal(out[0], 0x09);
    assert_int_equal(out[1], 0xaf);
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

static void file_replaces_whole_or_not(void **state)
{
    (void)state;
    char dir[SCRATCH_PATH], path[SCRATCH_PATH + 8], deep[SCRATCH_PATH + 8];
    struct buf b = BUF_INIT;

    assert_int_equal(scratch_folder(dir, "file"), 0);
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
        cmocka_unit_test(str_reads_small_hex_only),
        cmocka_unit_test(a_table_is_aligned_whatever_its_size),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(heap_agrees_with_a_linear_search),
        cmocka_unit_test(names_stay_in_their_order),
        cmocka_unit_test(file_replaces_whole_or_not),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
