/* base/member.h - the text of a JSON value, and of a named member of an object. It is borrowed
 * from the value, may hold NULs, and is STR_NONE where there is none or it is no text. Pure; any
 * thread. */
#ifndef HUIYING_BASE_MEMBER_H
#define HUIYING_BASE_MEMBER_H

#include <jansson.h>

#include "base/str.h"

static inline struct str member_str(const json_t *value)
{
    return (struct str){json_string_value(value), json_string_length(value)};
}

static inline struct str member_get(const json_t *object, const char *name)
{
    return member_str(json_object_get(object, name));
}

#endif
