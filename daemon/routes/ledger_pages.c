/* 回应公示: what the ledger keeps and for how long, which rules and which sources it goes by. */

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { SOURCES_ROWS = 200 };

struct line {
    const char *zh, *en;
};

static void put_lines(struct frame *f, const struct line *lines, size_t n)
{
    buf_add_text(f->b, "<ul class=\"plain\">\n");
    for (size_t i = 0; i < n; i++)
        buf_addf(f->b, "<li>%s</li>\n", frame_say(f, lines[i].zh, lines[i].en));
    buf_add_text(f->b, "</ul>\n");
}

static void heading(struct frame *f, const char *zh, const char *en)
{
    buf_addf(f->b, "<h2>%s</h2>\n", frame_say(f, zh, en));
}

static void put_retention(struct frame *f)
{
    const struct config *c = f->x->side->http->conf.config;

    heading(f, "保存多久", "How long what is kept");
    buf_add_text(f->b, "<dl class=\"facts\">\n");
    frame_fact(f, "未命中规则的文字", "Texts that no rule matched");
    figures_put_span(f->b, c->unmatched_keep, f->english);
    frame_close_fact(f);
    frame_fact(f, "命中规则的文字", "Texts that a rule matched");
    figures_put_span(f->b, c->matched_keep, f->english);
    frame_close_fact(f);
    frame_fact(f, "不属于任何事项、列表写明年月日、无人评定或抹去的条目：编号、链接与出处",
               "Items of no matter that their list dates in full, and nobody marked or redacted: "
               "number, link, source");
    if (c->items_keep)
        figures_put_span(f->b, c->items_keep, f->english);
    else
        buf_add_text(f->b, frame_say(f, "长期保存", "for good"));
    frame_close_fact(f);
    frame_fact(f, "来源处已撤下的文字", "Texts gone from their source");
    buf_add_text(f->b, frame_say(f, "随即清除，事项仍须答复", "dropped at once; the answer is still owed"));
    frame_close_fact(f);
    frame_fact(f, "事项、步骤与时限", "Matters, steps and times");
    buf_add_text(f->b, frame_say(f, "长期保存，只有编号、代码和计数", "for good: numbers, codes and counts only"));
    frame_close_fact(f);
    buf_add_text(f->b, "</dl>\n");
}

static void put_collecting(struct frame *f)
{
    static const struct line lines[] = {
        {"只读取已公开的信源：发布机构的网站和公共留言板。不登录，不进群，不绕验证码和付费墙。",
         "Published sources only: publishers and public boards. No log-ins, groups, CAPTCHA or "
         "paywalls."},
        {"遵守 robots.txt（RFC 9309）；User-Agent 写明单位和联系方式。",
         "robots.txt (RFC 9309) is obeyed; the user agent names the operator and a contact."},
        {"不收集作者：姓名、头像、账号、主页、发帖地在读取时即丢弃，库中没有这些字段。",
         "No authors: names, avatars, accounts, profiles and places of posting are dropped when "
         "read; there is no field for them."},
        {"文字在离开读取进程前遮盖：电话、证件号、银行卡号、邮箱、车牌、门牌、姓名。",
         "Texts are masked before they leave the reading process: phones, identity and bank "
         "numbers, e-mail, plates, house numbers, names."},
        {"本公示不抄录帖文，不链接来帖；三条以下，以及健康、未成年人、救助类事项，地点只到县级。",
         "No post is copied or linked here; with fewer than three items, and for health, minors "
         "and relief, the place is the county."},
        {"不设针对发帖人的功能：没有删帖、举报、追查。",
         "Nothing is done about who posts: no take-down, no reporting, no tracing."},
    };

    heading(f, "收集什么", "What is collected");
    put_lines(f, lines, sizeof lines / sizeof *lines);
}

static void put_visitors(struct frame *f)
{
    static const struct line lines[] = {
        {"公示页不设 Cookie，不引第三方，不用脚本也能看全；不记录访问者的地址。",
         "The public pages set no cookie and use nothing of third parties; they are whole without "
         "a script; no visitor's address is kept."},
        {"朗读只用本机的语音：文字不发给任何人，也不记下谁听过。",
         "Reading aloud uses voices of this computer only: no text is sent to anybody, and who "
         "listened is not kept."},
        {"回访只计数：不记录谁作答。", "The survey counts answers: nothing of who gave them is kept."},
    };

    heading(f, "看这些页面的人", "Who reads these pages");
    put_lines(f, lines, sizeof lines / sizeof *lines);
}

enum MHD_Result routes_privacy(struct exchange *x)
{
    const struct config *c = x->side->http->conf.config;
    struct buf b = BUF_INIT;
    struct frame f;

    frame_read(x, &b, "", &f);
    frame_begin(&f, str_from(frame_say(&f, "隐私说明", "Privacy")), "privacy");
    put_collecting(&f);
    put_retention(&f);
    put_visitors(&f);
    heading(&f, "由谁负责", "Who is responsible");
    buf_add_text(&b, "<dl class=\"facts\">\n");
    frame_fact(&f, "单位", "Operator");
    html_out_text(&b, c->operator_name);
    frame_close_fact(&f);
    frame_fact(&f, "联系方式", "Contact");
    html_out_text(&b, c->operator_contact);
    frame_close_fact(&f);
    frame_fact(&f, "信源数", "Sources");
    buf_addf(&b, "%u · ", roster_size(x->side->http->conf.roster));
    frame_link(&f, "ledger/sources", str_from(frame_say(&f, "全部信源", "all of them")));
    frame_close_fact(&f);
    frame_fact(&f, "规则", "Rules");
    buf_addf(&b, "<code>%s</code> · ", rules_version(exchange_rules(x)));
    frame_link(&f, "ledger/rules", str_from(frame_say(&f, "在用规则", "the rules in force")));
    frame_close_fact(&f);
    buf_add_text(&b, "</dl>\n");
    frame_end(&f);
    return frame_send_same(&f);
}

static void put_topic(struct frame *f, const struct rules_topic *topic)
{
    const struct deadlines *deadlines = rule_set_town(f->x->rules)->deadlines;
    bool last;
    const struct units *units = exchange_units(f->x);
    int unit = units_route(units, topic->role, str_from(f->x->side->http->conf.config->home_region),
                           &last);

    buf_add_text(f->b, "<tr><td>");
    html_out_str(f->b, f->english && topic->name_en.n ? topic->name_en : topic->name_zh);
    buf_add_text(f->b, "</td><td>");
    if (unit >= 0) {
        const struct unit *u = &units->list[unit];
        html_out_text(f->b, f->english && u->name_en ? u->name_en : u->name_zh);
    }
    buf_add_text(f->b, "</td><td>");
    for (size_t i = 0; i < topic->ndeadlines; i++) {
        const struct deadline_rule *rule = deadlines ? deadline_find(deadlines, topic->deadlines[i])
                                                     : NULL;
        buf_add_text(f->b, i ? "<br><code>" : "<code>");
        html_out_str(f->b, topic->deadlines[i]);
        buf_add_text(f->b, "</code> ");
        html_out_text(f->b, rule ? rule->basis : NULL);
    }
    buf_add_text(f->b, "</td></tr>\n");
}

enum MHD_Result routes_ledger_rules(struct exchange *x)
{
    static const char *const headings[][2] = {
        {"事项", "Matter"}, {"承办单位", "Unit"}, {"时限与依据", "Deadlines and their basis"}};
    const struct rules *rules = exchange_rules(x);
    struct buf b = BUF_INIT;
    enum MHD_Result known;
    struct frame f;

    if (encoding_unchanged(x, &known))
        return known;
    frame_read(x, &b, "../", &f);
    frame_begin(&f, str_from(frame_say(&f, "在用规则", "Rules in force")), "ledger/rules");
    buf_addf(&b, "<p>%s <code>%s</code></p>\n<table>\n", frame_say(&f, "版本", "Version"),
             rules_version(rules));
    frame_headings(&f, headings, sizeof headings / sizeof *headings);
    buf_add_text(&b, "<tbody>\n");
    for (size_t i = 0; i < rules_topics(rules); i++) {
        struct rules_topic topic = rules_topic(rules, i);
        put_topic(&f, &topic);
    }
    buf_add_text(&b, "</tbody>\n</table>\n");
    heading(&f, "在用词条", "Terms in force");
    buf_addf(&b, f.english ? "<p>%zu terms and patterns.</p>\n" : "<p>共 %zu 条词与式样。</p>\n",
             rules_terms(rules));
    buf_addf(&b, "<details><summary>%s</summary>\n<p class=\"terms\">",
             frame_say(&f, "全部列出", "List all"));
    for (size_t i = 0; i < rules_terms(rules); i++) {
        buf_add_text(&b, i ? " · " : "");
        html_out_str(&b, rules_term(rules, i));
    }
    buf_add_text(&b, "</p>\n</details>\n");
    frame_end(&f);
    return frame_send(&f);
}

/* A publisher's or board's address without what follows the host: a board's own pages may name a
 * thread. */
static void put_host(struct frame *f, const char *url)
{
    struct str s = str_from(url);
    size_t from = str_find(s, STR("://"), 0);

    from = from == (size_t)-1 ? 0 : from + 3;
    size_t end = from;
    while (end < s.n && s.p[end] != '/' && s.p[end] != '?')
        end++;
    html_out_str(f->b, (struct str){s.p + from, end - from});
}

static void put_source(struct frame *f, const struct source *s)
{
    static const struct line kinds[] = {[SOURCE_NEWS] = {"新闻", "news"},
                                        [SOURCE_BOARD] = {"留言板", "board"},
                                        [SOURCE_OFFICIAL] = {"官方", "official"}};

    buf_add_text(f->b, "<tr><td>");
    html_out_text(f->b, s->name);
    buf_addf(f->b, "</td><td>%s</td><td>", frame_say(f, kinds[s->kind].zh, kinds[s->kind].en));
    put_host(f, s->url);
    buf_add_text(f->b, "</td></tr>\n");
}

enum MHD_Result routes_ledger_sources(struct exchange *x)
{
    static const char *const headings[][2] = {
        {"信源", "Source"}, {"类别", "Kind"}, {"网站", "Site"}};
    const struct roster *roster = x->side->http->conf.roster;
    uint64_t from = 0;
    struct buf b = BUF_INIT;
    uint32_t i, shown = 0, count = roster_count(roster);
    struct frame f;

    if (query_number(exchange_query(x, "from"), 0, ROSTER_MAX, &from))
        return reply_problem(x, 400, "query", "from 应为数 (from is a number)");
    frame_read(x, &b, "../", &f);
    frame_begin(&f, str_from(frame_say(&f, "信源", "Sources")), "ledger/sources");
    buf_addf(&b, f.english ? "<p>%u sources.</p>\n<table>\n" : "<p>共 %u 个信源。</p>\n<table>\n",
             roster_size(roster));
    frame_headings(&f, headings, sizeof headings / sizeof *headings);
    buf_add_text(&b, "<tbody>\n");
    for (i = (uint32_t)from; i < count && shown < SOURCES_ROWS; i++) {
        if (!roster_live(roster, i))
            continue;
        put_source(&f, roster_get(roster, i));
        shown++;
    }
    buf_add_text(&b, "</tbody>\n</table>\n");
    if (i < count) {
        struct buf to = BUF_INIT;
        buf_addf(&to, "ledger/sources?from=%u", i);
        buf_add_char(&to, '\0');
        frame_link(&f, buf_ok(&to) ? to.data : "ledger/sources",
                   str_from(frame_say(&f, "下一页", "Next page")));
        buf_free(&to);
    }
    frame_end(&f);
    return frame_send_same(&f);
}
