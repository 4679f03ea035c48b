/* store/page.h - the pages of items that are read, and read again. */
#ifndef HUIYING_STORE_PAGE_H
#define HUIYING_STORE_PAGE_H

#include "store/mark.h"

enum store_page_kind {
    STORE_PAGE_TEXT,     /* not read yet */
    STORE_PAGE_BASELINE, /* the same, of an item of its source's first poll */
    STORE_PAGE_WATCH,    /* read again for its reply, and for being gone */
    STORE_PAGE_LAST      /* its concern is closed: read once more for being gone */
};

/* The page of an item that is to be read. */
struct store_page {
    unsigned char ident[STORE_IDENT]; /* of the item */
    int64_t due;      /* ms */
    uint64_t content; /* hash of the title and text read last; 0: none */
    uint32_t tries;   /* readings since it was asked for */
    uint8_t gone;     /* 404 or 410 in a row */
    uint8_t kind;     /* enum store_page_kind */
    bool drop;        /* on input: forget it */
    /* From the item, on output: */
    struct str source, link, title;
    uint64_t concern, item_content;
    int64_t published;
    bool raised; /* as in struct store_seen */
};

#endif
