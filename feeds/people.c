#include "feeds/people.h"

#include <stdlib.h>

#include <libxml/tree.h>
#include <xxhash.h>

#include "base/clock.h"
#include "feeds/person.h"
#include "feeds/tree.h"

enum { ENOUGH = 5, FEW = 2, NAMES_MAX = 100000, NAME_BYTES = 64 };

struct people {
    struct noted {
        const xmlNode *where; /* the element that the author stood in */
        uint64_t who;
    } *list;
    size_t count, cap;
    struct gone {
        const xmlNode *was, *now;
    } *gone; /* elements that were freed, and what they stood in */
    size_t ngone, gone_cap;
    bool lost; /* memory was too short to follow them */
    uint64_t key;
};

static char post_mark;

struct people *people_new(void)
{
    struct people *p = calloc(1, sizeof *p);

    /* Only equality matters, and only until the page is read. */
    if (p)
        p->key = (uint64_t)(uintptr_t)p ^ ((uint64_t)clock_mono() << 20);
    return p;
}

void people_free(struct people *p)
{
    if (p) {
        free(p->list);
        free(p->gone);
    }
    free(p);
}

static bool holds_any(struct str s, const char *const *list)
{
    for (; *list; list++)
        if (str_find(s, str_from(*list), 0) != (size_t)-1)
            return true;
    return false;
}

static bool ends_with_any(struct str s, const char *const *list)
{
    for (; *list; list++) {
        size_t n = strlen(*list);
        if (s.n >= n && memcmp(s.p + s.n - n, *list, n) == 0)
            return true;
    }
    return false;
}

static bool has_latin(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z'))
            return true;
    return false;
}

bool people_tells_apart(struct str name)
{
    /* Masks may hide many behind one text. */
    static const char *const masks[] = {"*", "＊", "×", "某", "匿名", "佚名", "…", "●", "█", NULL};
    /* Words for anybody, unless a number or account stands with them. */
    static const char *const anybody[] = {"网友", "游客", "市民", "群众", "用户", "居民", "业主",
                                          "来信人", "访客", "会员", "读者", "村民", "家长", "学生",
                                          "职工", "百姓", "楼主", NULL};
    static const char *const titles[] = {"先生", "女士", "小姐", "同志", "师傅", "老师", NULL};
    /* An office that publishes is no person, however often. */
    static const char *const offices[] = {
        "局", "办", "办公室", "委", "委员会", "政府", "部", "中心", "院", "处", "科", "公司", "社",
        "报", "网", "台", "厅", "会", "站", "队", "所", "编辑", "管理员", "小编", "街道", "客服", NULL};

    return name.n > 1 && name.n <= NAME_BYTES && !holds_any(name, masks) &&
           (has_latin(name) || !holds_any(name, anybody)) && !ends_with_any(name, titles) &&
           !ends_with_any(name, offices);
}

/* The name in "楼主：张小明 发表于 2023-7-25"; STR_NONE when there is only a label. */
static struct str name_in(struct str t)
{
    static const char *const ends[] = {" ", "\t", "\n", "　", "\xC2\xA0", "发表于", "发布于",
                                       "|", "｜", "(", "（", NULL};
    bool labelled = person_label(t);
    size_t colon = labelled ? str_find(t, STR(":"), 0) : (size_t)-1, skip = 1;

    if (labelled && colon == (size_t)-1) {
        colon = str_find(t, STR("："), 0);
        skip = 3;
    }
    if (labelled && colon != (size_t)-1)
        t = (struct str){t.p + colon + skip, t.n - colon - skip};
    t = str_trim(t);
    for (size_t i = 0; ends[i]; i++) {
        size_t at = str_find(t, str_from(ends[i]), 0);
        if (at != (size_t)-1)
            t.n = at;
    }
    return t;
}

static bool only_date(struct str t)
{
    return t.n && t.p[0] >= '0' && t.p[0] <= '9' &&
           (str_find(t, STR("-"), 0) != (size_t)-1 || str_find(t, STR("年"), 0) != (size_t)-1 ||
            str_find(t, STR("前"), 0) != (size_t)-1 || str_find(t, STR(":"), 0) != (size_t)-1);
}

static void keep(struct people *p, const xmlNode *where, struct str name)
{
    if (p->count == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        struct noted *list = p->count < NAMES_MAX ? realloc(p->list, cap * sizeof *list) : NULL;
        if (!list)
            return;
        p->list = list;
        p->cap = cap;
    }
    p->list[p->count++] = (struct noted){where, XXH3_64bits_withSeed(name.p, name.n, p->key)};
}

void people_note(struct people *p, xmlNode *author)
{
    enum { TEXTS = 8 };
    int texts = 0;

    for (xmlNode *n = author; p && n && texts < TEXTS;) {
        if (n->type == XML_TEXT_NODE) {
            struct str name = name_in(str_trim(str_from((const char *)n->content)));
            texts += name.n > 0;
            if (name.n && !only_date(name) && people_tells_apart(name)) {
                keep(p, author->parent, name);
                return;
            }
        }
        n = tree_next(n, author, true);
    }
}

void people_gone(struct people *p, xmlNode *subtree, const xmlNode *to)
{
    for (xmlNode *n = p && p->count ? subtree : NULL; n; n = tree_next(n, subtree, true)) {
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (p->ngone == p->gone_cap) {
            size_t cap = p->gone_cap ? p->gone_cap * 2 : 64;
            struct gone *list = realloc(p->gone, cap * sizeof *list);
            if (!list) {
                p->lost = true;
                return;
            }
            p->gone = list;
            p->gone_cap = cap;
        }
        p->gone[p->ngone++] = (struct gone){n, to};
    }
}

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)((const struct gone *)a)->was;
    uintptr_t y = (uintptr_t)((const struct gone *)b)->was;

    return (x > y) - (x < y);
}

/* The element itself, or what is left of where it stood. No element is made after the page was
 * read, so that an address means one element for good. */
static const xmlNode *standing(const struct people *p, const xmlNode *node)
{
    for (;;) {
        const struct gone key = {node, NULL};
        const struct gone *found =
            p->ngone ? bsearch(&key, p->gone, p->ngone, sizeof key, by_address) : NULL;
        if (!found)
            return node;
        node = found->now;
    }
}

void people_post(struct people *p, xmlNode *post)
{
    if (p)
        post->_private = &post_mark;
}

/* Notes and posts are both in the order of the page, so those of one post follow each other. */
bool people_few(struct people *p)
{
    const xmlNode *last = NULL;
    uint64_t known[FEW];
    size_t posts = 0, different = 0;

    if (!p || p->lost)
        return false;
    if (p->ngone)
        qsort(p->gone, p->ngone, sizeof *p->gone, by_address);
    for (size_t i = 0; i < p->count; i++) {
        const xmlNode *up = standing(p, p->list[i].where);
        size_t k = 0;
        while (up && up->_private != &post_mark)
            up = up->parent;
        if (!up || up == last)
            continue;
        last = up;
        posts++;
        while (k < different && known[k] != p->list[i].who)
            k++;
        if (k < different)
            continue;
        if (different == FEW)
            return false;
        known[different++] = p->list[i].who;
    }
    return posts >= ENOUGH;
}
