/* What the tables of feeds/formats/xmlfeed.h share. */
#include "feeds/formats/xmlfeed.h"

#define ITEM(x) (&xmlfeed_draft(x)->item)
#define FEED(x) (xmlfeed_draft(x)->feed)

void xmlfeed_set_line(struct xmlfeed *x, struct str *to, struct str text)
{
    if (!to->n)
        *to = draft_line(xmlfeed_draft(x), text);
}

void xmlfeed_set_link(struct xmlfeed *x, struct str *to, struct str text)
{
    if (!to->n)
        *to = draft_link(xmlfeed_draft(x), xmlfeed_base(x), text);
}

void xmlfeed_set_date(struct xmlfeed *x, int64_t *to, struct str text)
{
    if (!*to)
        *to = draft_date(xmlfeed_draft(x), text, DRAFT_HERE);
}

void xmlfeed_description(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x))
        draft_content(xmlfeed_draft(x), xmlfeed_base(x), text, true, false);
    else
        xmlfeed_set_line(x, &FEED(x)->description, text);
}

void xmlfeed_stand_in(struct xmlfeed *x, struct str text)
{
    if (xmlfeed_in_item(x) ? !ITEM(x)->text.n : !FEED(x)->description.n)
        xmlfeed_description(x, text);
}

void xmlfeed_keywords(struct xmlfeed *x, struct str text)
{
    while (xmlfeed_in_item(x) && text.n) {
        const char *comma = memchr(text.p, ',', text.n);
        size_t n = comma ? (size_t)(comma - text.p) : text.n;
        draft_tag(xmlfeed_draft(x), (struct str){text.p, n});
        n += comma != NULL;
        text = (struct str){text.p + n, text.n - n};
    }
}
