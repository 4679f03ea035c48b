/* feeds/formats/opml.h - lists of feeds as other programs keep them: OPML 1.0 to 2.0, read and
 * written. Of a list's owner nothing is read. */
#ifndef HUIYING_FEEDS_OPML_H
#define HUIYING_FEEDS_OPML_H

#include "base/buf.h"
#include "feeds/item.h"

struct opml_feed {
    struct str title; /* one line of plain text, may be empty */
    struct str url;   /* absolute, http or https, as published; never a person's (source.h) */
    struct str home;  /* the site's page, without user parts; may be empty */
    /* The names of the outlines it is nested in, joined by "/"; then those of its category
     * attribute that are others, each after a ",". Both characters are full-width inside a name. */
    struct str category;
};

struct opml {
    struct feed *holder; /* owns everything below */
    struct opml_feed *feeds; /* in the order of the list, each address once */
    size_t nfeeds;
    size_t duplicates; /* outlines whose address was there already */
    size_t refused; /* outlines whose address may not be a source; problems says why */
    /* static text, "zh (en)", quotes nothing */
    const struct feed_problem *problems;
    size_t nproblems;
};

/* What is dropped past these gives a problem. */
enum { OPML_BYTES = 32 << 20, OPML_FEEDS = 200000, OPML_DEPTH = 64 };

/* Read a list; relative addresses count from base, which may be empty. What is ill-formed is
 * recovered outline by outline. 0 and *out (release with opml_free()); ERR_SYNTAX when body is no
 * OPML (*out then has the problems, with their lines); ERR_NOMEM. Runs in the worker; any thread.
 * OPML 2.0 (opml.org/spec2.opml). */
int opml_read(struct str body, struct str mime, struct str base, struct opml **out);
/* Harmless on NULL. */
void opml_free(struct opml *list);

/* Append {"feeds":[{"title","url","home","category"}],"duplicates":n,"refused":n,
 * "problems":[{"line","text"}]}:
 * 0 or ERR_NOMEM. `mask`, when not NULL, rewrites titles and categories on their way out. */
int opml_write_json(const struct opml *list, void (*mask)(void *arg, struct buf *text), void *arg,
                    struct buf *out);
/* Append an OPML 2.0 document: outlines nested by the first part of each category, sorted by it,
 * the other parts as category attributes. Texts must be valid UTF-8. 0 or ERR_NOMEM. Any thread. */
int opml_write(struct str title, const struct opml_feed *feeds, size_t n, struct buf *out);

#endif
