#include "alerts/command.h"

#include <xxhash.h>

#include "base/err.h"

static const struct command_form forms[] = {
    [COMMAND_ACCEPT] = {"accept", "签收", 0, 0},
    [COMMAND_ANSWER] = {"answer", "答复", MEMBER_URL | MEMBER_SCOPE | MEMBER_ARTICLE | MEMBER_NOTE,
                        MEMBER_URL},
    [COMMAND_ASSESS] = {"assess", "研判", MEMBER_GRADE | MEMBER_CRITERIA | MEMBER_EMERGENCY |
                        MEMBER_NOTE, MEMBER_GRADE | MEMBER_NOTE},
    [COMMAND_DISPATCH] = {"dispatch", "派单", MEMBER_UNITS | MEMBER_NOTE, 0},
    [COMMAND_PROGRESS] = {"progress", "阶段性答复", MEMBER_URL | MEMBER_STEP | MEMBER_NOTE, MEMBER_URL},
    [COMMAND_DECLINE] = {"decline", "退单", MEMBER_NOTE, MEMBER_NOTE},
    [COMMAND_REASSIGN] = {"reassign", "改派", MEMBER_UNITS | MEMBER_NOTE, MEMBER_UNITS},
    [COMMAND_HAND_ON] = {"hand-on", "转派", MEMBER_UNITS | MEMBER_NOTE, MEMBER_UNITS},
    [COMMAND_ASSIST] = {"assist", "协办", MEMBER_UNITS | MEMBER_NOTE, MEMBER_UNITS},
    [COMMAND_REMIND] = {"remind", "催办", MEMBER_NOTE, 0},
    [COMMAND_EXTEND] = {"extend", "延期", MEMBER_UNTIL | MEMBER_NOTE, MEMBER_UNTIL | MEMBER_NOTE},
    [COMMAND_APPROVE] = {"approve", "同意", MEMBER_NOTE | MEMBER_DRAFT, 0},
    [COMMAND_DENY] = {"deny", "不予同意", MEMBER_NOTE | MEMBER_DRAFT, MEMBER_NOTE},
    [COMMAND_RETURN] = {"return", "退回重办", MEMBER_NOTE, MEMBER_NOTE},
    [COMMAND_DISMISS] = {"dismiss", "无需回应", MEMBER_CODE | MEMBER_NOTE, MEMBER_CODE},
    [COMMAND_HAND_OUT] = {"hand-out", "转有关机构", MEMBER_URL | MEMBER_NOTE,
                          MEMBER_URL | MEMBER_NOTE},
    [COMMAND_CLOSE] = {"close", "办结", MEMBER_NOTE, 0},
    [COMMAND_REOPEN] = {"reopen", "重开", MEMBER_NOTE, MEMBER_NOTE},
    [COMMAND_MERGE] = {"merge", "并单", MEMBER_OTHER | MEMBER_NOTE, MEMBER_OTHER},
    [COMMAND_SPLIT] = {"split", "拆分", MEMBER_ITEMS | MEMBER_NOTE, MEMBER_ITEMS},
    [COMMAND_MOVE] = {"move", "移出", MEMBER_ITEMS | MEMBER_OTHER | MEMBER_NOTE,
                      MEMBER_ITEMS | MEMBER_OTHER},
    [COMMAND_DRAFT] = {"draft", "送审", MEMBER_TEXT | MEMBER_NOTE, MEMBER_TEXT},
};

static const struct {
    unsigned member;
    const char *lacking, *foreign;
} members[] = {
    {MEMBER_URL, "缺少公开网址 url (url is missing)", "此操作没有 url (this act has no url)"},
    {MEMBER_NOTE, "缺少说明 note (note is missing: say why)",
     "此操作没有说明 note (this act has no note)"},
    {MEMBER_UNITS, "缺少单位 units (units are missing)",
     "此操作不指定单位 units (this act names no units)"},
    {MEMBER_GRADE, "缺少级别 grade (grade is missing)", "此操作没有级别 grade (this act has no grade)"},
    {MEMBER_UNTIL, "缺少延至时间 until (until is missing)",
     "此操作没有延至时间 until (this act has no until)"},
    {MEMBER_CODE, "缺少原因代码 code (code is missing)", "此操作没有原因代码 code (this act has no code)"},
    {MEMBER_OTHER, "缺少另一件关切 other (other is missing)",
     "此操作不涉及另一件关切 other (this act names no other concern)"},
    {MEMBER_SCOPE, "缺少公开范围 scope (scope is missing)",
     "此操作没有公开范围 scope (this act has no scope)"},
    {MEMBER_ARTICLE, "不公开须写明依据 article (a reply that is withheld needs the article relied on)",
     "只有不公开的答复才有依据 article (only a reply that is withheld has an article)"},
    {MEMBER_ITEMS, "缺少条目 items (items are missing)", "此操作没有条目 items (this act has no items)"},
    {MEMBER_TEXT, "缺少答复正文 text (text is missing)", "此操作没有正文 text (this act has no text)"},
    {MEMBER_DRAFT, "缺少送审序号 draft (draft is missing)",
     "此操作没有送审序号 draft (this act has no draft)"},
    {MEMBER_CRITERIA, "缺少标准 criteria (criteria are missing)",
     "此操作没有标准 criteria (this act has no criteria)"},
    {MEMBER_EMERGENCY, "缺少 emergency (emergency is missing)",
     "此操作不定是否突发事件 emergency (this act decides on no emergency)"},
    {MEMBER_STEP, "缺少 step (step is missing)", "此操作没有 step (this act has no step)"},
};

const struct command_form *command_form(enum command_act act)
{
    return &forms[act];
}

int command_find(struct str name)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_is(name, forms[i].name))
            return (int)i;
    return -1;
}

static unsigned given(const struct command *c)
{
    return (c->url.n ? MEMBER_URL : 0u) | (c->note.n ? MEMBER_NOTE : 0u) |
           (c->nunits ? MEMBER_UNITS : 0u) | (c->graded ? MEMBER_GRADE : 0u) |
           (c->until ? MEMBER_UNTIL : 0u) | (c->code ? MEMBER_CODE : 0u) |
           (c->other ? MEMBER_OTHER : 0u) | (c->nitems ? MEMBER_ITEMS : 0u) |
           (c->scoped ? MEMBER_SCOPE : 0u) | (c->article ? MEMBER_ARTICLE : 0u) |
           (c->text.n ? MEMBER_TEXT : 0u) | (c->draft ? MEMBER_DRAFT : 0u) |
           (c->criteria ? MEMBER_CRITERIA : 0u) | (c->stepped ? MEMBER_STEP : 0u) |
           (c->emergency ? MEMBER_EMERGENCY : 0u);
}

/* What is withheld stands nowhere, and says why; what is published needs no ground. */
static void fit_scope(const struct command *c, unsigned *may, unsigned *must)
{
    if (c->scoped && c->scope == SCOPE_WITHHELD && (*may & MEMBER_ARTICLE)) {
        *may &= ~(unsigned)MEMBER_URL;
        *must = (*must & ~(unsigned)MEMBER_URL) | MEMBER_ARTICLE;
    } else {
        *may &= ~(unsigned)MEMBER_ARTICLE;
    }
}

int command_check(const struct command *c, const char **reason)
{
    unsigned has = given(c), may = forms[c->act].may | forms[c->act].must;
    unsigned must = forms[c->act].must;

    fit_scope(c, &may, &must);

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        unsigned m = members[i].member;
        if ((must & m) && !(has & m)) {
            *reason = members[i].lacking;
            return ERR_INVALID;
        }
        if ((has & m) && !(may & m)) {
            *reason = members[i].foreign;
            return ERR_INVALID;
        }
    }
    return 0;
}

uint64_t command_person(enum command_seat seat, struct str id)
{
    uint64_t hash = XXH3_64bits_withSeed(id.n ? id.p : "", id.n, (XXH64_hash_t)seat);

    return hash ? hash : 1;
}

/* Each is hashed under what came before it: where one ends and the next begins is told apart. */
static void mix(uint64_t *hash, const void *p, size_t n)
{
    *hash = XXH3_64bits_withSeed(n ? p : "", n, *hash);
}

uint64_t command_request(const struct command *c)
{
    const struct str texts[] = {str_from(forms[c->act].name), c->by, c->url, c->note, c->text};
    const uint64_t numbers[] = {
        c->concern, c->grouping, c->graded, c->grade, c->stepped, c->step, c->criteria,
        c->emergency, (uint64_t)c->until, c->code, c->other, c->scoped, c->scope, c->article,
        c->draft, c->nunits};
    uint64_t hash = 0;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix(&hash, texts[i].p, texts[i].n);
    mix(&hash, numbers, sizeof numbers);
    for (size_t i = 0; i < c->nunits; i++)
        mix(&hash, c->units[i].p, c->units[i].n);
    mix(&hash, c->items, c->nitems * sizeof *c->items);
    return hash;
}
