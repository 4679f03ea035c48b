#define _GNU_SOURCE
#include "tests/unit/seek.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "store/search/search_state.h"
#include "tests/unit/seed.h"
#include "tests/unit/unit.h"

int seek_open(void **state)
{
    struct seek *f = calloc(1, sizeof *f);
    char *address = NULL;

    f->folder = samples_folder();
    if (asprintf(&f->path, "%s/search.db", f->folder) < 0 ||
        asprintf(&address, "sqlite:%s/ledger.db", f->folder) < 0)
        return -1;
    *state = f;
    int err = store_open(address, &f->store);
    free(address);
    return err ? err : search_open(f->path, f->store, &f->search);
}

int seek_close(void **state)
{
    struct seek *f = *state;

    search_close(f->search);
    store_close(f->store);
    samples_remove(f->folder);
    free(f->folder);
    free(f->path);
    free(f);
    return 0;
}

struct samples seek_random(void)
{
    return (struct samples){.random = seed_begin()};
}

struct store_item seek_item(unsigned number, const char *title, const char *text)
{
    struct store_item item = samples_item(number, "");

    item.title = str_from(title);
    item.text = str_from(text);
    item.found = 1000 + number;
    item.expires = 100 * CLOCK_DAY;
    return item;
}

void seek_put(struct seek *f, struct store_item *items, size_t n)
{
    struct store_batch b = {.items = items, .nitems = n};

    assert_int_equal(store_commit(f->store, &b), 0);
}

void seek_follow(struct seek *f, int64_t now)
{
    int n;

    while ((n = search_follow(f->search, now)) > 0)
        ;
    assert_int_equal(n, 0);
}

int seek_note(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n)
{
    struct seek_answer *a = arg;
    size_t at = strlen(a->said);
    struct str in = hits[0].in_title ? item->title : item->text;

    assert_true(n > 0 && hits[0].start < hits[0].end && hits[0].end <= in.n);
    snprintf(a->said + at, sizeof a->said - at, "%u:%.*s ", item->sketch[3],
             (int)(hits[0].end - hits[0].start), in.p + hits[0].start);
    return 0;
}

const char *seek_ask(struct seek *f, const char *words, struct search_query q,
                     struct seek_answer *a)
{
    struct search_words *w;

    a->said[0] = '\0';
    assert_int_equal(search_words_read(str_from(words), &w), 0);
    q.words = w;
    q.limit = q.limit ? q.limit : 100;
    assert_int_equal(search_find(f->path, f->store, &q, seek_note, a, &a->page), 0);
    search_words_free(w);
    return a->said;
}

void seek_random_text(struct samples *r, char *out)
{
    size_t n = 2 + samples_random(r, 22), at = 0;

    for (size_t i = 0; i < n; i++)
        at += utf8_put(0x4e00 + samples_random(r, SEEK_LETTERS), out + at);
    out[at] = '\0';
}
