#include "daemon/http/gone_units.h"

#include "daemon/http/figures.h"
#include "daemon/http/json_out.h"

static void put(const struct figures *f, const struct units *units, struct buf *b)
{
    buf_add_char(b, '[');
    for (size_t i = 0; i < f->count; i++) {
        const struct figures_row *row = &f->list[i];
        if (!row->sum.counts[TALLY_OPEN] || units_find(units, str_from(row->key)) >= 0)
            continue;
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "unit", row->key);
        json_out_count(b, "open", row->sum.counts[TALLY_OPEN]);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

void gone_units_put(struct exchange *x, struct buf *b)
{
    const struct statistics_query by_unit = {.by = STATISTICS_UNIT};
    struct figures figures;

    if (figures_read(x, &by_unit, &figures)) {
        json_out_null(b, "units_gone");
        return;
    }
    /* Those in force when the request began may be others: it may have loaded these. */
    struct rule_set *set = rulebook_hold(x->side->http->conf.rules);
    json_out_name(b, "units_gone");
    put(&figures, rule_set_town(set)->units, b);
    rule_set_release(set);
    figures_free(&figures);
}
