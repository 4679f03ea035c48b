#include "daemon/reload/reload_log.h"

#include "base/log.h"

enum { LOGGED_MAX = 20 };

void reload_log_warnings(const char *folder, const struct problems *problems)
{
    size_t n = problems_warnings(problems);

    if (n)
        log_warn("rules.warnings", "folder=\"%s\" warnings=%zu", folder, n);
    for (size_t i = 0; i < n && i < LOGGED_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get_warning(problems, i, &file, &line, &text);
        log_warn("rules.warning", "at=\"%s:%d\" what=\"%s\"", file, line, text);
    }
}

void reload_log_problems(const char *folder, const struct problems *problems)
{
    size_t n = problems_count(problems);

    log_error("rules.refused", "folder=\"%s\" problems=%zu note=\"the old ones stay in force\"",
              folder, n);
    for (size_t i = 0; i < n && i < LOGGED_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get(problems, i, &file, &line, &text);
        log_error("rules.problem", "at=\"%s:%d\" what=\"%s\"", file, line, text);
    }
}
