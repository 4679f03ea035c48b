#include "alerts/units/outside.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/gate/gate.h"
#include "alerts/units/units.h"
#include "base/err.h"

static const struct conf_key body_keys[] = {
    {"id", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"name", CONF_MAP, true, units_name_keys, NULL, NULL, 0, 0, NULL},
    {"channel", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {NULL, 0, false, NULL, NULL, NULL, 0, 0, NULL},
};
const struct conf_key outside_element = {NULL, CONF_MAP, true, body_keys, NULL, NULL, 0, 0, NULL};

static int read_body(const struct conf_node *node, struct outside *o, struct problems *problems)
{
    const struct conf_node *name = conf_get(node, "name"), *channel = conf_get(node, "channel");
    const char *reason = "";

    o->id = conf_copy(conf_get(node, "id"), "");
    o->channel = conf_copy(channel, "");
    o->line = channel ? conf_line(channel) : 0;
    if (!o->id || !o->channel)
        return ERR_NOMEM;
    if (conf_text(channel).n && gate_reply_url(conf_text(channel), &reason))
        conf_problem(problems, channel, "“%s”：%s (no public address)", o->channel, reason);
    int err = units_read_name(conf_get(name, "zh"), &o->name_zh, problems);
    return err ? err : units_read_name(conf_get(name, "en"), &o->name_en, problems);
}

static void check_twins(const struct units *units, size_t i, const struct conf_node *node,
                        struct problems *problems)
{
    const struct outside *one = &units->outside[i];

    for (size_t j = 0; j < i; j++) {
        if (*one->id && !strcmp(units->outside[j].id, one->id))
            conf_problem(problems, conf_get(node, "id"),
                         "外部机构 id “%s” 重复 (duplicate id of an outside body)", one->id);
        if (*one->channel && !strcmp(units->outside[j].channel, one->channel))
            conf_problem(problems, conf_get(node, "channel"),
                         "公开渠道 “%s” 重复，也是 “%s” 的 (channel of another one, too)",
                         one->channel, units->outside[j].id);
    }
}

int outside_read(struct units *units, const struct conf_node *list, struct problems *problems)
{
    size_t n = conf_count(list);
    int err = 0;

    units->outside = calloc(n + 1, sizeof *units->outside);
    if (!units->outside)
        return ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        units->noutside = i + 1;
        err = read_body(conf_at(list, i), &units->outside[i], problems);
        if (!err)
            check_twins(units, i, conf_at(list, i), problems);
    }
    return err;
}

void outside_free(struct units *units)
{
    for (size_t i = 0; i < units->noutside; i++) {
        struct outside *o = &units->outside[i];
        free(o->id);
        free(o->name_zh);
        free(o->name_en);
        free(o->channel);
    }
    free(units->outside);
}

const struct outside *outside_find(const struct units *units, struct str channel)
{
    for (size_t i = 0; i < units->noutside; i++)
        if (str_is(channel, units->outside[i].channel))
            return &units->outside[i];
    return NULL;
}
