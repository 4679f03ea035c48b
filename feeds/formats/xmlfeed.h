/* feeds/formats/xmlfeed.h - RSS, RDF, Atom and sitemaps: tags and texts to fields, by tables of
 * elements. */
#ifndef HUIYING_FEEDS_XMLFEED_H
#define HUIYING_FEEDS_XMLFEED_H

#include "feeds/formats/draft.h"

enum xmlfeed_ns {
    NS_OTHER, NS_RSS, NS_ATOM, NS_RDF, NS_CONTENT, NS_DC, NS_MEDIA, NS_ITUNES, NS_XHTML, NS_SY,
    NS_SITEMAP, NS_NEWS, NS_PICTURE
};

/* Where an element may stand. */
enum { IN_ROOT = 1, IN_FEED = 2, IN_ITEM = 4, IN_IMAGE = 8, IN_ANY = 15 };

/* What it opens for the elements inside it. */
enum xmlfeed_open { OPEN_LEAF, OPEN_FEED, OPEN_ITEM, OPEN_IMAGE, OPEN_SAME };

struct xmlfeed;

struct xmlfeed_element {
    enum xmlfeed_ns ns;
    const char *name;
    unsigned where;
    enum xmlfeed_open open;
    /* Called at the start tag, attributes readable by xmlfeed_attribute(); may be NULL. */
    void (*start)(struct xmlfeed *x);
    /* Called at the end of a leaf with its text; attributes still readable; may be NULL. */
    void (*end)(struct xmlfeed *x, struct str text);
};

/* The tables, each up to an element without name; an element in none is skipped with all that is
 * inside it, authors so too. */
extern const struct xmlfeed_element rss_elements[], atom_elements[], modules_elements[],
    sitemap_elements[];

/* Parse decoded text. ERR_SYNTAX when its root is no feed's, ERR_NOMEM. */
int xmlfeed_parse(struct draft *d, struct str text);

/* For the functions of the tables. */
struct draft *xmlfeed_draft(struct xmlfeed *x);
struct str xmlfeed_attribute(struct xmlfeed *x, const char *name); /* STR_NONE when absent */
struct str xmlfeed_base(struct xmlfeed *x);                        /* xml:base in force, or empty */
bool xmlfeed_in_item(struct xmlfeed *x);
bool xmlfeed_was_markup(struct xmlfeed *x); /* the leaf held child elements */

/* What several tables do with a text or address: the first one of its kind counts. */
void xmlfeed_set_line(struct xmlfeed *x, struct str *to, struct str text);
void xmlfeed_set_link(struct xmlfeed *x, struct str *to, struct str text);
void xmlfeed_set_date(struct xmlfeed *x, int64_t *to, struct str text);
/* A description: of the feed, or of the open item, where markup is looked for. */
void xmlfeed_description(struct xmlfeed *x, struct str text);
/* The same where there is none yet. */
void xmlfeed_stand_in(struct xmlfeed *x, struct str text);
/* A comma-separated list of labels. */
void xmlfeed_keywords(struct xmlfeed *x, struct str text);

#endif
