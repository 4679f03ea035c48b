#include "daemon/cli/source_file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/problems.h"
#include "daemon/cli/cli.h"
#include "daemon/config/config.h"
#include "feeds/source/preset.h"

int source_file_load(const char *file, struct source **out)
{
    struct problems *problems = NULL;
    char boards[4096];
    int err = ERR_NOMEM;

    if (access(file, R_OK)) {
        cli_error_at(file, 0, "%s", err_text(errno == ENOENT ? ERR_NOTFOUND : ERR_IO));
        return EX_NOINPUT;
    }
    snprintf(boards, sizeof boards, "%s/rules/boards", config_datadir());
    preset_set_folder(boards);
    problems = problems_new();
    if (problems)
        err = source_load_file(file, out, problems);
    if (err == ERR_SYNTAX) {
        problems_sort(problems);
        problems_print(problems, stderr);
    } else if (err) {
        cli_error_at(file, 0, "%s", err_text(err));
    }
    problems_free(problems);
    return err == ERR_SYNTAX ? EX_CONFIG : err ? EX_SOFTWARE : 0;
}
