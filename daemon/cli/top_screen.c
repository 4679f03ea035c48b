#include "daemon/cli/top_screen.h"

#include "base/clock.h"
#include "base/drill.h"
#include "base/utf8.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"

enum { FRAME = 6, WIDE = 100, HOUR = 3600, PLAIN_WIDTH = 4096 };

enum tone { CALM, SOON, LATE, TITLES };

static const char *const tones[] = {
    [CALM] = "", [SOON] = "\033[33m", [LATE] = "\033[1;31m", [TITLES] = "\033[7m"};

struct paper {
    struct buf *out;
    const struct top_screen *screen;
    int lines; /* written so far */
};

/* As much of the text as the columns hold, one cell a control character. */
static void fit(struct buf *out, struct str text, int width)
{
    int used = 0;

    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t cp = utf8_next(text, &at);
        struct str one = {text.p + from, at - from};
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
            one = STR("?");
        used += utf8_width(one);
        if (used > width)
            return;
        buf_add_str(out, one);
    }
}

static void put_line(struct paper *p, enum tone tone, struct str text)
{
    const struct top_screen *s = p->screen;
    bool coloured = s->control && s->colour && tone != CALM;

    if (s->height && p->lines >= s->height)
        return;
    if (p->lines++ && s->height) /* after the last line a line break would scroll */
        buf_add_char(p->out, '\n');
    if (coloured)
        buf_add_text(p->out, tones[tone]);
    fit(p->out, text, s->width ? s->width : PLAIN_WIDTH);
    if (coloured)
        buf_add_text(p->out, "\033[0m");
    if (s->control)
        buf_add_text(p->out, "\033[K");
    if (!s->height)
        buf_add_char(p->out, '\n');
}

static int rate_of(const json_t *status)
{
    json_int_t rate = json_integer_value(json_object_get(status, "clock_rate"));

    return rate > 0 && rate < 1000000 ? (int)rate : 1;
}

bool top_screen_left(const struct top_row *row, int64_t now, int rate, int64_t *seconds)
{
    const json_t *left =
        json_object_get(json_object_get(row->concern, "next"), "seconds_left");

    if (!json_is_integer(left))
        return false;
    *seconds = json_integer_value(left) - (now - row->read) * rate / 1000;
    return true;
}

size_t top_screen_room(const struct top_screen *s, size_t count)
{
    if (!s->height)
        return count;
    return s->height > FRAME ? (size_t)(s->height - FRAME) : 0;
}

static void head_line(struct paper *p, const struct top_view *v)
{
    int64_t now, rate = rate_of(v->status);
    struct buf line = BUF_INIT;
    char text[CLOCK_TEXT];

    buf_addf(&line, "%s回应 huiying · %s", human_drill(v->status) ? DRILL_MARK : "",
             human_text(v->status, "place", "name", NULL));
    if (!clock_parse(str_from(human_text(v->status, "now", NULL)), &now)) {
        clock_format(now + (v->now - v->status_read) * rate, text);
        buf_addf(&line, " · %.10s %.8s", text, text + 11);
    }
    if (human_drill(v->status))
        buf_addf(&line, " · 演练 ×%d (drill)", (int)rate);
    else if (rate != 1)
        buf_addf(&line, " · 演示时钟 ×%d (demonstration clock)", (int)rate);
    put_line(p, CALM, buf_str(&line));
    buf_free(&line);
}

/* A line of numbers out of the status. */
struct number {
    const char *label, *object, *member;
};

static void add_numbers(struct buf *line, const json_t *status, const struct number *numbers,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(line, "%s%s %" JSON_INTEGER_FORMAT, line->len ? " · " : "", numbers[i].label,
                 json_integer_value(json_object_get(
                     json_object_get(status, numbers[i].object), numbers[i].member)));
}

static void number_lines(struct paper *p, const struct top_view *v)
{
    static const struct number work[] = {{"未办结 open", "store", "open"},
                                         {"超期 overdue", "store", "overdue"},
                                         {"条目 items", "store", "items"}};
    static const struct number health[] = {
        {"信源正常 healthy", "sources", "healthy"}, {"故障 failing", "sources", "failing"},
        {"等待 waiting", "sources", "waiting"},     {"接收台 receivers", "bus", "receivers"},
        {"离线 offline", "bus", "units_offline"}};
    const json_t *sources = json_object_get(v->status, "sources");
    const json_t *bus = json_object_get(v->status, "bus");
    bool ill = json_integer_value(json_object_get(sources, "failing")) ||
               json_integer_value(json_object_get(bus, "units_offline"));
    bool late =
        json_integer_value(json_object_get(json_object_get(v->status, "store"), "overdue")) > 0;
    struct buf line = BUF_INIT;

    add_numbers(&line, v->status, work, sizeof work / sizeof *work);
    if (v->intake >= 0)
        buf_addf(&line, " · 入库 intake %.1f/s", v->intake);
    put_line(p, late ? LATE : CALM, buf_str(&line));
    buf_reset(&line);
    add_numbers(&line, v->status, health, sizeof health / sizeof *health);
    put_line(p, ill ? SOON : CALM, buf_str(&line));
    buf_free(&line);
}

/* What one has to know before reading on; an empty line keeps the rows where they are. */
static void trouble_line(struct paper *p, const struct top_view *v)
{
    const char *stalled = human_text(v->status, "ledger", "stalled", NULL);
    struct buf line = BUF_INIT;

    if (v->trouble)
        buf_add_text(&line, v->trouble);
    else if (*stalled)
        buf_addf(&line, "台账停写：%s (the ledger is stalled)", stalled);
    else if (!strcmp(human_text(v->status, "store", "state", NULL), "away"))
        buf_add_text(&line, "存储连不上 (the store is away)");
    if (line.len || p->screen->height)
        put_line(p, line.len ? LATE : CALM, buf_str(&line));
    buf_free(&line);
}

/* The columns; the place is given up where there is no room for it. */
static const struct {
    const char *title;
    int width; /* 0: the last one */
    bool wide;
} columns[] = {
    {"编号 ID", 8, false},     {"下一步 Next", 11, false}, {"期限 Due", 15, false},
    {"等级", 9, false},        {"事项 Topic", 14, false}, {"地点 Place", 22, true},
    {"承办 Unit", 0, false},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void row_line(struct paper *p, enum tone tone, const struct str *cells)
{
    bool wide = !p->screen->width || p->screen->width >= WIDE;
    struct buf line = BUF_INIT, cell = BUF_INIT;

    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].wide && !wide)
            continue;
        buf_reset(&cell);
        if (columns[i].width)
            fit(&cell, cells[i], columns[i].width);
        else
            buf_add_str(&cell, cells[i]);
        cli_pad(&line, buf_str(&cell), columns[i].width);
        if (columns[i].width)
            buf_add_char(&line, ' ');
    }
    put_line(p, tone, buf_str(&line));
    buf_free(&cell);
    buf_free(&line);
}

static void titles_line(struct paper *p)
{
    struct str cells[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = str_from(columns[i].title);
    row_line(p, TITLES, cells);
}

static void concern_line(struct paper *p, const struct top_view *v, const struct top_row *row)
{
    const json_t *c = row->concern;
    bool urged = json_is_true(json_object_get(c, "escalated"));
    struct buf left = BUF_INIT, act = BUF_INIT;
    enum tone tone = CALM;
    int64_t seconds;

    buf_addf(&act, "%s%s", human_text(c, "next", "act_zh", NULL), urged ? " 督办" : "");
    if (top_screen_left(row, v->now, rate_of(v->status), &seconds)) {
        human_left(&left, seconds);
        tone = seconds < 0 ? LATE : seconds < HOUR ? SOON : CALM;
    }
    const struct str cells[COLUMNS] = {
        str_from(human_text(c, "id", NULL)),
        buf_str(&act),
        buf_str(&left),
        str_from(human_text(c, "grade_zh", NULL)),
        str_from(human_text(c, "topic", "name", NULL)),
        str_from(human_text(c, "region", "name", NULL)),
        str_from(human_text(c, "unit", "name", NULL)),
    };
    row_line(p, tone, cells);
    buf_free(&act);
    buf_free(&left);
}

static void foot_line(struct paper *p, const struct top_view *v, size_t first, size_t end)
{
    struct buf line = BUF_INIT;

    buf_addf(&line, "%zu–%zu / %zu · q 退出 quit · j k 翻看 scroll", v->count ? first + 1 : 0, end,
             v->count);
    while (p->lines < p->screen->height - 1)
        put_line(p, CALM, STR_NONE);
    put_line(p, CALM, buf_str(&line));
    buf_free(&line);
}

void top_screen_draw(struct buf *out, const struct top_screen *s, const struct top_view *v)
{
    struct paper p = {.out = out, .screen = s};
    size_t room = top_screen_room(s, v->count);
    size_t last = v->count > room ? v->count - room : 0;
    size_t first = s->first < last ? s->first : last, end = first;

    if (s->control)
        buf_add_text(out, "\033[H");
    head_line(&p, v);
    number_lines(&p, v);
    trouble_line(&p, v);
    titles_line(&p);
    for (; end < v->count && end - first < room; end++)
        concern_line(&p, v, &v->rows[end]);
    if (!v->count)
        put_line(&p, CALM, STR("没有未办结的关切 (no open concerns)"));
    if (s->height)
        foot_line(&p, v, first, end);
    if (s->control)
        buf_add_text(out, "\033[J");
}
