#include "daemon/cli/lines.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/cli/cli.h"

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
        *line = str_trim((struct str){l->text, (size_t)n});
        if (line->n)
            return 1;
    }
    return 0;
}

void lines_close(struct lines *l)
{
    if (l->from && l->from != stdin)
        fclose(l->from);
    free(l->text);
    l->text = NULL;
}
