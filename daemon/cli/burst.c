/* burst: the daemon's own look at how topics come, over a file of classified items. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "alerts/heat/burst.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/due.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/places.h"
#include "daemon/http/json_out.h"

static const struct {
    const char *name;
    int hours;
} steps[] = {{"1h", 1}, {"2h", 2}, {"3h", 3}, {"4h", 4}, {"6h", 6}, {"8h", 8}, {"12h", 12},
             {"24h", 24}, {"1d", 24}};

static int fail_line(const struct lines *l, const char *why)
{
    cli_error_at(l->name, l->number, "%s", why);
    return EX_DATAERR;
}

static void tell(const char *topic, const char *term, int64_t at, const struct burst_alarm *alarm)
{
    char code[EVENT_RULES_TEXT];
    struct buf out = BUF_INIT;

    buf_add_char(&out, '{');
    json_out_time(&out, "at", at);
    json_out_text(&out, "topic", topic);
    if (term) {
        json_out_text(&out, "term", term);
        json_out_text(&out, "code", event_rules_text(event_term_code(str_from(term)), code));
    }
    json_out_count(&out, "hours", alarm->hours);
    json_out_count(&out, "expected", alarm->expected);
    json_out_count(&out, "seen", alarm->seen);
    buf_add_text(&out, "}\n");
    cli_print(buf_str(&out));
    buf_free(&out);
}

static const char *term_of(const json_t *why, size_t i)
{
    return json_string_value(json_object_get(json_array_get(why, i), "term"));
}

/* Each once. */
static void count_terms(struct burst *b, const char *topic, const json_t *why, int64_t at)
{
    struct burst_alarm alarm;

    for (size_t i = 0; i < json_array_size(why); i++) {
        const char *term = term_of(why, i);
        size_t k = 0;
        while (term && k < i && (!term_of(why, k) || strcmp(term_of(why, k), term)))
            k++;
        if (term && k == i && burst_term(b, str_from(topic), str_from(term), &alarm))
            tell(topic, term, at, &alarm);
    }
}

/* `topic`, or the topics of `tags`, and the terms that these have. */
static int count_topics(struct burst *b, const json_t *item, int64_t at)
{
    const json_t *tags = json_object_get(item, "tags"), *one = json_object_get(item, "topic"), *tag;
    struct burst_alarm alarm;
    size_t names = 1, i;

    json_array_foreach(tags, i, tag)
        names += 1 + json_array_size(json_object_get(tag, "why"));
    if (burst_reserve(b, names))
        return EX_OSERR;
    burst_item(b, at);
    for (i = 0; i < json_array_size(tags) + 1; i++) {
        tag = json_array_get(tags, i);
        const char *topic = json_string_value(tag ? json_object_get(tag, "topic") : one);
        if (!topic || str_from(topic).n >= SLUG_MAX)
            continue;
        if (burst_topic(b, str_from(topic), &alarm))
            tell(topic, NULL, at, &alarm);
        count_terms(b, topic, json_object_get(tag, "why"), at);
    }
    return 0;
}

static int take_line(struct burst *b, const struct lines *l, struct str line, int64_t *latest)
{
    json_t *item = json_loadb(line.p, line.n, 0, NULL);
    const char *date = json_string_value(json_object_get(item, "date_published"));
    int64_t at;
    int status;

    if (!json_is_object(item))
        status = fail_line(l, "不是 JSON 对象 (not a JSON object)");
    else if (!date || clock_parse(str_from(date), &at))
        status = fail_line(l, "缺少 date_published 或不是 RFC 3339 (no RFC 3339 date_published)");
    else if (at < *latest)
        status = fail_line(l, "条目应按时间先后排列 (items must come by rising date_published)");
    else
        status = count_topics(b, item, *latest = at);
    json_decref(item);
    return status;
}

static int64_t read_step(const char *text)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!text || str_is(str_from(text), steps[i].name))
            return steps[i].hours * BURST_STEP;
    return 0;
}

int commands_burst(const struct cli_args *args)
{
    int64_t step = read_step(cli_value(args, "step")), latest = INT64_MIN;
    char dir[PLACES_MAX];
    struct lines lines;
    struct str line;
    int worst = 0;

    if (!step) {
        cli_error("--step 应为 1h、2h、3h、4h、6h、8h、12h 或 1d (one of these)");
        return EX_USAGE;
    }
    int status = lines_open(&lines, cli_file(args, 0));
    if (status)
        return status;
    struct deadlines *deadlines = due_load(places_rules(args, dir));
    struct burst *b = deadlines ? burst_new(step) : NULL;
    status = !deadlines ? EX_CONFIG : b ? 0 : EX_OSERR;
    if (b)
        burst_calendar(b, deadlines->calendar);
    while (!status && lines_next(&lines, &line)) {
        status = take_line(b, &lines, line, &latest);
        if (status == EX_DATAERR) {
            worst = status;
            status = 0;
        }
        size_t rows;
        burst_changed(b, &rows); /* nothing is stored here */
    }
    burst_free(b);
    deadline_free(deadlines);
    int cut = lines_close(&lines);
    return status ? status : cut ? cut : worst;
}
