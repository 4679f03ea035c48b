/* feeds/people/person.h - what in a page speaks of who wrote it (law 1). */
#ifndef HUIYING_FEEDS_PERSON_H
#define HUIYING_FEEDS_PERSON_H

#include <stdbool.h>

#include "base/str.h"

/* An attribute that marks its element as an author, by-line, avatar, user card or the like:
 * class, id, rel, itemprop, property, role, data-… with such a word, or a link to a profile.
 * Name in any case. Any thread. */
bool person_attribute(struct str name, struct str value);

/* Elements that are nothing but an author: <address>, <author> … Name in any case. */
bool person_element(struct str name);

/* An attribute whose value itself names or numbers a person (data-uid, data-author …), on an
 * element that may stay without it. */
bool person_attribute_dropped(struct str name);

/* The address of a profile: /u/NAME, /@NAME, space-uid-1.html, home.php?mod=space, mailto: …
 * Relative addresses too. */
bool person_address(struct str url);

/* A short text that is a label with a person after it ("楼主：…", "作者: …", "by …"). */
bool person_label(struct str text);

/* A label that has a person, or how to reach one, in the cell or text behind it (来信人, 联系电话);
 * without its white space and colon. */
bool person_cue(struct str label);

/* What a title says behind its owner: "博客" of "王小明的博客 - 某网", from there on. The whole title
 * where no person's page is named, or its owner is plainly an institution. */
struct str person_without_owner(struct str title);

/* The text holds something in the form of an e-mail address. */
bool person_mail(struct str text);

/* A path segment after which the next one names a person: u, user, space, profile, author … */
bool person_segment(struct str segment);

/* A path segment that itself holds a person: @NAME, space-uid-123.html, uid-5 … */
bool person_file(struct str segment);

/* A query parameter that carries a person, a session or the trace of who shared the link. */
bool person_parameter(struct str name);

#endif
