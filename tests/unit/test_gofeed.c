/* Another parser's reading of 97 documents, each beside its result, in
 * every field that JSON Feed can carry, both ways: what it has, and what it has not. Runs where
 * $HUIYING_TEST_DATA names the folder of outside data. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "feeds/formats/parse.h"
#include "feeds/text/htmltext.h"

/* Where we differ, and why; a row that no longer differs fails. */
static const struct {
    const char *file, *field, *why;
} differ[] = {
    {"feed_links_-_rss_channel_links.xml", "link", "of several links the first counts"},
    {"feed_links_-_rdf_channel_links.xml", "link", "of several links the first counts"},
    {"feed_item_links_-_rss_channel_item_links.xml", "item link",
     "of several links the first counts"},
    {"feed_link_-_rss_channel_itunes_subtitle.xml", "description",
     "where there is no description the subtitle stands in"},
    {"feed_image_-_rss_channel_description.xml", "description",
     "JSON Feed's is plain text, and this one has none"},
    {"feed_image_-_rss_channel_description.xml", "image",
     "a picture in a text is no sign of the feed"},
    {"feed_item_fallbacks_-_rss_channel_item_extensions.xml", "item updated",
     "dc:date is one date, that of publication"},
    {"feed_item_updated_-_atom03_feed_entry_modified.xml", "item published",
     "what was only modified has no date of publication"},
};

enum { ROWS = sizeof differ / sizeof *differ };

static size_t compared, files;
static bool seen[ROWS];
static size_t surprises, people;

static void load(const char *path, struct buf *out)
{
    assert_int_equal(file_read(path, 1 << 20, out), 0);
}

/* A field of a file is not the same: expected by the table, or a surprise. */
static void differs(const char *file, const char *field, const char *want, struct str got)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(differ[i].file, file) == 0 && strcmp(differ[i].field, field) == 0) {
            seen[i] = true;
            return;
        }
    print_error("%s: %s: want \"%s\", got \"%.*s\"\n", file, field, want ? want : "(none)",
                STR_ARG(got));
    surprises++;
}

static void same(const char *file, const char *field, const json_t *want, struct str got)
{
    const char *w = json_string_value(want);

    compared += w != NULL;
    if (!str_eq(str_trim(str_from(w)), got))
        differs(file, field, w, got);
}

/* As a text of ours stands for it: as it is, or without its markup. */
static bool stands_for(struct arena *arena, const char *want, struct str got)
{
    return str_eq(str_trim(str_from(want)), got) ||
           str_eq(htmltext_plain(arena, str_from(want)), got);
}

static void same_date(const char *file, const char *field, const json_t *want, int64_t got)
{
    const char *w = json_string_value(want);
    int64_t ms = 0;

    compared += w != NULL;
    if (w && clock_parse(str_from(w), &ms))
        fail_msg("%s: %s of the expectation cannot be read", file, w);
    if (ms != got)
        differs(file, field, w, STR("another time"));
}

/* A description beside a content is our summary; one alone is the content. */
static void same_texts(const char *file, const json_t *want, const struct feed_item *it,
                       struct arena *arena)
{
    const char *content = json_string_value(json_object_get(want, "content"));
    const char *description = json_string_value(json_object_get(want, "description"));
    struct str ours = it->html.n ? it->html : it->text;

    compared += (content != NULL) + (description != NULL);
    if (content && !stands_for(arena, content, ours))
        differs(file, "item content", content, ours);
    if (!content && !description && (ours.n || it->summary.n))
        differs(file, "item content", NULL, ours);
    if (content && !description && it->summary.n)
        differs(file, "item description", NULL, it->summary);
    if (description && !stands_for(arena, description, content ? it->summary : ours))
        differs(file, "item description", description, content ? it->summary : ours);
}

static void same_enclosures(const char *file, const json_t *want, const struct feed_item *it)
{
    char number[32];

    if (json_array_size(want) != it->nattachments)
        differs(file, "item enclosures", "another number", STR_NONE);
    for (size_t i = 0; i < json_array_size(want) && i < it->nattachments; i++) {
        const json_t *one = json_array_get(want, i);
        const char *length = json_string_value(json_object_get(one, "length"));
        snprintf(number, sizeof number, "%lld", (long long)it->attachments[i].bytes);
        same(file, "item enclosures", json_object_get(one, "url"), it->attachments[i].url);
        same(file, "item enclosures", json_object_get(one, "type"), it->attachments[i].mime);
        if (length ? strcmp(length, number) != 0 : it->attachments[i].bytes >= 0)
            differs(file, "item enclosures", length, str_from(number));
    }
}

static void same_item(const char *file, const json_t *want, const struct feed_item *it,
                      struct arena *arena)
{
    const json_t *tags = json_object_get(want, "categories");

    same(file, "item title", json_object_get(want, "title"), it->title);
    if (json_object_get(want, "guid")) /* where none is given we make one up */
        same(file, "item guid", json_object_get(want, "guid"), it->id);
    else if (!it->id.n)
        differs(file, "item guid", "one made up", STR_NONE);
    same(file, "item link", json_object_get(want, "link"), it->url);
    same(file, "item image", json_object_get(json_object_get(want, "image"), "url"), it->image);
    same_texts(file, want, it, arena);
    same_date(file, "item published", json_object_get(want, "publishedParsed"), it->published);
    same_date(file, "item updated", json_object_get(want, "updatedParsed"), it->modified);
    if (json_array_size(tags) != it->ntags)
        differs(file, "item categories", "another number", STR_NONE);
    for (size_t i = 0; i < it->ntags && i < json_array_size(tags); i++)
        same(file, "item categories", json_array_get(tags, i), it->tags[i]);
    same_enclosures(file, json_object_get(want, "enclosures"), it);
}

static void same_feed(const char *file, const json_t *want, const struct feed *f)
{
    const json_t *items = json_object_get(want, "items");

    same(file, "title", json_object_get(want, "title"), f->title);
    same(file, "link", json_object_get(want, "link"), f->home_url);
    same(file, "feed link", json_object_get(want, "feedLink"), f->feed_url);
    same(file, "description", json_object_get(want, "description"), f->description);
    same(file, "language", json_object_get(want, "language"), f->language);
    same(file, "image", json_object_get(json_object_get(want, "image"), "url"), f->icon);
    if (json_array_size(items) != f->nitems)
        differs(file, "items", "another number", STR_NONE);
    for (size_t i = 0; i < f->nitems && i < json_array_size(items); i++)
        same_item(file, json_array_get(items, i), &f->items[i], f->arena);
}

static bool names_people(const char *key)
{
    static const char *const keys[] = {"author", "authors", "creator", "contributor", "owner",
                                       "managingEditor", "webMaster", "itunesOwner"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* Whatever the other parser holds in a place for authors, at any depth, is not in ours. Beside
 * the value of an extension stands only the name of its element. */
static void no_authors(const char *file, const json_t *want, bool author, struct str ours)
{
    struct str text = author ? str_from(json_string_value(want)) : STR_NONE;
    const char *key;
    json_t *value;
    size_t i;

    people += text.n > 0;
    if (text.n && str_find(ours, text, 0) != (size_t)-1)
        fail_msg("%s: an author is in the result: %s", file, text.p);
    json_array_foreach(want, i, value)
        no_authors(file, value, author, ours);
    json_object_foreach((json_t *)want, key, value) {
        if (strcmp(key, "name") != 0 || !json_object_get(want, "value"))
            no_authors(file, value, author || names_people(key), ours);
    }
}

static void compare(const char *folder, const char *name, const char *expected)
{
    struct buf path = BUF_INIT, body = BUF_INIT, json = BUF_INIT, ours = BUF_INIT;
    struct feed *f;

    buf_addf(&path, "%s/%s%c", folder, name, 0);
    load(path.data, &body);
    buf_reset(&path);
    buf_addf(&path, "%s/%s%c", folder, expected, 0);
    load(path.data, &json);
    struct parse_request req = {.body = buf_str(&body)};
    assert_int_equal(parse_feed(&req, &f), 0);
    json_t *want = json_loadb(json.data, json.len, 0, NULL);
    assert_non_null(want);
    same_feed(name, want, f);
    assert_int_equal(parse_write_json(f, NULL, NULL, &ours), 0);
    no_authors(name, want, false, buf_str(&ours));
    files++;
    json_decref(want);
    item_feed_free(f);
    buf_free(&path);
    buf_free(&body);
    buf_free(&json);
    buf_free(&ours);
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
    print_message("%zu documents, %zu fields, %zu authors, %zu differences\n", files, compared,
                  people, (size_t)ROWS);
    for (size_t i = 0; i < ROWS; i++)
        if (!seen[i])
            fail_msg("%s: %s no longer differs", differ[i].file, differ[i].field);
    assert_int_equal(surprises, 0);
    assert_true(files >= 94 && people > 20);
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
