#include "alerts/desk/desk.h"
#include "alerts/units/routes.h"

static void check_deadlines(const struct deadlines *deadlines, const struct rules_topic *topic,
                            struct problems *problems)
{
    bool reply = false;

    for (size_t i = 0; i < topic->ndeadlines; i++) {
        const struct deadline_rule *rule = deadline_find(deadlines, topic->deadlines[i]);
        bool chosen = str_is(topic->deadlines[i], "chosen") && deadline_has_default(deadlines);
        if (chosen)
            reply = true;
        else if (!rule)
            problems_add(problems, topic->file, topic->deadline_lines[i],
                         "事项 “%.*s” 的时限 “%.*s” 不存在，应为 deadlines.yaml 中的 id (topic "
                         "names a deadline rule that deadlines.yaml lacks)",
                         STR_ARG(topic->id), STR_ARG(topic->deadlines[i]));
        else
            reply = reply || (rule->act == ACT_REPLY && !rule->by_grade);
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
    if (units && topic->role.n && !units_has_role(units, topic->role) &&
        !routes_cover(units, topic->id))
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

void desk_check_topics(const struct units *units, const struct deadlines *deadlines,
                       const struct rules *rules, struct problems *problems)
{
    for (size_t i = 0; units && i < units->nroutes; i++)
        for (size_t k = 0; k < units->routes[i].ntopics; k++)
            if (rules_find(rules, str_from(units->routes[i].topics[k])) < 0)
                problems_add(problems, units->routes[i].file, units->routes[i].line,
                             "routes: 没有事项 “%s” (no such topic)", units->routes[i].topics[k]);
    for (size_t i = 0; deadlines && i < deadlines->nchoices; i++)
        for (size_t k = 0; k < deadlines->choices[i].ntopics; k++)
            if (rules_find(rules, str_from(deadlines->choices[i].topics[k])) < 0)
                problems_add(problems, deadlines->path, deadlines->choices[i].line,
                             "choose: 没有事项 “%s” (no such topic)",
                             deadlines->choices[i].topics[k]);
}
