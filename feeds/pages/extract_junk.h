/* feeds/pages/extract_junk.h - which elements and lines of a page are no part of an article. */
#ifndef HUIYING_FEEDS_EXTRACT_JUNK_H
#define HUIYING_FEEDS_EXTRACT_JUNK_H

#include <stdbool.h>

#include "base/str.h"

struct _xmlNode;

enum extract_junk {
    EXTRACT_FINE,
    EXTRACT_CONTENT,  /* its name says that the article is in it */
    EXTRACT_DOUBTFUL, /* its name is one of other parts */
    EXTRACT_JUNK      /* never text: script, form, nav, hidden … */
};

/* What an element's name, class, id and style say of it. */
enum extract_junk extract_junk_element(const struct _xmlNode *node);

enum extract_line {
    EXTRACT_LINE_TEXT,
    EXTRACT_LINE_DROP, /* 责任编辑：…, 分享到, 字体：大 中 小 */
    EXTRACT_LINE_END   /* 相关阅读, 上一篇: nothing of the article follows */
};

/* What a whole line of text is. */
enum extract_line extract_junk_line(struct str line);

/* Code points, without white space; marks of Chinese and Latin sentences add to *marks. */
unsigned extract_junk_count(struct str text, unsigned *marks);

#endif
