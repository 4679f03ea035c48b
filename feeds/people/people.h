/* feeds/people/people.h - is a board written by one or two people? Counted in memory while authors
 * are cut; only the verdict leaves (law 2). */
#ifndef HUIYING_FEEDS_PEOPLE_H
#define HUIYING_FEEDS_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct people;
struct _xmlNode;

/* NULL when memory is exhausted: then nothing is counted. Harmless on NULL, all of them. */
struct people *people_new(void);
void people_free(struct people *p);
/* `author` is about to be cut; what was kept of its name is a keyed hash, beside where it stood.
 * Names that do not tell people apart (匿名, 市民, 张**, 李女士) and offices are passed over. */
void people_note(struct people *p, struct _xmlNode *author);
/* This node is one post; after all that is to be cut is cut. */
void people_post(struct people *p, struct _xmlNode *post);
/* At least 5 of the posts have an author that can be told apart, and these are one or two. */
bool people_few(const struct people *p);

/* For tests: does the name tell its bearer apart? */
bool people_tells_apart(struct str name);

#endif
