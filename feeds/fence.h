/* feeds/fence.h - where a feed's XML would trip the parser, found before it is fed. */
#ifndef HUIYING_FEEDS_FENCE_H
#define HUIYING_FEEDS_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum fence_stop {
    FENCE_END,       /* no more text */
    FENCE_ITEM,      /* an <item> or <entry> begins */
    FENCE_TEXT,      /* `length` bytes of text: for fence_text() */
    FENCE_AMPERSAND, /* a '&' that begins no reference known to XML */
    FENCE_ENTITY,    /* a reference of HTML: `code` over `length` bytes */
    FENCE_LESS,      /* a '<' that begins no markup */
    FENCE_BAD        /* markup without end, or a tag past the limits: go on at the next item */
};

struct fence {
    struct str text;
    size_t at;        /* reading goes on here */
    size_t plain_end; /* up to here stands text or the inside of a tag: only references matter */
    uint32_t code; /* FENCE_ENTITY */
    size_t length;
    size_t sought[3], found[3]; /* last look for the end of a CDATA section, comment, instruction */
};

/* Offset of the next stop at or behind f->at, which moves past it. One pass over the text in all,
 * whatever it holds. A tag may have 256 attributes and 64 KiB. */
size_t fence_next(struct fence *f, enum fence_stop *stop);
/* Append text as one CDATA section, its references resolved: the parser takes that several times as
 * fast as text. Returns the offset of the first ampersand that began no reference and stayed as it
 * is, text.n when there was none. */
size_t fence_text(struct str text, struct buf *out);
/* Offset of the first <item> or <entry> at or behind `from`, markup around it not minded; text.n
 * when there is none. */
size_t fence_item(struct str text, size_t from);
/* The root's start tag, with its name as written and without prefix, behind declaration, comments
 * and DOCTYPE. Offsets are of the tag; false when there is none. *entities tells of a DOCTYPE
 * that declares entities. */
bool fence_root(struct str text, size_t *start, size_t *end, struct str *name, bool *entities);

#endif
