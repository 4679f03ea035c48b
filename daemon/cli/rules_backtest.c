/* rules backtest: what other rules would say of the stored items, and what they cost. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/human.h"
#include "daemon/cli/places.h"
#include "daemon/cli/progress.h"
#include "daemon/cli/rules_edited.h"
#include "daemon/cli/rules_samples.h"

enum { TITLE_WIDTH = 60, TOPIC_WIDTH = 24, TERM_WIDTH = 22 };

struct trial {
    struct client *client;
    json_t *rules;   /* as the daemon tells of them */
    struct rules *sides[BACKTEST_SIDES];
    struct backtest *backtest;
    struct corpus_info info;
};

static const struct {
    enum backtest_change change;
    const char *heading;
} told[] = {
    {BACKTEST_NEWLY, "新触发 Newly alerting"},
    {BACKTEST_STOPS, "不再触发 Alerting no more"},
    {BACKTEST_MOVES, "改归别的事项 Alerting under another topic"},
};

static int judge_page(void *arg, const struct backtest_item *items, size_t n,
                      const struct corpus_info *info)
{
    struct trial *t = arg;
    int err = backtest_add(t->backtest, items, n);

    if (err)
        cli_error("%s", err_text(err));
    progress_show("回测 judging", info->looked_at, info->texts);
    return err ? EX_OSERR : 0;
}

static int get_old(struct trial *t)
{
    int status = client_get(t->client, "/api/v1/rules", &t->rules);

    if (!status)
        t->sides[BACKTEST_OLD] = corpus_rules(t->client, &status);
    return status;
}

/* As the town has them, with its own places; refused terms are refused here too. */
static int get_new(const struct cli_args *args, struct trial *t)
{
    const char *given = cli_value(args, "rules");
    const char *dir = given ? given : human_text(t->rules, "folder", NULL);
    const char *places = human_text(t->rules, "places", NULL);
    struct rules_town town = {.places = *places ? places : NULL};
    struct rules_edited edited;
    int status = rules_edited_read(args, dir, &edited);
    struct problems *problems = problems_new();

    places_set_shipped();
    town.edit = edited.given;
    if (!status && problems)
        t->sides[BACKTEST_NEW] = rules_compile_town(dir, &town, problems);
    if (problems) {
        problems_sort(problems);
        problems_print(problems, stderr);
    }
    if (!status && !t->sides[BACKTEST_NEW] && !(problems && problems_count(problems)))
        cli_error("%s: %s", dir, err_text(ERR_NOMEM));
    problems_free(problems);
    rules_edited_free(&edited);
    return status ? status : t->sides[BACKTEST_NEW] ? 0 : EX_CONFIG;
}

static double days(int64_t ms)
{
    return (double)ms / (double)CLOCK_DAY;
}

static double speed(const struct backtest *b, int side)
{
    return b->ms[side] > 0 ? (double)b->bytes / 1000 / (double)b->ms[side] : 0;
}

static double share(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void add_topic_json(struct buf *out, const struct backtest_topic *t)
{
    static const char *const sides[] = {"old", "new"};

    buf_add_text(out, "{\"topic\":");
    buf_add_json(out, t->id);
    buf_addf(out, ",\"newly\":%zu,\"stops\":%zu", t->newly, t->stops);
    for (int k = 0; k < BACKTEST_SIDES; k++)
        if (t->has[k])
            buf_addf(out, ",\"%s\":{\"items\":%zu,\"alerts\":%zu,\"touched\":%zu,\"hits\":%zu}",
                     sides[k], t->given[k], t->alerts[k], t->touched[k], t->hits[k]);
        else
            buf_addf(out, ",\"%s\":null", sides[k]);
    buf_add_char(out, '}');
}

static void add_name_json(struct buf *out, const char *name, struct str topic, float score)
{
    buf_addf(out, ",\"%s\":", name);
    if (!topic.n) {
        buf_add_text(out, "null");
        return;
    }
    buf_add_text(out, "{\"topic\":");
    buf_add_json(out, topic);
    buf_addf(out, ",\"score\":%.4f}", (double)score);
}

static void add_samples_json(struct buf *out, const struct backtest *b, enum backtest_change change)
{
    for (size_t i = 0; i < backtest_samples(b, change); i++) {
        const struct backtest_sample *s = &b->samples[change][i];
        buf_add_text(out, i ? ",{\"id\":" : "{\"id\":");
        buf_add_json(out, s->id);
        buf_add_text(out, ",\"title\":");
        buf_add_json(out, s->title);
        add_name_json(out, "old", s->topics[BACKTEST_OLD], s->scores[BACKTEST_OLD]);
        add_name_json(out, "new", s->topics[BACKTEST_NEW], s->scores[BACKTEST_NEW]);
        buf_add_text(out, ",\"why\":");
        buf_add_json(out, s->why);
        buf_add_char(out, '}');
    }
}

static void add_age_json(struct buf *out, const char *name, const struct corpus_info *info,
                         int which)
{
    char text[CLOCK_TEXT];

    buf_addf(out, "\"%s\":{\"kept_days\":%.2f,\"oldest\":", name, days(info->keep[which]));
    if (info->oldest[which])
        buf_addf(out, "\"%s\"}", clock_format(info->oldest[which], text));
    else
        buf_add_text(out, "null}");
}

static void add_head_json(struct buf *out, const struct trial *t)
{
    const struct backtest *b = t->backtest;

    buf_addf(out, "{\"old\":\"%s\",\"new\":\"%s\",\"items\":%zu,\"corpus\":{\"backtest\":%s,",
             rules_version(t->sides[BACKTEST_OLD]), rules_version(t->sides[BACKTEST_NEW]),
             b->items, t->info.backtest ? "true" : "false");
    add_age_json(out, "unmatched", &t->info, 0);
    buf_add_char(out, ',');
    add_age_json(out, "matched", &t->info, 1);
    buf_addf(out, "},\"alerts\":{\"old\":%zu,\"new\":%zu},\"megabytes_per_second\":{\"old\":%.1f,"
                  "\"new\":%.1f}",
             b->alerts[BACKTEST_OLD], b->alerts[BACKTEST_NEW], speed(b, BACKTEST_OLD),
             speed(b, BACKTEST_NEW));
}

static void add_json(struct buf *out, const struct trial *t)
{
    const struct backtest *b = t->backtest;

    add_head_json(out, t);
    for (int change = 0; change < BACKTEST_CHANGES; change++)
        buf_addf(out, ",\"%s\":%zu", backtest_change_name((enum backtest_change)change),
                 b->changes[change]);
    buf_add_text(out, ",\"topics\":[");
    for (size_t i = 0; i < b->ntopics; i++) {
        buf_add_text(out, i ? "," : "");
        add_topic_json(out, &b->topics[i]);
    }
    buf_add_text(out, "],\"samples\":{");
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        buf_addf(out, "%s\"%s\":[", i ? "," : "", backtest_change_name(told[i].change));
        add_samples_json(out, b, told[i].change);
        buf_add_char(out, ']');
    }
    buf_add_text(out, "},\"terms\":[");
    for (size_t i = 0; i < b->nterms; i++) {
        buf_add_text(out, i ? ",{\"term\":" : "{\"term\":");
        buf_add_json(out, b->terms[i].text);
        buf_add_text(out, ",\"topic\":");
        buf_add_json(out, b->terms[i].topic);
        buf_addf(out, ",\"items\":%zu,\"share\":%.4f}", b->terms[i].items,
                 share(b->terms[i].items, b->items) / 100);
    }
    buf_add_text(out, "]}\n");
}

/* How far back the items go really, which is not always what was asked for. */
static void add_age(struct buf *out, const struct trial *t)
{
    static const char *const whose[] = {"没有规则命中的 unmatched", "有规则命中的 matched"};
    char text[CLOCK_TEXT];

    for (int k = 0; k < 2; k++) {
        buf_addf(out, "  %s：", whose[k]);
        if (t->info.oldest[k])
            buf_addf(out, "最早 %s (oldest)", clock_format(t->info.oldest[k], text));
        else
            buf_add_text(out, "没有 (none)");
        buf_addf(out, "，文本保留 %.3g 天 (days kept)\n", days(t->info.keep[k]));
    }
    if (!t->info.backtest)
        buf_add_text(out, "  新规则能新找到的多在没有规则命中的里；retention 的 backtest: true "
                          "让它们保留 30 天 (what new rules would find is among the unmatched: "
                          "backtest: true under retention keeps them for 30 days)\n");
}

static void add_topics(struct buf *out, const struct backtest *b)
{
    buf_add_char(out, '\n');
    cli_pad(out, STR("事项 Topic"), TOPIC_WIDTH);
    buf_add_text(out, "   触发旧→新 alerts   新增 new  不再 less   归入旧→新 items"
                      "   出现词的条目 touched   词次/条 hits\n");
    for (size_t i = 0; i < b->ntopics; i++) {
        const struct backtest_topic *t = &b->topics[i];
        if (!t->touched[BACKTEST_OLD] && !t->touched[BACKTEST_NEW])
            continue;
        cli_pad(out, t->id, TOPIC_WIDTH);
        buf_addf(out, " %8zu → %-8zu %8zu %10zu %10zu → %-8zu %17.1f%% %14.2f\n",
                 t->alerts[BACKTEST_OLD], t->alerts[BACKTEST_NEW], t->newly, t->stops,
                 t->given[BACKTEST_OLD], t->given[BACKTEST_NEW],
                 share(t->touched[BACKTEST_NEW], b->items),
                 share(t->hits[BACKTEST_NEW], b->items) / 100);
    }
}

static void add_samples(struct buf *out, const struct backtest *b, enum backtest_change change,
                        const char *heading)
{
    size_t n = backtest_samples(b, change);

    buf_addf(out, "\n%s：%zu\n", heading, b->changes[change]);
    for (size_t i = 0; i < n; i++) {
        const struct backtest_sample *s = &b->samples[change][i];
        const struct sample brief = {.title = s->title};
        const struct str *topics = s->topics;
        buf_addf(out, "  %.*s  ", STR_ARG(s->id));
        rules_samples_brief(out, &brief, TITLE_WIDTH);
        buf_addf(out, "\n      %.*s %.2f → %.*s %.2f（%.*s）\n",
                 STR_ARG(topics[BACKTEST_OLD].n ? topics[BACKTEST_OLD] : STR("无 none")),
                 (double)s->scores[BACKTEST_OLD],
                 STR_ARG(topics[BACKTEST_NEW].n ? topics[BACKTEST_NEW] : STR("无 none")),
                 (double)s->scores[BACKTEST_NEW], STR_ARG(s->why));
    }
}

static void add_text(struct buf *out, const struct trial *t)
{
    const struct backtest *b = t->backtest;

    buf_addf(out, "规则 %s（在用 in force）→ %s，%zu 条 (items)\n",
             rules_version(t->sides[BACKTEST_OLD]), rules_version(t->sides[BACKTEST_NEW]),
             b->items);
    add_age(out, t);
    buf_addf(out, "触发 Alerts：%zu → %zu；新增 newly %zu，不再 no more %zu，改事项 moved %zu，"
                  "其他变化 other changes %zu\n判断速度 Speed：%.0f → %.0f MB/s\n",
             b->alerts[BACKTEST_OLD], b->alerts[BACKTEST_NEW], b->changes[BACKTEST_NEWLY],
             b->changes[BACKTEST_STOPS], b->changes[BACKTEST_MOVES], b->changes[BACKTEST_OTHER],
             speed(b, BACKTEST_OLD), speed(b, BACKTEST_NEW));
    add_topics(out, b);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        add_samples(out, b, told[i].change, told[i].heading);
    buf_add_text(out, "\n出现最多的词 Terms in most items\n");
    for (size_t i = 0; i < b->nterms; i++) {
        buf_add_text(out, "  ");
        cli_pad(out, b->terms[i].text, TERM_WIDTH);
        buf_addf(out, " %5.1f%% %8zu  %.*s\n", share(b->terms[i].items, b->items),
                 b->terms[i].items, STR_ARG(b->terms[i].topic));
    }
}

static int work(const struct cli_args *args, struct trial *t)
{
    struct buf out = BUF_INIT;

    t->backtest = backtest_new(t->sides[BACKTEST_OLD], t->sides[BACKTEST_NEW]);
    if (!t->backtest) {
        cli_error("%s", err_text(ERR_NOMEM));
        return EX_OSERR;
    }
    int status = corpus_read(t->client, cli_value(args, "since"), judge_page, t, &t->info);
    progress_clear();
    if (status)
        return status;
    backtest_end(t->backtest);
    (cli_value(args, "json") ? add_json : add_text)(&out, t);
    if (buf_ok(&out))
        cli_print(buf_str(&out));
    else
        cli_error("%s", err_text(ERR_NOMEM));
    status = buf_ok(&out) ? EX_OK : EX_OSERR;
    buf_free(&out);
    return status;
}

int commands_rules_backtest(const struct cli_args *args)
{
    int status = progress_to(cli_value(args, "status-fd"));

    if (status)
        return status;
    struct trial t = {.client = client_open()};
    status = t.client ? get_old(&t) : EX_UNAVAILABLE;
    if (!status)
        status = get_new(args, &t);
    if (!status)
        status = work(args, &t);
    backtest_free(t.backtest);
    for (int k = 0; k < BACKTEST_SIDES; k++)
        rules_free(t.sides[k]);
    json_decref(t.rules);
    client_close(t.client);
    return status;
}
