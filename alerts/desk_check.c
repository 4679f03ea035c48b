#include "alerts/desk.h"

static void check_deadlines(const struct deadlines *deadlines, const struct rules_topic *topic,
                            struct problems *problems)
{
    bool reply = false;

    for (size_t i = 0; i < topic->ndeadlines; i++) {
        const struct deadline_rule *rule = deadline_find(deadlines, topic->deadlines[i]);
        if (!rule)
            problems_add(problems, topic->file, topic->deadline_lines[i],
                         "事项 “%.*s” 的时限 “%.*s” 不存在，应为 deadlines.yaml 中的 id (topic "
                         "names a deadline rule that deadlines.yaml lacks)",
                         STR_ARG(topic->id), STR_ARG(topic->deadlines[i]));
        else
            reply = reply || rule->act == ACT_REPLY;
    }
    if (!reply && topic->ndeadlines)
        problems_add(problems, topic->file, topic->deadlines_line,
                     "事项 “%.*s” 没有答复时限，应至少有一个 act: reply 的时限 (topic has no reply "
                     "deadline)",
                     STR_ARG(topic->id));
}

void desk_check(const struct units *units, const struct deadlines *deadlines,
                const struct rules_topic *topic, struct problems *problems)
{
    if (units && topic->role.n && !units_has_role(units, topic->role))
        problems_add(problems, topic->file, topic->role_line,
                     "事项 “%.*s” 的职责 “%.*s” 没有单位承担，应写入 units.yaml 的 roles (no "
                     "unit has the role of this topic; add it to a unit's roles)",
                     STR_ARG(topic->id), STR_ARG(topic->role));
    if (topic->grade.n && event_grade_find(topic->grade) < 0)
        problems_add(problems, topic->file, topic->grade_line,
                     "事项 “%.*s” 的级别 “%.*s” 无效，应为 ordinary、larger、major 或 grave "
                     "(unknown grade)",
                     STR_ARG(topic->id), STR_ARG(topic->grade));
    if (deadlines)
        check_deadlines(deadlines, topic, problems);
}
