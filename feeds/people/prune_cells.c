/* Authors that only their label betrays: 来信人 | 张小明 in a table, <b>姓名：</b>张小明 in a line. */
#include <libxml/tree.h>

#include "feeds/pages/tree.h"
#include "feeds/people/people.h"
#include "feeds/people/person.h"
#include "feeds/people/prune.h"

enum { LABEL_BYTES = 32, COLUMNS = 64 };

/* The text of an element without white space and a colon at its end; false when it is too long
 * to be a label. */
static bool label_of(const xmlNode *node, char out[static LABEL_BYTES], struct str *label,
                     bool *colon)
{
    size_t n = 0;

    *colon = false;
    for (const xmlNode *t = node->children; t; t = tree_next((xmlNode *)t, node, true)) {
        if (t->type != XML_TEXT_NODE)
            continue;
        for (const char *p = (const char *)t->content; *p;) {
            if (*p == ' ' || (*p >= '\t' && *p <= '\r')) {
                p++;
            } else if (strncmp(p, "　", 3) == 0) {
                p += 3;
            } else if (strncmp(p, "\xC2\xA0", 2) == 0) {
                p += 2;
            } else if (n == LABEL_BYTES) {
                return false;
            } else {
                out[n++] = *p++;
            }
        }
    }
    *label = (struct str){out, n};
    if (n >= 3 && memcmp(out + n - 3, "：", 3) == 0)
        label->n -= 3, *colon = true;
    else if (n && out[n - 1] == ':')
        label->n--, *colon = true;
    return label->n > 0;
}

static bool cell(const xmlNode *node)
{
    return tree_is(node, "td") || tree_is(node, "th") || tree_is(node, "dt");
}

static xmlNode *first_cell(const xmlNode *row)
{
    xmlNode *c = row->children;

    while (c && !cell(c))
        c = c->next;
    return c;
}

static xmlNode *next_cell(const xmlNode *c)
{
    for (c = c->next; c && !cell(c);)
        c = c->next;
    return (xmlNode *)c;
}

/* What heads the other columns of such tables. */
static bool heads_column(struct str label)
{
    static const char *const heads[] = {
        "标题", "主题", "信件标题", "来信标题", "留言标题", "诉求标题", "事项", "时间", "日期",
        "来信时间", "来信日期", "留言时间", "写信时间", "提交时间", "发布时间", "回复时间", "答复时间",
        "办结时间", "状态", "办理状态", "处理状态", "单位", "部门", "受理单位", "办理单位", "回复单位",
        "答复单位", "承办单位", "受理部门", "回复部门", "序号", "编号", "信件编号", "来信编号", "查询码",
        "浏览", "浏览量", "点击", "点击数", "点击量", "人气", "类型", "类别", "信件类型", "信件类别",
        "诉求类型", "回复", "答复", "内容", "区域", "地区", "满意度", "操作", "附件"};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (str_is(label, heads[i]))
            return true;
    return false;
}

/* Is the row of this cell a heading, every other cell of which names a column? */
static bool heading(const xmlNode *row)
{
    char text[LABEL_BYTES];
    struct str label;
    bool colon;
    int known = 0, others = 0;

    for (const xmlNode *c = first_cell(row); c; c = next_cell(c)) {
        if (!label_of(c, text, &label, &colon))
            continue;
        if (heads_column(label))
            known++;
        else if (!person_cue(label))
            others++;
    }
    return tree_is(row, "tr") && known > 0 && !others;
}

static void empty(xmlNode *node, struct people *people)
{
    people_note(people, node);
    while (node->children) {
        xmlNode *child = node->children;
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    while (node->properties)
        xmlRemoveProp(node->properties);
}

/* Once for a table: a page of nothing but headings would take long otherwise. The table is returned
 * when its columns were emptied, perhaps with the heading itself, where rows stand in cells. */
static xmlNode *empty_columns(const xmlNode *head, uint64_t columns, struct people *people)
{
    static char done;
    xmlNode *table = head->parent;

    while (table && !tree_is(table, "table"))
        table = table->parent;
    if (!table || table->_private == &done)
        return NULL;
    table->_private = &done;
    for (xmlNode *n = table; n; n = tree_next(n, table, n == table || !tree_is(n, "tr"))) {
        unsigned at = 0;
        if (!tree_is(n, "tr"))
            continue;
        for (xmlNode *c = first_cell(n); c && at < COLUMNS; c = next_cell(c), at++)
            if (columns >> at & 1)
                empty(c, people);
    }
    return table;
}

/* The cell behind a label, or what stands behind <b>姓名：</b> up to the end of the line. */
static void empty_behind(xmlNode *label, bool colon, struct people *people)
{
    xmlNode *next = label->next;

    while (next && next->type == XML_TEXT_NODE && xmlIsBlankNode(next))
        next = next->next;
    if (!next)
        return;
    struct str text = next->type == XML_TEXT_NODE
                          ? str_trim(str_from((const char *)next->content)) : STR_NONE;
    colon = colon || str_starts(text, STR("：")) || str_starts(text, STR(":"));
    if (next->type == XML_TEXT_NODE && colon) {
        people_note(people, next);
        xmlNodeSetContent(next, (const xmlChar *)"");
    } else if (next->type == XML_ELEMENT_NODE && (colon || cell(label)) && !tree_is(next, "br")) {
        empty(next, people);
    }
}

static bool may_label(const xmlNode *node)
{
    static const char *const names[] = {"td", "th", "dt", "b", "strong", "span", "label", "em", "i",
                                        "font", "div", "p", "li", "h4", "h5"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (tree_is(node, names[i]))
            return true;
    return false;
}

void prune_cells(xmlNode *root, struct people *people)
{
    char text[LABEL_BYTES];
    struct str label;
    bool colon;

    for (xmlNode *n = root; n; n = tree_next(n, root, true)) {
        if (tree_is(n, "tr") && heading(n)) {
            uint64_t columns = 0;
            unsigned at = 0;
            for (xmlNode *c = first_cell(n); c && at < COLUMNS; c = next_cell(c), at++)
                if (label_of(c, text, &label, &colon) && person_cue(label))
                    columns |= UINT64_C(1) << at;
            xmlNode *emptied = columns ? empty_columns(n, columns, people) : NULL;
            n = emptied ? emptied : n;
        } else if (may_label(n) && label_of(n, text, &label, &colon) && person_cue(label)) {
            empty_behind(n, colon, people);
        }
    }
}
