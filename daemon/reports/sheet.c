#include "daemon/reports/sheet.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/keeping.h"
#include "daemon/http/reply.h"
#include "daemon/reports/book.h"
#include "daemon/routes/query.h"

enum { FIT = 4 }; /* columns that stand beside each other on a phone */

const char *sheet_read(struct exchange *x, struct buf *b, const char *up, struct sheet *out)
{
    static const char *const formats[] = {"html", "text", "xlsx", NULL};
    const char *asked = exchange_query(x, "format");
    int format = asked ? query_choice(asked, formats) : 0;

    *out = (struct sheet){.text = format == 1, .booked = format == 2, .b = b};
    frame_read(x, b, up, &out->frame);
    out->frame.area = frame_say(&out->frame, "报送", "Reports");
    return format < 0 ? "format 应为 html、text 或 xlsx (format is html, text or xlsx)" : NULL;
}

bool sheet_known(struct sheet *s, enum MHD_Result *answered)
{
    struct exchange *x = s->frame.x;

    return encoding_unchanged(x, answered) || (!s->booked && keeping_known(x, answered));
}

/* "reports/month/2026-11?x=y" is saved as "month-2026-11.xlsx". */
static void name_file(struct sheet *s, const char *own)
{
    const char *path = own + sizeof "reports/" - 1;
    size_t n = strcspn(path, "?");

    snprintf(s->name, sizeof s->name, "%.*s.xlsx", (int)(n < 40 ? n : 40), path);
    for (char *p = s->name; *p; p++)
        if (*p == '/')
            *p = '-';
}

/* What a reader must know of a drill or a demonstration; else nothing. */
static const char *what_is_unreal(const struct sheet *s)
{
    if (drill_on())
        return frame_say(&s->frame, "演练：重放录制的一天，不是真实办理情况。",
                         "Drill: a recorded day is played again, nothing here is real.");
    return clock_rate() == 1 ? "" : frame_say(&s->frame, "演示：时钟加速，不是真实办理情况。",
                                              "Demonstration: its clock runs fast, nothing here "
                                              "is real.");
}

static void begin_book(struct sheet *s, struct str title)
{
    const char *maker = s->frame.x->side->http->conf.config->operator_name;

    s->book = book_new(title, maker, clock_now());
    if (!s->book)
        return;
    book_begin_sheet(s->book, frame_say(&s->frame, "概要", "Summary"));
    sheet_line(s, title);
    if (what_is_unreal(s)[0])
        sheet_line(s, str_from(what_is_unreal(s)));
}

/* The same as a workbook. */
static void put_file_link(struct sheet *s, const char *own)
{
    char path[128];

    snprintf(path, sizeof path, "%s%cformat=xlsx", own, strchr(own, '?') ? '&' : '?');
    buf_add_text(s->b, "<p class=\"noprint\">");
    frame_link(&s->frame, path,
               str_from(frame_say(&s->frame, "下载表格（xlsx）", "As a workbook (xlsx)")));
    buf_add_text(s->b, "</p>\n");
}

void sheet_begin(struct sheet *s, struct str title, const char *own)
{
    name_file(s, own);
    if (s->booked) {
        begin_book(s, title);
        return;
    }
    if (!s->text) {
        frame_begin(&s->frame, title, own);
        put_file_link(s, own);
        return;
    }
    buf_add_text(s->b, drill_mark());
    buf_add_str(s->b, title);
    buf_add_text(s->b, "\n\n");
    if (what_is_unreal(s)[0])
        buf_addf(s->b, "%s\n\n", what_is_unreal(s));
}

void sheet_heading(struct sheet *s, const char *zh, const char *en)
{
    const char *text = frame_say(&s->frame, zh, en);

    if (s->book)
        book_begin_sheet(s->book, text);
    if (!s->booked)
        buf_addf(s->b, s->text ? "\n%s\n" : "<h2>%s</h2>\n", text);
}

/* A row of a workbook that has one. */
static void put_line(struct sheet *s, struct str text)
{
    if (!s->book)
        return;
    book_text(s->book, text);
    book_end_row(s->book);
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
    if (s->booked) {
        put_line(s, text);
        return;
    }
    buf_add_text(s->b, s->text ? "" : "<p>");
    put(s, text);
    buf_add_text(s->b, s->text ? "\n" : "</p>\n");
}

void sheet_begin_facts(struct sheet *s)
{
    if (!s->text && !s->booked)
        buf_add_text(s->b, "<dl class=\"facts\">\n");
}

void sheet_fact(struct sheet *s, const char *zh, const char *en, struct str value)
{
    const char *name = frame_say(&s->frame, zh, en);

    if (s->book)
        book_head(s->book, name);
    if (s->booked) {
        put_line(s, value);
        return;
    }
    if (s->text)
        buf_addf(s->b, "%s%s", name, frame_say(&s->frame, "：", ": "));
    else
        buf_addf(s->b, "<dt>%s</dt><dd>", name);
    put(s, value);
    buf_add_text(s->b, s->text ? "\n" : "</dd>\n");
}

void sheet_end_facts(struct sheet *s)
{
    if (!s->text && !s->booked)
        buf_add_text(s->b, "</dl>\n");
}

void sheet_begin_tiles(struct sheet *s)
{
    if (!s->booked)
        buf_add_text(s->b, "<dl class=\"tiles\">\n");
}

void sheet_tile(struct sheet *s, const char *const of[2], uint32_t n, const char *unit, bool bad)
{
    const char *name = of[s->frame.english];

    unit = s->frame.english ? "" : unit;
    if (s->book) {
        book_head(s->book, name);
        book_number(s->book, n);
        put_line(s, str_from(unit));
    } else if (!s->booked)
        buf_addf(s->b, "<div class=\"tile%s\"><dt>%s</dt><dd>%u <small>%s</small></dd></div>\n",
                 bad ? " bad" : "", name, n, unit);
}

void sheet_end_tiles(struct sheet *s)
{
    if (!s->booked)
        buf_add_text(s->b, "</dl>\n");
}

void sheet_begin_halves(struct sheet *s)
{
    if (!s->text && !s->booked)
        buf_add_text(s->b, "<div class=\"halves\">\n");
}

void sheet_end_halves(struct sheet *s)
{
    if (!s->text && !s->booked)
        buf_add_text(s->b, "</div>\n");
}

void sheet_begin_table(struct sheet *s, const char *const (*columns)[2], size_t n)
{
    s->columns = columns;
    s->ncolumns = n;
    s->rows = 0;
}

static void put_head(struct sheet *s)
{
    for (size_t i = 0; s->book && i < s->ncolumns; i++)
        book_head(s->book, s->columns[i][s->frame.english]);
    if (s->book)
        book_end_row(s->book);
    if (s->booked)
        return;
    if (!s->text)
        buf_addf(s->b, "<div class=\"wide\" tabindex=\"0\"><table%s>\n<thead><tr>",
                 s->ncolumns > FIT ? " class=\"stacked\"" : "");
    for (size_t i = 0; i < s->ncolumns; i++)
        buf_addf(s->b, s->text ? "%s%s" : "<th scope=\"col\">%s%s</th>",
                 s->text && i ? " | " : "", s->columns[i][s->frame.english]);
    buf_add_text(s->b, s->text ? "\n" : "</tr></thead>\n<tbody>\n");
}

/* Before the content of a cell. */
static void begin_cell(struct sheet *s)
{
    assert(s->cells < s->ncolumns);
    if (!s->cells && !s->rows++)
        put_head(s);
    if (s->booked)
        ;
    else if (!s->text)
        buf_addf(s->b, "%s<td data-label=\"%s\">", s->cells ? "" : "<tr>",
                 s->columns[s->cells][s->frame.english]);
    else if (s->cells)
        buf_add_text(s->b, " | ");
    s->cells++;
}

void sheet_cell(struct sheet *s, struct str value)
{
    begin_cell(s);
    if (s->book)
        book_text(s->book, value);
    if (s->booked)
        return;
    put(s, value);
    if (!s->text)
        buf_add_text(s->b, "</td>");
}

void sheet_cell_count(struct sheet *s, uint32_t n)
{
    char text[16];

    snprintf(text, sizeof text, "%u", n);
    if (!s->booked)
        sheet_cell(s, str_from(text));
    else {
        begin_cell(s);
        if (s->book)
            book_number(s->book, n);
    }
}

void sheet_cell_rate(struct sheet *s, int per_mille, uint32_t n)
{
    struct buf text = BUF_INIT;

    if (s->booked) {
        begin_cell(s);
        if (s->book)
            book_rate(s->book, per_mille);
        sheet_cell_count(s, n);
        return;
    }
    figures_put_rate(&text, per_mille);
    buf_addf(&text, s->frame.english ? " (n=%u)" : "（n=%u）", n);
    sheet_cell(s, buf_str(&text));
    buf_free(&text);
}

void sheet_cell_concern(struct sheet *s, uint64_t concern)
{
    char id[24], path[40] = "ledger/";
    size_t n = concern_format_id(concern, id);

    if (s->text || s->booked) {
        sheet_cell(s, str_from(id));
        return;
    }
    begin_cell(s);
    memcpy(path + sizeof "ledger/" - 1, id, n + 1);
    frame_link(&s->frame, path, str_from(id));
    buf_add_text(s->b, "</td>");
}

void sheet_end_row(struct sheet *s)
{
    if (s->book)
        book_end_row(s->book);
    if (!s->booked)
        buf_add_text(s->b, s->text ? "\n" : "</tr>\n");
    s->cells = 0;
}

void sheet_end_table(struct sheet *s)
{
    if (!s->rows)
        sheet_line(s, str_from(frame_say(&s->frame, "无。", "None.")));
    else if (!s->text && !s->booked)
        buf_add_text(s->b, "</tbody>\n</table></div>\n");
}

static enum MHD_Result send_book(struct sheet *s)
{
    int err = s->book ? book_end(s->book, s->b) : ERR_NOMEM;

    s->book = NULL;
    if (!err)
        return reply_file(s->frame.x, s->b, book_mime, s->name);
    buf_free(s->b);
    return reply_error(s->frame.x, err, NULL);
}

enum MHD_Result sheet_end(struct sheet *s, int err)
{
    const struct config *config = s->frame.x->side->http->conf.config;

    if (err) {
        book_free(s->book);
        s->book = NULL;
        buf_free(s->b);
        return reply_error(s->frame.x, err, NULL);
    }
    if (s->booked)
        return send_book(s);

    if (!s->text) {
        frame_end(&s->frame);
        return frame_send(&s->frame);
    }
    char time[CLOCK_TEXT];
    buf_addf(s->b, "\n%s %.16s\n", config->operator_name, clock_format(clock_now(), time));
    return reply_text(s->frame.x, s->b, "text/plain; charset=utf-8");
}
