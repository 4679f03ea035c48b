#include "feeds/source/preset.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "feeds/source/spec.h"

static const struct conf_key keys[] = {
    {.name = "name", .forms = CONF_TEXT, .required = true},
    {.name = "about", .forms = CONF_TEXT},
    {.name = "select", .forms = CONF_MAP, .required = true, .keys = spec_select_keys},
    {.name = "detail", .forms = CONF_MAP, .keys = spec_detail_keys},
    {0},
};

static char folder[PATH_MAX];

void preset_set_folder(const char *dir)
{
    snprintf(folder, sizeof folder, "%s", dir);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* "discuz-x, mailbox, …" */
static void list_names(char *out, size_t size)
{
    struct dirent **found = NULL;
    int n = scandir(folder, &found, NULL, by_name);
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < n; i++) {
        const char *dot = strstr(found[i]->d_name, ".yaml");
        if (dot && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "",
                                     (int)(dot - found[i]->d_name), found[i]->d_name);
        free(found[i]);
    }
    free(found);
}

int preset_load(const struct conf_node *name, struct board_spec *spec, struct problems *problems)
{
    char path[PATH_MAX], names[512];
    struct str text = conf_text(name);
    bool slug = text.n > 0;

    /* The schema has told what is no slug; it must not become a path all the same. */
    for (size_t i = 0; i < text.n; i++)
        slug = slug && ((text.p[i] >= 'a' && text.p[i] <= 'z') || text.p[i] == '-' ||
                        (text.p[i] >= '0' && text.p[i] <= '9'));
    if (!slug)
        return 0;
    if (snprintf(path, sizeof path, "%s/%.*s.yaml", folder, STR_ARG(text)) >= PATH_MAX ||
        access(path, R_OK)) {
        list_names(names, sizeof names);
        conf_problem(problems, name, "preset: 没有 “%.*s”，现有：%s (no such preset; there are: %s)",
                     STR_ARG(text), names, names);
        return 0;
    }
    struct conf_doc *doc = conf_load(path, keys, problems);
    const struct conf_node *root = doc ? conf_root(doc) : NULL;
    int err =
        doc ? spec_load(conf_get(root, "select"), conf_get(root, "detail"), spec, problems) : 0;
    conf_free(doc);
    return err;
}
