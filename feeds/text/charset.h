/* feeds/text/charset.h - which character encoding a document is in. */
#ifndef HUIYING_FEEDS_CHARSET_H
#define HUIYING_FEEDS_CHARSET_H

#include "base/buf.h"

struct charset;

/* By any label of the WHATWG Encoding Standard; NULL when unknown. */
const struct charset *charset_find(struct str label);
/* Its WHATWG name: "UTF-8", "gb18030", "Big5" … */
struct str charset_name(const struct charset *cs);

/* What the document says: a byte order mark, then the transport's charset parameter, then its
 * own XML declaration, or, where it may be HTML, a <meta> within its first 64 KiB (the
 * Standard's prescan and the parser's change of encoding in one). NULL: it says nothing. *bom
 * receives the bytes of the mark to skip. */
const struct charset *charset_declared(struct str body, struct str mime, size_t *bom);
/* One of the Standard's "replacement" encodings, whose bytes are not decoded: they can hide markup
 * in what looks like ASCII. */
bool charset_refused(const struct charset *cs);
/* Judged from the bytes alone. Never NULL. */
const struct charset *charset_detect(struct str body);

/* Append body as clean UTF-8 (feeds/text/decode.h): 0 or ERR_NOMEM. Declared first, detected where
 * nothing is declared, where the declared one does not fit and the detected one does, and where the
 * bytes are plainly UTF-8 or, said to be Latin, Chinese; not where a mark tells. *cs is
 * what was used, *faults how many sequences were ill-formed, *overruled whether the declaration
 * was set aside. */
int charset_to_utf8(struct str body, struct str mime, struct buf *out, const struct charset **cs,
                    size_t *faults, bool *overruled);

#endif
