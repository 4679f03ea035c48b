#include "daemon/reload/town_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "daemon/config/config_rules.h"

static const char head[] = "head", files[] = "files";

static int take_name(void *arg, const struct store_shared *row)
{
    snprintf(arg, RULES_PACK_NAME, "%.*s", STR_ARG(row->value));
    return 0;
}

int town_rules_name(struct store *s, char out[static RULES_PACK_NAME])
{
    out[0] = '\0';
    int err = store_each_shared(s, STORE_SHARED_RULES, head, take_name, out);

    return err == ERR_NOTFOUND ? 0 : err;
}

int town_rules_read(const struct config *c, struct str pack, const struct lint *lint,
                    struct problems *problems, struct town_rules *out)
{
    struct rules_pack_files laid;

    *out = (struct town_rules){.rules = NULL};
    int err = rules_pack_lay_out(c, pack, &laid);
    if (err)
        return err;
    rules_pack_name(pack, out->name);
    out->folder = strdup(laid.there.rules_dir);
    out->places = strdup(laid.there.places);
    out->town = town_load(&laid.there.town_paths, problems);
    laid.there.town = out->town;
    if (out->town && out->folder && out->places)
        out->rules = lint ? config_rules_check(&laid.there, laid.there.rules_dir, lint, problems,
                                               NULL)
                          : config_rules_compile(&laid.there, laid.there.rules_dir, problems);
    rules_pack_clear(&laid);
    err = problems_count(problems) ? ERR_INVALID : out->rules ? 0 : ERR_NOMEM;
    if (err)
        town_rules_clear(out);
    return err;
}

static int take_bytes(void *arg, const struct store_shared *row)
{
    return buf_add_str(arg, row->value);
}

int town_rules_pack(struct store *s, struct buf *pack)
{
    char wanted[RULES_PACK_NAME], name[RULES_PACK_NAME];
    size_t before = pack->len;
    int err = town_rules_name(s, wanted);

    if (!err)
        err = store_each_shared(s, STORE_SHARED_RULES, files, take_bytes, pack);
    if (err)
        return err;
    rules_pack_name((struct str){pack->data + before, pack->len - before}, name);
    return strcmp(name, wanted) ? ERR_AGAIN : 0;
}

int town_rules_load(const struct config *c, struct store *s, struct problems *problems,
                    struct town_rules *out)
{
    struct buf pack = BUF_INIT;
    int err = town_rules_pack(s, &pack);

    *out = (struct town_rules){.rules = NULL};
    if (!err)
        err = town_rules_read(c, buf_str(&pack), NULL, problems, out);
    buf_free(&pack);
    return err;
}

void town_rules_clear(struct town_rules *t)
{
    rules_free(t->rules);
    town_free(t->town);
    free(t->folder);
    free(t->places);
    *t = (struct town_rules){.rules = NULL};
}

void town_rules_rows(struct str pack, const char name[static RULES_PACK_NAME],
                     struct store_shared out[static TOWN_RULES_ROWS])
{
    const struct str values[] = {str_from(name), pack};
    const char *const names[] = {head, files};

    for (size_t i = 0; i < TOWN_RULES_ROWS; i++) {
        out[i] = (struct store_shared){.kind = STORE_SHARED_RULES, .value = values[i]};
        snprintf(out[i].name, sizeof out[i].name, "%s", names[i]);
    }
}
