/* Media RSS, iTunes and syndication: modules that stand in RSS and Atom alike. Credits, ratings
 * and whatever else in them speaks of people is in no table. */
#include "feeds/formats/xmlfeed.h"

#define FEED(x) (xmlfeed_draft(x)->feed)

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

static void media_content(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "url"), type = xmlfeed_attribute(x, "type");
    bool picture = str_is(xmlfeed_attribute(x, "medium"), "image") ||
                   str_starts(type, STR("image/"));

    if (!url.n)
        return;
    if (!xmlfeed_in_item(x)) {
        if (picture)
            xmlfeed_set_link(x, &FEED(x)->icon, url);
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
        xmlfeed_set_link(x, &FEED(x)->icon, url);
}

static void itunes_image(struct xmlfeed *x)
{
    struct str url = xmlfeed_attribute(x, "href");

    if (xmlfeed_in_item(x))
        draft_image(xmlfeed_draft(x), xmlfeed_base(x), url);
    else
        xmlfeed_set_link(x, &FEED(x)->icon, url);
}

static void media_title(struct xmlfeed *x, struct str text)
{
    xmlfeed_set_line(x, &xmlfeed_draft(x)->spare_title, text);
}

static void media_category(struct xmlfeed *x, struct str text)
{
    struct str label = xmlfeed_attribute(x, "label");

    if (xmlfeed_in_item(x))
        draft_tag(xmlfeed_draft(x), label.n ? label : text);
}

/* RSS 1.0 syndication: so many updates in such a period; a day and once where it is not said. */
static void update(struct draft *d)
{
    int64_t period = d->update_period ? d->update_period : INT64_C(24) * 3600 * 1000;

    d->feed->hints.update_period = period / (d->update_frequency ? d->update_frequency : 1);
}

static void update_period(struct xmlfeed *x, struct str text)
{
    static const struct {
        const char *name;
        int64_t hours;
    } periods[] = {{"hourly", 1}, {"daily", 24}, {"weekly", 24 * 7}, {"monthly", 24 * 30},
                   {"yearly", 24 * 365}};

    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        if (str_eq_nocase(text, str_from(periods[i].name))) {
            xmlfeed_draft(x)->update_period = periods[i].hours * 3600 * 1000;
            update(xmlfeed_draft(x));
        }
}

static void update_frequency(struct xmlfeed *x, struct str text)
{
    long long times;

    if (str_int(text, 1, 1000000, &times))
        return;
    xmlfeed_draft(x)->update_frequency = times;
    update(xmlfeed_draft(x));
}

enum { BOTH = IN_FEED | IN_ITEM };

const struct xmlfeed_element modules_elements[] = {
    {NS_MEDIA, "group", BOTH, OPEN_SAME, NULL, NULL},
    {NS_MEDIA, "content", BOTH, OPEN_SAME, media_content, NULL},
    {NS_MEDIA, "thumbnail", BOTH, OPEN_LEAF, thumbnail, NULL},
    {NS_MEDIA, "title", IN_ITEM, OPEN_LEAF, NULL, media_title},
    {NS_MEDIA, "description", BOTH, OPEN_LEAF, NULL, xmlfeed_stand_in},
    {NS_MEDIA, "category", IN_ITEM, OPEN_LEAF, NULL, media_category},
    {NS_MEDIA, "keywords", IN_ITEM, OPEN_LEAF, NULL, xmlfeed_keywords},
    {NS_ITUNES, "image", BOTH, OPEN_LEAF, itunes_image, NULL},
    {NS_ITUNES, "summary", BOTH, OPEN_LEAF, NULL, xmlfeed_stand_in},
    {NS_ITUNES, "subtitle", IN_FEED, OPEN_LEAF, NULL, xmlfeed_stand_in},
    {NS_ITUNES, "keywords", IN_ITEM, OPEN_LEAF, NULL, xmlfeed_keywords},
    {NS_ITUNES, "category", BOTH, OPEN_LEAF, itunes_category, NULL},
    {NS_SY, "updatePeriod", IN_FEED, OPEN_LEAF, NULL, update_period},
    {NS_SY, "updateFrequency", IN_FEED, OPEN_LEAF, NULL, update_frequency},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
