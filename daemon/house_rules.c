#include "daemon/house_rules.h"

#include "base/err.h"
#include "base/log.h"
#include "daemon/reload/reload_log.h"
#include "daemon/reload/topic_edits.h"

static void told(const struct config *own, int err, const struct problems *problems)
{
    if (err == ERR_INVALID)
        reload_log_problems(own->rules_dir, problems);
    if (err && err != ERR_NOTFOUND)
        log_error("rules.behind", "err=%s note=\"the folder's are in force here\"", err_name(err));
}

static void load(const struct config *own, struct store *store, struct town_rules *rules)
{
    struct problems *problems = problems_new();
    int err = problems ? town_rules_load(own, store, problems, rules) : ERR_NOMEM;

    rules->none = err == ERR_NOTFOUND;
    told(own, err, problems);
    problems_free(problems);
}

/* The folder's with what was changed on the page, whatever its files say by now: a start is no
 * moment to ask somebody. The next load does. */
static void load_edited(const struct config *own, struct store *store, struct town_rules *rules)
{
    struct problems *problems = problems_new();
    struct buf pack = BUF_INIT;
    struct topic_edits edits;
    int err = topic_edits_read(store, STORE_SHARED_EDITS, &edits);

    if (!err && !topic_edits_count(&edits))
        err = ERR_NOTFOUND;
    if (!err)
        err = problems ? rules_pack_write(own, own->rules_dir, &pack) : ERR_NOMEM;
    if (!err)
        err = topic_edits_lay(&edits, &pack, NULL);
    if (!err)
        err = town_rules_read(own, buf_str(&pack), NULL, problems, rules);
    told(own, err, problems);
    topic_edits_clear(&edits);
    buf_free(&pack);
    problems_free(problems);
}

int house_rules_open(struct config *own, struct store *store, bool among, struct town_rules *rules,
                     struct rulebook **book)
{
    struct rulebook_where where = {own->rules_dir, own->places};

    if (among)
        load(own, store, rules);
    if (!rules->rules && (!among || rules->none))
        load_edited(own, store, rules);
    if (rules->rules) {
        own->rules = rules->rules;
        own->town = rules->town;
        where = (struct rulebook_where){rules->folder, rules->places};
        rules_pack_tidy(own, rules->name);
        if (among && rules->none) /* it is nobody's else yet */
            rules->name[0] = '\0';
    }
    *book = rulebook_new(own->rules, own->town, &where);
    return *book ? 0 : ERR_NOMEM;
}
