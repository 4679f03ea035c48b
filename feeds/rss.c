/* RSS 0.9x, 1.0 and 2.0 with their modules: content, Dublin Core, Media RSS, iTunes. */
#include "feeds/ident.h"
#include "feeds/xmlfeed.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)
#define FEED(x) (xmlfeed_draft(x)->feed)

static void set_line(struct xmlfeed *x, struct str *to, struct str text)
{
    if (!to->n)
        *to = draft_line(xmlfeed_draft(x), text);
}

static void set_link(struct xmlfeed *x, struct str *to, struct str text)
{
    if (!to->n)
        *to = draft_link(xmlfeed_draft(x), xmlfeed_base(x), text);
}

static void set_date(struct xmlfeed *x, int64_t *to, struct str text)
{
    if (!*to)
        *to = draft_date(xmlfeed_draft(x), text, DRAFT_HERE);
}

static void title(struct xmlfeed *x, struct str text)
{
    set_line(x, xmlfeed_in_item(x) ? &ITEM(x)->title : &FEED(x)->title, text);
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
    set_link(x, xmlfeed_in_item(x) ? &ITEM(x)->url : &FEED(x)->home_url, text);
}

static void language(struct xmlfeed *x, struct str text)
{
    set_line(x, xmlfeed_in_item(x) ? &ITEM(x)->language : &FEED(x)->language, text);
}

static void description(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x))
        draft_content(xmlfeed_draft(x), xmlfeed_base(x), text, true, false);
    else
        set_line(x, &FEED(x)->description, text);
}

/* A stand-in for a description that is not there. */
static void fallback_description(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x) ? !ITEM(x)->text.n : !FEED(x)->description.n)
        description(x, text);
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
        set_link(x, &it->url, text);
}

static void published(struct xmlfeed *x, struct str text)
{
    set_date(x, &ITEM(x)->published, text);
}

static void dc_date(struct xmlfeed *x, struct str text)
{
    if (!xmlfeed_in_item(x))
        return;
    set_date(x, &ITEM(x)->published, text);
}

static void modified(struct xmlfeed *x, struct str text)
{
    set_date(x, &ITEM(x)->modified, text);
}

static void category(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x))
        draft_tag(xmlfeed_draft(x), text);
}

/* A comma-separated list of labels. */
static void keywords(struct xmlfeed *x, struct str text)
{
    while (xmlfeed_in_item(x) && text.n) {
        const char *comma = memchr(text.p, ',', text.n);
        size_t n = comma ? (size_t)(comma - text.p) : text.n;
        draft_tag(xmlfeed_draft(x), (struct str){text.p, n});
        n += comma != NULL;
        text = (struct str){text.p + n, text.n - n};
    }
}

static void itunes_category(struct xmlfeed *x)
{
    if (xmlfeed_in_item(x))
        draft_tag(xmlfeed_draft(x), xmlfeed_attribute(x, "text"));
}

static int64_t size_of(struct xmlfeed *x, const char *name)
{
    long long bytes;

    return str_int(str_trim(xmlfeed_attribute(x, name)), 0, INT64_MAX, &bytes) ? -1 : bytes;
}

static void enclosure(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "url"), type = xmlfeed_attribute(x, "type");

    draft_attachment(xmlfeed_draft(x), xmlfeed_base(x), url, type, size_of(x, "length"));
    if (str_starts(type, STR("image/")))
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
}

static void media_content(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "url"), type = xmlfeed_attribute(x, "type");
    bool picture = str_is(xmlfeed_attribute(x, "medium"), "image") ||
                   str_starts(type, STR("image/"));

    if (!url.n)
        return;
    if (!xmlfeed_in_item(x)) {
        if (picture)
            set_link(x, &FEED(x)->icon, url);
        return;
    }
    if (picture)
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
    else
        draft_attachment(xmlfeed_draft(x), xmlfeed_base(x), url, type, size_of(x, "fileSize"));
}

static void thumbnail(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "url");

    if (xmlfeed_in_item(x))
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
    else
        set_link(x, &FEED(x)->icon, url);
}

static void itunes_image(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "href");

    if (xmlfeed_in_item(x))
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
    else
        set_link(x, &FEED(x)->icon, url);
}

static void image_url(struct xmlfeed *x, struct str text)
{
    set_link(x, &FEED(x)->icon, text);
}

static void rdf_image(struct xmlfeed *x)
{
    set_link(x, &FEED(x)->icon, xmlfeed_attribute(x, "resource"));
}

static void item_start(struct xmlfeed *x)
{
    struct str about = xmlfeed_attribute(x, "about"); /* RSS 1.0 §5.5 */

    if (about.n)
        ITEM(x)->id = ident_guid(FEED(x)->arena, about);
}

static void rss_item_image(struct xmlfeed *x, struct str text)
{
    draft_image(xmlfeed_draft(x), xmlfeed_base(x), text);
}

enum { BOTH = IN_FEED | IN_ITEM };

const struct xmlfeed_element rss_elements[] = {
    {NS_RSS, "rss", IN_ROOT, OPEN_SAME, NULL, NULL},
    {NS_RDF, "RDF", IN_ROOT, OPEN_SAME, NULL, NULL},
    {NS_RSS, "RDF", IN_ROOT, OPEN_SAME, NULL, NULL},
    {NS_RSS, "channel", IN_ROOT, OPEN_FEED, NULL, NULL},
    {NS_RSS, "item", IN_ROOT | IN_FEED, OPEN_ITEM, item_start, NULL},
    {NS_RSS, "image", IN_ROOT | IN_FEED, OPEN_IMAGE, rdf_image, NULL},
    {NS_RSS, "url", IN_IMAGE, OPEN_LEAF, NULL, image_url},
    {NS_RSS, "title", BOTH, OPEN_LEAF, NULL, native_title},
    {NS_RSS, "link", BOTH, OPEN_LEAF, NULL, link_end},
    {NS_RSS, "description", BOTH, OPEN_LEAF, NULL, description},
    {NS_RSS, "language", BOTH, OPEN_LEAF, NULL, language},
    {NS_RSS, "guid", IN_ITEM, OPEN_LEAF, NULL, guid},
    {NS_RSS, "pubDate", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_RSS, "category", BOTH, OPEN_LEAF, NULL, category},
    {NS_RSS, "enclosure", IN_ITEM, OPEN_LEAF, enclosure, NULL},
    {NS_RSS, "image", IN_ITEM, OPEN_LEAF, NULL, rss_item_image},
    {NS_CONTENT, "encoded", IN_ITEM, OPEN_LEAF, NULL, content},
    {NS_DC, "title", BOTH, OPEN_LEAF, NULL, title},
    {NS_DC, "description", BOTH, OPEN_LEAF, NULL, fallback_description},
    {NS_DC, "date", BOTH, OPEN_LEAF, NULL, dc_date},
    {NS_DC, "issued", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_DC, "modified", IN_ITEM, OPEN_LEAF, NULL, modified},
    {NS_DC, "subject", BOTH, OPEN_LEAF, NULL, category},
    {NS_DC, "language", BOTH, OPEN_LEAF, NULL, language},
    {NS_MEDIA, "group", BOTH, OPEN_SAME, NULL, NULL},
    {NS_MEDIA, "content", BOTH, OPEN_SAME, media_content, NULL},
    {NS_MEDIA, "thumbnail", BOTH, OPEN_LEAF, thumbnail, NULL},
    {NS_MEDIA, "keywords", IN_ITEM, OPEN_LEAF, NULL, keywords},
    {NS_ITUNES, "image", BOTH, OPEN_LEAF, itunes_image, NULL},
    {NS_ITUNES, "summary", BOTH, OPEN_LEAF, NULL, fallback_description},
    {NS_ITUNES, "subtitle", IN_FEED, OPEN_LEAF, NULL, fallback_description},
    {NS_ITUNES, "keywords", IN_ITEM, OPEN_LEAF, NULL, keywords},
    {NS_ITUNES, "category", BOTH, OPEN_LEAF, itunes_category, NULL},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
