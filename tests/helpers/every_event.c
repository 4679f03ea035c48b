/* Writes events as JSON Lines: each type with typical, with least and with greatest values; with
 * --item TEXT each type with that as the item that a unit's own session adds. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "alerts/event.h"

#define EPOCH "0f8fad5b-d9cb-469f-a165-70867728950e"

static void fill(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static bool of_concern(enum event_type type)
{
    return strncmp(event_type_name(type), "huiying.concern.", 16) == 0;
}

static bool has_code(enum event_type type)
{
    return type == EVENT_DISMISSED || type == EVENT_DISMISSAL_ASKED || type == EVENT_ERASED;
}

/* Names that other kinds of event need besides. */
static void name_subject(struct event *e, const char *slug)
{
    fill(e->source, sizeof e->source, slug);
    fill(e->to, sizeof e->to, slug);
    fill(e->topic, sizeof e->topic, slug);
}

static struct event least(enum event_type type)
{
    struct event e = {.seq = 1, .type = type, .act = ACT_NONE, .concern = of_concern(type)};

    if (of_concern(type))
        fill(e.topic, sizeof e.topic, "a");
    else
        name_subject(&e, "a");
    if (has_code(type))
        e.code = DISMISSAL_ADVERTISEMENT;
    return e;
}

static struct event typical(enum event_type type)
{
    struct event e = {.seq = 17, .at = 1767250800000, .type = type, .region = "330105",
                      .concern = of_concern(type) ? 12 : 0, .grade = GRADE_MAJOR,
                      .act = ACT_REPLY, .due = 1767423600000, .items = 3, .before = 2026,
                      .after = 2};

    name_subject(&e, "hr");
    fill(e.topic, sizeof e.topic, "wage-arrears");
    fill(e.unit, sizeof e.unit, "labour");
    if (has_code(type))
        e.code = DISMISSAL_OLD_NEWS;
    if (type == EVENT_REMINDED)
        e.percent = 80;
    if (type == EVENT_JOINED)
        e.likeness = (struct event_likeness){LIKE_MATTER, 63, 4};
    return e;
}

static struct event greatest(enum event_type type)
{
    char slug[SLUG_MAX];
    struct event e = {.seq = INT64_MAX, .at = 253402271999999, .type = type,
                      .region = "330105001002", .concern = of_concern(type) ? UINT64_MAX : 0,
                      .grade = GRADE_GRAVE, .act = ACT_ASSESS, .due = 253402271999999,
                      .items = UINT32_MAX, .before = UINT32_MAX, .after = UINT32_MAX,
                      .rules = UINT64_MAX, .previous = UINT64_MAX, .other = UINT64_MAX,
                      .round = UINT16_MAX, .noted = true, .late = true};

    memset(slug, 'z', sizeof slug - 1);
    slug[sizeof slug - 1] = '\0';
    name_subject(&e, slug);
    fill(e.unit, sizeof e.unit, slug);
    fill(e.by, sizeof e.by, slug);
    if (has_code(type))
        e.code = DISMISSALS - 1;
    if (type == EVENT_REMINDED)
        e.percent = 50;
    if (type == EVENT_JOINED)
        e.likeness = (struct event_likeness){LIKES - 1, 100, UINT8_MAX};
    return e;
}

static int put(struct event e, uint64_t unitseq, struct str item)
{
    struct buf out = BUF_INIT;
    int err = event_write_json(&e, EPOCH, unitseq, item, &out);

    if (!err)
        printf("%.*s\n", (int)out.len, out.data);
    buf_free(&out);
    return err;
}

int main(int argc, char **argv)
{
    struct str item = argc == 3 && strcmp(argv[1], "--item") == 0 ? str_from(argv[2]) : STR_NONE;
    int err = 0;

    for (int i = 0; i < EVENT_TYPES && !err; i++) {
        enum event_type type = (enum event_type)i;
        err = put(typical(type), 5, item);
        if (err || item.n)
            continue;
        err = put(least(type), 0, item);
        if (!err)
            err = put(greatest(type), INT64_MAX, item);
    }
    return err ? 1 : 0;
}
