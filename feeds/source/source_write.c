#include "base/err.h"
#include "feeds/source/source.h"
#include "feeds/source/spec.h"

static void text(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_addf(out, "%s: ", key);
    buf_add_json(out, str_from(value));
    buf_add_char(out, '\n');
}

/* In the longest unit that needs no fraction. */
static void duration(struct buf *out, const char *key, int64_t ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;

    while (ms % units[i].ms)
        i++;
    buf_addf(out, "%s: %lld%s\n", key, (long long)(ms / units[i].ms), ms ? units[i].unit : "s");
}

static void headers(struct buf *out, char *const *list)
{
    if (!list || !*list)
        return;
    buf_add_text(out, "headers:\n");
    for (; *list; list++) {
        const char *colon = strstr(*list, ": ");
        if (!colon)
            continue;
        buf_add_text(out, "  ");
        buf_add_json(out, (struct str){*list, (size_t)(colon - *list)});
        buf_add_text(out, ": ");
        buf_add_json(out, str_from(colon + 2));
        buf_add_char(out, '\n');
    }
}

int source_write(const struct source *s, struct buf *out)
{
    int zone = s->zone_minutes < 0 ? -s->zone_minutes : s->zone_minutes;

    text(out, "id", s->id);
    text(out, "name", s->name);
    text(out, "url", s->url);
    text(out, "kind", source_kind_name(s->kind));
    duration(out, "interval", s->interval);
    if (s->least != s->interval || s->most != s->interval) {
        duration(out, "interval_least", s->least);
        duration(out, "interval_most", s->most);
    }
    duration(out, "since", s->since);
    buf_addf(out, "zone: \"%c%02d:%02d\"\n", s->zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
    text(out, "region", s->region);
    text(out, "category", s->category);
    if (s->full_text)
        buf_add_text(out, "full_text: true\n");
    if (s->extras) {
        spec_write(&s->extras->board, out);
        if (s->extras->pages)
            buf_addf(out, "pages: %d\n", s->extras->pages);
        headers(out, s->extras->headers);
        text(out, "proxy", s->extras->proxy);
    }
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
