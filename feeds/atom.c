/* Atom 1.0 (RFC 4287) and 0.3; its elements inside RSS too. */
#include "feeds/ident.h"
#include "feeds/xmlfeed.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)
#define FEED(x) (xmlfeed_draft(x)->feed)

static bool escaped_markup(struct xmlfeed *x)
{
    struct str type = xmlfeed_attribute(x, "type"), mode = xmlfeed_attribute(x, "mode");

    return str_is(type, "html") || str_is(type, "xhtml") || str_is(type, "text/html") ||
           str_is(type, "application/xhtml+xml") || str_is(mode, "escaped") ||
           xmlfeed_was_markup(x);
}

/* RFC 4287 §3.1: a text construct without type is plain, and '<' in it is a '<'. */
static struct str line_of(struct xmlfeed *x, struct str text)
{
    struct draft *d = xmlfeed_draft(x);

    if (escaped_markup(x) || !text.n)
        return draft_line(d, text);
    buf_reset(&d->text);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\n' || c == '\t')
            c = ' ';
        if (c != ' ' || (d->text.len && d->text.data[d->text.len - 1] != ' '))
            buf_add_char(&d->text, c);
    }
    return draft_keep(d, buf_str(&d->text));
}

static void title(struct xmlfeed *x, struct str text)
{
    struct str *to = xmlfeed_in_item(x) ? &ITEM(x)->title : &FEED(x)->title;

    if (!to->n)
        *to = line_of(x, text);
}

static void subtitle(struct xmlfeed *x, struct str text)
{
    if (!FEED(x)->description.n)
        FEED(x)->description = line_of(x, text);
}

static void id(struct xmlfeed *x, struct str text)
{
    if (!ITEM(x)->id.n)
        ITEM(x)->id = ident_guid(FEED(x)->arena, text);
}

static void published(struct xmlfeed *x, struct str text)
{
    if (!ITEM(x)->published)
        ITEM(x)->published = draft_date(xmlfeed_draft(x), text, DRAFT_HERE);
}

static void updated(struct xmlfeed *x, struct str text)
{
    if (!ITEM(x)->modified)
        ITEM(x)->modified = draft_date(xmlfeed_draft(x), text, DRAFT_HERE);
}

static void content(struct xmlfeed *x, struct str text)
{
    struct str type = xmlfeed_attribute(x, "type");
    bool binary = memchr(type.p ? type.p : "", '/', type.n) && !str_starts(type, STR("text/")) &&
                  !str_is(type, "application/xhtml+xml");

    if (!binary)
        draft_content(xmlfeed_draft(x), xmlfeed_base(x), text, escaped_markup(x), true);
}

static void content_source(struct xmlfeed *x)
{
    struct str src = xmlfeed_attribute(x, "src");

    if (src.n)
        draft_attachment(xmlfeed_draft(x), xmlfeed_base(x), src, xmlfeed_attribute(x, "type"), -1);
}

static void summary(struct xmlfeed *x, struct str text)
{
    struct draft *d = xmlfeed_draft(x);

    if (escaped_markup(x))
        draft_summary(d, text);
    else if (!d->item.summary.n)
        d->item.summary = draft_keep(d, text);
}

static void category(struct xmlfeed *x)
{
    struct str label = xmlfeed_attribute(x, "label"), term = xmlfeed_attribute(x, "term");

    if (xmlfeed_in_item(x))
        draft_tag(xmlfeed_draft(x), label.n ? label : term);
}

static void item_link(struct xmlfeed *x, struct str rel, struct str href)
{
    struct draft *d = xmlfeed_draft(x);
    struct str base = xmlfeed_base(x);
    long long bytes;

    if (!rel.n || str_is(rel, "alternate")) {
        if (!d->item.url.n)
            d->item.url = draft_link(d, base, href);
    } else if (str_is(rel, "enclosure")) {
        struct str length = str_trim(xmlfeed_attribute(x, "length"));
        struct str type = xmlfeed_attribute(x, "type");
        if (str_int(length, 0, INT64_MAX, &bytes))
            bytes = -1;
        draft_attachment(d, base, href, type, bytes);
        if (str_starts(type, STR("image/")))
            draft_image(d, base, href);
    } else if (str_is(rel, "related") || str_is(rel, "via")) {
        if (!d->item.external_url.n)
            d->item.external_url = draft_link(d, base, href);
    }
}

static void link_start(struct xmlfeed *x)
{
    struct str rel = xmlfeed_attribute(x, "rel"), href = xmlfeed_attribute(x, "href");
    struct draft *d = xmlfeed_draft(x);

    if (!href.n)
        return;
    if (xmlfeed_in_item(x)) {
        item_link(x, rel, href);
        return;
    }
    struct str *to = str_is(rel, "self")                   ? &d->feed->feed_url
                     : !rel.n || str_is(rel, "alternate") ? &d->feed->home_url
                                                          : NULL;
    if (to && !to->n)
        *to = draft_link(d, xmlfeed_base(x), href);
}

static void feed_start(struct xmlfeed *x)
{
    FEED(x)->language = draft_line(xmlfeed_draft(x), xmlfeed_attribute(x, "lang"));
}

static void entry_start(struct xmlfeed *x)
{
    ITEM(x)->language = draft_line(xmlfeed_draft(x), xmlfeed_attribute(x, "lang"));
}

static void icon(struct xmlfeed *x, struct str text)
{
    if (!FEED(x)->icon.n)
        FEED(x)->icon = draft_link(xmlfeed_draft(x), xmlfeed_base(x), text);
}

/* RFC 4287 §4.2.8: a logo is the picture of the feed, an icon only its small sign. */
static void logo(struct xmlfeed *x, struct str text)
{
    struct str link = draft_link(xmlfeed_draft(x), xmlfeed_base(x), text);

    if (link.n)
        FEED(x)->icon = link;
}

enum { BOTH = IN_FEED | IN_ITEM };

const struct xmlfeed_element atom_elements[] = {
    {NS_ATOM, "feed", IN_ROOT, OPEN_FEED, feed_start, NULL},
    {NS_ATOM, "entry", IN_ROOT | IN_FEED, OPEN_ITEM, entry_start, NULL},
    {NS_ATOM, "title", BOTH, OPEN_LEAF, NULL, title},
    {NS_ATOM, "subtitle", IN_FEED, OPEN_LEAF, NULL, subtitle},
    {NS_ATOM, "tagline", IN_FEED, OPEN_LEAF, NULL, subtitle},
    {NS_ATOM, "id", IN_ITEM, OPEN_LEAF, NULL, id},
    {NS_ATOM, "link", BOTH, OPEN_LEAF, link_start, NULL},
    {NS_ATOM, "published", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_ATOM, "issued", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_ATOM, "created", IN_ITEM, OPEN_LEAF, NULL, published},
    {NS_ATOM, "updated", IN_ITEM, OPEN_LEAF, NULL, updated},
    {NS_ATOM, "modified", IN_ITEM, OPEN_LEAF, NULL, updated},
    {NS_ATOM, "content", IN_ITEM, OPEN_LEAF, content_source, content},
    {NS_ATOM, "summary", IN_ITEM, OPEN_LEAF, NULL, summary},
    {NS_ATOM, "category", BOTH, OPEN_LEAF, category, NULL},
    {NS_ATOM, "icon", IN_FEED, OPEN_LEAF, NULL, icon},
    {NS_ATOM, "logo", IN_FEED, OPEN_LEAF, NULL, logo},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
