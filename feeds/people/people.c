#include "feeds/people/people.h"

#include <stdlib.h>

#include <libxml/tree.h>
#include <xxhash.h>

#include "base/clock.h"
#include "feeds/pages/tree.h"
#include "feeds/people/person.h"

enum { ENOUGH = 5, FEW = 2, NAMES_MAX = 100000, NAME_BYTES = 64, CHUNK = 256 };

/* Slots are pointed to from the elements that authors stood in, so that a note goes with its
 * element where that is cut in its turn. They never move. */
struct chunk {
    struct chunk *next;
    uint64_t slots[CHUNK];
};

struct people {
    struct chunk *chunks; /* the one being filled; full ones follow */
    size_t count;
    uint64_t key;
    uint64_t known[FEW]; /* authors of posts so far */
    size_t posts, different;
};

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
    while (p && p->chunks) {
        struct chunk *gone = p->chunks;
        p->chunks = gone->next;
        free(gone);
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

static void keep(struct people *p, xmlNode *where, struct str name)
{
    uint64_t *slot;

    if (p->count == NAMES_MAX || where->_private)
        return;
    if (p->count % CHUNK == 0) {
        struct chunk *more = malloc(sizeof *more);
        if (!more)
            return;
        more->next = p->chunks;
        p->chunks = more;
    }
    slot = &p->chunks->slots[p->count++ % CHUNK];
    *slot = XXH3_64bits_withSeed(name.p, name.n, p->key);
    where->_private = slot;
}

/* Others keep marks in _private, too. */
static const uint64_t *note_of(const struct people *p, const xmlNode *node)
{
    uintptr_t at = (uintptr_t)node->_private;

    for (const struct chunk *c = at && node->type == XML_ELEMENT_NODE ? p->chunks : NULL; c;
         c = c->next)
        if (at >= (uintptr_t)c->slots && at < (uintptr_t)(c->slots + CHUNK))
            return node->_private;
    return NULL;
}

void people_note(struct people *p, xmlNode *author)
{
    enum { TEXTS = 8 };
    int texts = 0;

    for (xmlNode *n = author; p && n && texts < TEXTS;) {
        /* The author was cut before from what is now cut in its turn. */
        if (note_of(p, n) && !author->parent->_private) {
            author->parent->_private = n->_private;
            return;
        }
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

void people_post(struct people *p, xmlNode *post)
{
    const uint64_t *who = NULL;
    size_t k = 0;

    for (xmlNode *n = p ? post : NULL; n && !who; n = tree_next(n, post, true))
        who = note_of(p, n);
    if (!who)
        return;
    p->posts++;
    while (k < p->different && k < FEW && p->known[k] != *who)
        k++;
    if (k < FEW)
        p->known[k] = *who;
    p->different += k == p->different;
}

bool people_few(const struct people *p)
{
    return p && p->posts >= ENOUGH && p->different <= FEW;
}
