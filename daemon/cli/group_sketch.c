#include <xxhash.h>

#include "daemon/cli/group.h"

/* The hits of an item, hashed with their places; *apart when two of them do not overlap. */
static uint64_t hash_hits(const json_t *item, bool *apart)
{
    const json_t *tags = json_object_get(item, "tags"), *tag, *hit;
    json_int_t first_end = INT64_MAX, last_start = -1;
    uint64_t hash = 0;
    size_t i, k;

    json_array_foreach(tags, i, tag) {
        json_array_foreach(json_object_get(tag, "why"), k, hit) {
            const json_t *term = json_object_get(hit, "term");
            json_int_t start = json_integer_value(json_object_get(hit, "start"));
            json_int_t end = json_integer_value(json_object_get(hit, "end"));
            uint64_t place[2] = {(uint64_t)start, (uint64_t)end};
            hash = XXH3_64bits_withSeed(json_string_value(term), json_string_length(term), hash);
            hash = XXH3_64bits_withSeed(place, sizeof place, hash);
            first_end = end < first_end ? end : first_end;
            last_start = start > last_start ? start : last_start;
        }
    }
    *apart = last_start >= first_end;
    return hash;
}

void group_hit_sketch(const json_t *item, uint32_t sketch[static VERDICT_SKETCH])
{
    const json_t *id = json_object_get(item, "id");
    bool apart;
    uint64_t seed = hash_hits(item, &apart);

    if (!apart)
        seed = XXH3_64bits(json_string_value(id), json_string_length(id));
    for (uint32_t i = 0; i < VERDICT_SKETCH; i++)
        sketch[i] = (uint32_t)XXH3_64bits_withSeed(&i, sizeof i, seed);
}
