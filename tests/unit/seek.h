/* tests/unit/seek.h - an index of words beside a store of its own, and what it finds. */
#ifndef HUIYING_TESTS_SEEK_H
#define HUIYING_TESTS_SEEK_H

#include "store/search/search.h"
#include "tests/unit/store_samples.h"

struct seek {
    char *folder, *path;
    struct store *store;
    struct search *search;
};

/* Set-up and tear-down of each test. */
int seek_open(void **state);
int seek_close(void **state);
/* By the seed of the run. */
struct samples seek_random(void);
enum { SEEK_LETTERS = 12 };
/* Up to 23 of so many characters, with a NUL: no more than 70 bytes. */
void seek_random_text(struct samples *r, char *out);

/* Borrows title and text. */
struct store_item seek_item(unsigned number, const char *title, const char *text);
void seek_put(struct seek *f, struct store_item *items, size_t n);
/* Until the index has all that the store has. */
void seek_follow(struct seek *f, int64_t now);

struct seek_answer {
    char said[4096];
    struct search_page page;
};

/* For search_find(), with a struct seek_answer. */
int seek_note(void *arg, const struct store_item *item, const struct search_hit *hits, size_t n);
/* "NUMBER:first hit " of each item of one page, in a. */
const char *seek_ask(struct seek *f, const char *words, struct search_query q,
                     struct seek_answer *a);
/* With `f` and `a` in scope. */
#define SEEK_FOUND(words, want)                                                                    \
    assert_string_equal(seek_ask(f, (words), (struct search_query){.limit = 0}, &a), (want))

#endif
