/* feeds/fetch/letters.h - what other threads want of the fetch thread, in the order they
 * said it. */
#ifndef HUIYING_FEEDS_LETTERS_H
#define HUIYING_FEEDS_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "feeds/fetch/fetch.h"

enum letter_kind {
    LETTER_ADD,
    LETTER_DROP,
    LETTER_SOON,
    LETTER_HOLD,
    LETTER_FORGET,
    LETTER_WHOLE,
    LETTER_LEARN,
    LETTER_PAGE,
    LETTER_PARTS
};

struct letter {
    enum letter_kind kind;
    uint32_t source;
    union {
        int64_t until;              /* HOLD */
        struct fetch_lesson lesson; /* LEARN */
        struct fetch_page *page;    /* PAGE: owned */
        struct fetch_parts *parts;  /* PARTS: owned; of no source */
    };
};

struct letters;

/* NULL when memory is exhausted. */
struct letters *letters_new(void);
/* Letters unread are dropped. Harmless on NULL. */
void letters_free(struct letters *l);
/* Any thread: 0, or ERR_NOMEM. */
int letters_post(struct letters *l, const struct letter *letter);
/* No more will be taken: letters_read() says so. Any thread. */
void letters_close(struct letters *l);
/* The reader's: false once closed; *list and *n are what came since the last call, the reader's
 * until the next one. */
bool letters_read(struct letters *l, struct letter **list, size_t *n);

#endif
