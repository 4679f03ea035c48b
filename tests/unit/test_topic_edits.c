/* Topics that were changed on the page, and the block of rules that they are laid over. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "daemon/reload/rules_pack.h"
#include "daemon/reload/topic_edits.h"
#include "tests/unit/store_samples.h"

static struct {
    char *folder;
    struct config config;
} t;

static void write_topic(const char *file, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/topics", t.folder);
    assert_int_equal(file_make_dirs(path), 0);
    snprintf(path, sizeof path, "%s/topics/%s", t.folder, file);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && !fclose(f));
}

static void remove_topic(const char *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/topics/%s", t.folder, file);
    assert_int_equal(remove(path), 0);
}

static struct buf folder_block(void)
{
    struct buf pack = BUF_INIT;
    assert_int_equal(rules_pack_write(&t.config, t.folder, &pack), 0);
    return pack;
}

static int begin(void **state)
{
    (void)state;
    t.folder = samples_folder();
    t.config = (struct config){.cache = t.folder};
    write_topic("b.yaml", "b");
    write_topic("d.yaml", "d");
    return 0;
}

static int end(void **state)
{
    (void)state;
    samples_remove(t.folder);
    free(t.folder);
    return 0;
}

static struct topic_edits edits_of(const char *json)
{
    struct topic_edits e;
    assert_int_equal(topic_edits_parse(str_from(json), &e), 0);
    return e;
}

/* A block with a text is that of the folder with it, whichever way it came. */
static void a_text_stands_where_its_file_would(void **state)
{
    static const char *const files[] = {"a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml"};
    struct buf before = folder_block();

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct buf pack = folder_block();
        struct str file = str_from(files[i]), there = rules_pack_topic(buf_str(&before), file);
        assert_int_equal(rules_pack_put_topic(&pack, file, STR("new")), 0);
        assert_true(str_is(rules_pack_topic(buf_str(&pack), file), "new"));
        write_topic(files[i], "new");
        struct buf folder = folder_block();
        assert_true(str_eq(buf_str(&folder), buf_str(&pack)));
        assert_int_equal(rules_pack_put_topic(&pack, file, there), 0);
        assert_true(str_eq(buf_str(&pack), buf_str(&before)));
        if (there.n)
            write_topic(files[i], i == 1 ? "b" : "d");
        else
            remove_topic(files[i]);
        buf_free(&pack);
        buf_free(&folder);
    }
    buf_free(&before);
}

static void a_block_that_is_none_and_names_that_lead_elsewhere_are_refused(void **state)
{
    struct buf pack = folder_block(), none = BUF_INIT;

    (void)state;
    buf_add_text(&none, "no block");
    assert_int_equal(rules_pack_put_topic(&none, STR("a.yaml"), STR("x")), ERR_CORRUPT);
    assert_int_equal(rules_pack_put_topic(&pack, STR("../a.yaml"), STR("x")), ERR_INVALID);
    assert_null(rules_pack_topic(buf_str(&pack), STR("a.yaml")).p);
    assert_null(rules_pack_topic(buf_str(&none), STR("b.yaml")).p);
    pack.len--;
    assert_int_equal(rules_pack_put_topic(&pack, STR("a.yaml"), STR("x")), ERR_CORRUPT);
    buf_free(&none);
    buf_free(&pack);
}

static void a_path_within_a_block_is_told_without_its_folder(void **state)
{
    const char *laid = "/c/rules-0123456789abcdef0123456789abcdef/rules/topics/a.yaml";
    static const char *const others[] = {
        "/etc/huiying/rules/topics/a.yaml", "rules-", "/c/rules-0123456789abcdef/a.yaml",
        "/c/xrules-0123456789abcdef0123456789abcdef/a.yaml",
        "/c/rules-0123456789abcdef0123456789abcdef"};

    (void)state;
    assert_string_equal(rules_pack_within(laid), "rules/topics/a.yaml");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_string_equal(rules_pack_within(others[i]), others[i]);
}

static void edits_are_one_a_file_and_not_too_many(void **state)
{
    struct topic_edits e = edits_of("[]"), again;
    struct topic_edit one = {.topic = STR("b"), .file = STR("b.yaml"), .text = STR("new"),
                             .was = STR("b"), .by = STR("li"), .at = 7};
    struct topic_edit got;
    struct buf text = BUF_INIT;

    (void)state;
    assert_int_equal(topic_edits_put(&e, &one), 0);
    one.text = STR("newer");
    assert_int_equal(topic_edits_put(&e, &one), 0);
    assert_int_equal(topic_edits_count(&e), 1);
    one = (struct topic_edit){.topic = STR("x"), .file = STR("x.yaml"), .text = STR("\xff")};
    assert_int_equal(topic_edits_put(&e, &one), ERR_INVALID);
    assert_int_equal(topic_edits_write(&e, &text), 0);
    assert_int_equal(topic_edits_parse(buf_str(&text), &again), 0);
    assert_false(again.changed);
    assert_true(topic_edits_of_topic(&again, STR("b"), &got));
    assert_true(str_is(got.text, "newer") && str_is(got.was, "b") && str_is(got.by, "li") &&
                got.at == 7);
    assert_false(topic_edits_of_file(&again, STR("x.yaml"), &got));
    one.text = STR("x");
    for (int i = 1; i < TOPIC_EDITS_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d.yaml", i);
        one.file = str_from(name);
        assert_int_equal(topic_edits_put(&e, &one), 0);
    }
    one.file = STR("last.yaml");
    assert_int_equal(topic_edits_put(&e, &one), ERR_LIMIT);
    topic_edits_drop(&e, STR("b.yaml"));
    assert_int_equal(topic_edits_put(&e, &one), 0);
    buf_free(&text);
    topic_edits_clear(&e);
    topic_edits_clear(&again);
}

static void what_is_no_list_of_edits_is_told(void **state)
{
    static const char *const wrong[] = {"{}", "[", "[1]", "[{}]", "[{\"file\":\"a.yaml\"}]",
                                        "[{\"text\":\"x\"}]"};
    struct topic_edits e;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(topic_edits_parse(str_from(wrong[i]), &e), ERR_CORRUPT);
}

static void they_stand_over_files_that_nobody_changed(void **state)
{
    struct topic_edits e =
        edits_of("[{\"topic\":\"a\",\"file\":\"a.yaml\",\"text\":\"new\"},"
                 "{\"topic\":\"b\",\"file\":\"b.yaml\",\"text\":\"x\",\"was\":\"b\"},"
                 "{\"topic\":\"d\",\"file\":\"d.yaml\",\"text\":\"d\",\"was\":\"old\"}]");
    struct buf pack = folder_block();
    struct problems *problems = problems_new();

    (void)state;
    assert_int_equal(topic_edits_lay(&e, &pack, problems), 0);
    assert_true(str_is(rules_pack_topic(buf_str(&pack), STR("a.yaml")), "new"));
    assert_true(str_is(rules_pack_topic(buf_str(&pack), STR("b.yaml")), "x"));
    assert_int_equal(topic_edits_count(&e), 2); /* d.yaml says it by itself */
    assert_true(e.changed);
    buf_free(&pack);
    /* One that somebody changed too: told, or with nobody to tell laid over it. */
    write_topic("b.yaml", "other");
    pack = folder_block();
    assert_int_equal(topic_edits_lay(&e, &pack, problems), ERR_INVALID);
    assert_int_equal(problems_count(problems), 1);
    assert_true(str_is(rules_pack_topic(buf_str(&pack), STR("b.yaml")), "other"));
    assert_int_equal(topic_edits_lay(&e, &pack, NULL), 0);
    assert_true(str_is(rules_pack_topic(buf_str(&pack), STR("b.yaml")), "x"));
    buf_free(&pack);
    problems_free(problems);
    topic_edits_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_stands_where_its_file_would, begin, end),
        cmocka_unit_test_setup_teardown(
            a_block_that_is_none_and_names_that_lead_elsewhere_are_refused, begin, end),
        cmocka_unit_test(a_path_within_a_block_is_told_without_its_folder),
        cmocka_unit_test(edits_are_one_a_file_and_not_too_many),
        cmocka_unit_test(what_is_no_list_of_edits_is_told),
        cmocka_unit_test_setup_teardown(they_stand_over_files_that_nobody_changed, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
