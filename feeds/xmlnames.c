#include "feeds/xmlnames.h"

#include <libxml/xmlerror.h>

static enum xmlfeed_ns namespace_of(const struct xmlnames *x, const char *uri, const char *prefix)
{
    static const struct {
        const char *uri; /* as a beginning */
        const char *prefix;
        enum xmlfeed_ns ns;
    } known[] = {
        {"http://purl.org/rss/1.0/modules/content", "content", NS_CONTENT},
        {"http://purl.org/rss/1.0/modules/", NULL, NS_OTHER},
        {"http://purl.org/rss/1.0", "rss", NS_RSS},
        {"http://my.netscape.com/rdf/", NULL, NS_RSS},
        {"http://channel.netscape.com/rdf/", NULL, NS_RSS},
        {"http://backend.userland.com/rss", NULL, NS_RSS},
        {"http://blogs.law.harvard.edu/tech/rss", NULL, NS_RSS},
        {"http://www.w3.org/2005/Atom", "atom", NS_ATOM},
        {"http://purl.org/atom/ns", "atom", NS_ATOM},
        {"http://www.w3.org/1999/02/22-rdf-syntax-ns", "rdf", NS_RDF},
        {"http://purl.org/dc/", "dc", NS_DC},
        {"http://search.yahoo.com/mrss", "media", NS_MEDIA},
        {"http://www.itunes.com/", "itunes", NS_ITUNES},
        {"http://www.w3.org/1999/xhtml", "xhtml", NS_XHTML},
    };

    if (!uri && !prefix)
        return x->unnamed;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (uri ? strncmp(uri, known[i].uri, strlen(known[i].uri)) == 0
                : known[i].prefix && strcmp(prefix, known[i].prefix) == 0)
            return known[i].ns;
    return NS_OTHER;
}

static const struct xmlfeed_element *search(const struct xmlfeed_element *list, enum xmlfeed_ns ns,
                                            struct str name, unsigned where)
{
    for (; list->name; list++)
        if (list->ns == ns && list->where & where && str_eq_nocase(name, str_from(list->name)))
            return list;
    return NULL;
}

void xmlnames_reset(struct xmlnames *x)
{
    memset(x->cache, 0, sizeof x->cache);
}

const struct xmlfeed_element *xmlnames_find(struct xmlnames *x, const unsigned char *name,
                                            const unsigned char *prefix, const unsigned char *uri,
                                            unsigned where)
{
    const unsigned char *space = uri ? uri : prefix;
    size_t slot = (((uintptr_t)name >> 3) ^ ((uintptr_t)space >> 5)) % XMLNAMES_CACHE;
    struct xmlnames_entry *e = &x->cache[slot];

    if (!e->known || e->name != name || e->space != space) {
        enum xmlfeed_ns ns = namespace_of(x, (const char *)uri, (const char *)prefix);
        struct str local = str_from((const char *)name);
        *e = (struct xmlnames_entry){.known = true, .name = name, .space = space};
        for (unsigned i = 0; i < XMLNAMES_SCOPES; i++) {
            e->element[i] = search(rss_elements, ns, local, 1u << i);
            if (!e->element[i])
                e->element[i] = search(atom_elements, ns, local, 1u << i);
        }
    }
    return e->element[__builtin_ctz(where)];
}

const char *xmlnames_fault(int code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        {XML_ERR_TAG_NAME_MISMATCH, "an end tag does not match its start tag"},
        {XML_ERR_TAG_NOT_FINISHED, "an element does not end"},
        {XML_ERR_DOCUMENT_END, "the document goes on behind its root element"},
        {XML_ERR_DOCUMENT_EMPTY, "the document is empty"},
        {XML_ERR_ATTRIBUTE_REDEFINED, "an attribute is given twice"},
        {XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute value has no quotes"},
        {XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value"},
        {XML_ERR_INVALID_CHAR, "a character that XML forbids"},
        {XML_ERR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_ERR_INTERNAL_ERROR, "elements are nested too deep"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].code == code)
            return texts[i].text;
    return "the XML is not well-formed";
}
