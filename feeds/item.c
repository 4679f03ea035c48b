#include "feeds/item.h"

#include <stdlib.h>

const char *item_format_name(enum feed_format format)
{
    static const char *const names[] = {"unknown", "rss", "rdf", "atom", "json", "board", "sitemap",
                                        "article"};

    return (size_t)format < sizeof names / sizeof *names ? names[format] : names[0];
}

void item_feed_free(struct feed *feed)
{
    if (!feed)
        return;
    arena_free(feed->arena);
    free(feed);
}
