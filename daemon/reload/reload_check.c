#include "daemon/reload/reload_check.h"

#include "base/clock.h"
#include "base/err.h"
#include "daemon/config/config_rules.h"

/* No shipped or town's file is called so. */
static const char NEW_TOPIC[] = "+.yaml";

struct where {
    struct buf folder, places;
};

static void note_where(void *arg, const struct rulebook_view *view)
{
    struct where *w = arg;

    buf_add_text(&w->folder, view->where.folder);
    buf_add_char(&w->folder, '\0');
    buf_add_text(&w->places, view->where.places);
    buf_add_char(&w->places, '\0');
}

/* The file that the text stands for. */
static int find_file(struct str topic, const char *folder, struct buf *file)
{
    struct buf text = BUF_INIT;
    int err = 0;

    if (topic.n)
        err = rules_topic_file(folder, topic, file, &text);
    else
        buf_add_text(file, NEW_TOPIC);
    buf_free(&text);
    buf_add_char(file, '\0');
    return err ? err : buf_ok(file) ? 0 : ERR_NOMEM;
}

void reload_check_text(const struct config *config, struct rulebook *book,
                       const struct reload_text *what, reload_check_done *done, void *arg)
{
    struct rule_set *now = rulebook_hold(book);
    struct problems *problems = problems_new();
    struct where where = {BUF_INIT, BUF_INIT};
    struct buf file = BUF_INIT;
    struct config there = *config;
    const struct lint lint = {.now = clock_now()};
    struct reload_checked out = {.problems = problems, .now = rule_set_rules(now)};
    struct rules *rules = NULL;

    rulebook_look(book, note_where, &where);
    there.town = (struct town *)rule_set_town(now);
    there.places = where.places.data;
    out.err = problems && buf_ok(&where.folder) && buf_ok(&where.places)
                  ? find_file(what->topic, where.folder.data, &file)
                  : ERR_NOMEM;
    if (!out.err) {
        const struct rules_edit edit = {str_from(file.data), what->text};
        rules = config_rules_check_edited(&there, where.folder.data, &edit, &lint, problems,
                                          &out.examples);
        out.rules = rules;
        out.file = file.data;
        if (!rules && !problems_count(problems))
            out.err = ERR_NOMEM;
    }
    done(arg, &out);
    rules_free(rules);
    buf_free(&file);
    buf_free(&where.folder);
    buf_free(&where.places);
    problems_free(problems);
    rule_set_release(now);
}
