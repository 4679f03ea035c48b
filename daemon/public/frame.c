#include "daemon/public/frame.h"

#include "base/clock.h"
#include "base/drill.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"

static const struct {
    const char *path, *zh, *en;
} menu[] = {
    {"ledger", "回应公示", "Public ledger"},
    {"ledger/month/", "月报", "Monthly report"},
    {"ledger/rules", "规则", "Rules in force"},
    {"ledger/sources", "信源", "Sources"},
    {"privacy", "隐私", "Privacy"},
};

static bool query_is(struct exchange *x, const char *name, const char *value)
{
    const char *given = exchange_query(x, name);

    return given && strcmp(given, value) == 0;
}

void frame_read(struct exchange *x, struct buf *b, const char *up, struct frame *out)
{
    *out = (struct frame){.x = x, .b = b, .english = query_is(x, "lang", "en"),
                          .large = query_is(x, "type", "large"), .up = up};
}

const char *frame_say(const struct frame *f, const char *zh, const char *en)
{
    return f->english ? en : zh;
}

static void put_href(struct frame *f, const char *path, bool english, bool large)
{
    const char *sep = strchr(path, '?') ? "&amp;" : "?";

    buf_add_text(f->b, f->up);
    html_out_text(f->b, path);
    if (english) {
        buf_addf(f->b, "%slang=en", sep);
        sep = "&amp;";
    }
    if (large)
        buf_addf(f->b, "%stype=large", sep);
}

void frame_href(struct frame *f, const char *path)
{
    put_href(f, path, f->english, f->large);
}

void frame_link(struct frame *f, const char *path, struct str text)
{
    buf_add_text(f->b, "<a href=\"");
    frame_href(f, path);
    buf_add_text(f->b, "\">");
    html_out_str(f->b, text);
    buf_add_text(f->b, "</a>");
}

static void put_menu(struct frame *f, const char *own)
{
    char month[FIGURES_MONTH], path[64];

    buf_addf(f->b, "<nav aria-label=\"%s\">\n<ul>\n", frame_say(f, "主菜单", "main menu"));
    for (size_t i = 0; i < sizeof menu / sizeof *menu; i++) {
        size_t n = strlen(menu[i].path);
        memcpy(path, menu[i].path, n + 1);
        if (path[n - 1] == '/')
            memcpy(path + n, figures_month(statistics_month(clock_now()), month), FIGURES_MONTH);
        buf_add_text(f->b, "<li>");
        frame_link(f, path, str_from(frame_say(f, menu[i].zh, menu[i].en)));
        buf_add_text(f->b, "</li>\n");
    }
    buf_addf(f->b, "</ul>\n<ul class=\"switches\">\n<li><a lang=\"%s\" href=\"",
             f->english ? "zh-CN" : "en");
    put_href(f, own, !f->english, f->large);
    buf_addf(f->b, "\">%s</a></li>\n<li><a href=\"", f->english ? "中文" : "English");
    put_href(f, own, f->english, !f->large);
    buf_addf(f->b, "\">%s</a></li>\n</ul>\n</nav>\n",
             f->large ? frame_say(f, "普通字号", "Normal type")
                      : frame_say(f, "大字版", "Large type"));
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
    buf_addf(f->b, "</title>\n<link rel=\"stylesheet\" href=\"%sledger.css\">\n"
                   "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"%sledger.atom\">\n"
                   "</head>\n<body%s>\n<a class=\"skip\" href=\"#main\">%s</a>\n<header>\n",
             f->up, f->up, f->large ? " class=\"large\"" : "",
             frame_say(f, "跳到正文", "Skip to the content"));
    buf_add_text(f->b, "<p class=\"place\">");
    html_out_text(f->b, config->place_name);
    buf_addf(f->b, " · %s</p>\n", f->area ? f->area : frame_say(f, "回应公示", "Public ledger"));
    put_menu(f, own);
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
             f->cookies ? "" : frame_say(f, "本页不用脚本和 Cookie，不引第三方内容。公示事项，不公示人。",
                       "No script, no cookie, nothing of third parties. Matters are shown, never "
                       "persons."));
    html_out_time(f->b, clock_now());
    buf_add_text(f->b, "</p>\n</footer>\n</body>\n</html>\n");
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
    return reply_page(f->x, f->b);
}
