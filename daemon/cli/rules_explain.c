/* rules explain: which terms stand where in an item, and what they decide. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/explain.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/places.h"

enum { ITEM_MAX = 1024 * 1024, TERM_WIDTH = 22 };

struct item {
    struct buf bytes;
    json_t *json; /* NULL: plain text */
    struct str id, title, text;
    int64_t published;
    struct judge_context context;
    bool known;          /* context is */
    struct rules *rules; /* in force where it is stored; NULL: it is from a file */
};

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

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct str){json_string_value(value), json_string_length(value)};
}

static bool is_id(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

/* A stored item by its id, with the rules in force. */
static int get_stored(const char *id, struct item *out)
{
    struct client *c = client_open();
    struct buf path = BUF_INIT;
    int status = c ? 0 : EX_UNAVAILABLE;

    buf_addf(&path, "/api/v1/items/%s", id);
    buf_add_char(&path, '\0');
    if (!status)
        status = buf_ok(&path) ? client_get(c, path.data, &out->json) : EX_OSERR;
    if (!status && json_is_true(json_object_get(out->json, "expired"))) {
        cli_error("%s: 文本已到期 (its text has expired)", id);
        status = EX_NOINPUT;
    }
    if (!status)
        out->rules = corpus_rules(c, &status);
    out->id = text_of(out->json, "id");
    out->title = text_of(out->json, "title");
    out->text = text_of(out->json, "text");
    out->known = corpus_context(out->json, "source_kind", "source_region", &out->context);
    clock_parse(text_of(out->json, "published"), &out->published);
    buf_free(&path);
    client_close(c);
    return status;
}

/* The item to explain, stored or from a file. 0 or the exit status after the reason was told. */
static int get_item(const struct cli_args *args, struct item *out)
{
    const char *file = cli_file(args, 0);

    if (is_id(file) && access(file, F_OK) != 0)
        return get_stored(file, out);
    int status = cli_read(file, ITEM_MAX, &out->bytes);
    if (status)
        return status;
    struct str s = str_trim(buf_str(&out->bytes));
    if (!utf8_valid(s)) {
        cli_error_at(file, 0, "不是 UTF-8 (not UTF-8)");
        return EX_DATAERR;
    }
    if (cli_value(args, "text")) {
        out->text = s;
        return 0;
    }
    out->json = json_loadb(s.p ? s.p : "", s.n, 0, NULL);
    if (!json_is_object(out->json)) {
        cli_error_at(file, 0, "应为一个 JSON 对象；纯文本用 --text (not one JSON object; plain text "
                              "takes --text)");
        return EX_DATAERR;
    }
    out->id = text_of(out->json, "id");
    out->title = text_of(out->json, "title");
    out->text = text_of(out->json, "content_text");
    if (!out->text.n)
        out->text = text_of(out->json, "body");
    return 0;
}

static void add_set_json(struct buf *out, const struct explain_set *s, bool topic)
{
    buf_add_text(out, topic ? "{\"topic\":" : "{\"cue\":");
    buf_add_json(out, s->id);
    buf_addf(out, ",\"evidence\":%.4f", (double)s->evidence);
    if (topic)
        buf_addf(out, ",\"score\":%.4f,\"threshold\":%.4f,\"outcome\":\"%s\"", (double)s->score,
                 (double)s->threshold, explain_outcome_name(s->outcome));
    buf_add_text(out, ",\"hits\":[");
    for (size_t i = 0; i < s->nhits; i++) {
        const struct explain_hit *h = &s->hits[i];
        buf_add_text(out, i ? ",{\"rule\":" : "{\"rule\":");
        buf_add_json(out, h->rule);
        buf_addf(out, ",\"start\":%u,\"end\":%u,\"weight\":%.4f,\"condition\":%s,\"fate\":\"%s\"}",
                 h->start, h->end, (double)h->weight, h->condition ? "true" : "false",
                 explain_fate_name(h->fate));
    }
    buf_add_text(out, "]}");
}

static void add_json(struct buf *out, const struct item *item, const struct explanation *e,
                     const struct rules *rules)
{
    const char *comma = "";

    buf_add_text(out, "{\"id\":");
    buf_add_json(out, item->id);
    buf_add_text(out, ",\"title\":");
    buf_add_json(out, e->verdict.title);
    buf_add_text(out, ",\"content_text\":");
    buf_add_json(out, e->verdict.text);
    buf_addf(out, ",\"rules\":\"%s\",\"topics\":[", rules_version(rules));
    for (size_t i = 0; i < e->ntopics; i++) {
        buf_add_text(out, i ? "," : "");
        add_set_json(out, &e->topics[i], true);
    }
    buf_addf(out, "],\"kind\":\"%s\",\"lean\":%.4f,\"prior\":%.4f,\"request\":\"%s\",\"cues\":[",
             verdict_kind_name(e->verdict.kind), (double)e->lean, (double)e->prior,
             verdict_request_name(e->verdict.request));
    for (size_t i = 0; i < BLOCK_CUES; i++)
        if (e->cues[i].nhits) {
            buf_add_text(out, comma);
            add_set_json(out, &e->cues[i], false);
            comma = ",";
        }
    buf_add_text(out, "],\"regions\":[");
    for (size_t i = 0; i < e->verdict.nregions; i++) {
        buf_add_text(out, i ? ",{\"code\":" : "{\"code\":");
        buf_add_json(out, e->verdict.regions[i].code);
        buf_add_text(out, ",\"name\":");
        buf_add_json(out, e->verdict.regions[i].name);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}\n");
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

static void add_cues(struct buf *out, const struct explanation *e, const struct paint *p)
{
    buf_addf(out, "\n%s%s%s：反映 %.2f − 通报 %.2f + 先验 %.2f = %.2f (raised, reported, prior)\n",
             p->strong,
             e->verdict.kind == VERDICT_RAISED ? "反映问题 raised" : "通报消息 reported", p->off,
             (double)e->cues[BLOCK_RAISED].evidence, (double)e->cues[BLOCK_REPORTED].evidence,
             (double)e->prior, (double)e->lean);
    add_hits(out, &e->cues[BLOCK_RAISED], p);
    add_hits(out, &e->cues[BLOCK_REPORTED], p);
    buf_addf(out, "%s诉求类型 Request：%s %s%s\n", p->strong,
             verdict_request_zh(e->verdict.request), verdict_request_name(e->verdict.request),
             p->off);
    for (size_t i = BLOCK_REQUESTS; i < BLOCK_CUES; i++) {
        if (e->cues[i].nhits)
            buf_addf(out, "  %.*s %.*s %.2f\n", STR_ARG(e->cues[i].zh), STR_ARG(e->cues[i].id),
                     (double)e->cues[i].evidence);
        add_hits(out, &e->cues[i], p);
    }
    buf_addf(out, "%s地区 Regions：%s", p->strong, p->off);
    for (size_t i = 0; i < e->verdict.nregions; i++)
        buf_addf(out, "%s%.*s %.*s", i ? "、" : "", STR_ARG(e->verdict.regions[i].name),
                 STR_ARG(e->verdict.regions[i].code));
    buf_add_text(out, e->verdict.nregions ? "\n" : "无 none\n");
}

static int explain(const struct cli_args *args, const struct item *item, const struct rules *rules)
{
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    struct explanation e;
    struct buf out = BUF_INIT;
    int err = j && arena ? explain_text(j, item->title, item->text, item->published,
                                        item->known ? &item->context : NULL, arena, &e)
                         : ERR_NOMEM;

    if (!err && cli_value(args, "json")) {
        add_json(&out, item, &e, rules);
    } else if (!err) {
        struct paint paint = choose_paint();
        add_marked(&out, &e, &paint);
        add_topics(&out, &e, &paint, cli_value(args, "all") != NULL);
        add_cues(&out, &e, &paint);
    }
    if (!err && buf_ok(&out))
        cli_print(buf_str(&out));
    else
        cli_error("%s", err_text(ERR_NOMEM));
    err = err || !buf_ok(&out);
    buf_free(&out);
    arena_free(arena);
    judge_free(j);
    return err ? EX_OSERR : EX_OK;
}

int commands_rules_explain(const struct cli_args *args)
{
    char dir[PLACES_MAX];
    struct item item = {0};
    int status = get_item(args, &item);
    struct rules *rules = NULL;

    if (!status && item.rules && !cli_value(args, "rules")) {
        rules = item.rules;
        item.rules = NULL;
    } else if (!status) {
        rules = bench_rules(places_rules(args, dir));
    }
    if (!status)
        status = rules ? explain(args, &item, rules) : EX_CONFIG;
    rules_free(rules);
    rules_free(item.rules);
    json_decref(item.json);
    buf_free(&item.bytes);
    return status;
}
