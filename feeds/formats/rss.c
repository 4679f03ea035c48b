/* RSS 0.9x, 1.0 and 2.0, and what other vocabularies say in place of its own elements: content,
 * Dublin Core, an XHTML body. Further modules are in feeds/formats/modules.c. */
#include "feeds/formats/xmlfeed.h"
#include "feeds/people/ident.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)
#define FEED(x) (xmlfeed_draft(x)->feed)

static void title(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_line(x, xmlfeed_in_item(x) ? &ITEM(x)->title : &FEED(x)->title, text);
}

/* Dublin Core only stands in: a native title that comes later replaces it in the end. */
static void native_title(struct xmlfeed *x, struct str text)
{
    struct str *to = xmlfeed_in_item(x) ? &ITEM(x)->title : &FEED(x)->title;

    if (text.n)
        *to = draft_line(xmlfeed_draft(x), text);
}

static void link_end(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_link(x, xmlfeed_in_item(x) ? &ITEM(x)->url : &FEED(x)->home_url, text);
}

/* Against the rules, but seen: an address as Atom writes it. */
static void link_start(struct xmlfeed *x)
{
    struct str rel = xmlfeed_attribute(x, "rel");

    if (!rel.n || str_is(rel, "alternate"))
        link_end(x, xmlfeed_attribute(x, "href"));
}

static void language(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_line(x, xmlfeed_in_item(x) ? &ITEM(x)->language : &FEED(x)->language, text);
}

static void content(struct xmlfeed *x, struct str text)
{
    draft_content(xmlfeed_draft(x), xmlfeed_base(x), text, true, true);
}

static void guid(struct xmlfeed *x, struct str text)
{
    struct feed_item *it = ITEM(x);
    bool link = !str_is(xmlfeed_attribute(x, "isPermaLink"), "false") &&
                (str_starts(text, STR("http://")) || str_starts(text, STR("https://")));

    if (!it->id.n)
        it->id = ident_guid(FEED(x)->arena, text);
    if (link && !it->url.n)
        xmlfeed_set_link(x, &it->url, text);
}

static void published(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_date(x, &ITEM(x)->published, text);
}

static void dc_date(struct xmlfeed *x, struct str text)
{
    if (!xmlfeed_in_item(x))
        return;
    xmlfeed_set_date(x, &ITEM(x)->published, text);
}

static void modified(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_date(x, &ITEM(x)->modified, text);
}

static void category(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x))
        draft_tag(xmlfeed_draft(x), text);
}

static void enclosure(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "url"), type = xmlfeed_attribute(x, "type");
    long long bytes;

    if (str_int(str_trim(xmlfeed_attribute(x, "length")), 0, INT64_MAX, &bytes))
        bytes = -1;
    draft_attachment(xmlfeed_draft(x), xmlfeed_base(x), url, type, bytes);
    if (str_starts(type, STR("image/")))
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
}

static void image_url(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_link(x, &FEED(x)->icon, text);
}

static void rdf_image(struct xmlfeed *x)
{
    xmlfeed_set_link(x, &FEED(x)->icon, xmlfeed_attribute(x, "resource"));
}

static void feed_start(struct xmlfeed *x)
{
    language(x, xmlfeed_attribute(x, "lang"));
}

static void item_start(struct xmlfeed *x)
{
    struct str about = xmlfeed_attribute(x, "about"); /* RSS 1.0 §5.5 */

    if (about.n)
        ITEM(x)->id = ident_guid(FEED(x)->arena, about);
    language(x, xmlfeed_attribute(x, "lang"));
}

static void rss_item_image(struct xmlfeed *x, struct str text)
{
    draft_image(xmlfeed_draft(x), xmlfeed_base(x), text);
}

static void ttl(struct xmlfeed *x, struct str text)
{
    enum { MINUTE = 60 * 1000, YEAR_MINUTES = 366 * 24 * 60 };
    long long minutes;

    if (!str_int(text, 1, YEAR_MINUTES, &minutes))
        FEED(x)->hints.ttl = minutes * MINUTE;
}

/* RSS 0.91 counts to 24, RSS 2.0 from 0: both mean midnight. */
static void skip_hour(struct xmlfeed *x, struct str text)
{
    long long hour;

    if (!str_int(text, 0, 24, &hour))
        FEED(x)->hints.skip_hours |= UINT32_C(1) << hour % 24;
}

static void skip_day(struct xmlfeed *x, struct str text)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};

    for (unsigned i = 0; i < 7; i++)
        if (str_eq_nocase(text, str_from(days[i])))
            FEED(x)->hints.skip_days |= (uint8_t)(1u << i);
}

enum { BOTH = IN_FEED | IN_ITEM };

const struct xmlfeed_element rss_elements[] = {
    {NS_RSS, "rss", IN_ROOT, OPEN_SAME, feed_start, NULL},
    {NS_RDF, "RDF", IN_ROOT, OPEN_SAME, feed_start, NULL},
    {NS_RSS, "RDF", IN_ROOT, OPEN_SAME, feed_start, NULL},
    {NS_RSS, "channel", IN_ROOT, OPEN_FEED, feed_start, NULL},
    {NS_RSS, "item", IN_ROOT | IN_FEED, OPEN_ITEM, item_start, NULL},
    {NS_RSS, "image", IN_ROOT | IN_FEED, OPEN_IMAGE, rdf_image, NULL},
    {NS_RSS, "url", IN_IMAGE, OPEN_LEAF, NULL, image_url},
    {NS_RSS, "title", BOTH, OPEN_LEAF, NULL, native_title},
    {NS_RSS, "link", BOTH, OPEN_LEAF, link_start, link_end},
    {NS_RSS, "description", BOTH, OPEN_LEAF, NULL, xmlfeed_description},
    {NS_RSS, "language", BOTH, OPEN_LEAF, NULL, language},
    {NS_RSS, "guid", IN_ITEM, OPEN_LEAF, NULL, guid},
    {NS_RSS, "pubDate", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_RSS, "category", BOTH, OPEN_LEAF, NULL, category},
    {NS_RSS, "enclosure", IN_ITEM, OPEN_LEAF, enclosure, NULL},
    {NS_RSS, "image", IN_ITEM, OPEN_LEAF, NULL, rss_item_image},
    {NS_RSS, "ttl", IN_FEED, OPEN_LEAF, NULL, ttl},
    {NS_RSS, "skipHours", IN_FEED, OPEN_SAME, NULL, NULL},
    {NS_RSS, "hour", IN_FEED, OPEN_LEAF, NULL, skip_hour},
    {NS_RSS, "skipDays", IN_FEED, OPEN_SAME, NULL, NULL},
    {NS_RSS, "day", IN_FEED, OPEN_LEAF, NULL, skip_day},
    {NS_XHTML, "body", IN_ITEM, OPEN_LEAF, NULL, content},
    {NS_XHTML, "div", IN_ITEM, OPEN_LEAF, NULL, content},
    {NS_CONTENT, "encoded", IN_ITEM, OPEN_LEAF, NULL, content},
    {NS_DC, "title", BOTH, OPEN_LEAF, NULL, title},
    {NS_DC, "description", BOTH, OPEN_LEAF, NULL, xmlfeed_stand_in},
    {NS_DC, "date", BOTH, OPEN_LEAF, NULL, dc_date},
    {NS_DC, "issued", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_DC, "modified", IN_ITEM, OPEN_LEAF, NULL, modified},
    {NS_DC, "subject", BOTH, OPEN_LEAF, NULL, category},
    {NS_DC, "language", BOTH, OPEN_LEAF, NULL, language},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
