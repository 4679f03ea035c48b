/* What people said of replies. */
#include "base/err.h"
#include "store/sqlite/sqlite.h"

int sqlite_put_survey(struct sqlite *q, const struct store_survey *survey)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_SURVEY_SET, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)survey->concern);
    row_put_int(&b, survey->round);
    row_put_int(&b, survey->solved);
    row_put_int(&b, survey->not_yet);
    row_put_int(&b, survey->hour);
    row_put_int(&b, survey->in_hour);
    return sqlite_run(q, &b);
}

int sqlite_survey(struct store *s, uint64_t concern, uint16_t round, struct store_survey *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_SURVEY, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    row_put_int(&b, round);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_NOTFOUND;
    *out = (struct store_survey){.concern = (uint64_t)row_int(&row)};
    out->round = (uint16_t)row_choice(&row, UINT16_MAX + 1u);
    out->solved = (uint32_t)row_int(&row);
    out->not_yet = (uint32_t)row_int(&row);
    out->hour = row_int(&row);
    out->in_hour = (uint32_t)row_int(&row);
    sqlite_done(&b);
    return row.bad ? ERR_CORRUPT : 0;
}
