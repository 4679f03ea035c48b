#include "daemon/public/charts.h"

#include "daemon/http/html_out.h"

enum { WIDTH = 640, HEIGHT = 180, FLOOR = 150, TOP = 20, GAP = 6 };

void charts_put_bar(struct buf *b, uint64_t part, uint64_t whole)
{
    if (!whole)
        return;
    unsigned long long tenths = part >= whole ? 1000 : part * 1000 / whole;
    buf_addf(b, "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
                "aria-hidden=\"true\"><rect class=\"of\" width=\"100\" height=\"6\"/>"
                "<rect class=\"part\" width=\"%llu.%llu\" height=\"6\"/></svg>",
             tenths / 10, tenths % 10);
}

static unsigned height_of(uint32_t n, uint32_t most)
{
    return (unsigned)((uint64_t)n * (FLOOR - TOP) / most);
}

static void put_column(struct buf *b, const struct charts_column *c, size_t i, size_t n,
                       uint32_t most)
{
    unsigned width = WIDTH / (unsigned)n, x = width * (unsigned)i + GAP / 2;
    unsigned whole = height_of(c->whole, most), part = height_of(c->part, most);

    buf_addf(b, "<rect class=\"of\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>"
                "<rect class=\"part\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>"
                "<text x=\"%u\" y=\"%u\">%u</text><text x=\"%u\" y=\"%d\">",
             x, FLOOR - whole, width - GAP, whole, x, FLOOR - part, width - GAP, part,
             x + (width - GAP) / 2, FLOOR - whole - 4, c->whole, x + (width - GAP) / 2, FLOOR + 16);
    html_out_text(b, c->label);
    buf_add_text(b, "</text>\n");
}

void charts_put_columns(struct buf *b, const struct charts_column *columns, size_t n,
                        const char *says)
{
    uint32_t most = 1;

    for (size_t i = 0; i < n; i++)
        most = columns[i].whole > most ? columns[i].whole : most;
    buf_addf(b, "<svg class=\"columns\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
             HEIGHT);
    html_out_text(b, says);
    buf_addf(b, "\">\n<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", FLOOR, WIDTH, FLOOR);
    for (size_t i = 0; i < n && i < CHARTS_COLUMNS; i++)
        put_column(b, &columns[i], i, n, most);
    buf_add_text(b, "</svg>\n");
}
