#include "feeds/formats/xmlnames.h"

/* The namespace of a URI, else of a prefix that none is declared for. */
static enum xmlfeed_ns known(struct str uri, struct str prefix)
{
    static const struct {
        const char *uri; /* as a beginning */
        const char *prefix;
        enum xmlfeed_ns ns;
    } list[] = {
        {"http://purl.org/rss/1.0/modules/content", "content", NS_CONTENT},
        {"http://purl.org/rss/1.0/modules/syndication", "sy", NS_SY},
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
        {"http://purl.org/dc/", "dcterms", NS_DC},
        {"http://search.yahoo.com/mrss", "media", NS_MEDIA},
        {"http://www.google.com/schemas/sitemap-news", "news", NS_NEWS},
        {"http://www.google.com/schemas/sitemap-image", "image", NS_PICTURE},
        {"http://www.sitemaps.org/schemas/sitemap", NULL, NS_SITEMAP},
        {"http://www.google.com/schemas/sitemap/", NULL, NS_SITEMAP},
        {"http://www.itunes.com/", "itunes", NS_ITUNES},
        {"http://www.w3.org/1999/xhtml", "xhtml", NS_XHTML},
    };

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (uri.n ? str_starts(uri, str_from(list[i].uri))
                  : list[i].prefix && str_is(prefix, list[i].prefix))
            return list[i].ns;
    return NS_OTHER;
}

static enum xmlfeed_ns namespace_of(const struct xmlnames *x, struct str prefix)
{
    for (size_t i = x->nbound; i-- > 0;)
        if (str_eq(x->bound[i].prefix, prefix))
            return x->bound[i].ns;
    return prefix.n ? known(STR_NONE, prefix) : x->unnamed;
}

void xmlnames_bind(struct xmlnames *x, struct str prefix, struct str uri, int depth)
{
    enum xmlfeed_ns ns = uri.n || prefix.n ? known(uri, prefix) : x->unnamed;

    if (x->nbound == XMLNAMES_BOUND || namespace_of(x, prefix) == ns)
        return; /* what is in force needs no binding, and leaves the cache as it is */
    x->bound[x->nbound].prefix = prefix;
    x->bound[x->nbound].ns = ns;
    x->bound[x->nbound++].depth = depth;
    memset(x->cache, 0, sizeof x->cache);
}

void xmlnames_unbind(struct xmlnames *x, int depth)
{
    if (!x->nbound || x->bound[x->nbound - 1].depth <= depth)
        return;
    while (x->nbound && x->bound[x->nbound - 1].depth > depth)
        x->nbound--;
    memset(x->cache, 0, sizeof x->cache);
}

bool xmlnames_declares(struct str name)
{
    return str_starts(name, STR("xmlns")) && (name.n == 5 || name.p[5] == ':');
}

struct str xmlnames_local(struct str name)
{
    for (size_t i = name.n; i-- > 0;)
        if (name.p[i] == ':')
            return (struct str){name.p + i + 1, name.n - i - 1};
    return name;
}

static const struct xmlfeed_element *search(const struct xmlfeed_element *list, enum xmlfeed_ns ns,
                                            struct str name, unsigned where)
{
    for (; list->name; list++)
        if (list->ns == ns && list->where & where && str_eq_nocase(name, str_from(list->name)))
            return list;
    return NULL;
}

static const struct xmlfeed_element *const tables[] = {rss_elements, atom_elements,
                                                       modules_elements, sitemap_elements};

const struct xmlfeed_element *xmlnames_find(struct xmlnames *x, struct str name, unsigned where)
{
    unsigned char last = (unsigned char)name.p[name.n - 1], first = (unsigned char)name.p[0];
    struct xmlnames_entry *e = &x->cache[(first * 5 ^ last * 3 ^ name.n * 7) % XMLNAMES_CACHE];

    if (!str_eq(e->name, name))
        *e = (struct xmlnames_entry){.name = name};
    const struct xmlfeed_element **found = &e->element[__builtin_ctz(where)];
    if (!(e->known & where)) {
        struct str local = xmlnames_local(name);
        struct str prefix = {name.p, name.n - local.n ? name.n - local.n - 1 : 0};
        enum xmlfeed_ns ns = namespace_of(x, prefix);
        *found = NULL;
        for (size_t i = 0; i < sizeof tables / sizeof *tables && !*found; i++)
            *found = search(tables[i], ns, local, where);
        e->known |= where;
    }
    return *found;
}
