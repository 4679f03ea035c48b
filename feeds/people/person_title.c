/* Whose page a title says it is. */
#include "feeds/people/person.h"

static bool ends_with(struct str s, const char *tail)
{
    size_t n = strlen(tail);

    return s.n >= n && memcmp(s.p + s.n - n, tail, n) == 0;
}

/* Last words of what publishes as a body, and not as one person. */
static bool institution(struct str owner)
{
    static const char *const tails[] = {
        "政府", "局",   "委",   "办",   "院",   "社",   "报",   "网",   "台",   "厅", "部",
        "会",   "公司", "学校", "大学", "中学", "小学", "中心", "发布", "站",   "所", "处",
        "队",   "馆",   "区",   "县",   "市",   "省",   "镇",   "乡",   "街道", "村", "我们"};

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (ends_with(owner, tails[i]))
            return true;
    return false;
}

struct str person_without_owner(struct str title)
{
    static const struct str pages[] = {{"的博客", 9},       {"的微博", 9}, {"的空间", 9},
                                       {"的个人主页", 15}, {"的主页", 9}, {"的日志", 9},
                                       {"的朋友圈", 12},   {"的专栏", 9}};

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        size_t at = str_find(title, pages[i], 0), skip = strlen("的");
        if (at != (size_t)-1 && at > 0 && !institution((struct str){title.p, at}))
            return (struct str){title.p + at + skip, title.n - at - skip};
    }
    return title;
}
