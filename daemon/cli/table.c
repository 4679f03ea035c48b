#include "daemon/cli/table.h"

#include "daemon/cli/cli.h"

void table_row(const struct table_column *columns, size_t n, const json_t *row)
{
    struct buf line = BUF_INIT, cell = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        buf_reset(&cell);
        if (row)
            columns[i].cell(&cell, row);
        else
            buf_add_text(&cell, columns[i].title);
        cli_pad(&line, buf_str(&cell), columns[i].width);
        if (columns[i].width)
            buf_add_char(&line, ' ');
    }
    while (line.len && line.data[line.len - 1] == ' ')
        line.len--;
    buf_add_char(&line, '\n');
    cli_print(buf_str(&line));
    buf_free(&cell);
    buf_free(&line);
}

void table_rows(const struct table_column *columns, size_t n, const json_t *rows)
{
    const json_t *row;
    size_t i;

    table_row(columns, n, NULL);
    json_array_foreach(rows, i, row)
        table_row(columns, n, row);
}
