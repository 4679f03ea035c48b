/* Another parser's reading of 97 feeds, in the fields that JSON Feed can carry. Runs where
 * $HUIYING_TEST_DATA names the folder of outside data. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/clock.h"
#include "base/file.h"
#include "feeds/parse.h"

/* Where we differ on purpose: of several links the first counts, and a description with markup is
 * no text; an Atom 0.3 entry without issue date has none. */
static const char *const differ[] = {
    "feed_item_links_-_rss_channel_item_links.xml", "feed_links_-_rss_channel_links.xml",
    "feed_links_-_rdf_channel_links.xml",           "feed_image_-_rss_channel_description.xml",
    "feed_item_updated_-_atom03_feed_entry_modified.xml",
    "feed_item_fallbacks_-_rss_channel_item_extensions.xml",
};

static size_t compared, files;

static void load(const char *path, struct buf *out)
{
    assert_int_equal(file_read(path, 1 << 20, out), 0);
}

static bool same(const json_t *want, struct str got)
{
    const char *w = json_string_value(want);

    if (!w)
        return true;
    compared++;
    return str_eq(str_trim(str_from(w)), got);
}

static bool same_date(const json_t *want, int64_t got)
{
    int64_t ms;

    if (!json_is_string(want) || clock_parse(str_from(json_string_value(want)), &ms))
        return true;
    compared++;
    return ms == got;
}

static bool same_item(const json_t *want, const struct feed_item *it)
{
    const json_t *categories = json_object_get(want, "categories");
    const json_t *description = json_object_get(want, "description");
    const json_t *files_in = json_object_get(want, "enclosures");
    bool fine = same(json_object_get(want, "title"), it->title) &&
                same(json_object_get(want, "guid"), it->id) &&
                same(json_object_get(want, "link"), it->url) &&
                same(json_object_get(json_object_get(want, "image"), "url"), it->image) &&
                same(json_object_get(want, "content"), it->html.n ? it->html : it->text) &&
                same_date(json_object_get(want, "publishedParsed"), it->published) &&
                same_date(json_object_get(want, "updatedParsed"), it->modified) &&
                (same(description, it->summary) || same(description, it->text) ||
                 same(description, it->html)) &&
                (!categories || json_array_size(categories) == it->ntags) &&
                (!files_in || json_array_size(files_in) == it->nattachments);

    for (size_t i = 0; fine && i < it->ntags && categories; i++)
        fine = same(json_array_get(categories, i), it->tags[i]);
    for (size_t i = 0; fine && i < it->nattachments && files_in; i++)
        fine = same(json_object_get(json_array_get(files_in, i), "url"), it->attachments[i].url);
    return fine;
}

static bool same_feed(const json_t *want, const struct feed *f)
{
    const json_t *items = json_object_get(want, "items");
    bool fine = same(json_object_get(want, "title"), f->title) &&
                same(json_object_get(want, "link"), f->home_url) &&
                same(json_object_get(want, "feedLink"), f->feed_url) &&
                same(json_object_get(want, "description"), f->description) &&
                same(json_object_get(want, "language"), f->language) &&
                same(json_object_get(json_object_get(want, "image"), "url"), f->icon) &&
                json_array_size(items) == f->nitems;

    for (size_t i = 0; fine && i < f->nitems; i++)
        fine = same_item(json_array_get(items, i), &f->items[i]);
    return fine;
}

static void compare(const char *folder, const char *name, const char *expected)
{
    struct buf path = BUF_INIT, body = BUF_INIT, json = BUF_INIT;
    struct feed *f;
    bool skip_it = false;

    buf_addf(&path, "%s/%s%c", folder, name, 0);
    load(path.data, &body);
    buf_reset(&path);
    buf_addf(&path, "%s/%s%c", folder, expected, 0);
    load(path.data, &json);
    for (size_t i = 0; i < sizeof differ / sizeof *differ; i++)
        skip_it |= strcmp(name, differ[i]) == 0;
    struct parse_request req = {.body = buf_str(&body)};
    assert_int_equal(parse_feed(&req, &f), 0);
    json_t *want = json_loadb(json.data, json.len, 0, NULL);
    assert_non_null(want);
    if (!skip_it && !same_feed(want, f))
        fail_msg("%s reads differently", name);
    files++;
    json_decref(want);
    item_feed_free(f);
    buf_free(&path);
    buf_free(&body);
    buf_free(&json);
}

static void run_folder(const char *root, const char *sub)
{
    char folder[4096], expected[512];
    struct dirent *e;
    DIR *dir;

    snprintf(folder, sizeof folder, "%s/gofeed/translator/%s", root, sub);
    dir = opendir(folder);
    assert_non_null(dir);
    while ((e = readdir(dir))) {
        size_t n = strlen(e->d_name);
        bool xml = n > 4 && strcmp(e->d_name + n - 4, ".xml") == 0;
        bool json = strcmp(sub, "json") == 0 && !strstr(e->d_name, "expected");
        if (n < 6 || n > 400 || (!xml && !json))
            continue;
        snprintf(expected, sizeof expected, "%.*s%s", (int)(n - (xml ? 4 : 5)), e->d_name,
                 xml ? ".json" : "_expected.json");
        compare(folder, e->d_name, expected);
    }
    closedir(dir);
}

static void translator(void **state)
{
    (void)state;
    const char *root = getenv("HUIYING_TEST_DATA");

    run_folder(root, "rss");
    run_folder(root, "atom");
    run_folder(root, "json");
    print_message("%zu feeds, %zu fields\n", files, compared);
    assert_true(files > 90 && compared > 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(translator)};

    if (!getenv("HUIYING_TEST_DATA")) {
        puts("SKIP: HUIYING_TEST_DATA is not set");
        return 77;
    }
    return cmocka_run_group_tests_name("gofeed", tests, NULL, NULL);
}
