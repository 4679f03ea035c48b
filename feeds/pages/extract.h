/* feeds/pages/extract.h - the main text of an article page, by the density of its text. */
#ifndef HUIYING_FEEDS_EXTRACT_H
#define HUIYING_FEEDS_EXTRACT_H

#include "feeds/formats/draft.h"

struct _xmlNode;

/* Title of the article: the heading that <title> confirms, else <title> without the site's name. */
struct str extract_title(struct draft *d, struct _xmlNode *root);
/* When it was published, by the page's metadata or the first whole date printed; 0: not told. */
int64_t extract_date(struct draft *d, struct _xmlNode *root);

/* The element that holds the main text, with navigation, link lists, share bars, editors' lines and
 * what follows the text taken out of it, and the
 * title where it is printed once more. The rest of the tree is destroyed on the way. NULL when the
 * page has no running text (a list, a form). Linear in the page's size times its depth. */
struct _xmlNode *extract_main(struct draft *d, struct _xmlNode *root, struct str title);

#endif
