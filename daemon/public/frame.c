#include "daemon/public/frame.h"

#include "base/clock.h"
#include "base/drill.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"

struct place {
    const char *path, *zh, *en; /* one that ends in "/" goes on with this month */
};
static const struct place menu[] = {
    {"ledger", "回应公示", "Public ledger"},
    {"ledger/month/", "月报", "Monthly report"},
    {"ledger/rules", "规则", "Rules in force"},
    {"ledger/sources", "信源", "Sources"},
    {"privacy", "隐私", "Privacy"},
};
/* The way back of those who work. A page is the same for each of them, so that here is only what
 * says by itself to whom it is of no use; what one may read is listed behind the log-in. */
static const struct place staff[] = {
    {"desk.html", "值班台", "Duty desk"},
    {"inbox.html", "承办", "In-box"},
    {"login", "我的页面", "My pages"},
    {"reports/month/", "月度通报", "The month's report"},
    {"ledger", "回应公示", "Public ledger"},
};

static const char *const langs[] = {"zh", "en", NULL}, *const types[] = {"normal", "large", NULL};

/* What is asked for, of `choices`; NULL: nothing, or none of them. */
static const char *choice(struct exchange *x, const char *name, const char *const *choices)
{
    const char *given = exchange_query(x, name);

    while (*choices && !(given && strcmp(given, *choices) == 0))
        choices++;
    return *choices;
}

void frame_read(struct exchange *x, struct buf *b, const char *up, struct frame *out)
{
    *out = (struct frame){.x = x, .b = b, .lang = choice(x, "lang", langs),
                          .type = choice(x, "type", types), .up = up};
    out->english = out->lang == langs[1];
    out->large = out->type == types[1];
}

const char *frame_say(const struct frame *f, const char *zh, const char *en)
{
    return f->english ? en : zh;
}

static void put_href(struct frame *f, const char *path, const char *lang, const char *type)
{
    const char *sep = strchr(path, '?') ? "&amp;" : "?";

    buf_add_text(f->b, f->up);
    html_out_text(f->b, path);
    if (lang) {
        buf_addf(f->b, "%slang=%s", sep, lang);
        sep = "&amp;";
    }
    if (type)
        buf_addf(f->b, "%stype=%s", sep, type);
}

void frame_href(struct frame *f, const char *path)
{
    put_href(f, path, f->lang, f->type);
}

void frame_link(struct frame *f, const char *path, struct str text)
{
    buf_add_text(f->b, "<a href=\"");
    frame_href(f, path);
    buf_add_text(f->b, "\">");
    html_out_str(f->b, text);
    buf_add_text(f->b, "</a>");
}

/* The way to the other language. */
static void put_language(struct frame *f, const char *own)
{
    buf_addf(f->b, "<a lang=\"%s\" href=\"", f->english ? "zh-CN" : "en");
    put_href(f, own, langs[!f->english], f->type);
    buf_addf(f->b, "\">%s</a>", f->english ? "中文" : "English");
}

static void put_switches(struct frame *f, const char *own)
{
    buf_add_text(f->b, "<ul class=\"switches\">\n<li>");
    put_language(f, own);
    buf_add_text(f->b, "</li>\n<li><a href=\"");
    put_href(f, own, f->lang, types[!f->large]);
    buf_addf(f->b, "\">%s</a></li>\n</ul>\n",
             f->large ? frame_say(f, "普通字号", "Normal type")
                      : frame_say(f, "大字版", "Large type"));
}

static void put_menu(struct frame *f)
{
    bool works = f->area && !f->cookies; /* who logs in does not yet */
    const struct place *places = works ? staff : menu;
    size_t count = works ? sizeof staff / sizeof *staff : sizeof menu / sizeof *menu;
    char month[FIGURES_MONTH], path[64];

    buf_addf(f->b, "<nav aria-label=\"%s\">\n<ul>\n", frame_say(f, "主菜单", "main menu"));
    for (const struct place *p = places; p < places + count; p++) {
        size_t n = strlen(p->path);
        memcpy(path, p->path, n + 1);
        if (path[n - 1] == '/')
            memcpy(path + n, figures_month(statistics_month(clock_now()), month), FIGURES_MONTH);
        buf_add_text(f->b, "<li>");
        frame_link(f, path, str_from(frame_say(f, p->zh, p->en)));
        buf_add_text(f->b, "</li>\n");
    }
    buf_add_text(f->b, "</ul>\n</nav>\n");
}

/* Of the ledger's pages without a form that sends: they are read aloud where a script runs. */
static bool is_reading(const struct frame *f)
{
    return !f->area && !f->cookies && !f->sends;
}

/* Chart.js is run before the module: both wait for the page, in their order. */
static void put_scripts(struct frame *f)
{
    if (is_reading(f))
        buf_addf(f->b, "<link rel=\"stylesheet\" href=\"%saloud.css\">\n"
                       "<script type=\"module\" src=\"%sjs/ledger.js\"></script>\n",
                 f->up, f->up);
    if (f->charts)
        buf_addf(f->b, "<link rel=\"stylesheet\" href=\"%soverview.css\">\n"
                       "<script defer src=\"%svendor/chart.js\"></script>\n"
                       "<script type=\"module\" src=\"%sjs/overview.js\"></script>\n",
                 f->up, f->up, f->up);
}

void frame_begin(struct frame *f, struct str title, const char *own)
{
    const struct config *config = f->x->side->http->conf.config;

    buf_addf(f->b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
             f->english ? "en" : "zh-CN");
    html_out_str(f->b, title);
    buf_add_text(f->b, " · ");
    html_out_text(f->b, config->place_name);
    buf_addf(f->b, "</title>\n<link rel=\"icon\" href=\"%sfavicon.svg\" type=\"image/svg+xml\">\n"
                   "<link rel=\"stylesheet\" href=\"%sledger.css\">\n"
                   "<link rel=\"alternate\" type=\"application/atom+xml\" "
                   "href=\"%sledger.atom\">\n",
             f->up, f->up, f->up);
    put_scripts(f);
    buf_addf(f->b, "</head>\n<body%s%s>\n<a class=\"skip\" href=\"#main\">%s</a>\n<header>\n",
             f->large ? f->brief ? " class=\"large brief" : " class=\"large"
                      : f->brief ? " class=\"brief" : "",
             f->large || f->brief ? "\"" : "",
             frame_say(f, "跳到正文", "Skip to the content"));
    buf_add_text(f->b, "<p class=\"place\">");
    html_out_text(f->b, config->place_name);
    buf_addf(f->b, " · %s</p>\n", f->area ? f->area : frame_say(f, "回应公示", "Public ledger"));
    put_switches(f, own);
    put_menu(f);
    buf_add_text(f->b, "</header>\n<main id=\"main\">\n");
    if (clock_rate() != 1 && !drill_on()) /* whose pages say more */
        buf_addf(f->b, "<p class=\"demo\">%s</p>\n",
                 frame_say(f, "演示：时钟加速，不是真实办理情况。",
                           "Demonstration: its clock runs fast, nothing here is real."));
    buf_addf(f->b, "<h1>%s", drill_mark());
    html_out_str(f->b, title);
    buf_add_text(f->b, "</h1>\n");
}

void frame_end(struct frame *f)
{
    const struct config *config = f->x->side->http->conf.config;

    buf_add_text(f->b, "</main>\n<footer>\n<p>");
    html_out_text(f->b, config->operator_name);
    buf_add_text(f->b, " · ");
    html_out_text(f->b, config->operator_contact);
    buf_addf(f->b, "</p>\n<p>%s ",
             f->cookies ? "" : frame_say(f, "本页不用脚本也能看全，不用 Cookie，不引第三方内容。公示事项，不公示人。",
                       "Whole without a script; no cookie, nothing of third parties. Matters are "
                       "shown, never persons."));
    f->told = f->b->len;
    html_out_time(f->b, clock_now());
    buf_add_text(f->b, "</p>\n</footer>\n</body>\n</html>\n");
}

void frame_put_wait(struct frame *f, int64_t wait_ms)
{
    bool long_wait = wait_ms > 2 * 60000;
    long long n = long_wait ? (wait_ms + 59999) / 60000 : (wait_ms + 999) / 1000;

    buf_addf(f->b, "%s %lld %s", frame_say(f, "请等", "Try again in"), n,
             frame_say(f, long_wait ? "分钟再试。" : "秒再试。", long_wait ? "min." : "s."));
}

void frame_fact(struct frame *f, const char *zh, const char *en)
{
    buf_addf(f->b, "<dt>%s</dt><dd>", frame_say(f, zh, en));
}

void frame_close_fact(struct frame *f)
{
    buf_add_text(f->b, "</dd>\n");
}

void frame_headings(struct frame *f, const char *const (*names)[2], size_t n)
{
    buf_add_text(f->b, "<thead><tr>");
    for (size_t i = 0; i < n; i++)
        buf_addf(f->b, "<th scope=\"col\">%s</th>", names[i][f->english]);
    buf_add_text(f->b, "</tr></thead>\n");
}

enum MHD_Result frame_send(struct frame *f)
{
    return is_reading(f) || f->charts ? reply_reading(f->x, f->b) : reply_page(f->x, f->b);
}

enum MHD_Result frame_send_same(struct frame *f)
{
    enum MHD_Result known;

    if (!buf_ok(f->b) || !encoding_same(f->x, (struct str){f->b->data, f->told}, &known))
        return frame_send(f);
    buf_free(f->b);
    return known;
}

enum MHD_Result frame_done(struct exchange *x, const char *path)
{
    char to[96];
    struct frame f;

    frame_read(x, NULL, "", &f);
    snprintf(to, sizeof to, "/%s?done=1%s%s%s%s", path, f.lang ? "&lang=" : "",
             f.lang ? f.lang : "", f.type ? "&type=" : "", f.type ? f.type : "");
    return reply_see_other(x, to, NULL, false);
}

bool frame_is_done(struct exchange *x)
{
    const char *done = exchange_query(x, "done");

    return done && strcmp(done, "1") == 0;
}
