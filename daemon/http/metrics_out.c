#include "daemon/http/metrics_out.h"

#include <inttypes.h>

static const char *const types[] = {"counter", "gauge", "histogram"};

void metrics_out_family(struct buf *b, const char *name, enum metrics_type type, const char *help)
{
    buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, types[type]);
}

static void add_label(struct buf *b, const char *label, const char *value)
{
    buf_addf(b, "{%s=\"", label);
    for (; *value; value++) {
        if (*value == '\n')
            buf_add_text(b, "\\n");
        else if (*value == '"' || *value == '\\')
            buf_addf(b, "\\%c", *value);
        else
            buf_add_char(b, *value);
    }
    buf_add_text(b, "\"}");
}

void metrics_out_count(struct buf *b, const char *name, const char *label, const char *value,
                       uint64_t n)
{
    buf_add_text(b, name);
    if (label)
        add_label(b, label, value);
    buf_addf(b, " %" PRIu64 "\n", n);
}

void metrics_out_real(struct buf *b, const char *name, double n)
{
    buf_addf(b, "%s %.3f\n", name, n);
}

void metrics_out_one(struct buf *b, const char *name, enum metrics_type type, const char *help,
                     uint64_t n)
{
    metrics_out_family(b, name, type, help);
    metrics_out_count(b, name, NULL, NULL, n);
}
