#define _GNU_SOURCE
#include "daemon/config/config_paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Folder of a path with its '/', or "" for the working directory. */
static struct str folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (struct str){path, (size_t)(slash - path) + 1} : STR_NONE;
}

char *config_paths_of(const struct config *c, struct str path)
{
    char *out = NULL;
    struct str base = path.n && path.p[0] == '/' ? STR_NONE : folder(c->path);

    return asprintf(&out, "%.*s%.*s", STR_ARG(base), STR_ARG(path)) < 0 ? NULL : out;
}

char *config_paths_or(const struct config *c, const struct conf_node *node, const char *absent)
{
    struct str s = conf_text(node);

    return s.n ? config_paths_of(c, s) : strdup(absent);
}

char *config_paths_shipped(const char *under)
{
    char *out = NULL;

    return asprintf(&out, "%s/%s", config_datadir(), under) < 0 ? NULL : out;
}

char *config_paths_or_shipped(const struct config *c, const struct conf_node *node,
                              const char *under)
{
    return conf_text(node).n ? config_paths_or(c, node, "") : config_paths_shipped(under);
}

/* Folder of the running program, without the last '/'; "" when unknown. */
static const char *program_dir(void)
{
    static char dir[PATH_MAX];

    if (!*dir) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
        char *slash = n > 0 ? memrchr(dir, '/', (size_t)n) : NULL;
        *(slash ? slash : dir) = '\0';
    }
    return dir;
}

static bool in_build_tree(void)
{
    char mark[PATH_MAX + 16];

    snprintf(mark, sizeof mark, "%s/config.status", program_dir());
    return access(mark, F_OK) == 0;
}

/* Length of what stands before the installed place of the running program: the DESTDIR of a
 * staged installation. 0 when it runs where it belongs, or elsewhere. */
static int stage_length(void)
{
    static const char *const bins[] = {HUIYING_BINDIR, HUIYING_SBINDIR};
    size_t n = strlen(program_dir());

    for (size_t i = 0; i < sizeof bins / sizeof *bins; i++) {
        size_t tail = strlen(bins[i]);
        if (n > tail && !strcmp(program_dir() + n - tail, bins[i]))
            return (int)(n - tail);
    }
    return 0;
}

const char *config_datadir(void)
{
    static char dir[PATH_MAX + sizeof HUIYING_DATADIR];
    char mark[sizeof dir + 32];

    if (*dir)
        return dir;
    snprintf(dir, sizeof dir, "%.*s%s", stage_length(), program_dir(), HUIYING_DATADIR);
    if (in_build_tree()) {
        /* The sources stand beside build/, unless the build was configured from elsewhere. */
        snprintf(dir, sizeof dir, "%s/..", program_dir());
        snprintf(mark, sizeof mark, "%s/rules/topics", dir);
        if (access(mark, F_OK))
            snprintf(dir, sizeof dir, "%s", HUIYING_SRCDIR);
    }
    return dir;
}

char *config_program(const char *name, char *out, size_t size)
{
    bool built = in_build_tree();
    int stage = built ? (int)strlen(program_dir()) : stage_length();
    const char *folder = strcmp(name, "huiying") == 0 ? HUIYING_BINDIR : HUIYING_LIBEXECDIR;

    if ((size_t)snprintf(out, size, "%.*s%s/%s", stage, program_dir(),
                         built ? "" : folder, name) >= size)
        *out = '\0'; /* a path that does not fit names nothing */
    return out;
}
