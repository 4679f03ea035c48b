/* The encoding of other people's 98 pages: html5lib's prescan cases and html-encoding-sniffer's
 * files. Runs where $HUIYING_TEST_DATA names the folder of outside data. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "feeds/text/charset.h"
#include "feeds/text/decode.h"

static size_t cases;

static void load(struct buf *out, const char *name)
{
    struct buf path = BUF_INIT;

    buf_reset(out);
    buf_addf(&path, "%s/charset/%s%c", getenv("HUIYING_TEST_DATA"), name, 0);
    assert_int_equal(file_read(path.data, 1 << 20, out), 0);
    buf_free(&path);
}

/* Where these suites expect windows-1252 they mean their default, for pages that declare nothing:
 * here those are judged by their bytes, so that NULL is right as well. Everything is also
 * decoded, and must come out clean. */
static void expect(struct str body, const char *mime, struct str want, const char *where)
{
    struct buf text = BUF_INIT;
    const struct charset *cs;
    size_t bom, faults;
    bool overruled;

    cs = charset_declared(body, str_from(mime), &bom);
    bool same = cs ? str_eq_nocase(charset_name(cs), want)
                   : str_eq_nocase(want, STR("windows-1252"));
    if (!same)
        fail_msg("%s: not %.*s but %.*s", where, STR_ARG(want),
                 STR_ARG(cs ? charset_name(cs) : STR("undeclared")));
    assert_int_equal(
        charset_to_utf8(body, str_from(mime), &text, &cs, &faults, &overruled), 0);
    assert_true(utf8_valid(buf_str(&text)) && decode_is_clean(buf_str(&text)));
    buf_free(&text);
}

static struct str line_of(struct str *rest)
{
    const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    struct str line = {rest->p, nl ? (size_t)(nl - rest->p) : rest->n};
    size_t gone = line.n + (nl != NULL);

    *rest = (struct str){rest->p + gone, rest->n - gone};
    return line;
}

/* "#data", lines, "#encoding", one line. */
static void run_dat(const char *name)
{
    struct buf file = BUF_INIT;
    char where[64];

    load(&file, name);
    struct str rest = buf_str(&file);
    const char *start = NULL;
    for (size_t n = 0; rest.n;) {
        const char *at = rest.p;
        struct str line = line_of(&rest);
        if (str_is(line, "#data")) {
            start = rest.p;
        } else if (str_is(line, "#encoding") && start) {
            snprintf(where, sizeof where, "%s case %zu", name, ++n);
            struct str want = line_of(&rest);
            expect((struct str){start, (size_t)(at - start) - 1}, "", want, where);
            cases++;
        }
    }
    buf_free(&file);
}

static void html5lib(void **state)
{
    (void)state;
    run_dat("tests1.dat");
    run_dat("tests2.dat");
    run_dat("test-yahoo-jp.dat");
}

/* The name after the last '_', or all of it, without ".html". */
static struct str encoding_of(const char *file)
{
    const char *bar = strrchr(file, '_'), *from = bar ? bar + 1 : file;

    return (struct str){from, strlen(from) - 5};
}

static void run_fixtures(const char *folder, bool marked, const char *always)
{
    char path[512], name[300];
    struct buf body = BUF_INIT;
    struct dirent *e;

    snprintf(path, sizeof path, "%s/charset/sniffer/fixtures/%s", getenv("HUIYING_TEST_DATA"),
             folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir))) {
        if (e->d_name[0] == '.' || strlen(e->d_name) > 200)
            continue;
        struct str want = always ? str_from(always) : encoding_of(e->d_name);
        snprintf(name, sizeof name, "sniffer/fixtures/%s/%s", folder, e->d_name);
        load(&body, name);
        expect(buf_str(&body), "", want, name);
        expect(buf_str(&body), "text/html; charset=windows-1251",
               marked ? want : STR("windows-1251"), name);
        cases++;
    }
    closedir(dir);
    buf_free(&body);
}

static void sniffer(void **state)
{
    (void)state;
    run_fixtures("bom", true, NULL);
    run_fixtures("normal", false, NULL);
    run_fixtures("no-result", false, NULL);
    run_fixtures("utf", false, "UTF-8");
}

/* The sniffer's cases for XML: a <meta> says nothing there. */
static void sniffer_xml(void **state)
{
    (void)state;
    struct buf body = BUF_INIT;
    size_t bom;

    load(&body, "sniffer/fixtures/normal/charset_KOI8-R.html");
    assert_null(charset_declared(buf_str(&body), STR("application/xml"), &bom));
    expect(buf_str(&body), "application/xml; charset=ISO-8859-2", STR("ISO-8859-2"), "xml");
    expect((struct str){"\0\0\xFE\xFF<?xml", 9}, "text/xml; charset=koi8-r", STR("KOI8-R"),
           "UTF-32BE mark");
    expect((struct str){"\xFF\xFE\0\0<?xml", 9}, "", STR("UTF-16LE"), "UTF-32LE mark");
    buf_free(&body);
}

static void all_were_seen(void **state)
{
    (void)state;
    assert_int_equal(cases, 98);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html5lib),
        cmocka_unit_test(sniffer),
        cmocka_unit_test(sniffer_xml),
        cmocka_unit_test(all_were_seen),
    };

    if (!getenv("HUIYING_TEST_DATA")) {
        puts("SKIP: HUIYING_TEST_DATA is not set");
        return 77;
    }
    return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
