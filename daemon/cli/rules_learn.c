/* rules learn: a linear model of labelled items, and how good it is at items it has not seen. */
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "classifiers/learn/learn.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress.h"
#include "daemon/cli/rules_samples.h"

enum { SEEDS = 10, LABEL_WIDTH = 22, MODEL_MODE = 0640 };

struct learned {
    struct learn_model *model;
    double mean, deviation;
    size_t bytes;
};

static void add_json(struct buf *out, const struct learned *l, const struct samples *s)
{
    char date[CLOCK_TEXT];

    buf_addf(out,
             "{\"date\":\"%s\",\"samples\":%zu,\"sources\":%zu,\"sources_told\":%s,"
             "\"features\":%zu,\"bytes\":%zu,\"seeds\":%d,\"macro_f1\":%.4f,\"deviation\":%.4f,"
             "\"labels\":[",
             clock_format(learn_date(l->model), date), learn_samples(l->model),
             learn_sources(l->model), s->unsourced < s->n ? "true" : "false",
             learn_features(l->model), l->bytes, SEEDS, l->mean, l->deviation);
    for (size_t i = 0; i < learn_labels(l->model); i++) {
        struct learn_score score = learn_label_score(l->model, i);
        buf_add_text(out, i ? ",{\"label\":" : "{\"label\":");
        buf_add_json(out, learn_label(l->model, i));
        buf_addf(out, ",\"precision\":%.4f,\"recall\":%.4f,\"f1\":%.4f}", (double)score.precision,
                 (double)score.recall, (double)score.f1);
    }
    buf_add_text(out, "]}\n");
}

static void add_text(struct buf *out, const struct learned *l, const struct samples *s)
{
    buf_addf(out, "%zu 条样本，%zu 个特征 (%zu samples, %zu features)\n", learn_samples(l->model),
             learn_features(l->model), learn_samples(l->model), learn_features(l->model));
    if (s->unsourced == s->n)
        buf_addf(out, "样本没有 source：只要求特征出现在至少 %d 条里 (no sources are told: a feature "
                      "only has to stand in %d items)\n",
                 SAMPLES_ITEMS_LEAST, SAMPLES_ITEMS_LEAST);
    buf_addf(out, "%d 次分层 80/20 的宏平均 F1：%.3f ± %.3f (macro-F1, mean of %d stratified 80/20 "
                  "splits)\n\n",
             SEEDS, l->mean, l->deviation, SEEDS);
    cli_pad(out, STR("标签 Label"), LABEL_WIDTH);
    buf_addf(out, " 准确 Prec 召回 Rec.      F1  （%d 折交叉验证 %d-fold cross-validation）\n",
             LEARN_FOLDS, LEARN_FOLDS);
    for (size_t i = 0; i < learn_labels(l->model); i++) {
        struct learn_score score = learn_label_score(l->model, i);
        cli_pad(out, learn_label(l->model, i), LABEL_WIDTH);
        buf_addf(out, " %9.3f %9.3f %7.3f\n", (double)score.precision, (double)score.recall,
                 (double)score.f1);
    }
}

static void show_progress(size_t done, size_t total)
{
    progress_show("交叉验证 cross-validating", done, total);
}

static int save(const char *path, struct learned *l)
{
    struct buf bytes = BUF_INIT;
    int err = learn_write(l->model, &bytes);

    l->bytes = bytes.len;
    if (!err && path)
        err = file_replace(path, buf_str(&bytes), MODEL_MODE);
    buf_free(&bytes);
    return err;
}

static int learn(const struct cli_args *args, struct rules_samples *r)
{
    struct learned l = {0};
    struct buf out = BUF_INIT;
    const char *path = cli_value(args, "out");

    if (cli_value(args, "map"))
        samples_map_rename(r->samples, r->rules, &r->map);
    int err = learn_cross(r->samples, SEEDS, show_progress, &l.mean, &l.deviation);
    progress_clear();
    if (!err && !(err = learn_train(r->samples, clock_now(), &l.model))) {
        err = save(path, &l);
        if (err == ERR_IO)
            cli_error_at(path, 0, "%s", err_text(err));
        (cli_value(args, "json") ? add_json : add_text)(&out, &l, r->samples);
        if (!err && !buf_ok(&out))
            err = ERR_NOMEM;
        if (!err)
            cli_print(buf_str(&out));
        learn_free(l.model);
    }
    buf_free(&out);
    if (err == ERR_INVALID)
        cli_error("学不了：至少要有两种标签，每种 %d 条 (cannot learn: two labels with %d items each "
                  "are the least)",
                  SAMPLES_ITEMS_LEAST, SAMPLES_ITEMS_LEAST);
    else if (err && err != ERR_IO)
        cli_error("%s", err_text(err));
    return !err                 ? EX_OK
           : err == ERR_IO      ? EX_CANTCREAT
           : err == ERR_NOMEM   ? EX_OSERR
                                : EX_DATAERR;
}

int commands_rules_learn(const struct cli_args *args)
{
    struct rules_samples r;
    int status = cli_value(args, "map") ? rules_samples_open(args, false, &r)
                                        : rules_samples_read(args, &r);

    if (status)
        return status;
    status = learn(args, &r);
    rules_samples_close(&r);
    return status;
}
