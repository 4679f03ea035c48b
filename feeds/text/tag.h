/* feeds/text/tag.h - the tags of HTML text, one after the other, without a tree. */
#ifndef HUIYING_FEEDS_TAG_H
#define HUIYING_FEEDS_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* What a name means for text. */
enum {
    TAG_BLOCK = 1,    /* begins and ends a line */
    TAG_BREAK = 2,    /* <br>, <hr> */
    TAG_VOID = 4,     /* has no end tag */
    TAG_RAW = 8,      /* its content is no markup: script, style */
    TAG_DROP = 16,    /* shown to nobody as text: iframe, svg, select … */
    TAG_OPTIONAL = 32,/* its end tag is often left out */
    TAG_CELL = 64
};

struct tag {
    struct str whole;  /* from '<' to behind '>' */
    struct str name;   /* as written */
    struct str attributes;
    uint64_t key;      /* name in lower case, first eight bytes */
    unsigned kind;
    bool end, closed;  /* </x>, <x/> */
};

/* Keeps what was learned about unclosed quotes, so that hostile input stays linear. */
struct tag_scan {
    bool dead[2]; /* no further " or ' in the text */
};

/* Read what stands at s.p[0] == '<': true and *tag; for a comment, declaration or instruction
 * tag->name is empty. False when the '<' is text. Without a closing '>' the rest is taken. */
bool tag_read(struct tag_scan *scan, struct str s, struct tag *tag);
/* Step through attributes: false at the end. Values are as written, without quotes. *whole (may
 * be NULL) is the attribute as written. */
bool tag_attribute(struct str *attributes, struct str *name, struct str *value, struct str *whole);
/* Offset behind the end tag of a raw element whose content begins at s; s.n when there is none. */
size_t tag_raw_end(struct str s, struct str name);
/* Flags of a name. */
unsigned tag_kind(struct str name, uint64_t *key);

#endif
