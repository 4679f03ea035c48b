/* The examples of huiying-rules(5) compile and do what they say, and every key has its place. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "classifiers/rules/draft.h"
#include "tests/unit/paths.h"
#include "tests/unit/scratch.h"

#define HEAD "id: water\nname: {zh: 停水, en: Water}\nunit: water\ndeadlines: [ordinary-48h]\n"

static char folder[SCRATCH_PATH];
static struct buf page;

static int set_up(void **state)
{
    char path[4096];

    (void)state;
    rules_set_shipped(paths_source("rules", path));
    if (scratch_folder(folder, "page") ||
        file_read(paths_source("docs/huiying-rules.5", path), 1 << 20, &page))
        return -1;
    buf_add_char(&page, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_free(&page);
    return scratch_remove(folder);
}

static void put(const char *dir, struct str name, struct str text)
{
    char path[5000];

    snprintf(path, sizeof path, "%s/%s", folder, dir);
    assert_int_equal(file_make_dirs(path), 0);
    snprintf(path, sizeof path, "%s/%s/%.*s", folder, dir, STR_ARG(name));
    assert_int_equal(file_replace(path, text, 0600), 0);
}

/* What the reader of the page sees: \e is a backslash. */
static void unescape(struct str roff, struct buf *out)
{
    for (size_t i = 0; i < roff.n; i++) {
        buf_add_char(out, roff.p[i]);
        if (roff.p[i] != '\\')
            continue;
        assert_true(i + 1 < roff.n && roff.p[i + 1] == 'e');
        i++;
    }
}

static size_t run_topic(struct str example)
{
    struct problems *p = problems_new();
    struct buf topic = BUF_INIT;
    size_t n = 0;

    if (!str_starts(example, STR("id:")))
        buf_add_text(&topic, HEAD);
    buf_add_str(&topic, example);
    put("topics", STR("a.yaml"), buf_str(&topic));
    struct rules *r = rules_compile(folder, p);
    if (r)
        n = rules_run_examples(r, folder, p);
    problems_print(p, stderr);
    if (!r || problems_count(p) || !n)
        fail_msg("the page lies: %.*s", STR_ARG(example));
    rules_free(r);
    problems_free(p);
    buf_free(&topic);
    return n;
}

static void examples_do_what_they_say(void **state)
{
    static const struct str begin = {".Bd -literal -offset indent\n", 28}, end = {".Ed\n", 4};
    static const struct str list = {"# lists/", 8};
    struct str all = buf_str(&page);
    size_t count = 0, texts = 0;

    (void)state;
    for (size_t at = 0; (at = str_find(all, begin, at)) != (size_t)-1; count++) {
        struct buf example = BUF_INIT;
        at += begin.n;
        size_t stop = str_find(all, end, at);
        assert_true(stop != (size_t)-1);
        unescape((struct str){all.p + at, stop - at}, &example);
        struct str text = buf_str(&example);
        size_t line = str_find(text, STR("\n"), 0);
        if (str_starts(text, list))
            put("lists", (struct str){text.p + list.n, line - list.n}, text);
        else
            texts += run_topic(text);
        buf_free(&example);
    }
    assert_true(count >= 20);
    assert_true(texts >= 2 * count);
}

/* A line ".It Ic a , b" names the keys a and b. */
static bool explains(const char *key)
{
    struct str all = buf_str(&page);

    for (size_t at = 0; (at = str_find(all, STR("\n.It Ic "), at)) != (size_t)-1;) {
        at += strlen("\n.It Ic ");
        size_t stop = str_find(all, STR("\n"), at);
        while (at < stop) {
            size_t space = str_find(all, STR(" "), at);
            space = space < stop ? space : stop;
            if (str_is((struct str){all.p + at, space - at}, key))
                return true;
            at = space + (space < stop);
        }
    }
    return false;
}

static void every_key_is_explained(void **state)
{
    (void)state;
    for (const struct conf_key *k = draft_topic_keys; k->name; k++)
        if (!explains(k->name))
            fail_msg("not on the page: %s", k->name);
    for (const struct conf_key *k = draft_form_keys; k->name; k++)
        if (!explains(k->name))
            fail_msg("not on the page: %s", k->name);
    assert_false(explains("nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_do_what_they_say),
        cmocka_unit_test(every_key_is_explained),
    };
    return cmocka_run_group_tests_name("rule page", tests, set_up, tear_down);
}
