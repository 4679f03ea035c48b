/* base/named.h - lists of structs whose first member is their name, an array of characters, each
 * name once, in the order of their bytes. The caller has the list; its room grows by doubling. */
#ifndef HUIYING_BASE_NAMED_H
#define HUIYING_BASE_NAMED_H

#include <stdbool.h>
#include <stddef.h>

/* Where among `count` structs of `size` bytes one of this name stands (*there), or would. */
size_t named_place(const void *list, size_t count, size_t size, const char *name, bool *there);
/* One more of this name, zero bytes behind it, at the place where it belongs; the array has room
 * for the name and its NUL. The list, which may have moved, or NULL without memory: the old one is
 * as it was. */
void *named_insert(void *list, size_t *count, size_t *cap, size_t size, size_t at,
                   const char *name);

#endif
