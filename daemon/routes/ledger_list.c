/* 回应公示: the list of what was raised, who has to answer and whether they did. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/keeping.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/public/listing.h"
#include "daemon/public/words.h"
#include "daemon/routes/routes.h"

enum { PAGE_ROWS = 50, MONTHS_SHOWN = 24 };

static void put_option(struct frame *f, const char *value, struct str text, bool chosen)
{
    buf_addf(f->b, "<option value=\"%s\"%s>", value, chosen ? " selected" : "");
    html_out_str(f->b, text);
    buf_add_text(f->b, "</option>\n");
}

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static void begin_choice(struct frame *f, const char *name, const char *zh, const char *en)
{
    buf_addf(f->b, "<label>%s <select name=\"%s\">\n", frame_say(f, zh, en), name);
    put_option(f, "", str_from(frame_say(f, "全部", "all")), false);
}

static void put_topics(struct frame *f, const struct listing *l)
{
    const struct rules *rules = exchange_rules(f->x);

    begin_choice(f, "topic", "事项", "Matter");
    for (size_t i = 0; i < rules_topics(rules); i++) {
        struct rules_topic topic = rules_topic(rules, i);
        char id[SLUG_MAX] = "";
        memcpy(id, topic.id.p, topic.id.n < SLUG_MAX ? topic.id.n : SLUG_MAX - 1);
        struct str name = f->english && topic.name_en.n ? topic.name_en : topic.name_zh;
        put_option(f, id, name, is(l->query.topic, id));
    }
    buf_add_text(f->b, "</select></label>\n");
}

/* Those that units.yaml has no more, and what was raised with them: they stay to be chosen, and who
 * asked for one sees that it was. */
static void put_gone_units(struct frame *f, const struct listing *l)
{
    const struct statistics_query by_unit = {.by = STATISTICS_UNIT};
    const struct units *units = exchange_units(f->x);
    const char *asked = l->query.unit;
    bool shown = !asked || !*asked || units_find(units, str_from(asked)) >= 0;
    struct figures figures = {0};

    if (figures_read(f->x, &by_unit, &figures))
        figures.count = 0;
    for (size_t i = 0; i < figures.count; i++) {
        const char *id = figures.list[i].key;
        if (!*id || units_find(units, str_from(id)) >= 0)
            continue;
        put_option(f, id, str_from(id), is(asked, id));
        shown = shown || is(asked, id);
    }
    if (!shown)
        put_option(f, asked, str_from(asked), true);
    figures_free(&figures);
}

static void put_units(struct frame *f, const struct listing *l)
{
    const struct units *units = exchange_units(f->x);

    begin_choice(f, "unit", "承办单位", "Unit");
    for (size_t i = 0; i < units->count; i++) {
        const struct unit *u = &units->list[i];
        put_option(f, u->id, str_from(f->english && u->name_en ? u->name_en : u->name_zh),
                   is(l->query.unit, u->id));
    }
    put_gone_units(f, l);
    buf_add_text(f->b, "</select></label>\n");
}

static void put_states(struct frame *f)
{
    static const char *const states[][3] = {{"open", "未办结", "open"},
                                            {"overdue", "已超期", "overdue"},
                                            {"closed", "已办结", "closed"}};

    begin_choice(f, "state", "进展", "State");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        put_option(f, states[i][0], str_from(states[i][1 + f->english]),
                   is(exchange_query(f->x, "state"), states[i][0]));
    buf_add_text(f->b, "</select></label>\n");
}

static void put_months(struct frame *f, const struct listing *l)
{
    int now = statistics_month(clock_now());
    char text[FIGURES_MONTH];

    begin_choice(f, "month", "提出月份", "Month raised");
    for (int month = now; month > now - MONTHS_SHOWN; month--) {
        figures_month(month, text);
        put_option(f, text, str_from(text), l->month == month);
    }
    buf_add_text(f->b, "</select></label>\n");
}

static void put_form(struct frame *f, const struct listing *l)
{
    buf_addf(f->b, "<form method=\"get\" action=\"%sledger\" class=\"filters\">\n", f->up);
    put_topics(f, l);
    put_units(f, l);
    put_states(f);
    put_months(f, l);
    if (f->lang)
        buf_addf(f->b, "<input type=\"hidden\" name=\"lang\" value=\"%s\">\n", f->lang);
    if (f->type)
        buf_addf(f->b, "<input type=\"hidden\" name=\"type\" value=\"%s\">\n", f->type);
    buf_addf(f->b, "<button>%s</button>\n</form>\n", frame_say(f, "查看", "Show"));
}

static void put_tile(struct frame *f, const char *zh, const char *en, const char *kind)
{
    buf_addf(f->b, "<div class=\"tile%s\"><dt>%s</dt><dd>", kind, frame_say(f, zh, en));
}

/* How the place stands, from all that was ever counted. Left out while the count is under way. */
static void put_summary(struct frame *f)
{
    const struct statistics_query all = {.by = STATISTICS_ALL};
    struct tally_sum sum;
    struct figures figures;
    uint32_t n;

    if (figures_read(f->x, &all, &figures))
        return;
    figures_total(&figures, &sum);
    figures_free(&figures);
    int64_t median = tally_median(&sum, &n);
    buf_add_text(f->b, "<dl class=\"tiles\">\n");
    put_tile(f, "提出", "raised", "");
    buf_addf(f->b, "%u</dd></div>\n", sum.counts[TALLY_OPENED]);
    put_tile(f, "未办结", "open", "");
    buf_addf(f->b, "%u</dd></div>\n", sum.counts[TALLY_OPEN]);
    put_tile(f, "超期未答复", "reply overdue", sum.counts[TALLY_OVERDUE] ? " bad" : "");
    buf_addf(f->b, "%u</dd></div>\n", sum.counts[TALLY_OVERDUE]);
    put_tile(f, "按期答复率", "answered in time", "");
    figures_put_rate(f->b, tally_per_mille(&sum, &tally_rates[1]));
    buf_addf(f->b, " <small>n=%u</small></dd></div>\n", tally_whole(&sum, &tally_rates[1]));
    put_tile(f, "答复用时（中位）", "median time to answer", "");
    if (n)
        figures_put_span(f->b, median, f->english);
    else
        buf_add_text(f->b, "—");
    buf_addf(f->b, " <small>n=%u</small></dd></div>\n</dl>\n", n);
}

enum { NUMBER, MATTER, RAISED, UNIT, DUE, STATE, TIMING };
static const char *const headings[][2] = {
    [NUMBER] = {"编号", "No."},       [MATTER] = {"事项", "Matter"}, [RAISED] = {"提出", "Raised"},
    [UNIT] = {"承办单位", "Unit"},    [DUE] = {"答复时限", "Due"},   [STATE] = {"进展", "State"},
    [TIMING] = {"是否按期", "In time?"}};

/* On a phone the headings are gone: what does not speak for itself says what it is. */
static void put_cell(struct frame *f, int heading, const char *class)
{
    buf_addf(f->b, "<td data-label=\"%s\"", headings[heading][f->english]);
    if (class)
        buf_addf(f->b, " class=\"%s\"", class);
    buf_add_char(f->b, '>');
}

static int put_row(void *arg, const struct concern *c)
{
    struct frame *f = arg;
    struct buf title = BUF_INIT, state = BUF_INIT, unit = BUF_INIT;
    enum words_timing timing = words_timing(c, clock_now());
    char id[24], path[40] = "ledger/", day[WORDS_DAY];

    concern_format_id(c->id, id);
    memcpy(path + sizeof "ledger/" - 1, id, sizeof id);
    words_title(f->x, c, f->english, &title);
    words_state(c, f->english, &state);
    figures_name(f->x, STATISTICS_UNIT, c->unit, f->english, &unit);
    buf_add_text(f->b, "<tr><td>");
    frame_link(f, path, str_from(id));
    buf_add_text(f->b, "</td><td>");
    html_out_str(f->b, buf_str(&title));
    buf_add_text(f->b, "</td>");
    put_cell(f, RAISED, NULL);
    buf_addf(f->b, "%s</td>", words_day(c->opened, day));
    put_cell(f, UNIT, NULL);
    html_out_str(f->b, buf_str(&unit));
    buf_add_text(f->b, "</td>");
    put_cell(f, DUE, NULL);
    html_out_time(f->b, c->due);
    buf_add_text(f->b, "</td>");
    put_cell(f, STATE, NULL);
    html_out_str(f->b, buf_str(&state));
    buf_add_text(f->b, "</td>");
    put_cell(f, TIMING, words_timing_name(timing));
    buf_addf(f->b, "%s</td></tr>\n", words_timing_text(timing, f->english));
    buf_free(&title);
    buf_free(&state);
    buf_free(&unit);
    return 0;
}

static int put_table(struct frame *f, struct listing *l)
{
    buf_add_text(f->b, "<table>\n");
    frame_headings(f, headings, sizeof headings / sizeof *headings);
    buf_add_text(f->b, "<tbody>\n");
    int err = listing_each(l, f->x, put_row, f);
    buf_add_text(f->b, "</tbody>\n</table>\n");
    if (!l->count && l->more)
        buf_addf(f->b, "<p>%s</p>\n", frame_say(f, "到这里还没有，请看下一页。",
                                               "None so far: see the next page."));
    else if (!l->count)
        buf_addf(f->b, "<p>%s</p>\n", frame_say(f, "没有符合条件的事项。", "Nothing fits."));
    return err;
}

static void put_link(struct frame *f, const char *path, const struct listing *l, bool next,
                     const char *text)
{
    struct buf to = BUF_INIT;

    buf_add_text(&to, path);
    buf_add_char(&to, '?');
    listing_put_query(l, f->x, next, &to);
    if (buf_ok(&to) && to.data[to.len - 1] == '?')
        to.len--;
    buf_add_char(&to, '\0');
    if (buf_ok(&to))
        frame_link(f, to.data, str_from(text));
    buf_add_char(f->b, '\n');
    buf_free(&to);
}

enum MHD_Result routes_ledger(struct exchange *x)
{
    struct listing l;
    struct frame f;
    struct buf b = BUF_INIT, own = BUF_INIT;
    enum MHD_Result known;
    const char *wrong = listing_read(x, PAGE_ROWS, &l);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    figures_tagged(x);
    if (encoding_unchanged(x, &known) || keeping_known(x, &known))
        return known;
    frame_read(x, &b, "", &f);
    buf_add_text(&own, "ledger?");
    listing_put_query(&l, x, false, &own);
    if (buf_ok(&own) && own.data[own.len - 1] == '?')
        own.len--;
    buf_add_char(&own, '\0');
    frame_begin(&f, str_from(frame_say(&f, "回应公示", "Public ledger")),
                buf_ok(&own) ? own.data : "ledger");
    buf_free(&own);
    put_summary(&f);
    put_form(&f, &l);
    int err = put_table(&f, &l);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    buf_add_text(&b, "<p class=\"pager\">");
    if (l.more)
        put_link(&f, "ledger", &l, true, frame_say(&f, "下一页", "Next page"));
    put_link(&f, "ledger.csv", &l, false, "CSV");
    put_link(&f, "ledger.json", &l, false, "JSON");
    put_link(&f, "ledger.atom", &l, false, "Atom");
    buf_add_text(&b, "</p>\n");
    if (l.more)
        buf_addf(&b, "<p>%s</p>\n",
                 frame_say(&f, "CSV 每份至多 1000 件、JSON 200 件、Atom 50 件；更早的请按月"
                               "下载，或由程序依 Link、next_cursor 续取。",
                           "A CSV has 1000 matters at most, a JSON 200, an Atom feed 50; get older "
                           "ones by month, or by program where Link or next_cursor leads."));
    frame_end(&f);
    return frame_send(&f);
}
