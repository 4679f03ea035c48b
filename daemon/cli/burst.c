/* burst: the daemon's own look at how topics come, over a file of classified items. */
#include <stdlib.h>

#include <jansson.h>

#include "alerts/burst.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/lines.h"
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

static void tell(const char *topic, int64_t at, const struct burst_alarm *alarm)
{
    struct buf out = BUF_INIT;

    buf_add_char(&out, '{');
    json_out_time(&out, "at", at);
    json_out_text(&out, "topic", topic);
    json_out_count(&out, "expected", alarm->expected);
    json_out_count(&out, "seen", alarm->seen);
    buf_add_text(&out, "}\n");
    cli_print(buf_str(&out));
    buf_free(&out);
}

/* `topic`, or the topics of `tags`. */
static int count_topics(struct burst *b, const json_t *item, int64_t at)
{
    const json_t *tags = json_object_get(item, "tags"), *one = json_object_get(item, "topic");
    size_t n = json_array_size(tags);
    struct burst_alarm alarm;

    if (burst_reserve(b, n + 1))
        return EX_OSERR;
    burst_item(b, at);
    for (size_t i = 0; i < n + 1; i++) {
        const char *topic = json_string_value(
            i < n ? json_object_get(json_array_get(tags, i), "topic") : one);
        if (topic && str_from(topic).n < SLUG_MAX && burst_topic(b, str_from(topic), &alarm))
            tell(topic, at, &alarm);
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
    struct burst *b = burst_new(step);
    status = b ? 0 : EX_OSERR;
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
    lines_close(&lines);
    return status ? status : worst;
}
