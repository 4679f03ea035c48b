#include "daemon/config/config_drill.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/config/config_paths.h"

enum { SPEED_MOST = 3600, CHINA_MINUTES = 480 };

const struct conf_key config_drill_keys[] = {
    {"file", CONF_TEXT, true, NULL, NULL, NULL, 0, 0,
     "huiying drill record 录制的文件 (a file that huiying drill record wrote)"},
    {"speed", CONF_INT, false, NULL, NULL, NULL, 1, SPEED_MOST, NULL},
    {0},
};

static bool is_drills(const char *store)
{
    static const struct str name = {"/" CONFIG_DRILL_STORE, sizeof "/" CONFIG_DRILL_STORE - 1};
    struct str s = str_from(store), scheme = STR("sqlite:");

    if (!str_starts(s, scheme))
        return false;
    return str_is((struct str){s.p + scheme.n, s.n - scheme.n}, CONFIG_DRILL_STORE) ||
           (s.n > name.n && str_is((struct str){s.p + s.n - name.n, name.n}, name.p));
}

static void check_place(const struct config *c, const struct conf_node *root,
                        struct problems *problems)
{
    static const char *const others[] = {"cluster", "demonstration"};
    const struct conf_node *drill = conf_get(root, "drill"), *store = conf_get(root, "store");

    if (c->store && drill && !is_drills(c->store))
        conf_problem(problems, store ? store : drill,
                     "store: 演练用自己的库，应为 sqlite:…/" CONFIG_DRILL_STORE
                     " (a drill has a store of its own, sqlite:…/" CONFIG_DRILL_STORE ")");
    if (c->store && !drill && is_drills(c->store))
        conf_problem(problems, store ? store : root,
                     "store: " CONFIG_DRILL_STORE " 是演练的库 (is a drill's store)");
    if (drill && (!conf_get(root, "keys") || !conf_get(conf_get(root, "listen"), "socket")))
        conf_problem(problems, drill, "drill: 须写明演练自己的 keys 和 listen.socket (name keys and "
                     "listen.socket of its own: not those that the town has by default)");
    for (size_t i = 0; drill && i < sizeof others / sizeof *others; i++)
        if (conf_get(root, others[i]))
            conf_problem(problems, conf_get(root, others[i]), "%s: 与 drill 不能同用 (not together "
                         "with drill)", others[i]);
}

static char *copy(struct str s)
{
    return strndup(s.n ? s.p : "", s.n);
}

/* Those of the recorded day, as feeds: what they publish again comes as JSON Feed, whatever they
 * were. 0 or ERR_NOMEM. */
static int take_sources(struct config *c)
{
    const struct drill_file *day = c->drill;
    struct source *list = calloc(day->nsources + 1, sizeof *list);

    if (!list)
        return ERR_NOMEM;
    source_free(&c->sources);
    c->sources = (struct sources){list, day->nsources};
    for (size_t i = 0; i < day->nsources; i++) {
        const struct drill_source *from = &day->sources[i];
        list[i] = (struct source){.id = copy(from->id),
                                  .name = copy(from->name.n ? from->name : from->id),
                                  .url = copy(from->url),
                                  .region = from->region.n ? copy(from->region) : NULL,
                                  .interval = CLOCK_DAY, .least = CLOCK_DAY, .most = CLOCK_DAY,
                                  .since = CLOCK_DAY, .zone_minutes = CHINA_MINUTES,
                                  .kind = (uint8_t)from->kind};
        if (!list[i].id || !list[i].name || !list[i].url || (from->region.n && !list[i].region))
            return ERR_NOMEM;
    }
    return 0;
}

/* The texts of a day are not kept longer because they were recorded (law 6). */
static void check_file(struct config *c, const struct conf_node *file,
                       struct problems *problems)
{
    char time[CLOCK_TEXT];

    c->drill_until = clock_mono() + c->drill->expires - clock_now();
    if (clock_now() >= c->drill->expires)
        conf_problem(problems, file,
                     "file: 其中文字的保存期已于 %.10s 届满，请删除此文件 (the texts in it were to be "
                     "kept until then: delete this file)", clock_format(c->drill->expires, time));
}

void config_drill_read(struct config *c, const struct conf_node *root, struct problems *problems)
{
    const struct conf_node *drill = conf_get(root, "drill"), *file = conf_get(drill, "file");
    struct str path = conf_text(file);

    c->drill_speed = (int)conf_int(conf_get(drill, "speed"), 1);
    check_place(c, root, problems);
    if (!path.n)
        return;
    c->drill_path = config_paths_of(c, path);
    if (!c->drill_path)
        return;
    c->drill = drill_file_read(c->drill_path, problems);
    if (!c->drill)
        return;
    check_file(c, file, problems);
    if (conf_count(conf_get(root, "sources")))
        conf_problem(problems, conf_get(root, "sources"),
                     "sources: 演练的信源来自录制的文件，应为 [] (a drill's are in the recorded file: "
                     "expected [])");
    if (take_sources(c))
        problems_add(problems, c->path, 0, "内存不足 (out of memory)");
}

void config_drill_free(struct config *c)
{
    drill_file_free(c->drill);
    free(c->drill_path);
}
