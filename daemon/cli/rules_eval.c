/* rules eval: how often the rules are right on labelled items, and where they are most wrong. */
#include <stdio.h>

#include "base/err.h"
#include "classifiers/workbench/evaluate.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress.h"
#include "daemon/cli/rules_samples.h"

enum { LABEL_WIDTH = 22, BRIEF_WIDTH = 56, TERMS_TOLD = 12 };

static void add_counts_json(struct buf *out, struct evaluate_counts c)
{
    buf_addf(out, "\"precision\":%.4f,\"recall\":%.4f,\"f1\":%.4f,\"right\":%zu,\"wrong\":%zu,"
                  "\"missed\":%zu",
             evaluate_precision(c), evaluate_recall(c), evaluate_f1(c), c.right, c.wrong, c.missed);
}

static void add_labels_json(struct buf *out, const struct evaluation *e)
{
    const char *comma = "";

    buf_add_text(out, "\"labels\":[");
    for (size_t k = 0; k < e->samples->nlabels; k++) {
        if (!(e->known >> k & 1))
            continue;
        buf_addf(out, "%s{\"label\":", comma);
        buf_add_json(out, e->samples->labels[k]);
        buf_add_char(out, ',');
        add_counts_json(out, e->labels[k]);
        buf_add_char(out, '}');
        comma = ",";
    }
    buf_add_char(out, ']');
}

static void add_confusion_json(struct buf *out, const struct evaluation *e)
{
    const struct samples *s = e->samples;
    const char *comma = "";

    buf_add_text(out, ",\"confusion\":[");
    for (size_t i = 0; i < s->nlabels; i++)
        for (size_t k = 0; k <= s->nlabels; k++) {
            if (!e->confusion[i][k])
                continue;
            buf_addf(out, "%s{\"label\":", comma);
            buf_add_json(out, s->labels[i]);
            buf_add_text(out, ",\"given\":");
            buf_add_json(out, k == s->nlabels ? STR("none") : s->labels[k]);
            buf_addf(out, ",\"items\":%zu}", e->confusion[i][k]);
            comma = ",";
        }
    buf_add_char(out, ']');
}

static void add_label_json(struct buf *out, const struct samples *s, int label)
{
    buf_add_json(out, label < 0 ? STR("none") : s->labels[label]);
}

static void add_worst_json(struct buf *out, const char *name, const struct evaluation *e,
                           const struct evaluate_worst *list, size_t n, bool missed)
{
    buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = &e->samples->list[list[i].sample];
        const struct verdict_tag *tag = list[i].tag;
        buf_add_text(out, i ? ",{\"id\":" : "{\"id\":");
        buf_add_json(out, s->id);
        buf_add_text(out, ",\"title\":");
        buf_add_json(out, s->title);
        buf_add_text(out, ",\"label\":");
        add_label_json(out, e->samples, missed ? list[i].label : list[i].other);
        buf_add_text(out, ",\"given\":");
        add_label_json(out, e->samples, missed ? list[i].other : list[i].label);
        buf_addf(out, ",\"score\":%.4f,\"topic\":", (double)list[i].score);
        if (tag)
            buf_add_json(out, tag->topic);
        else
            buf_add_text(out, "null");
        buf_add_text(out, ",\"why\":[");
        for (size_t h = 0; tag && h < tag->nhits; h++) {
            buf_add_text(out, h ? ",{\"term\":" : "{\"term\":");
            buf_add_json(out, tag->hits[h].term);
            buf_addf(out, ",\"start\":%u,\"end\":%u}", tag->hits[h].start, tag->hits[h].end);
        }
        buf_add_text(out, "]}");
    }
    buf_add_char(out, ']');
}

static void add_about_json(struct buf *out, const struct evaluation *e)
{
    const char *comma = "";

    buf_addf(out, ",\"kinds\":{\"items\":%zu,", e->kinds_told);
    add_counts_json(out, e->raised);
    buf_addf(out, "},\"requests\":{\"items\":%zu,\"labels\":[", e->requests_told);
    for (int k = 0; k <= REQUEST_REPORT; k++) {
        struct evaluate_counts c = e->requests[k];
        if (!(c.right + c.wrong + c.missed))
            continue;
        buf_addf(out, "%s{\"request\":\"%s\",", comma,
                 verdict_request_name((enum verdict_request)k));
        add_counts_json(out, c);
        buf_add_char(out, '}');
        comma = ",";
    }
    buf_add_text(out, "]}");
}

static void add_json(struct buf *out, const struct evaluation *e, const struct rules *rules)
{
    buf_addf(out, "{\"rules\":\"%s\",\"items\":%zu,\"single\":%s,\"macro_f1\":%.4f,\"micro\":{",
             rules_version(rules), e->samples->n, e->single ? "true" : "false",
             evaluate_macro_f1(e));
    add_counts_json(out, e->all);
    buf_add_text(out, "},");
    add_labels_json(out, e);
    if (e->single)
        add_confusion_json(out, e);
    add_about_json(out, e);
    add_worst_json(out, "misses", e, e->misses, e->nmisses, true);
    add_worst_json(out, "false_alarms", e, e->alarms, e->nalarms, false);
    buf_add_text(out, "}\n");
}

static void add_row(struct buf *out, struct str name, struct evaluate_counts c)
{
    cli_pad(out, name, LABEL_WIDTH);
    buf_addf(out, " %9.3f %9.3f %7.3f %6zu %6zu %6zu\n", evaluate_precision(c), evaluate_recall(c),
             evaluate_f1(c), c.right, c.wrong, c.missed);
}

static void add_labels(struct buf *out, const struct evaluation *e)
{
    cli_pad(out, STR("标签 Label"), LABEL_WIDTH);
    buf_add_text(out, " 准确 Prec 召回 Rec.      F1   正确   误报   漏报\n");
    for (size_t k = 0; k < e->samples->nlabels; k++)
        if (e->known >> k & 1)
            add_row(out, e->samples->labels[k], e->labels[k]);
    add_row(out, STR("合计 micro"), e->all);
    cli_pad(out, STR("宏平均 macro"), LABEL_WIDTH);
    buf_addf(out, " %27.3f\n", evaluate_macro_f1(e));
}

/* Of the samples that say what kind and type of request they are. */
static void add_about(struct buf *out, const struct evaluation *e)
{
    if (e->kinds_told || e->requests_told)
        buf_add_char(out, '\n');
    if (e->kinds_told)
        add_row(out, STR("反映问题 raised"), e->raised);
    for (int k = 0; k <= REQUEST_REPORT && e->requests_told; k++) {
        enum verdict_request request = (enum verdict_request)k;
        char name[64];
        snprintf(name, sizeof name, "%s %s", verdict_request_zh(request),
                 verdict_request_name(request));
        add_row(out, str_from(name), e->requests[k]);
    }
}

/* Columns are numbered: names of labels are too wide for them. */
static void add_confusion(struct buf *out, const struct evaluation *e)
{
    const struct samples *s = e->samples;
    struct buf cell = BUF_INIT;

    buf_add_text(out, "\n混淆表 Confusion（行：标签，列：所判 rows: label, columns: given）\n");
    cli_pad(out, STR(""), LABEL_WIDTH + 4);
    for (size_t k = 0; k < s->nlabels; k++)
        if (e->known >> k & 1)
            buf_addf(out, "%6zu", k + 1);
    buf_add_text(out, "    无\n");
    for (size_t i = 0; i < s->nlabels; i++) {
        if (!(e->known >> i & 1))
            continue;
        buf_reset(&cell);
        buf_addf(&cell, "%2zu  %.*s", i + 1, STR_ARG(s->labels[i]));
        cli_pad(out, buf_str(&cell), LABEL_WIDTH + 4);
        for (size_t k = 0; k <= s->nlabels; k++)
            if (k == s->nlabels || e->known >> k & 1)
                buf_addf(out, "%6zu", e->confusion[i][k]);
        buf_add_char(out, '\n');
    }
    buf_free(&cell);
}

/* Each term once. */
static void add_terms(struct buf *out, const struct verdict_tag *tag)
{
    int told = 0;

    for (size_t i = 0; i < tag->nhits; i++) {
        size_t k = 0;
        while (k < i && !str_eq(tag->hits[k].term, tag->hits[i].term))
            k++;
        if (k < i)
            continue;
        if (told == TERMS_TOLD) {
            buf_add_text(out, "…");
            return;
        }
        buf_addf(out, "%s%.*s", told++ ? "、" : "", STR_ARG(tag->hits[i].term));
    }
}

static void add_worst(struct buf *out, const char *heading, const struct evaluation *e,
                      const struct evaluate_worst *list, size_t n, bool missed)
{
    if (n)
        buf_addf(out, "\n%s\n", heading);
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = &e->samples->list[list[i].sample];
        const struct verdict_tag *tag = list[i].tag;
        struct str label = rules_samples_label(e->samples, missed ? list[i].label : list[i].other);
        struct str given = rules_samples_label(e->samples, missed ? list[i].other : list[i].label);
        buf_addf(out, "  %.*s  ", STR_ARG(s->id));
        rules_samples_brief(out, s, BRIEF_WIDTH);
        buf_addf(out, "\n      %.*s → %.*s", STR_ARG(label), STR_ARG(given));
        if (tag)
            buf_addf(out, "（%.*s %.2f：", STR_ARG(tag->topic), (double)tag->score);
        if (tag)
            add_terms(out, tag);
        buf_add_text(out, tag ? "）\n" : "\n");
    }
}

static void add_text(struct buf *out, const struct evaluation *e, const struct rules *rules)
{
    buf_addf(out, "%zu 条样本，规则版本 %s (%zu samples, version %s)\n%s\n\n", e->samples->n,
             rules_version(rules), e->samples->n, rules_version(rules),
             e->single ? "每条一个标签：只算得分最高的事项 (one label each: the strongest topic counts)"
                       : "一条可有多个标签：事项都算 (several labels each: all topics count)");
    add_labels(out, e);
    add_about(out, e);
    if (e->single)
        add_confusion(out, e);
    add_worst(out, "漏报最甚 Worst misses（标签 → 所判 label → given）", e, e->misses, e->nmisses,
              true);
    add_worst(out, "误报最甚 Worst false alarms（标签 → 所判 label → given）", e, e->alarms,
              e->nalarms, false);
}

static void show_progress(size_t done, size_t total)
{
    progress_show("评测 judging", done, total);
}

int commands_rules_eval(const struct cli_args *args)
{
    struct rules_samples r;
    struct evaluation *e;
    struct buf out = BUF_INIT;
    int status = progress_to(cli_value(args, "status-fd"));

    if (!status)
        status = rules_samples_open(args, true, &r);
    if (status)
        return status;
    int err = evaluate_rules(r.rules, r.samples, &r.map, show_progress, &e);
    progress_clear();
    if (!err) {
        (cli_value(args, "json") ? add_json : add_text)(&out, e, r.rules);
        evaluate_free(e);
        err = buf_ok(&out) ? 0 : ERR_NOMEM;
    }
    if (err) {
        cli_error("%s", err_text(err));
        status = EX_OSERR;
    } else {
        cli_print(buf_str(&out));
    }
    buf_free(&out);
    rules_samples_close(&r);
    return status;
}
