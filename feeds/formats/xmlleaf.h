/* feeds/formats/xmlleaf.h - what stands in an element that is read for its text. */
#ifndef HUIYING_FEEDS_XMLLEAF_H
#define HUIYING_FEEDS_XMLLEAF_H

#include "feeds/formats/xmlscan.h"

/* Zero-initialise. Functions taking the scanner mean its present event. */
struct xmlleaf {
    struct str plain; /* the text while it is one piece of the document */
    struct buf text;  /* the text otherwise */
    struct buf scratch;
    size_t stray;     /* one more than its length where an end tag came of nothing; 0: none came */
    bool xhtml;       /* markup is meant, and text is to stay text for the HTML reader */
    bool was_markup;  /* there was some */
};

void xmlleaf_begin(struct xmlleaf *l, bool xhtml);
/* XMLSCAN_TEXT, or `literal` XMLSCAN_CDATA. */
void xmlleaf_add(struct xmlleaf *l, struct xmlscan *s, bool literal);
/* The tags of an element `depth` (from 1) inside the leaf: markup that the publisher did not escape
 * (Atom's xhtml, or RSS against its rules), written out again for the HTML reader. */
void xmlleaf_start(struct xmlleaf *l, struct xmlscan *s, int depth);
void xmlleaf_end(struct xmlleaf *l, struct xmlscan *s, int depth);
/* An end tag of nothing; `direct`: no markup is open in the leaf. */
void xmlleaf_stray(struct xmlleaf *l, struct xmlscan *s, bool direct);
/* Cut what came from the stray end tag on. */
void xmlleaf_cut(struct xmlleaf *l);
/* Good until the next call; maybe a slice of the document. */
struct str xmlleaf_text(const struct xmlleaf *l);
/* False when memory was exhausted. */
bool xmlleaf_ok(const struct xmlleaf *l);
void xmlleaf_free(struct xmlleaf *l);

#endif
