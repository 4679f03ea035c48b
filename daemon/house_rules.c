#include "daemon/house_rules.h"

#include "base/err.h"
#include "base/log.h"
#include "daemon/reload_log.h"

static void load(const struct config *own, struct store *store, struct town_rules *rules)
{
    struct problems *problems = problems_new();
    int err = problems ? town_rules_load(own, store, problems, rules) : ERR_NOMEM;

    rules->none = err == ERR_NOTFOUND;
    if (err == ERR_INVALID)
        reload_log_problems(own->rules_dir, problems);
    if (err && err != ERR_NOTFOUND)
        log_error("rules.behind", "err=%s note=\"the folder's are in force here\"", err_name(err));
    problems_free(problems);
}

int house_rules_open(struct config *own, struct store *store, bool among, struct town_rules *rules,
                     struct rulebook **book)
{
    const char *folder = own->rules_dir;

    if (among)
        load(own, store, rules);
    if (rules->rules) {
        own->rules = rules->rules;
        own->town = rules->town;
        folder = rules->folder;
        rules_pack_tidy(own, rules->name);
    }
    *book = rulebook_new(own->rules, own->town, folder);
    return *book ? 0 : ERR_NOMEM;
}
