#include "alerts/desk/scope.h"

static const struct {
    const char *en, *zh;
} scopes[SCOPES] = {
    [SCOPE_FULL] = {"full", "公开"},
    [SCOPE_SUMMARY] = {"summary", "摘要公开"},
    [SCOPE_WITHHELD] = {"withheld", "不公开"},
}, articles[SCOPE_ARTICLES] = {
    [SCOPE_ARTICLE_NONE] = {"", ""},
    [SCOPE_ARTICLE_14] = {"article-14", "第十四条（国家秘密，或危及国家安全、公共安全、经济安全、社会稳定）"},
    [SCOPE_ARTICLE_15] = {"article-15", "第十五条（商业秘密、个人隐私）"},
    [SCOPE_ARTICLE_16] = {"article-16", "第十六条（内部事务信息、过程性信息、行政执法案卷）"},
};

const char *scope_name(enum scope scope)
{
    return scopes[scope].en;
}

const char *scope_zh(enum scope scope)
{
    return scopes[scope].zh;
}

int scope_find(struct str name)
{
    for (int i = 0; i < SCOPES; i++)
        if (str_is(name, scopes[i].en))
            return i;
    return -1;
}

const char *scope_article_name(enum scope_article article)
{
    return articles[article].en;
}

const char *scope_article_zh(enum scope_article article)
{
    return articles[article].zh;
}

int scope_article_find(struct str name)
{
    for (int i = SCOPE_ARTICLE_NONE + 1; i < SCOPE_ARTICLES; i++)
        if (str_is(name, articles[i].en))
            return i;
    return -1;
}

uint8_t scope_code(enum scope scope, enum scope_article article)
{
    return (uint8_t)(scope | (unsigned)article << 4);
}

enum scope scope_of(uint8_t code)
{
    return (code & 15) < SCOPES ? (enum scope)(code & 15) : SCOPE_FULL;
}

enum scope_article scope_article_of(uint8_t code)
{
    return code >> 4 < SCOPE_ARTICLES ? (enum scope_article)(code >> 4) : SCOPE_ARTICLE_NONE;
}
