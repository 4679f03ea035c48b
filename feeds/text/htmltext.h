/* feeds/text/htmltext.h - HTML fragments to plain text, in one pass and without a tree. */
#ifndef HUIYING_FEEDS_HTMLTEXT_H
#define HUIYING_FEEDS_HTMLTEXT_H

#include "base/arena.h"
#include "base/buf.h"

struct htmltext {
    struct buf *text;  /* appended: plain text, blocks and <br> as \n, white space collapsed */
    struct buf *html;  /* appended, may be NULL: the fragment as published, but without author
                          subtrees, scripts, styles and comments, its links cleaned */
    struct str base;   /* links in html are resolved against it; empty: they stay as they are */
    struct str image;  /* address of the first picture, as written; STR_NONE: none */
    bool markup;       /* there was at least one tag */
};

/* Author subtrees (feeds/people/person.h) are cut from both outputs. Without any tag the line
 * breaks of the input are kept. Input must be clean UTF-8 (feeds/text/decode.h). Linear in the
 * input. 0 or ERR_NOMEM. Any thread. */
int htmltext_read(struct str html, struct htmltext *out);

/* One line of plain text from a title or label that may hold markup or references: white space
 * collapsed, in the arena; STR_NONE when memory is exhausted. */
struct str htmltext_line(struct arena *arena, struct str s);
/* Plain text of a fragment, in the arena. */
struct str htmltext_plain(struct arena *arena, struct str s);

#endif
