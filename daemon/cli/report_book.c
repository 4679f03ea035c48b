#include "daemon/cli/report_book.h"

#include <xlsxwriter.h>

#include "base/drill.h"
#include "daemon/cli/client.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"

enum { FIRST_RATE = 4, NAME_WIDTH = 16, CELL_WIDTH = 11, TEXT_WIDTH = 48 };

struct book {
    lxw_workbook *book;
    lxw_format *head, *percent, *plain;
    struct client *client;
    const char *month;
    bool drill;
};

static const struct {
    const char *member, *title;
} counts[] = {{"opened", "提出"}, {"open", "未办结"}, {"overdue", "超期未答复"}};
enum { COUNTS = sizeof counts / sizeof *counts };

/* A drill's sheets say so in their names, and on paper. */
static lxw_worksheet *add_sheet(const struct book *b, const char *title)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s", b->drill ? "演练 " : "", title);
    lxw_worksheet *sheet = workbook_add_worksheet(b->book, name);
    if (b->drill)
        worksheet_set_header(sheet, "&C" DRILL_MARK);
    return sheet;
}

static void put_text(lxw_worksheet *sheet, lxw_row_t row, size_t column, const char *text,
                     lxw_format *format)
{
    worksheet_write_string(sheet, row, (lxw_col_t)column, text, format);
}

static void put_number(lxw_worksheet *sheet, lxw_row_t row, size_t column, const json_t *value,
                       lxw_format *format)
{
    if (json_is_number(value))
        worksheet_write_number(sheet, row, (lxw_col_t)column, json_number_value(value), format);
}

/* Two columns for each rate: itself and its n. */
static void put_headings(const struct book *b, lxw_worksheet *sheet, const char *first,
                         const json_t *formulas)
{
    size_t column = 0, i;
    const json_t *rate;

    char heading[64];

    snprintf(heading, sizeof heading, "%s%s", b->drill ? DRILL_MARK : "", first);
    put_text(sheet, 0, column++, heading, b->head);
    for (i = 0; i < COUNTS; i++)
        put_text(sheet, 0, column++, counts[i].title, b->head);
    json_array_foreach(formulas, i, rate) {
        put_text(sheet, 0, column++, human_text(rate, "name", NULL), b->head);
        put_text(sheet, 0, column++, "n", b->head);
    }
    put_text(sheet, 0, column++, "答复用时中位（小时）", b->head);
    put_text(sheet, 0, column++, "n", b->head);
    put_text(sheet, 0, column, "名次", b->head);
    worksheet_set_column(sheet, 0, 0, NAME_WIDTH, NULL);
    worksheet_set_column(sheet, 1, (lxw_col_t)column, CELL_WIDTH, NULL);
    worksheet_freeze_panes(sheet, 1, 1);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, 0, 0);
}

static void put_row(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, const json_t *of,
                    const json_t *formulas)
{
    const json_t *rate, *median = json_object_get(of, "median_answer");
    size_t column = 0, i;

    put_text(sheet, row, column++, human_text(of, "name", NULL), b->plain);
    for (i = 0; i < COUNTS; i++)
        put_number(sheet, row, column++,
                   json_object_get(json_object_get(of, "counts"), counts[i].member), b->plain);
    json_array_foreach(formulas, i, rate) {
        const json_t *value = json_object_get(json_object_get(of, "rates"),
                                              human_text(rate, "rate", NULL));
        put_number(sheet, row, column++, json_object_get(value, "rate"), b->percent);
        put_number(sheet, row, column++, json_object_get(value, "n"), b->plain);
    }
    const json_t *seconds = json_object_get(median, "seconds");
    if (json_is_integer(seconds))
        worksheet_write_number(sheet, row, (lxw_col_t)column,
                               (double)(json_integer_value(seconds) / 360) / 10, b->plain);
    put_number(sheet, row, column + 1, json_object_get(median, "n"), b->plain);
    put_number(sheet, row, column + 2, json_object_get(of, "rank"), b->plain);
}

static void put_formulas(const struct book *b, const json_t *formulas)
{
    lxw_worksheet *sheet = add_sheet(b, "怎么算的");
    const json_t *rate;
    size_t i;

    put_text(sheet, 0, 0, "比率", b->head);
    put_text(sheet, 0, 1, "算法", b->head);
    json_array_foreach(formulas, i, rate) {
        put_text(sheet, (lxw_row_t)(i + 1), 0, human_text(rate, "name", NULL), b->plain);
        put_text(sheet, (lxw_row_t)(i + 1), 1, human_text(rate, "formula", NULL), b->plain);
    }
    put_text(sheet, (lxw_row_t)(i + 2), 0, "n 少于 10 不排名次", b->plain);
    worksheet_set_column(sheet, 0, 0, NAME_WIDTH, NULL);
    worksheet_set_column(sheet, 1, 1, TEXT_WIDTH, NULL);
}

/* One sheet of rows by unit or matter; the last one brings the formulas along. */
static int put_rows(const struct book *b, const char *by, const char *title, bool formulas)
{
    lxw_worksheet *sheet = add_sheet(b, title);
    struct buf path = BUF_INIT;
    json_t *answer = NULL;
    const json_t *row;
    size_t i;

    buf_add_text(&path, "/api/v1/statistics");
    client_add_query(&path, "by", by);
    client_add_query(&path, "month", b->month);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(b->client, path.data, &answer) : EX_OSERR;
    buf_free(&path);
    if (!status) {
        const json_t *list = json_object_get(answer, "formulas");
        put_headings(b, sheet, title, list);
        json_array_foreach(json_object_get(answer, "rows"), i, row)
            put_row(b, sheet, (lxw_row_t)(i + 1), row, list);
        if (formulas)
            put_formulas(b, list);
    }
    json_decref(answer);
    return status;
}

static void put_fault(const struct book *b, lxw_worksheet *sheet, lxw_row_t row, const json_t *of)
{
    static const struct {
        const char *name, *zh;
    } known[] = {{"overdue", "超期未答复"}, {"late", "超期答复"}, {"missed", "前轮未按期"},
                 {"reopened", "重开或退回"}};
    struct buf text = BUF_INIT;
    const json_t *fault;
    size_t i;

    json_array_foreach(json_object_get(of, "faults"), i, fault)
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (!strcmp(json_string_value(fault), known[k].name))
                buf_addf(&text, "%s%s", text.len ? "、" : "", known[k].zh);
    buf_add_char(&text, '\0');
    put_text(sheet, row, 0, human_text(of, "concern", NULL), b->plain);
    put_text(sheet, row, 1, human_text(of, "title", NULL), b->plain);
    put_text(sheet, row, 2, human_text(of, "unit", "name", NULL), b->plain);
    put_text(sheet, row, 3, buf_ok(&text) ? text.data : "", b->plain);
    put_text(sheet, row, 4, json_is_true(json_object_get(of, "mended")) ? "已整改" : "整改中",
             b->plain);
    put_text(sheet, row, 5, human_text(of, "due", NULL), b->plain);
    put_text(sheet, row, 6, human_text(of, "answered", NULL), b->plain);
    buf_free(&text);
}

/* `list`: "items", what the month missed, or "carried", what months before it left. */
static int put_mending(const struct book *b, const char *title, const char *list)
{
    static const char *const columns[] = {"编号", "事项", "单位", "问题", "整改情况", "答复时限",
                                          "答复时间"};
    lxw_worksheet *sheet = add_sheet(b, title);
    struct buf path = BUF_INIT;
    json_t *answer = NULL;
    const json_t *item;
    size_t i;

    for (i = 0; i < sizeof columns / sizeof *columns; i++)
        put_text(sheet, 0, i, columns[i], b->head);
    worksheet_set_column(sheet, 1, 1, TEXT_WIDTH, NULL);
    worksheet_set_column(sheet, 2, 6, NAME_WIDTH, NULL);
    worksheet_freeze_panes(sheet, 1, 0);
    buf_addf(&path, "/api/v1/mending/%s", b->month);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(b->client, path.data, &answer) : EX_OSERR;
    json_array_foreach(json_object_get(answer, list), i, item)
        put_fault(b, sheet, (lxw_row_t)(i + 1), item);
    buf_free(&path);
    json_decref(answer);
    return status;
}

/* Before a file is begun: a month that there is no report of leaves none. 0 or the exit status. */
static int look(const struct book *b)
{
    struct buf path = BUF_INIT;
    json_t *answer = NULL;

    buf_addf(&path, "/api/v1/mending/%s", b->month);
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? client_get(b->client, path.data, &answer) : EX_OSERR;
    json_decref(answer);
    buf_free(&path);
    return status;
}

int report_book_write(const char *month, const char *file)
{
    struct book b = {.client = client_open(), .month = month};

    if (!b.client)
        return EX_UNAVAILABLE;
    json_t *status = NULL;
    int failed = look(&b);
    failed = failed ? failed : client_get(b.client, "/api/v1/status", &status);
    b.drill = human_drill(status);
    json_decref(status);
    b.book = failed ? NULL : workbook_new(file);
    if (!b.book) {
        client_close(b.client);
        return failed ? failed : EX_OSERR;
    }
    b.head = workbook_add_format(b.book);
    format_set_bold(b.head);
    format_set_text_wrap(b.head);
    b.percent = workbook_add_format(b.book);
    format_set_num_format(b.percent, "0.0%");
    failed = put_rows(&b, "unit", "单位", false);
    failed = failed ? failed : put_mending(&b, "整改", "items");
    failed = failed ? failed : put_mending(&b, "往月未整改", "carried");
    failed = failed ? failed : put_rows(&b, "topic", "事项", true);
    lxw_error closed = workbook_close(b.book); /* writes it, and frees the book in any case */
    if (!failed && closed) {
        cli_error_at(file, 0, "%s", lxw_strerror(closed));
        failed = EX_CANTCREAT;
    }
    client_close(b.client);
    return failed;
}
