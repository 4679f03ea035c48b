#include "base/err.h"
#include "base/member.h"
#include "daemon/cli/group.h"

static struct str text_of(const json_t *object, const char *name, struct arena *arena)
{
    return arena_str(arena, member_get(object, name));
}

static int read_tags(const json_t *tags, struct arena *arena, struct verdict *out)
{
    const json_t *tag;
    size_t i;

    out->tags = arena_alloc(arena, json_array_size(tags) + 1, sizeof *out->tags);
    if (!out->tags)
        return ERR_NOMEM;
    json_array_foreach(tags, i, tag) {
        struct verdict_tag *to = &out->tags[out->ntags];
        to->topic = text_of(tag, "topic", arena);
        to->score = (float)json_number_value(json_object_get(tag, "score"));
        if (!to->topic.n)
            return ERR_SYNTAX;
        /* What a model only proposes opens nothing. */
        out->ntags += !json_is_false(json_object_get(tag, "learned"));
    }
    return 0;
}

static int read_regions(const json_t *regions, struct arena *arena, struct verdict *out)
{
    const json_t *region;
    size_t i;

    out->nregions = json_array_size(regions);
    out->regions = arena_alloc(arena, out->nregions ? out->nregions : 1, sizeof *out->regions);
    if (!out->regions)
        return ERR_NOMEM;
    json_array_foreach(regions, i, region) {
        out->regions[i].code = text_of(region, "code", arena);
        out->regions[i].name = text_of(region, "name", arena);
        if (!out->regions[i].code.n)
            return ERR_SYNTAX;
    }
    return 0;
}

static enum verdict_request read_request(const char *name)
{
    for (int r = REQUEST_ENQUIRY; name && r <= REQUEST_REPORT; r++)
        if (strcmp(name, verdict_request_name((enum verdict_request)r)) == 0)
            return (enum verdict_request)r;
    return REQUEST_HELP;
}

int group_read_verdict(const json_t *item, struct arena *arena, struct verdict *out,
                       const char **problem)
{
    const char *kind = json_string_value(json_object_get(item, "kind"));
    int err;

    *problem = "tags 应为 [{\"topic\",\"score\",…}] (expected what `huiying classify` writes)";
    err = read_tags(json_object_get(item, "tags"), arena, out);
    if (err)
        return err;
    *problem = "regions 应为 [{\"code\",\"name\"}] (expected what `huiying classify` writes)";
    err = read_regions(json_object_get(item, "regions"), arena, out);
    if (err)
        return err;
    out->identity = text_of(item, "id", arena);
    out->title = text_of(item, "title", arena);
    out->text = text_of(item, "content_text", arena);
    /* A line without `kind` is taken for a resident's: only those open concerns. */
    out->kind = kind && strcmp(kind, verdict_kind_name(VERDICT_REPORTED)) == 0 ? VERDICT_REPORTED
                                                                              : VERDICT_RAISED;
    out->request = read_request(json_string_value(json_object_get(item, "request")));
    return 0;
}
