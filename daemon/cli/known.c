#include "daemon/cli/known.h"

#include "base/member.h"
#include "base/near.h"
#include "daemon/cli/client.h"

enum { NEAR_SHOWN = 3 };

/* A part of the other, or made of it by a few letters: a third of them. */
static size_t far(struct str id, struct str other)
{
    size_t n = near_distance(id, other);

    if (id.n > 2 && other.n > 2 &&
        (str_find(id, other, 0) != (size_t)-1 || str_find(other, id, 0) != (size_t)-1))
        return 1;
    return n <= (id.n > 6 ? id.n / 3 : 2) ? n : NEAR_NEVER;
}

/* The nearest first, as the list has them otherwise. */
static void put_near(const json_t *items, struct str id, struct buf *near)
{
    size_t shown = 0;

    for (size_t n = 0; n < NEAR_NEVER && shown < NEAR_SHOWN; n++)
        for (size_t i = 0; i < json_array_size(items) && shown < NEAR_SHOWN; i++) {
            struct str other = member_get(json_array_get(items, i), "id");
            if (other.p && far(id, other) == n)
                buf_addf(near, "%s%.*s", shown++ ? ", " : "；相近的有 (near ones): ", STR_ARG(other));
        }
}

bool known_among(const json_t *items, const char *id, struct buf *near)
{
    for (size_t i = 0; i < json_array_size(items); i++)
        if (str_is(member_get(json_array_get(items, i), "id"), id))
            return true;
    if (near)
        put_near(items, str_from(id), near);
    return false;
}

bool known_lacks(const char *path, const char *id, struct buf *near)
{
    struct client *c = client_running() ? client_open() : NULL;
    json_t *answer = NULL;
    bool lacks = false;

    if (!c)
        return false;
    client_hush(c, true);
    if (client_get(c, path, &answer) == 0) {
        const json_t *items = json_object_get(answer, "items");
        lacks = json_is_array(items) && !known_among(items, id, near);
    }
    json_decref(answer);
    client_close(c);
    return lacks;
}
