/* feeds/pages/selector.h - CSS selectors (a subset) and XPath over libxml2's HTML tree. */
#ifndef HUIYING_FEEDS_SELECTOR_H
#define HUIYING_FEEDS_SELECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct selector;
struct _xmlNode;

/* Does the selector compile? 0, or ERR_SYNTAX with *problem static text, "zh (en)". Any thread. */
int selector_check(struct str selector, const char **problem);

/* type, *, .class, #id, [attr], [attr=v], [attr~=v], [attr^=v], [attr$=v], [attr*=v], descendant,
 * child (>), :nth-child(n), :first-child, :last-child, comma; or XPath after "xpath:". A "@attr"
 * at the end takes an attribute; "@attr" alone takes it from the context element. NULL with
 * *problem when it does not compile or memory is exhausted. */
struct selector *selector_compile(struct str text, const char **problem);
void selector_free(struct selector *s);

/* What matching may cost: about one for each element looked at, and each operation of XPath. Where
 * it is used up nothing matches any more. A compiled selector has SELECTOR_BUDGET of its own; share
 * one over several with selector_share(), which must outlive them. */
enum { SELECTOR_BUDGET = 20000000 };
void selector_share(struct selector *s, int64_t *budget);

/* Call visit for each match below `from`, in document order, not descending into matches, until
 * it returns false. */
void selector_each(const struct selector *s, struct _xmlNode *from,
                   bool (*visit)(void *arg, struct _xmlNode *node), void *arg);
/* The first match below `from`, or NULL. */
struct _xmlNode *selector_first(const struct selector *s, struct _xmlNode *from);
/* The attribute that a "@attr" suffix asks for, ending in NUL; NULL when none. */
const char *selector_attribute(const struct selector *s);

#endif
