#include "daemon/cli/lines.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/cli/cli.h"

#define BOM STR("\xef\xbb\xbf") /* editors put it before UTF-8 */

int lines_open(struct lines *l, const char *file)
{
    *l = (struct lines){.name = file,
                        .from = strcmp(file, "-") == 0 ? stdin : fopen(file, "re")};
    if (l->from)
        return 0;
    cli_error_at(file, 0, "读不了 (cannot read): %s", strerror(errno));
    return EX_NOINPUT;
}

int lines_next(struct lines *l, struct str *line)
{
    ssize_t n;

    while ((n = getline(&l->text, &l->cap, l->from)) >= 0) {
        l->number++;
        *line = (struct str){l->text, (size_t)n};
        if (l->number == 1 && str_starts(*line, BOM))
            *line = (struct str){line->p + BOM.n, line->n - BOM.n};
        *line = str_trim(*line);
        if (line->n)
            return 1;
    }
    if (!feof(l->from) && !l->status) {
        cli_error_at(l->name, l->number + 1, "读不下去 (cannot be read on): %s", strerror(errno));
        l->status = EX_NOINPUT;
    }
    return 0;
}

int lines_close(struct lines *l)
{
    if (l->from && l->from != stdin)
        fclose(l->from);
    free(l->text);
    l->text = NULL;
    return l->status;
}
