/* 责任分解表: a table of units (CSV) becomes units.yaml, checked as the daemon checks it, with the
 * table's lines in what is told. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alerts/units/units.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "daemon/cli/commands.h"
#include "daemon/routes/query.h"

enum { FILE_MOST = 4 * 1024 * 1024, PROC_PATH = 40 };

enum column { COLUMN_ID, COLUMN_NAME, COLUMN_ENGLISH, COLUMN_PARENT, COLUMN_ROLES, COLUMN_REGION,
              COLUMNS };
static const char *const names[COLUMNS][2] = {
    [COLUMN_ID] = {"编号", "id"},       [COLUMN_NAME] = {"名称", "name"},
    [COLUMN_ENGLISH] = {"英文名", "name_en"}, [COLUMN_PARENT] = {"上级", "parent"},
    [COLUMN_ROLES] = {"职责", "roles"}, [COLUMN_REGION] = {"区划", "region"}};

struct table {
    const char *file;
    struct str rest;
    int line;               /* of `rest` */
    int places[COLUMNS];    /* of the columns in a row; -1: not there */
    struct buf cell[COLUMNS];
    struct buf yaml;
    struct buf lines;       /* int[]: for each line of the YAML the table's */
    struct buf ids;         /* struct known[] */
    char top[SLUG_MAX];     /* the first unit without a parent */
    int wrong;
};

struct known {
    char id[SLUG_MAX];
    int line;
};

static void wrong_at(struct table *t, int line, const char *what)
{
    cli_error_at(t->file, line, "%s", what);
    t->wrong++;
}

/* The next cell (RFC 4180) into out; true: another follows in its row. */
static bool next_cell(struct table *t, struct buf *out)
{
    bool quoted = t->rest.n && t->rest.p[0] == '"';
    size_t i = quoted;
    int began = t->line;

    for (; i < t->rest.n; i++) {
        char c = t->rest.p[i];
        t->line += c == '\n';
        if (quoted && c == '"' && i + 1 < t->rest.n && t->rest.p[i + 1] == '"')
            i++;
        else if (quoted && c == '"') {
            quoted = false;
            continue;
        } else if (!quoted && (c == ',' || c == '\n'))
            break;
        buf_add_char(out, c);
    }
    if (quoted) /* or the rest of the table would be a part of this cell */
        wrong_at(t, began, "引号没有合上 (a quotation mark is not closed)");
    bool more = i < t->rest.n && t->rest.p[i] == ',';
    i += i < t->rest.n;
    t->rest = (struct str){t->rest.p + i, t->rest.n - i};
    return more;
}

/* The cells of a row that have a place; its line. */
static int next_row(struct table *t)
{
    int line = t->line, place = 0;
    bool more = true;

    for (size_t i = 0; i < COLUMNS; i++)
        buf_reset(&t->cell[i]);
    for (; more; place++) {
        struct buf cell = BUF_INIT;
        more = next_cell(t, &cell);
        for (size_t i = 0; i < COLUMNS; i++)
            if (t->places[i] == place)
                buf_add_str(&t->cell[i], str_trim(buf_str(&cell)));
        buf_free(&cell);
    }
    return line;
}

static void read_head(struct table *t)
{
    bool more = true;

    for (size_t i = 0; i < COLUMNS; i++)
        t->places[i] = -1;
    if (str_starts(t->rest, STR("\xef\xbb\xbf")))
        t->rest = (struct str){t->rest.p + 3, t->rest.n - 3};
    for (int place = 0; more; place++) {
        struct buf cell = BUF_INIT;
        more = next_cell(t, &cell);
        struct str name = str_trim(buf_str(&cell));
        for (size_t i = 0; i < COLUMNS; i++)
            if (str_is(name, names[i][0]) || str_is(name, names[i][1]))
                t->places[i] = place;
        buf_free(&cell);
    }
    if (t->places[COLUMN_ID] < 0 || t->places[COLUMN_NAME] < 0)
        wrong_at(t, 1, "首行应有 编号 和 名称 两列，可有 英文名、上级、职责、区划 (the first line names the "
                       "columns id and name, and may name name_en, parent, roles, region)");
}

static void put_line(struct table *t, int line)
{
    buf_add_char(&t->yaml, '\n');
    buf_add(&t->lines, &line, sizeof line);
}

/* JSON strings are YAML. */
static void put_text(struct table *t, const char *before, const struct buf *cell, const char *after)
{
    buf_add_text(&t->yaml, before);
    buf_add_json(&t->yaml, buf_str(cell));
    buf_add_text(&t->yaml, after);
}

static void put_roles(struct table *t, int line)
{
    struct str rest = buf_str(&t->cell[COLUMN_ROLES]);
    const char *before = "    roles: [";

    while (rest.n) {
        size_t n = 0;
        while (n < rest.n && !strchr(";, |", rest.p[n]))
            n++;
        if (n) {
            buf_add_text(&t->yaml, before);
            buf_add_json(&t->yaml, (struct str){rest.p, n});
            before = ", ";
        }
        n += n < rest.n;
        rest = (struct str){rest.p + n, rest.n - n};
    }
    if (*before == ',') {
        buf_add_char(&t->yaml, ']');
        put_line(t, line);
    }
}

/* The daemon's own words of it would name a line of the YAML. */
static bool taken(struct table *t, const char *id, int line)
{
    const struct known *ids = (const void *)t->ids.data;
    struct known one = {.line = line};

    for (size_t i = 0; i < t->ids.len / sizeof *ids; i++)
        if (strcmp(ids[i].id, id) == 0) {
            cli_error_at(t->file, line, "编号 “%s” 重复，已在第 %d 行 (duplicate id, first on line %d)",
                         id, ids[i].line, ids[i].line);
            t->wrong++;
            return true;
        }
    snprintf(one.id, sizeof one.id, "%s", id);
    buf_add(&t->ids, &one, sizeof one);
    return false;
}

static void put_unit(struct table *t, int line)
{
    struct buf *id = &t->cell[COLUMN_ID];

    buf_add_char(id, '\0');
    if (!buf_ok(id) || !query_slug(id->data)) {
        wrong_at(t, line, "编号应为 a-z、0-9 和 - (an id is of a-z, 0-9 and -)");
        return;
    }
    if (taken(t, id->data, line))
        return;
    if (!t->top[0] && !t->cell[COLUMN_PARENT].len)
        memcpy(t->top, id->data, id->len);
    id->len--;
    put_text(t, "  - id: ", id, "");
    put_line(t, line);
    put_text(t, "    name: {zh: ", &t->cell[COLUMN_NAME], "");
    if (t->cell[COLUMN_ENGLISH].len)
        put_text(t, ", en: ", &t->cell[COLUMN_ENGLISH], "");
    buf_add_char(&t->yaml, '}');
    put_line(t, line);
    if (t->cell[COLUMN_PARENT].len) {
        put_text(t, "    parent: ", &t->cell[COLUMN_PARENT], "");
        put_line(t, line);
    }
    put_roles(t, line);
    if (t->cell[COLUMN_REGION].len) {
        put_text(t, "    region: ", &t->cell[COLUMN_REGION], "");
        put_line(t, line);
    }
}

/* As the daemon reads it; what is wrong is told by the table's lines. Two lines stand before the
 * units. */
static void check(struct table *t, struct str yaml)
{
    struct problems *problems = problems_new();
    char path[PROC_PATH] = "";
    int fd = memfd_create("units.yaml", MFD_CLOEXEC);
    const int *lines = (const int *)(const void *)t->lines.data;
    size_t nlines = t->lines.len / sizeof *lines;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!problems || fd < 0 || file_write_all(fd, yaml)) {
        wrong_at(t, 0, err_text(ERR_IO));
    } else {
        units_free(units_load(path, problems));
        for (size_t i = 0; i < problems_count(problems); i++) {
            const char *file, *text;
            int line;
            problems_get(problems, i, &file, &line, &text);
            wrong_at(t, line > 2 && (size_t)line - 3 < nlines ? lines[line - 3] : 1, text);
        }
    }
    if (fd >= 0)
        close(fd);
    problems_free(problems);
}

static int give(struct table *t, const char *coordinator, const char *out)
{
    struct buf yaml = BUF_INIT;

    buf_addf(&yaml, "coordinator: %s\nunits:\n", coordinator ? coordinator : t->top);
    buf_add_str(&yaml, buf_str(&t->yaml));
    if (!buf_ok(&yaml) || !buf_ok(&t->lines) || !buf_ok(&t->ids))
        wrong_at(t, 0, err_text(ERR_NOMEM));
    if (!t->wrong)
        check(t, buf_str(&yaml));
    int err = 0;
    if (!t->wrong && out)
        err = file_replace(out, buf_str(&yaml), 0644);
    else if (!t->wrong)
        cli_print(buf_str(&yaml));
    if (err)
        cli_error_at(out, 0, "%s", err_text(err));
    buf_free(&yaml);
    return t->wrong ? EX_DATAERR : err ? EX_CANTCREAT : EX_OK;
}

int commands_units_import(const struct cli_args *args)
{
    const char *coordinator = cli_value(args, "coordinator");
    struct table t = {.file = cli_file(args, 0), .line = 1};
    struct buf text = BUF_INIT;
    int status = cli_read(t.file, FILE_MOST, &text);

    if (!status && !query_slug(coordinator)) {
        cli_error("%s: 应为单位编号 (expected a unit's id: a-z, 0-9 and -)", coordinator);
        status = EX_DATAERR;
    }
    if (!status) {
        t.rest = buf_str(&text);
        int bad = utf8_bad_line(t.rest);
        if (bad)
            wrong_at(&t, bad, "不是 UTF-8；Excel 里另存为“CSV UTF-8” (not UTF-8: save it as such)");
        else
            read_head(&t);
        while (t.rest.n && !t.wrong) {
            int line = next_row(&t);
            if (!t.wrong && (t.cell[COLUMN_ID].len || t.cell[COLUMN_NAME].len))
                put_unit(&t, line);
        }
        if (!t.wrong && !t.top[0] && !coordinator)
            wrong_at(&t, 1, "没有上级为空的单位，须指明 --coordinator (no unit is without a parent: "
                            "name one with --coordinator)");
        status = give(&t, coordinator, cli_value(args, "out"));
    }
    for (size_t i = 0; i < COLUMNS; i++)
        buf_free(&t.cell[i]);
    buf_free(&t.yaml);
    buf_free(&t.lines);
    buf_free(&t.ids);
    buf_free(&text);
    return status;
}
