/* memfd_create() */
#define _GNU_SOURCE

#include "daemon/reports/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "base/drill.h"
#include "base/err.h"
#include "base/utf8.h"

enum { NAME_CHARACTERS = 31, FIRST_WIDTH = 18, WIDTH = 16, COLUMNS = 16 };

const char book_mime[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

struct book {
    int fd; /* of the memory that the library takes for a file */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *plain, *percent;
    lxw_row_t row;
    lxw_col_t column;
    bool failed;
};

struct book *book_new(struct str title, const char *maker, int64_t now)
{
    struct book *b = calloc(1, sizeof *b);
    char path[40];
    struct buf name = BUF_INIT;

    if (!b)
        return NULL;
    b->fd = memfd_create("report.xlsx", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", b->fd);
    b->book = b->fd < 0 ? NULL : workbook_new(path);
    buf_add_str(&name, title);
    buf_add_char(&name, '\0');
    if (!b->book || !buf_ok(&name)) {
        buf_free(&name);
        book_free(b);
        return NULL;
    }
    lxw_doc_properties made = {.title = name.data, .author = (char *)maker,
                               .created = (time_t)(now / 1000)};
    workbook_set_properties(b->book, &made);
    buf_free(&name);
    b->head = workbook_add_format(b->book);
    b->plain = workbook_add_format(b->book);
    b->percent = workbook_add_format(b->book);
    if (!b->head || !b->plain || !b->percent) {
        book_free(b);
        return NULL;
    }
    format_set_bold(b->head);
    format_set_text_wrap(b->head);
    format_set_text_wrap(b->plain);
    format_set_num_format(b->percent, "0.0%");
    return b;
}

/* A drill's sheets say so in their names, and on paper. */
void book_begin_sheet(struct book *b, const char *name)
{
    char text[160];
    size_t end = 0;

    snprintf(text, sizeof text, "%s%s", drill_on() ? "演练 " : "", name);
    for (size_t i = 0; i < NAME_CHARACTERS && text[end]; i++)
        utf8_next(str_from(text), &end);
    text[end] = '\0';
    b->sheet = workbook_add_worksheet(b->book, text);
    b->row = 0;
    b->column = 0;
    if (!b->sheet) {
        b->failed = true;
        return;
    }
    worksheet_set_column(b->sheet, 0, 0, FIRST_WIDTH, NULL);
    worksheet_set_column(b->sheet, 1, COLUMNS, WIDTH, NULL);
    worksheet_set_landscape(b->sheet);
    worksheet_fit_to_pages(b->sheet, 1, 0);
    worksheet_set_paper(b->sheet, 9); /* A4 */
    if (drill_on())
        worksheet_set_header(b->sheet, "&C" DRILL_MARK);
}

static void put(struct book *b, struct str text, lxw_format *format)
{
    struct buf line = BUF_INIT;

    buf_add_str(&line, text);
    buf_add_char(&line, '\0');
    if (!b->sheet || !buf_ok(&line) ||
        worksheet_write_string(b->sheet, b->row, b->column, line.data, format))
        b->failed = true;
    b->column++;
    buf_free(&line);
}

void book_text(struct book *b, struct str text)
{
    put(b, text, b->plain);
}

void book_head(struct book *b, const char *text)
{
    put(b, str_from(text), b->head);
}

static void put_number(struct book *b, double value, lxw_format *format)
{
    if (!b->sheet || worksheet_write_number(b->sheet, b->row, b->column, value, format))
        b->failed = true;
    b->column++;
}

void book_number(struct book *b, double value)
{
    put_number(b, value, b->plain);
}

void book_rate(struct book *b, int per_mille)
{
    if (per_mille < 0)
        b->column++;
    else
        put_number(b, per_mille / 1000.0, b->percent);
}

void book_end_row(struct book *b)
{
    b->row++;
    b->column = 0;
}

static int read_all(int fd, struct buf *out)
{
    char bytes[16384];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
        buf_add_str(out, (struct str){bytes, (size_t)n});
        at += n;
    }
    return n < 0 || !at ? ERR_IO : buf_ok(out) ? 0 : ERR_NOMEM;
}

int book_end(struct book *b, struct buf *out)
{
    int err = workbook_close(b->book) ? ERR_IO : 0; /* writes it, and frees it in any case */

    b->book = NULL;
    if (!err)
        err = b->failed ? ERR_NOMEM : read_all(b->fd, out);
    book_free(b);
    return err;
}

void book_free(struct book *b)
{
    if (!b)
        return;
    if (b->book)
        lxw_workbook_free(b->book);
    if (b->fd >= 0)
        close(b->fd);
    free(b);
}
