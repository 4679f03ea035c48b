#include "daemon/cli/rules_samples.h"

#include "base/err.h"
#include "base/utf8.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/rules_marks.h"

enum { PROBLEMS_TOLD = 20 };

static int read_file(struct samples *s, const char *file)
{
    struct lines lines;
    struct str line;
    int status = lines_open(&lines, file), bad = 0;

    while (!status && lines_next(&lines, &line)) {
        const char *problem = "";
        int err = utf8_valid(line) ? samples_add_json(s, line, &problem) : ERR_SYNTAX;
        if (!err)
            continue;
        if (err == ERR_NOMEM || err == ERR_LIMIT)
            status = err == ERR_NOMEM ? EX_OSERR : EX_DATAERR;
        if (status || bad++ < PROBLEMS_TOLD)
            cli_error_at(file, lines.number, "%s",
                         err == ERR_NOMEM ? err_text(err)
                         : problem[0]     ? problem
                                          : "不是 UTF-8 (not UTF-8)");
    }
    int cut = lines_close(&lines);
    return status ? status : cut ? cut : bad ? EX_DATAERR : 0;
}

static int no_marks(void)
{
    cli_error("--since 只用于 --marks (is for --marks only)");
    return EX_USAGE;
}

int rules_samples_read(const struct cli_args *args, struct rules_samples *out)
{
    int status = 0;

    *out = (struct rules_samples){.samples = samples_new()};
    if (!out->samples) {
        cli_error("%s", err_text(ERR_NOMEM));
        return EX_OSERR;
    }
    bool marks = cli_value(args, "marks") != NULL;
    if (marks)
        status = rules_marks_read(out->samples, cli_value(args, "since"));
    else if (cli_value(args, "since"))
        status = no_marks();
    for (int i = 0; (i == 0 && !marks) || i < args->count; i++) {
        int one = read_file(out->samples, cli_file(args, i));
        status = status ? status : one;
    }
    if (!status && !out->samples->n) {
        cli_error("%s: 没有样本 (no samples)", marks && !args->count ? "--marks" : cli_file(args, 0));
        status = EX_DATAERR;
    }
    if (status)
        rules_samples_close(out);
    return status;
}

static int read_map(const struct cli_args *args, struct rules_samples *r)
{
    struct problems *problems = problems_new();
    int err = problems ? samples_map_load(r->samples, r->rules, cli_value(args, "map"), problems,
                                          &r->map)
                       : ERR_NOMEM;

    if (problems) {
        problems_sort(problems);
        problems_print(problems, stderr);
    }
    problems_free(problems);
    if (!err || err == ERR_SYNTAX)
        return err ? EX_DATAERR : 0;
    cli_error("%s", err_text(err));
    return err == ERR_LIMIT ? EX_DATAERR : EX_OSERR;
}

int rules_samples_open(const struct cli_args *args, bool edits, struct rules_samples *out)
{
    int status = rules_samples_read(args, out);

    if (status)
        return status;
    uint64_t stood = 0, had = 0;
    for (size_t i = 0; i < out->samples->n; i++)
        had |= out->samples->list[i].labels;
    places_rules(args, out->dir);
    status = edits ? rules_edited_read(args, out->dir, &out->edited) : 0;
    if (!status && !(out->rules = bench_rules_edited(out->dir, out->edited.given)))
        status = EX_CONFIG;
    if (!status)
        status = read_map(args, out);
    for (size_t i = 0; !status && i < out->map.ntopics; i++)
        stood |= out->map.labels[i];
    if (!status && !(stood & had)) {
        cli_error("样本的标签没有一个对应事项：用 --map 说明 (no label of the samples is that of a "
                  "topic: say which are by --map)");
        status = EX_DATAERR;
    }
    if (status)
        rules_samples_close(out);
    return status;
}

void rules_samples_close(struct rules_samples *r)
{
    samples_free(r->samples);
    samples_map_free(&r->map);
    rules_free(r->rules);
    rules_edited_free(&r->edited);
    *r = (struct rules_samples){0};
}

void rules_samples_brief(struct buf *out, const struct sample *s, int width)
{
    struct str from = s->title.n ? s->title : s->text;
    int used = 0;

    for (size_t at = 0; at < from.n;) {
        size_t start = at;
        uint32_t cp = utf8_next(from, &at);
        struct str one = {from.p + start, at - start};
        used += utf8_width(one);
        if (used > width) {
            buf_add_text(out, "…");
            return;
        }
        if (cp < 0x20 || cp == 0x7F || (cp >= 0x80 && cp < 0xA0))
            buf_add_char(out, ' ');
        else
            buf_add_str(out, one);
    }
}

struct str rules_samples_label(const struct samples *s, int label)
{
    return label < 0 ? STR("无 none") : s->labels[label];
}
