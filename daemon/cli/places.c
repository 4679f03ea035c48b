#define _GNU_SOURCE
#include "daemon/cli/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "classifiers/rules/rules.h"
#include "daemon/config/config.h"

/* The program's folder's parent when it looks like a source tree or has a var/ of ours. */
static bool build_tree(char out[static PLACES_MAX])
{
    char probe[PLACES_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", out, PLACES_MAX - 1);

    if (n <= 0)
        return false;
    out[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(out, '/');
        if (!slash || slash == out)
            return false;
        *slash = '\0';
    }
    snprintf(probe, sizeof probe, "%s/configure.ac", out);
    if (access(probe, F_OK) == 0)
        return true;
    snprintf(probe, sizeof probe, "%s/var/huiying.sock", out);
    return access(probe, F_OK) == 0;
}

static char *find(const char *given, const char *variable, const char *name,
                  const char *installed, char out[static PLACES_MAX])
{
    char tree[PLACES_MAX];
    const char *set = given ? given : getenv(variable);

    if (set && *set)
        snprintf(out, PLACES_MAX, "%s", set);
    else if (build_tree(tree))
        snprintf(out, PLACES_MAX, "%.*s/var/%s", PLACES_MAX - 32, tree, name);
    else
        snprintf(out, PLACES_MAX, "%s/%s", installed, name);
    return out;
}

char *places_socket(char out[static PLACES_MAX])
{
    return find(NULL, "HUIYING_SOCKET", "huiying.sock", "/run/huiying", out);
}

char *places_keys(const char *given, char out[static PLACES_MAX])
{
    return find(given, "HUIYING_KEYS", "keys", "/var/lib/huiying", out);
}

char *places_store(const char *given, char out[static PLACES_MAX])
{
    static const char scheme[] = "sqlite:"; /* as huiying.yaml has it */

    find(given, "HUIYING_STORE", "huiying.db", "/var/lib/huiying", out);
    if (strncmp(out, scheme, sizeof scheme - 1) == 0)
        memmove(out, out + sizeof scheme - 1, strlen(out) - sizeof scheme + 2);
    return out;
}

char *places_rules(const struct cli_args *args, char out[static PLACES_MAX])
{
    const char *given = cli_value(args, "rules");

    if (given)
        snprintf(out, PLACES_MAX, "%s", given);
    else
        snprintf(out, PLACES_MAX, "%s/rules", config_datadir());
    return out;
}

void places_set_shipped(void)
{
    char shipped[PLACES_MAX];

    if (snprintf(shipped, sizeof shipped, "%s/rules", config_datadir()) < PLACES_MAX)
        rules_set_shipped(shipped);
}
