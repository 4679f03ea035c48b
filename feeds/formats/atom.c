/* Atom 1.0 (RFC 4287) and 0.3; its elements inside RSS too. */
#include "feeds/formats/xmlfeed.h"
#include "feeds/people/ident.h"
#include "feeds/text/decode.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)
#define FEED(x) (xmlfeed_draft(x)->feed)

/* What a text construct or content holds (RFC 4287 §3.1, §4.1.3; Atom 0.3 adds a mode). */
enum form { FORM_PLAIN, FORM_MARKUP, FORM_BASE64, FORM_BINARY };

static bool ends(struct str s, const char *tail)
{
    size_t n = strlen(tail);

    return s.n >= n && str_eq_nocase((struct str){s.p + s.n - n, n}, str_from(tail));
}

static enum form form_of(struct xmlfeed *x)
{
    struct str type = xmlfeed_attribute(x, "type"), mode = xmlfeed_attribute(x, "mode");
    bool media = type.n && memchr(type.p, '/', type.n);
    bool markup = ends(type, "html") || ends(type, "+xml") || ends(type, "/xml");
    bool text = !media || markup || str_eq_nocase((struct str){type.p, type.n < 5 ? type.n : 5},
                                                  STR("text/"));

    if (!text)
        return FORM_BINARY;
    if (str_eq_nocase(mode, STR("base64")))
        return FORM_BASE64;
    return markup || xmlfeed_was_markup(x) || (!type.n && str_eq_nocase(mode, STR("escaped")))
               ? FORM_MARKUP
               : FORM_PLAIN;
}

static int sextet(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* RFC 4648 §4, blanks passed over, up to what is no part of it; clean text in the feed's arena. */
static struct str from_base64(struct draft *d, struct str s)
{
    struct buf raw = BUF_INIT, text = BUF_INIT;
    unsigned bits = 0, have = 0;
    size_t faults = 0;

    for (size_t i = 0; i < s.n; i++) {
        int v = sextet(s.p[i]);
        if (v < 0 && (s.p[i] == '\n' || s.p[i] == ' ' || s.p[i] == '\t'))
            continue;
        if (v < 0)
            break;
        bits = (bits << 6 | (unsigned)v) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_add_char(&raw, (char)(bits >> have));
        }
    }
    d->failed |= !buf_ok(&raw) ||
                 decode_text(DECODE_UTF8, NULL, buf_str(&raw), &text, &faults) != 0;
    struct str kept = draft_keep(d, buf_str(&text));
    buf_free(&raw);
    buf_free(&text);
    return kept;
}

/* The text and whether it is markup; nothing when it is neither. */
static struct str read_form(struct xmlfeed *x, struct str text, bool *markup)
{
    enum form form = form_of(x);

    *markup = form == FORM_MARKUP;
    if (form == FORM_BASE64) {
        text = from_base64(xmlfeed_draft(x), text);
        *markup = text.n && ends(xmlfeed_attribute(x, "type"), "html");
    }
    return form == FORM_BINARY ? STR_NONE : text;
}

/* A plain text construct: '<' in it is a '<'. */
static struct str line_of(struct xmlfeed *x, struct str text)
{
    struct draft *d = xmlfeed_draft(x);
    bool markup;

    text = str_trim(read_form(x, text, &markup));
    if (markup || !text.n)
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
    bool markup;

    text = read_form(x, text, &markup);
    draft_content(xmlfeed_draft(x), xmlfeed_base(x), text, markup, true);
}

/* The nearest xml:lang that speaks of the item: its own, else that of a part of it. */
static void language(struct xmlfeed *x)
{
    if (xmlfeed_in_item(x))
        xmlfeed_set_line(x, &ITEM(x)->language, xmlfeed_attribute(x, "lang"));
}

static void content_source(struct xmlfeed *x)
{
    struct str src = xmlfeed_attribute(x, "src");

    language(x);
    if (src.n)
        draft_attachment(xmlfeed_draft(x), xmlfeed_base(x), src, xmlfeed_attribute(x, "type"), -1);
}

static void summary(struct xmlfeed *x, struct str text)
{
    struct draft *d = xmlfeed_draft(x);
    bool markup;

    text = read_form(x, text, &markup);
    if (markup)
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

/* A relation by its name or by its address in the register (RFC 4287 §4.2.7.2). */
static struct str relation(struct str rel)
{
    struct str iri = STR("http://www.iana.org/assignments/relation/");

    rel = str_trim(rel);
    return str_starts(rel, iri) ? (struct str){rel.p + iri.n, rel.n - iri.n} : rel;
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
    struct str rel = relation(xmlfeed_attribute(x, "rel"));
    struct str href = xmlfeed_attribute(x, "href");
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
    xmlfeed_set_line(x, &FEED(x)->language, xmlfeed_attribute(x, "lang"));
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
    {NS_ATOM, "entry", IN_ROOT | IN_FEED, OPEN_ITEM, language, NULL},
    {NS_ATOM, "title", BOTH, OPEN_LEAF, language, title},
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
    {NS_ATOM, "summary", IN_ITEM, OPEN_LEAF, language, summary},
    {NS_ATOM, "category", BOTH, OPEN_LEAF, category, NULL},
    {NS_ATOM, "icon", IN_FEED, OPEN_LEAF, NULL, icon},
    {NS_ATOM, "logo", IN_FEED, OPEN_LEAF, NULL, logo},
    {NS_OTHER, NULL, 0, OPEN_LEAF, NULL, NULL},
};
