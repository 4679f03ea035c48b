/* Of an explanation: what a person at a terminal reads. */
#include "daemon/cli/explain_show.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"
#include "daemon/cli/commands.h"
#include "daemon/workbench/explain_json.h"

enum { TERM_WIDTH = 22 };

struct paint { /* empty where colours are not wanted */
    const char *given, *veto, *other, *strong, *off;
};

static struct paint choose_paint(void)
{
    const char *no = getenv("NO_COLOR");

    if ((no && *no) || !isatty(STDOUT_FILENO))
        return (struct paint){"", "", "", "", ""};
    return (struct paint){"\033[1;32m", "\033[1;31m", "\033[33m", "\033[1m", "\033[0m"};
}

/* How the byte at `at` is shown: what counts for a topic that is given, before vetoes, before what
 * came to nothing. */
static const char *colour_at(const struct explanation *e, const struct paint *p, uint32_t at)
{
    const char *colour = NULL;

    for (size_t t = 0; t < e->ntopics; t++)
        for (size_t i = 0; i < e->topics[t].nhits; i++) {
            const struct explain_hit *h = &e->topics[t].hits[i];
            if (at < h->start || at >= h->end)
                continue;
            if (h->fate == EVAL_COUNTS && e->topics[t].outcome == EXPLAIN_GIVEN)
                return p->given;
            if (h->fate == EVAL_VETO || h->fate == EVAL_SILENT)
                colour = p->veto;
            else if (!colour)
                colour = p->other;
        }
    return colour;
}

static void add_marked(struct buf *out, const struct explanation *e, const struct paint *p)
{
    struct str whole = {e->verdict.title.p, e->verdict.title.n + 1 + e->verdict.text.n};
    const char *now = NULL;

    for (size_t at = e->verdict.title.n ? 0 : 1; at < whole.n;) {
        size_t start = at;
        uint32_t cp = utf8_next(whole, &at);
        const char *want = colour_at(e, p, (uint32_t)start);
        if (want != now) {
            buf_add_text(out, now ? p->off : "");
            buf_add_text(out, want ? want : "");
            now = want;
        }
        /* A text may hold a terminal's own orders. */
        if ((cp < 0x20 && cp != '\n') || cp == 0x7F || (cp >= 0x80 && cp < 0xA0))
            buf_add_char(out, ' ');
        else
            buf_add(out, whole.p + start, at - start);
    }
    buf_add_text(out, now ? p->off : "");
    buf_add_text(out, "\n\n");
}

static void add_hits(struct buf *out, const struct explain_set *s, const struct paint *p)
{
    for (size_t i = 0; i < s->nhits; i++) {
        const struct explain_hit *h = &s->hits[i];
        const char *colour = h->fate == EVAL_COUNTS                          ? p->given
                             : h->fate == EVAL_VETO || h->fate == EVAL_SILENT ? p->veto
                                                                              : p->other;
        buf_addf(out, "    %s", colour);
        cli_pad(out, h->rule, TERM_WIDTH);
        buf_addf(out, "%s %5u–%-5u", p->off, h->start, h->end);
        if (h->weight > 0)
            buf_addf(out, " %s%.2g", h->condition ? "组合 of a condition ×" : "×",
                     (double)h->weight);
        buf_addf(out, "  %s %s\n", explain_fate_zh(h->fate), explain_fate_name(h->fate));
    }
}

/* Nothing of it came near: parts of conditions, or vetoes of nothing. */
static bool is_far(const struct explain_set *s)
{
    return s->outcome == EXPLAIN_UNMET;
}

static void add_far(struct buf *out, const struct explanation *e)
{
    const char *comma = "另有只出现组合条件的一部分或否决词的，用 --all 看 (parts of conditions or "
                        "vetoes only; --all shows them)：";

    for (size_t i = 0; i < e->ntopics; i++)
        if (is_far(&e->topics[i])) {
            buf_addf(out, "%s%.*s", comma, STR_ARG(e->topics[i].zh));
            comma = "、";
        }
    buf_add_char(out, '\n');
}

static void add_topics(struct buf *out, const struct explanation *e, const struct paint *p,
                       bool all)
{
    size_t far = 0;

    for (size_t i = 0; i < e->ntopics; i++) {
        const struct explain_set *s = &e->topics[i];
        if (!all && is_far(s)) {
            far++;
            continue;
        }
        bool given = s->outcome == EXPLAIN_GIVEN;
        buf_addf(out, "%s%s %.*s %.*s%s  %s (%s)：得分 %.3f %s 阈值 %.3f (score, threshold)\n",
                 given ? p->given : p->strong, given ? "✔" : "✘", STR_ARG(s->zh), STR_ARG(s->id),
                 p->off, explain_outcome_zh(s->outcome), explain_outcome_name(s->outcome),
                 (double)s->score, given ? "≥" : "<", (double)s->threshold);
        add_hits(out, s, p);
    }
    if (far)
        add_far(out, e);
    if (!e->ntopics)
        buf_add_text(out, "没有一个事项的词出现 (no term of any topic stands in it)\n");
}

/* By what the line before was decided. */
static void add_decided(struct buf *out, const struct explain_set *s, const char *none)
{
    const struct explain_hit *by[EXPLAIN_JSON_DECIDED];
    size_t n = explain_json_decided(s, by);

    buf_add_text(out, "  主要依据 Decided by：");
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%.*s ×%.2g", i ? "、" : "", STR_ARG(by[i]->rule), (double)by[i]->weight);
    buf_addf(out, "%s\n", n ? "" : none);
}

static void add_opinion(struct buf *out, const struct verdict_tag *tag, bool counts,
                        const struct paint *p)
{
    buf_addf(out, "%s%s %.*s%s  模型意见 the model's opinion：%.3f  %s\n",
             counts ? p->given : p->strong, counts ? "✔" : "?", STR_ARG(tag->topic), p->off,
             (double)tag->score,
             counts ? "计入 counts (learned: true)" : "只作提议 proposed, no more");
}

/* What the learned model says where no rule does, and how far rules and model are from doubt. */
static void add_model(struct buf *out, const struct verdict *v, const struct paint *p)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (v->tags[i].model)
            add_opinion(out, &v->tags[i], true, p);
    for (size_t i = 0; i < v->nproposed; i++)
        add_opinion(out, &v->proposed[i], false, p);
    buf_addf(out, "存疑 Doubt：%.2f\n\n", (double)v->doubt);
}

static void add_cues(struct buf *out, const struct explanation *e, const struct paint *p)
{
    buf_addf(out, "%s%s%s：反映 %.2f − 通报 %.2f + 先验 %.2f = %.2f (raised, reported, prior)\n",
             p->strong,
             e->verdict.kind == VERDICT_RAISED ? "反映问题 raised" : "通报消息 reported", p->off,
             (double)e->cues[BLOCK_RAISED].evidence, (double)e->cues[BLOCK_REPORTED].evidence,
             (double)e->prior, (double)e->lean);
    add_decided(out, explain_json_kind_cue(e), "只有先验 the prior alone");
    add_hits(out, &e->cues[BLOCK_RAISED], p);
    add_hits(out, &e->cues[BLOCK_REPORTED], p);
    buf_addf(out, "%s诉求类型 Request：%s %s%s\n", p->strong,
             verdict_request_zh(e->verdict.request), verdict_request_name(e->verdict.request),
             p->off);
    add_decided(out, explain_json_request_cue(e), "没有诉求词 no word of any request");
    for (size_t i = BLOCK_REQUESTS; i < BLOCK_CUES; i++) {
        if (e->cues[i].nhits)
            buf_addf(out, "  %.*s %.*s %.2f（先验 prior %.2f）\n", STR_ARG(e->cues[i].zh),
                     STR_ARG(e->cues[i].id), (double)e->cues[i].evidence,
                     (double)e->request_prior[i - BLOCK_REQUESTS]);
        add_hits(out, &e->cues[i], p);
    }
    buf_addf(out, "%s地区 Regions：%s", p->strong, p->off);
    for (size_t i = 0; i < e->verdict.nregions; i++)
        buf_addf(out, "%s%.*s %.*s", i ? "、" : "", STR_ARG(e->verdict.regions[i].name),
                 STR_ARG(e->verdict.regions[i].code));
    buf_add_text(out, e->verdict.nregions ? "\n" : "无 none\n");
    if (e->verdict.elsewhere)
        buf_addf(out, "%s✘ 外地 elsewhere%s：所说的地方都不在本地范围内，不会立项 (it names places, "
                      "none in or above home: it opens no concern)\n", p->veto, p->off);
}

void explain_show_text(struct buf *out, const struct explanation *e, bool all)
{
    struct paint paint = choose_paint();

    add_marked(out, e, &paint);
    add_topics(out, e, &paint, all);
    add_model(out, &e->verdict, &paint);
    add_cues(out, e, &paint);
}
