/* 问得最多: what questions are about, as JSON and as a table of a page. */
#include <stdlib.h>

#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/routes.h"
#include "daemon/views/asked.h"

enum { ROWS = 50, SHOWN = 10 };
enum { LEAST = 3 }; /* fewer questions are nobody's hint, and might be somebody's */

static int read_rows(struct exchange *x, struct asked_row *rows, size_t max)
{
    struct asked *asked = x->side->http->conf.asked;

    return asked ? asked_read(asked, LEAST, rows, max) : 0;
}

static void put_row(struct exchange *x, struct buf *b, const struct asked_row *row)
{
    struct buf zh = BUF_INIT;
    char id[24];

    figures_name(x, STATISTICS_TOPIC, row->topic, false, &zh);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "topic", row->topic);
    json_out_str(b, "name", buf_str(&zh));
    json_out_text(b, "term", row->term);
    json_out_count(b, "questions", row->count);
    json_out_count(b, "week", row->week);
    json_out_name(b, "concerns");
    buf_add_char(b, '[');
    for (size_t i = 0; i < ASKED_CONCERNS && row->concerns[i]; i++) {
        json_out_next(b);
        concern_format_id(row->concerns[i], id);
        buf_addf(b, "\"%s\"", id);
    }
    buf_add_text(b, "]}");
    buf_free(&zh);
}

enum MHD_Result routes_asked(struct exchange *x)
{
    struct asked_row *rows = calloc(ROWS, sizeof *rows);
    struct buf b = BUF_INIT;
    int n = rows ? read_rows(x, rows, ROWS) : ERR_NOMEM;

    if (n < 0) {
        free(rows);
        return reply_error(x, n, NULL);
    }
    buf_add_char(&b, '{');
    json_out_int(&b, "days", ASKED_DAYS);
    json_out_int(&b, "least", LEAST);
    json_out_name(&b, "rows");
    buf_add_char(&b, '[');
    for (int i = 0; i < n; i++)
        put_row(x, &b, &rows[i]);
    buf_add_text(&b, "]}");
    free(rows);
    return reply_json_same(x, &b, 0);
}

static void put_concerns(struct frame *f, const struct asked_row *row)
{
    for (size_t i = 0; i < ASKED_CONCERNS && row->concerns[i]; i++) {
        char id[24], path[40] = "ledger/";
        concern_format_id(row->concerns[i], id);
        memcpy(path + sizeof "ledger/" - 1, id, sizeof id);
        frame_link(f, path, str_from(id));
        buf_add_char(f->b, ' ');
    }
}

int routes_put_asked(struct frame *f)
{
    static const char *const headings[][2] = {{"所问", "About"},
                                              {"事项", "Matter"},
                                              {"30 天", "30 days"},
                                              {"近 7 天", "7 days"},
                                              {"最近的", "Latest"}};
    struct asked_row rows[SHOWN];
    int n = read_rows(f->x, rows, SHOWN);

    if (n <= 0) {
        buf_addf(f->b, "<p>%s</p>\n",
                 n == ERR_AGAIN ? frame_say(f, "正在统计。", "Being counted.")
                                : frame_say(f, "近 30 天没有问得多的事。",
                                            "Nothing was asked often in 30 days."));
        return n == ERR_AGAIN ? 0 : n;
    }
    buf_add_text(f->b, "<div class=\"wide\" tabindex=\"0\"><table id=\"asked\">\n");
    frame_headings(f, headings, sizeof headings / sizeof *headings);
    buf_add_text(f->b, "<tbody>\n");
    for (int i = 0; i < n; i++) {
        struct buf name = BUF_INIT;
        figures_name(f->x, STATISTICS_TOPIC, rows[i].topic, f->english, &name);
        buf_add_text(f->b, "<tr><td>");
        html_out_str(f->b, str_from(rows[i].term));
        buf_add_text(f->b, "</td><td>");
        html_out_str(f->b, buf_str(&name));
        buf_addf(f->b, "</td><td>%u</td><td>%u</td><td>", rows[i].count, rows[i].week);
        put_concerns(f, &rows[i]);
        buf_add_text(f->b, "</td></tr>\n");
        buf_free(&name);
    }
    buf_add_text(f->b, "</tbody>\n</table></div>\n");
    return 0;
}
