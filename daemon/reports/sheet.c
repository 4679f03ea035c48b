#include "daemon/reports/sheet.h"

#include "base/clock.h"
#include "base/drill.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"

const char *sheet_read(struct exchange *x, struct buf *b, const char *up, struct sheet *out)
{
    static const char *const formats[] = {"html", "text", NULL};
    const char *asked = exchange_query(x, "format");
    int format = asked ? query_choice(asked, formats) : 0;

    *out = (struct sheet){.text = format == 1, .b = b};
    frame_read(x, b, up, &out->frame);
    out->frame.english = false; /* reports are written in Chinese */
    out->frame.area = "报送";
    return format < 0 ? "format 应为 html 或 text (format is html or text)" : NULL;
}

void sheet_begin(struct sheet *s, struct str title, const char *own)
{
    if (!s->text) {
        frame_begin(&s->frame, title, own);
        return;
    }
    buf_add_text(s->b, drill_mark());
    buf_add_str(s->b, title);
    buf_add_text(s->b, "\n\n");
    if (drill_on())
        buf_add_text(s->b, "演练：重放录制的一天，不是真实办理情况。\n\n");
    else if (clock_rate() != 1)
        buf_add_text(s->b, "演示：时钟加速，不是真实办理情况。\n\n");
}

void sheet_heading(struct sheet *s, const char *text)
{
    buf_addf(s->b, s->text ? "\n%s\n" : "<h2>%s</h2>\n", text);
}

static void put(struct sheet *s, struct str text)
{
    if (s->text)
        buf_add_str(s->b, text);
    else
        html_out_str(s->b, text);
}

void sheet_line(struct sheet *s, struct str text)
{
    buf_add_text(s->b, s->text ? "" : "<p>");
    put(s, text);
    buf_add_text(s->b, s->text ? "\n" : "</p>\n");
}

void sheet_begin_facts(struct sheet *s)
{
    if (!s->text)
        buf_add_text(s->b, "<dl class=\"facts\">\n");
}

void sheet_fact(struct sheet *s, const char *name, struct str value)
{
    buf_addf(s->b, s->text ? "%s：" : "<dt>%s</dt><dd>", name);
    put(s, value);
    buf_add_text(s->b, s->text ? "\n" : "</dd>\n");
}

void sheet_end_facts(struct sheet *s)
{
    if (!s->text)
        buf_add_text(s->b, "</dl>\n");
}

void sheet_begin_table(struct sheet *s, const char *const *columns, size_t n)
{
    if (!s->text)
        buf_add_text(s->b, "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
    for (size_t i = 0; i < n; i++)
        buf_addf(s->b, s->text ? "%s%s" : "<th scope=\"col\">%s%s</th>",
                 s->text && i ? " | " : "", columns[i]);
    buf_add_text(s->b, s->text ? "\n" : "</tr></thead>\n<tbody>\n");
}

/* Before the content of a cell. */
static void begin_cell(struct sheet *s)
{
    if (!s->text)
        buf_add_text(s->b, s->cells ? "<td>" : "<tr><td>");
    else if (s->cells)
        buf_add_text(s->b, " | ");
    s->cells++;
}

void sheet_cell(struct sheet *s, struct str value)
{
    begin_cell(s);
    put(s, value);
    if (!s->text)
        buf_add_text(s->b, "</td>");
}

void sheet_cell_concern(struct sheet *s, uint64_t concern)
{
    char id[24], path[40] = "ledger/";
    size_t n = concern_format_id(concern, id);

    begin_cell(s);
    memcpy(path + sizeof "ledger/" - 1, id, n + 1);
    if (s->text)
        buf_add_text(s->b, id);
    else
        frame_link(&s->frame, path, str_from(id));
    if (!s->text)
        buf_add_text(s->b, "</td>");
}

void sheet_end_row(struct sheet *s)
{
    buf_add_text(s->b, s->text ? "\n" : "</tr>\n");
    s->cells = 0;
}

void sheet_end_table(struct sheet *s)
{
    if (!s->text)
        buf_add_text(s->b, "</tbody>\n</table></div>\n");
}

enum MHD_Result sheet_send(struct sheet *s)
{
    const struct config *config = s->frame.x->side->http->conf.config;

    if (!s->text) {
        frame_end(&s->frame);
        return frame_send(&s->frame);
    }
    char time[CLOCK_TEXT];
    buf_addf(s->b, "\n%s %.16s\n", config->operator_name, clock_format(clock_now(), time));
    return reply_text(s->frame.x, s->b, "text/plain; charset=utf-8");
}
