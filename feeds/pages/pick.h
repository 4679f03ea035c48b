/* feeds/pages/pick.h - what a board's selectors pick out of one item's part of a page. */
#ifndef HUIYING_FEEDS_PICK_H
#define HUIYING_FEEDS_PICK_H

#include "feeds/formats/draft.h"

struct _xmlNode;
struct _xmlBuffer;
struct selector;

enum pick_part { PICK_TITLE, PICK_LINK, PICK_TIME, PICK_TEXT, PICK_REPLY, PICK_REPLY_TIME,
                 PICK_REPLY_UNIT, PICK_PARTS };

struct pick {
    struct draft *d;
    struct str base;                     /* of relative addresses; empty: the page's own */
    struct selector *parts[PICK_PARTS];  /* NULL: not asked for */
    struct _xmlBuffer *dump;
    int64_t budget;                      /* of all selectors on this page */
    unsigned found, undated; /* bits of parts: matched; matched, but holds no date that is known */
};

/* Somebody who looks on: an item's part of the page before it is read, and what was picked after
 * the item was kept or given up. */
struct pick_watch {
    void (*before)(void *arg, struct draft *d, struct _xmlNode *scope);
    void (*after)(void *arg, const struct pick *pick);
    void *arg;
};

/* Compile the selectors for one page, empty ones not: 0, ERR_SYNTAX with a problem noted,
 * ERR_NOMEM. pick_clear() in any case. */
int pick_init(struct pick *p, struct draft *d, const struct str texts[static PICK_PARTS]);
void pick_clear(struct pick *p);
/* A further selector that shares the page's budget: 0 and *out (NULL for an empty text), or as
 * pick_init(). */
int pick_compile(struct pick *p, struct str text, struct selector **out);
/* <base href> of the page. */
void pick_base(struct pick *p, struct _xmlNode *root);
/* Fill the open item of the draft from below `scope`. */
void pick_item(struct pick *p, struct _xmlNode *scope);
/* The address that a selector finds below `scope`: its attribute, its own href or that of the first
 * link in it. */
struct str pick_link(struct pick *p, struct selector *s, struct _xmlNode *scope);
/* Take the HTML below `node` as the open item's main content. */
void pick_content(struct pick *p, struct _xmlNode *node);

#endif
