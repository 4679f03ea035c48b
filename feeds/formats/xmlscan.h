/* feeds/formats/xmlscan.h - the tags and texts of a feed's XML, one after the other, without a
 * tree and in whatever state it is: XML 1.0 where it is well-formed, the nearest reading and a
 * problem where it is not. One pass over the text in all, whatever it holds. */
#ifndef HUIYING_FEEDS_XMLSCAN_H
#define HUIYING_FEEDS_XMLSCAN_H

#include "feeds/formats/draft.h"

enum xmlscan_event { XMLSCAN_DONE, XMLSCAN_START, XMLSCAN_END, XMLSCAN_TEXT, XMLSCAN_CDATA };

#define XMLSCAN_AMPERSAND "& 之后不是字符引用 (an ampersand that begins no reference)"

enum { XMLSCAN_ATTRIBUTES = 128, XMLSCAN_TAG = 65536, XMLSCAN_SECTIONS = 3 };

struct xmlscan_attribute {
    struct str name;  /* as written */
    struct str value; /* as written, without quotes */
};

/* Zero-initialise, set the first two. All text here is slices of `text`. */
struct xmlscan {
    struct str text;     /* as decode_text() gives it */
    struct draft *draft; /* is told the problems; NULL: nobody is */
    bool leaf;           /* set while in a leaf: <通知> is text there, as it is in HTML */
    size_t at, mark;     /* behind the last event; where it began */
    struct str name;     /* of a tag, as written */
    struct str data;     /* of XMLSCAN_TEXT, with its references as written, or XMLSCAN_CDATA */
    bool empty;          /* XMLSCAN_START of <x/>: no XMLSCAN_END follows */
    bool begun;          /* a start tag was seen: no DOCTYPE is taken any more */
    struct xmlscan_attribute attributes[XMLSCAN_ATTRIBUTES];
    size_t nattributes;
    size_t entities; /* where the DOCTYPE declares some; 0: it does not */
    size_t found[XMLSCAN_SECTIONS]; /* where the next end of a section of each kind is */
    size_t counted, lines;          /* newlines before an offset */
};

/* The next tag or text; comments, instructions and DOCTYPE are passed over. A '<' that begins no
 * markup is text. Start and end tags come as they stand: pairing them is the caller's. */
enum xmlscan_event xmlscan_next(struct xmlscan *s);

/* Write text with the references of XML, of numbers and of HTML's names resolved to `to`, which
 * has room for raw.n bytes and may be NULL to learn only the rest: returns the bytes written; *bad
 * is the first '&' that began no reference and stayed as it is, or NULL. */
size_t xmlscan_resolve(struct str raw, char *to, const char **bad);
/* The value of an attribute (XML 1.0 §3.3.3): appended to `out`, twice its length at most, or raw
 * itself when nothing changes. Empty when memory is exhausted, which out->failed tells. */
struct str xmlscan_value(struct str raw, struct buf *out);

/* Line, from 1, of an offset. Cheap when offsets hardly ever go back. */
int xmlscan_line(struct xmlscan *s, size_t at);

/* Tell a problem, static text, with the line of what is at p inside the text. */
void xmlscan_problem(struct xmlscan *s, const char *p, const char *what);
/* Tell of the references in raw that are none. */
void xmlscan_check(struct xmlscan *s, struct str raw);

#endif
