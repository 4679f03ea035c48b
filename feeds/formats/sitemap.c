/* Sitemaps (sitemaps.org) with the news and image extensions: a list of pages as a feed. What the
 * news extension says of the publication is nobody's name but the paper's, and not read either. */
#include "feeds/formats/xmlfeed.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)

static void location(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_link(x, &ITEM(x)->url, text);
}

static void changed(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_date(x, &ITEM(x)->modified, text);
}

static void published(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_date(x, &ITEM(x)->published, text);
}

static void title(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_line(x, &ITEM(x)->title, text);
}

static void language(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_line(x, &ITEM(x)->language, text);
}

static void picture(struct xmlfeed *x, struct str text)
{
    draft_image(xmlfeed_draft(x), xmlfeed_base(x), text);
}

const struct xmlfeed_element sitemap_elements[] = {
    {NS_SITEMAP, "urlset", IN_ROOT, OPEN_FEED, NULL, NULL},
    {NS_SITEMAP, "url", IN_ROOT | IN_FEED, OPEN_ITEM, NULL, NULL},
    {NS_SITEMAP, "loc", IN_ITEM, OPEN_LEAF, NULL, location},
    {NS_SITEMAP, "lastmod", IN_ITEM, OPEN_LEAF, NULL, changed},
    {NS_NEWS, "news", IN_ITEM, OPEN_SAME, NULL, NULL},
    {NS_NEWS, "title", IN_ITEM, OPEN_LEAF, NULL, title},
    {NS_NEWS, "publication_date", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_NEWS, "publication", IN_ITEM, OPEN_SAME, NULL, NULL},
    {NS_NEWS, "language", IN_ITEM, OPEN_LEAF, NULL, language},
    {NS_NEWS, "keywords", IN_ITEM, OPEN_LEAF, NULL, xmlfeed_keywords},
    {NS_PICTURE, "image", IN_ITEM, OPEN_SAME, NULL, NULL},
    {NS_PICTURE, "loc", IN_ITEM, OPEN_LEAF, NULL, picture},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
