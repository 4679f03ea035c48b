/* The SQL of a page of concerns: each form walks an index and never sorts. */
#include "store/sqlite/sqlite.h"

/* "state != 2" and "grade > 0" are written out wherever they hold, so that the partial indexes
 * serve. The plus signs keep SQLite from an index that finds the filter but then has to sort. */
static const char *const shown[STATES_CHOICES] = {
    [STATES_ANY] = "1",
    [STATES_OPEN] = "state != 2",
    [STATES_ACCEPTED] = "state != 2 AND +state = 1",
    [STATES_CLOSED] = "+state = 2",
    [STATES_FOUND] = "state != 2 AND +state = 3",
    [STATES_DECLINED] = "state != 2 AND +state = 4",
};

/* What the unit leads, and what it assists in: each in the order of its index, merged. */
static void add_unit_legs(const struct backend_query *query, struct buf *sql)
{
    const char *topic = query->topic ? " AND +topic = ?1" : "";
    const char *grade = query->least ? " AND +concerns.grade >= ?6" : "";

    buf_addf(sql, "SELECT " ROW_CONCERN " FROM concerns WHERE %s AND unit = ?2%s%s%s",
             shown[query->states], topic, grade, query->after ? " AND (due, id) > (?3, ?4)" : "");
    buf_addf(sql, " UNION ALL SELECT " ROW_PARTY " FROM parties p CROSS JOIN concerns "
                  "ON concerns.id = p.concern WHERE %s AND p.open = 1 AND p.unit = ?2%s%s%s",
             shown[query->states], topic, grade,
             query->after ? " AND (p.due, p.concern) > (?3, ?4)" : "");
}

static bool is_live(const struct backend_query *query)
{
    return query->states != STATES_ANY && query->states != STATES_CLOSED;
}

bool sqlite_page_by_unit(const struct backend_query *query)
{
    return query->order == STORE_BY_DUE && is_live(query);
}

/* Of one unit, or (by a JSON array) of several. */
static void add_units(const struct backend_query *query, struct buf *sql)
{
    const char *is = query->nunits ? "IN (SELECT value FROM json_each(?2))" : "= ?2";

    if (query->unit || query->nunits)
        buf_addf(sql, " AND (+unit %s OR EXISTS (SELECT 1 FROM parties p "
                      "WHERE p.concern = concerns.id AND p.unit %s))", is, is);
}

unsigned sqlite_page_sql(const struct backend_query *query, struct buf *sql)
{
    bool due = query->order == STORE_BY_DUE;

    if (query->unit && sqlite_page_by_unit(query)) {
        add_unit_legs(query, sql);
    } else {
        bool few = due && query->least && is_live(query);
        buf_addf(sql, "SELECT " ROW_CONCERN " FROM concerns %sWHERE %s%s",
                 few ? "INDEXED BY concerns_open_graver " : "", shown[query->states],
                 few ? " AND grade > 0" : "");
        if (query->topic)
            buf_add_text(sql, " AND +topic = ?1");
        if (query->least)
            buf_add_text(sql, " AND +grade >= ?6");
        add_units(query, sql);
        if (query->after)
            buf_add_text(sql, due ? " AND (due, id) > (?3, ?4)" : " AND (opened, id) < (?3, ?4)");
    }
    buf_add_text(sql, due ? " ORDER BY due, id" : " ORDER BY opened DESC, id DESC");
    buf_add_text(sql, " LIMIT ?5");
    buf_add_char(sql, '\0');
    return (unsigned)query->states | (due ? 8u : 0) | (query->topic ? 16u : 0) |
           (query->unit ? 32u : 0) | (query->after ? 64u : 0) | (query->least ? 128u : 0) |
           (query->nunits ? 256u : 0);
}
