/* rules suggest: terms to add to a topic and terms to drop, each tried on the labelled items. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/file.h"
#include "classifiers/workbench/suggest.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress.h"
#include "daemon/cli/rules_samples.h"
#include "daemon/cli/rules_trial.h"

enum { GAINS_TRIED = 40, COSTS_TRIED = 20, SHOWN = 10, TERM_WIDTH = 20 };

static const double weights[] = {1, 0.5, 0.3};

struct tried {
    struct suggest_term term;
    double weight; /* tried with; 0: without the term */
    struct evaluate_counts counts; /* of the topic's labels, then */
};

struct desk {
    struct rules_samples r;
    struct rules_trial *trial;
    struct str topic;
    uint64_t labels;
    struct evaluation *base; /* of the rules as they are */
    struct evaluate_counts now;
    size_t failing; /* examples, now */
    bool *stands;   /* of each sample: does the term that is tried stand in it? */
    struct suggest_terms gains, costs;
    struct tried tried[GAINS_TRIED + COSTS_TRIED];
    size_t ngains, ncosts; /* gains first */
    struct buf text;       /* of the topic's file, changed; empty: nothing to apply */
    size_t applied;
    struct evaluate_counts then;
};

static struct evaluate_counts sum(const struct evaluation *e, uint64_t labels)
{
    struct evaluate_counts c = {0};

    for (; labels; labels &= labels - 1) {
        const struct evaluate_counts *one = &e->labels[__builtin_ctzll(labels)];
        c.right += one->right;
        c.wrong += one->wrong;
        c.missed += one->missed;
    }
    return c;
}

/* With the text, which differs from that of `from` by the term of d->stands; *kept, when it is not
 * NULL, is the caller's. */
static int measure(struct desk *d, const struct evaluation *from, struct str text,
                   struct evaluate_counts *out, struct evaluation **kept)
{
    struct evaluation *e;
    int err = rules_trial_again(d->trial, text, &d->r.map, from, d->stands, &e);

    if (err)
        return err;
    *out = sum(e, d->labels);
    if (kept)
        *kept = e;
    else
        evaluate_free(e);
    return 0;
}

/* Is it better than `than`, and no worse by the topics' own examples? */
static bool better(const struct desk *d, struct evaluate_counts c, struct evaluate_counts than)
{
    return evaluate_f1(c) > evaluate_f1(than) && rules_trial_failing(d->trial) <= d->failing;
}

/* A term that finds one more sample is made for that sample. */
static bool finds_more(const struct desk *d, struct evaluate_counts c)
{
    return c.right >= d->now.right + 2;
}

/* Stands it in two samples that are missed? If not, no rules need to be compiled to know. */
static bool may_find_more(const struct desk *d)
{
    const struct samples *s = d->r.samples;
    size_t missed = 0;

    for (size_t i = 0; i < s->n && missed < 2; i++)
        missed += d->stands[i] && s->list[i].labels & d->labels & ~d->base->found[i];
    return missed >= 2;
}

/* Try the term with the weight that gains most. Terms that the rules refuse, such as the topic
 * already has, and such as its examples speak against are passed over. What the heaviest does not
 * find, a lighter one does not. */
static int try_gain(struct desk *d, const struct suggest_term *term)
{
    struct tried best = {.term = *term};
    struct buf text = BUF_INIT;
    int err = suggest_stands(d->r.samples, term->text, d->stands);
    bool more = !err && may_find_more(d);

    for (size_t i = 0; more && i < sizeof weights / sizeof *weights && !err; i++) {
        struct evaluate_counts c;
        buf_reset(&text);
        err = suggest_insert(rules_trial_text(d->trial), term->text, weights[i], &text);
        if (!err)
            err = measure(d, d->base, buf_str(&text), &c, NULL);
        more = !err && finds_more(d, c);
        if (err == ERR_REFUSED) {
            err = 0;
        } else if (more &&
                   better(d, c, best.weight > 0 ? best.counts : d->now)) {
            best.weight = weights[i];
            best.counts = c;
        }
    }
    buf_free(&text);
    if (!err && best.weight > 0)
        d->tried[d->ngains++] = best;
    return err;
}

static int try_cost(struct desk *d, const struct suggest_term *term)
{
    struct tried t = {.term = *term};
    struct buf text = BUF_INIT;
    int err = suggest_remove(rules_trial_text(d->trial), term->text, &text);

    if (!err)
        err = suggest_stands(d->r.samples, term->text, d->stands);
    if (!err)
        err = measure(d, d->base, buf_str(&text), &t.counts, NULL);
    if (!err && better(d, t.counts, d->now))
        d->tried[d->ngains + d->ncosts++] = t;
    buf_free(&text);
    /* One that stands in a pattern or list has no line of its own; one that examples or other
     * terms need cannot go. */
    return err == ERR_NOTFOUND || err == ERR_REFUSED ? 0 : err;
}

static int by_f1(const void *a, const void *b)
{
    const struct tried *x = a, *y = b;
    double fx = evaluate_f1(x->counts), fy = evaluate_f1(y->counts);

    if (fx > fy || fx < fy)
        return fx > fy ? -1 : 1;
    return str_order(x->term.text, y->term.text);
}

static int try_all(struct desk *d)
{
    const struct samples *s = d->r.samples;
    int err = (d->stands = calloc(s->n + 1, sizeof *d->stands)) ? 0 : ERR_NOMEM;

    if (!err)
        err = rules_trial_run(d->trial, rules_trial_text(d->trial), s, &d->r.map, &d->base);
    if (!err)
        d->now = sum(d->base, d->labels);
    d->failing = err ? 0 : rules_trial_failing(d->trial);
    if (err || (err = suggest_gains(s, d->labels, d->r.rules, d->r.dir, GAINS_TRIED, &d->gains)) ||
        (err = suggest_costs(s, d->labels, d->r.rules, d->topic, COSTS_TRIED, &d->costs)))
        return err;
    size_t total = d->gains.n + d->costs.n, done = 0;
    for (size_t i = 0; i < d->gains.n && !err; i++) {
        err = try_gain(d, &d->gains.list[i]);
        progress_show("试词 trying terms", ++done, total);
    }
    for (size_t i = 0; i < d->costs.n && !err; i++) {
        err = try_cost(d, &d->costs.list[i]);
        progress_show("试词 trying terms", ++done, total);
    }
    progress_clear();
    if (d->ngains)
        qsort(d->tried, d->ngains, sizeof *d->tried, by_f1);
    if (d->ncosts)
        qsort(d->tried + d->ngains, d->ncosts, sizeof *d->tried, by_f1);
    return err;
}

/* Add the gains one upon the other, as long as each still gains with those before it. */
static int compose(struct desk *d)
{
    struct buf next = BUF_INIT;
    struct evaluation *last = d->base, *kept = NULL;
    int err = buf_add_str(&d->text, rules_trial_text(d->trial));

    d->then = d->now;
    for (size_t i = 0; i < d->ngains && d->applied < SHOWN && !err; i++) {
        struct evaluate_counts c;
        buf_reset(&next);
        if ((err = suggest_stands(d->r.samples, d->tried[i].term.text, d->stands)))
            break;
        err = suggest_insert(buf_str(&d->text), d->tried[i].term.text, d->tried[i].weight, &next);
        if (!err)
            err = measure(d, last, buf_str(&next), &c, &kept);
        if (err && err != ERR_REFUSED)
            break;
        if (err || !better(d, c, d->then)) {
            evaluate_free(err ? NULL : kept);
            err = 0;
            continue;
        }
        if (last != d->base)
            evaluate_free(last);
        last = kept;
        struct buf old = d->text;
        d->text = next;
        next = old;
        d->then = c;
        d->applied++;
    }
    if (last != d->base)
        evaluate_free(last);
    buf_free(&next);
    return err;
}

static void add_effect_json(struct buf *out, const struct desk *d, const struct tried *t)
{
    struct buf line = BUF_INIT;

    buf_add_text(out, "{\"term\":");
    buf_add_json(out, t->term.text);
    buf_addf(out, ",\"weight\":%g,\"with\":%zu,\"without\":%zu,\"precision\":%.4f,"
                  "\"recall\":%.4f,\"f1\":%.4f",
             t->weight, t->term.with, t->term.without,
             evaluate_precision(t->counts) - evaluate_precision(d->now),
             evaluate_recall(t->counts) - evaluate_recall(d->now),
             evaluate_f1(t->counts) - evaluate_f1(d->now));
    if (t->weight > 0) {
        suggest_element(t->term.text, t->weight, &line);
        buf_add_text(out, ",\"line\":");
        buf_add_json(out, buf_str(&line));
    }
    buf_add_char(out, '}');
    buf_free(&line);
}

static void add_json(struct buf *out, const struct desk *d, struct str diff)
{
    buf_add_text(out, "{\"topic\":");
    buf_add_json(out, d->topic);
    buf_addf(out, ",\"precision\":%.4f,\"recall\":%.4f,\"f1\":%.4f,\"gains\":[",
             evaluate_precision(d->now), evaluate_recall(d->now), evaluate_f1(d->now));
    for (size_t i = 0; i < d->ngains && i < SHOWN; i++) {
        buf_add_text(out, i ? "," : "");
        add_effect_json(out, d, &d->tried[i]);
    }
    buf_add_text(out, "],\"costs\":[");
    for (size_t i = 0; i < d->ncosts && i < SHOWN; i++) {
        buf_add_text(out, i ? "," : "");
        add_effect_json(out, d, &d->tried[d->ngains + i]);
    }
    buf_addf(out, "],\"applied\":%zu,\"diff\":", d->applied);
    buf_add_json(out, diff);
    buf_add_text(out, "}\n");
}

static void add_table(struct buf *out, const struct desk *d, const char *heading,
                      const struct tried *list, size_t n)
{
    buf_addf(out, "\n%s\n", heading);
    if (!n)
        buf_add_text(out, "  无 none\n");
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        buf_add_text(out, "  ");
        cli_pad(out, list[i].term.text, TERM_WIDTH);
        if (list[i].weight > 0)
            buf_addf(out, " ×%-4g", list[i].weight);
        buf_addf(out, " ΔP %+.3f  ΔR %+.3f  ΔF1 %+.3f  本类/他类 in/out %zu/%zu\n",
                 evaluate_precision(list[i].counts) - evaluate_precision(d->now),
                 evaluate_recall(list[i].counts) - evaluate_recall(d->now),
                 evaluate_f1(list[i].counts) - evaluate_f1(d->now), list[i].term.with,
                 list[i].term.without);
    }
}

static void add_text(struct buf *out, const struct desk *d, struct str diff)
{
    const struct samples *s = d->r.samples;

    buf_addf(out, "%.*s：P %.3f  R %.3f  F1 %.3f，%zu 条样本 (%zu samples)\n", STR_ARG(d->topic),
             evaluate_precision(d->now), evaluate_recall(d->now), evaluate_f1(d->now), s->n, s->n);
    if (s->unsourced == s->n)
        buf_addf(out, "样本没有 source：只要求词出现在至少 %d 条里 (no sources are told: a term only "
                      "has to stand in %d items)\n",
                 SAMPLES_ITEMS_LEAST, SAMPLES_ITEMS_LEAST);
    add_table(out, d, "加上更好 Terms that would gain", d->tried, d->ngains);
    add_table(out, d, "去掉更好 Terms that cost", d->tried + d->ngains, d->ncosts);
    if (!diff.n)
        return;
    buf_add_char(out, '\n');
    buf_add_str(out, diff);
    buf_addf(out, "\n已写入 %zu 个词 (terms written)：P %.3f  R %.3f  F1 %.3f\n", d->applied,
             evaluate_precision(d->then), evaluate_recall(d->then), evaluate_f1(d->then));
}

/* What is written was compiled and measured just before, so that it cannot break the rules. */
static int apply(struct desk *d, struct buf *diff)
{
    const char *path = rules_trial_path(d->trial);
    struct stat st;
    int err = compose(d);

    if (err || !d->applied)
        return err;
    err = suggest_diff(path, rules_trial_text(d->trial), buf_str(&d->text), diff);
    if (!err)
        err = file_replace(path, buf_str(&d->text), stat(path, &st) ? 0644 : st.st_mode & 0777);
    if (err == ERR_IO)
        cli_error_at(path, 0, "写不了 (cannot write)");
    return err;
}

static int work(const struct cli_args *args, struct desk *d)
{
    struct buf out = BUF_INIT, diff = BUF_INIT;
    int err = try_all(d);

    if (!err && cli_value(args, "apply"))
        err = apply(d, &diff);
    if (!err) {
        (cli_value(args, "json") ? add_json : add_text)(&out, d, buf_str(&diff));
        err = buf_ok(&out) ? 0 : ERR_NOMEM;
    }
    if (!err)
        cli_print(buf_str(&out));
    else if (err == ERR_UNSUPPORTED)
        cli_error_at(rules_trial_path(d->trial), 0,
                     "any 写在一行里：请每词一行 (any is written on one line: one line a term)");
    else
        cli_error("%s", err_text(err));
    buf_free(&out);
    buf_free(&diff);
    return !err ? EX_OK : err == ERR_UNSUPPORTED ? EX_DATAERR : EX_OSERR;
}

int commands_rules_suggest(const struct cli_args *args)
{
    const char *name = cli_value(args, "topic");
    struct desk d = {.topic = str_from(name)};

    if (!name) {
        cli_error("rules suggest: 缺少 --topic (--topic is missing)");
        return EX_USAGE;
    }
    if (cli_value(args, "edit") && cli_value(args, "apply")) {
        cli_error("--apply 写进事项文件，不能与 --edit 同用 (writes into the topic's file: not with "
                  "--edit)");
        return EX_USAGE;
    }
    int status = progress_to(cli_value(args, "status-fd"));
    if (!status)
        status = rules_samples_open(args, true, &d.r);
    if (status)
        return status;
    int topic = rules_find(d.r.rules, d.topic);
    d.labels = topic < 0 ? 0 : d.r.map.labels[topic];
    if (!d.labels) {
        cli_error("%s: %s", name, topic < 0 ? "规则里没有此事项 (the rules have no such topic)"
                                            : "没有标签对应此事项 (no label is this topic's)");
        status = EX_DATAERR;
    } else if (!(d.trial = rules_trial_open(d.r.dir, d.topic, d.r.edited.given))) {
        status = EX_NOINPUT;
    } else {
        status = work(args, &d);
    }
    evaluate_free(d.base);
    free(d.stands);
    suggest_free(&d.gains);
    suggest_free(&d.costs);
    buf_free(&d.text);
    rules_trial_close(d.trial);
    rules_samples_close(&d.r);
    return status;
}
