#include "alerts/desk.h"

static void check_deadlines(const struct desk_conf *conf, const struct rules_topic *topic,
                            const char *rules_dir, struct problems *problems)
{
    bool reply = false;

    for (size_t i = 0; i < topic->ndeadlines; i++) {
        const struct deadline_rule *rule = deadline_find(conf->deadlines, topic->deadlines[i]);
        if (!rule)
            problems_add(problems, rules_dir, 0,
                         "主题 “%.*s” 的时限 “%.*s” 不存在 (topic names a deadline rule that "
                         "deadlines.yaml lacks)",
                         STR_ARG(topic->id), STR_ARG(topic->deadlines[i]));
        else
            reply = reply || rule->act == ACT_REPLY;
    }
    if (!reply)
        problems_add(problems, rules_dir, 0,
                     "主题 “%.*s” 没有答复时限，应至少有一个 act: reply 的时限 (topic has no reply "
                     "deadline)",
                     STR_ARG(topic->id));
}

void desk_check(const struct desk_conf *conf, const char *rules_dir, struct problems *problems)
{
    for (size_t i = 0; i < rules_topics(conf->rules); i++) {
        struct rules_topic topic = rules_topic(conf->rules, i);
        if (!units_has_role(conf->units, topic.role))
            problems_add(problems, rules_dir, 0,
                         "主题 “%.*s” 的职责 “%.*s” 没有单位承担，应写入 units.yaml 的 roles (no "
                         "unit has the role of this topic)",
                         STR_ARG(topic.id), STR_ARG(topic.role));
        if (topic.grade.n && event_grade_find(topic.grade) < 0)
            problems_add(problems, rules_dir, 0,
                         "主题 “%.*s” 的级别 “%.*s” 无效，应为 ordinary、larger、major 或 grave "
                         "(unknown grade)",
                         STR_ARG(topic.id), STR_ARG(topic.grade));
        check_deadlines(conf, &topic, rules_dir, problems);
    }
}
