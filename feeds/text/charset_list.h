/* feeds/text/charset_list.h - the encodings by name, and what a page says of its own. */
#ifndef HUIYING_FEEDS_CHARSET_LIST_H
#define HUIYING_FEEDS_CHARSET_LIST_H

#include "feeds/text/charset.h"
#include "feeds/text/decode.h"

struct charset {
    const char *name;
    enum decode_kind kind;
    const uint16_t *single;
    const char *labels; /* blank-separated, lower case */
};

/* In this order; ends with one without name. */
enum { CS_UTF8, CS_GB18030, CS_GBK, CS_BIG5, CS_UTF16LE, CS_UTF16BE, CS_LATIN };
extern const struct charset charset_list[];

/* The first usable <meta> of an HTML page: HTML Standard, "prescan a byte stream to determine its
 * encoding". NULL: none. */
const struct charset *charset_meta(struct str head);
/* An encoding that ASCII told of: it cannot be UTF-16, and the Standard takes such a one for
 * UTF-8. */
const struct charset *charset_told(struct str label);

#endif
