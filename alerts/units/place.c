#include "alerts/units/place.h"

static bool zeros(struct str code, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (code.p[i] != '0')
            return false;
    return true;
}

bool place_is_code(struct str code)
{
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9')
            return false;
    return code.n == 6 || code.n == 9 || code.n == 12;
}

struct str place_stem(struct str code)
{
    static const size_t ends[] = {12, 9, 6, 4, 2, 0}; /* where each level's digits end */

    for (size_t i = 0; i + 1 < sizeof ends / sizeof *ends; i++)
        if (code.n == ends[i] && zeros(code, ends[i + 1], ends[i]))
            code.n = ends[i + 1];
    return code;
}

bool place_within(struct str inner, struct str outer)
{
    return str_starts(place_stem(inner), place_stem(outer));
}

bool place_compatible(struct str a, struct str b)
{
    return place_within(a, b) || place_within(b, a);
}
