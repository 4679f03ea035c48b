#include <stdio.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/known.h"
#include "daemon/cli/places.h"
#include "daemon/routes/query.h"

/* Of a folder that is named the keys may be for another machine; in the daemon's own, a key of
 * nobody would be let in by nobody. False: refused. */
static bool allowed(const struct cli_args *args, const char *unit)
{
    struct buf near = BUF_INIT;
    bool elsewhere = cli_value(args, "keys") != NULL;
    bool lacks = known_lacks("/api/v1/units", unit, &near);

    if (lacks)
        cli_error("%s: %s%.*s", unit,
                  elsewhere ? "units.yaml 中没有这个单位，登记会被拒绝 (no unit of units.yaml: it will not be "
                              "enrolled)"
                            : "没有这个单位，先写入 units.yaml 并 `huiying rules load` (no such unit: put "
                              "it into units.yaml and load it first)",
                  STR_ARG(buf_str(&near)));
    buf_free(&near);
    return !lacks || elsewhere;
}

int commands_units_keygen(const struct cli_args *args)
{
    char dir[PLACES_MAX], units[PLACES_MAX + 8], stem[SLUG_MAX + 8];
    const char *unit = args->rest[0];

    if (!query_slug(unit)) {
        cli_error("%s: 应为单位编号 (expected a unit's id: a-z, 0-9 and -)", unit);
        return EX_DATAERR;
    }
    if (!allowed(args, unit))
        return EX_DATAERR;
    places_keys(cli_value(args, "keys"), dir);
    snprintf(units, sizeof units, "%s/units", dir);
    snprintf(stem, sizeof stem, "units/%s", unit);
    int err = file_make_dirs(units);
    if (!err)
        err = keys_ensure(dir, stem);
    if (err) {
        cli_error_at(units, 0, "%s", err_text(err));
        return EX_CANTCREAT;
    }
    cli_printf("%s/%s.public\n%s/%s.secret\n", dir, stem, dir, stem);
    return EX_OK;
}
