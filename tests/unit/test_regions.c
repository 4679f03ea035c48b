/* The shipped gazetteer: every place is found by its name behind its parents', names that are
 * words only there, and our own sentences name what they name. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "classifiers/regions/regions.h"
#include "tests/unit/judged.h"
#include "tests/unit/paths.h"

enum { SENTENCES_MIN = 150, RIGHT_PERCENT = 97 };

static struct judged by;

static int set_up(void **state)
{
    (void)state;
    return judged_set_up(&by, "rules");
}

static int tear_down(void **state)
{
    (void)state;
    return judged_tear_down(&by);
}

static struct verdict look(struct str text, struct str region, struct str home)
{
    const struct judge_context context = {.kind = SOURCE_BOARD, .region = region, .home = home};

    return judged_text(&by, STR_NONE, text, &context);
}

static struct str cut(struct str *line, char end)
{
    const char *at = memchr(line->p, end, line->n);
    struct str field = {line->p, at ? (size_t)(at - line->p) : line->n};

    *line = (struct str){line->p + field.n + (at != NULL), line->n - field.n - (at != NULL)};
    return field;
}

static void names_what_sentences_name(void **state)
{
    struct buf file = BUF_INIT, got = BUF_INIT;
    char path[4096];
    unsigned all = 0, right = 0;

    (void)state;
    assert_int_equal(file_read(paths_source("tests/data/regions.tsv", path), 1 << 20, &file), 0);
    struct str rest = buf_str(&file);
    while (rest.n) {
        struct str line = cut(&rest, '\n');
        if (!line.n || line.p[0] == '#')
            continue;
        struct str home = cut(&line, '\t'), want = cut(&line, '\t');
        struct verdict v = look(line, str_is(home, "-") ? STR_NONE : home, STR_NONE);
        buf_reset(&got);
        for (size_t i = 0; i < v.nregions; i++)
            buf_addf(&got, "%s%.*s", i ? " " : "", STR_ARG(v.regions[i].code));
        if (!v.nregions)
            buf_add_char(&got, '-');
        all++;
        if (str_eq(buf_str(&got), want))
            right++;
        else
            print_message("%.*s: got %.*s, not %.*s\n", STR_ARG(line), STR_ARG(buf_str(&got)),
                          STR_ARG(want));
    }
    print_message("# sentences=%u right=%u\n", all, right);
    assert_true(all >= SENTENCES_MIN);
    assert_true(100 * right >= RIGHT_PERCENT * all);
    buf_free(&file);
    buf_free(&got);
}

/* The whole name of a place: 湖南省长沙市岳麓区. */
static void add_path(struct str code, struct buf *out)
{
    static const size_t ends[] = {2, 4, 6, 9};
    char part[13];
    size_t known = 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = ends[i] > 6 ? code.n : 6;
        if (ends[i] > regions_prefix(code))
            break;
        memset(part, '0', sizeof part);
        memcpy(part, code.p, ends[i]);
        struct str name = rules_region_name(by.rules, (struct str){part, n});
        if (ends[i] > known && name.n)
            buf_add_str(out, name);
        known = regions_prefix((struct str){part, n});
    }
}

static void finds_every_place_by_its_whole_name(void **state)
{
    unsigned missed = 0, counties = 0, streets = 0;
    struct buf text = BUF_INIT;

    (void)state;
    for (uint32_t i = 0; i < by.rules->head->places.count; i++) {
        struct str code = block_str(by.rules, by.rules->places[i].code);
        buf_reset(&text);
        add_path(code, &text);
        buf_add_text(&text, "的路坏了");
        struct verdict v = look(buf_str(&text), STR_NONE, STR_NONE);
        counties += code.n == 6;
        streets += code.n == 9;
        if (v.nregions == 1 && str_eq(v.regions[0].code, code))
            continue;
        missed++;
        if (code.n == 6 || missed < 20)
            print_message("%.*s %.*s: %zu regions, %.*s\n", STR_ARG(code), STR_ARG(buf_str(&text)),
                          v.nregions, STR_ARG(v.nregions ? v.regions[0].code : STR_NONE));
    }
    print_message("# places: %u to counties, %u streets, %u missed\n", counties, streets, missed);
    assert_true(counties > 3300 && streets > 40000);
    assert_true(missed * 200 < counties + streets);
    buf_free(&text);
}

/* "这里的平安很好" names no place, "福建省莆田市…" aside. */
static void words_name_no_place_by_themselves(void **state)
{
    struct buf text = BUF_INIT;
    unsigned words = 0;

    (void)state;
    for (uint32_t t = 0; t < by.rules->head->terms.count; t++) {
        const struct block_term *term = &by.rules->terms[t];
        bool behind = false, free = false;
        for (uint32_t u = term->first_use; u < term->first_use + term->nuses; u++)
            if (by.rules->uses[u].what == BLOCK_PLACE) {
                uint32_t set = by.rules->uses[u].set;
                behind |= set == NAME_BEHIND || set == NAME_NONE;
                free |= set < NAME_BEHIND;
            }
        if (!behind)
            continue;
        buf_reset(&text);
        buf_addf(&text, "这里的%.*s很好", STR_ARG(block_str(by.rules, term->text)));
        assert_false(free);
        struct verdict v = look(buf_str(&text), STR_NONE, STR_NONE);
        if (v.nregions)
            fail_msg("%s names %.*s", text.data, STR_ARG(v.regions[0].name));
        words++;
    }
    print_message("# words=%u\n", words);
    assert_true(words > 1000);
    buf_free(&text);
}

static void tells_what_is_elsewhere(void **state)
{
    static const struct {
        const char *text, *region, *home;
        bool elsewhere;
    } rows[] = {
        {"长沙岳麓区的路坏了", "", "430100", false},
        {"湖南的路坏了", "", "430100", false},
        {"路坏了", "", "430100", false},
        {"路坏了", "430000", "430100", false},
        {"浙江杭州的路坏了", "", "430100", true},
        {"浙江杭州的路坏了", "430100", "430100", true},
        {"浙江杭州的路和长沙的一样坏", "", "430100", false},
        {"浙江杭州的路坏了", "", "", false},
        {"路坏了", "330100", "430100", true}, /* the source speaks of another town */
        {"株洲的路坏了", "", "430100", true},
        {"株洲的路坏了", "", "430000", false},
        {"岳麓区望城坡街道的路坏了", "", "430104", false},
        {"A市B区的路坏了", "", "430100", false},
        {"榕城花园的路坏了", "430100", "430100", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (look(str_from(rows[i].text), str_from(rows[i].region), str_from(rows[i].home))
                .elsewhere != rows[i].elsewhere)
            fail_msg("row %zu: %s", i, rows[i].text);
}

static void far_short_names_need_a_parent(void **state)
{
    struct str home = STR("430100"), text = STR("岳麓这边停水"), far = STR("余杭这边停水");

    (void)state;
    assert_true(str_is(look(text, home, home).regions[0].code, "430104"));
    assert_true(str_is(look(far, STR_NONE, STR_NONE).regions[0].code, "330110"));
    assert_true(str_is(look(far, home, home).regions[0].code, "430100"));
    assert_true(str_is(look(STR("杭州余杭这边停水"), home, home).regions[0].code, "330110"));
    assert_true(str_is(look(STR("义乌这边停水"), home, home).regions[0].code, "330782"));
}

/* Lines "430104001 TEXT" and "none TEXT" of huiying-rules(5). */
static void the_page_is_true(void **state)
{
    struct buf page = BUF_INIT;
    char path[4096];
    unsigned n = 0;

    (void)state;
    assert_int_equal(file_read(paths_source("docs/huiying-rules.5", path), 1 << 20, &page), 0);
    struct str rest = buf_str(&page);
    while (rest.n) {
        struct str line = cut(&rest, '\n'), code = cut(&line, ' ');
        bool none = str_is(code, "none");
        if (!line.n || (!none && (code.n < 6 || strspn(code.p, "0123456789") != code.n)))
            continue;
        struct verdict v = look(line, STR_NONE, STR_NONE);
        if (v.nregions != !none || (!none && !str_eq(v.regions[0].code, code)))
            fail_msg("the page lies: %.*s", STR_ARG(line));
        n++;
    }
    assert_int_equal(n, 6);
    buf_free(&page);
}

static void says_it_in_json(void **state)
{
    struct str line = STR("{\"id\":1,\"content_text\":\"杭州的路坏了\",\"home\":\"430100\"}");
    struct buf out = BUF_INIT;
    const char *problem = NULL;

    (void)state;
    assert_int_equal(judge_json_line(by.judge, line, 0, &out, &problem), 0);
    buf_add_char(&out, 0);
    assert_non_null(strstr(out.data, "\"regions\":[{\"code\":\"330100\",\"name\":\"杭州市\"}]"));
    assert_non_null(strstr(out.data, "\"elsewhere\":true"));
    buf_reset(&out);
    line = STR("{\"id\":1,\"content_text\":\"长沙的路坏了\",\"home\":\"430100\"}");
    assert_int_equal(judge_json_line(by.judge, line, 0, &out, &problem), 0);
    buf_add_char(&out, 0);
    assert_null(strstr(out.data, "elsewhere"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_sentences_name),
        cmocka_unit_test(finds_every_place_by_its_whole_name),
        cmocka_unit_test(words_name_no_place_by_themselves),
        cmocka_unit_test(tells_what_is_elsewhere),
        cmocka_unit_test(far_short_names_need_a_parent),
        cmocka_unit_test(the_page_is_true),
        cmocka_unit_test(says_it_in_json),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
