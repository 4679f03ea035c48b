/* alerts/desk/scope.h - how far a reply is published, and on what ground it is not. */
#ifndef HUIYING_ALERTS_SCOPE_H
#define HUIYING_ALERTS_SCOPE_H

#include <stdint.h>

#include "base/str.h"

enum scope { /* stored as numbers: new ones stand at the end */
    SCOPE_FULL,     /* 公开 */
    SCOPE_SUMMARY,  /* 摘要公开 */
    SCOPE_WITHHELD, /* 不公开: that it was answered, by whom and on what ground is public */
    SCOPES
};

/* 政府信息公开条例 (国务院令第711号, 2019): the articles that let an answer be withheld. */
enum scope_article {
    SCOPE_ARTICLE_NONE,
    SCOPE_ARTICLE_14, /* 国家秘密，或危及国家安全、公共安全、经济安全、社会稳定 */
    SCOPE_ARTICLE_15, /* 商业秘密、个人隐私 */
    SCOPE_ARTICLE_16, /* 内部事务信息、过程性信息、行政执法案卷 */
    SCOPE_ARTICLES
};

const char *scope_name(enum scope scope); /* full summary withheld */
const char *scope_zh(enum scope scope);   /* 公开 … */
int scope_find(struct str name);          /* or -1 */
const char *scope_article_name(enum scope_article article); /* article-14 …; "" of NONE */
const char *scope_article_zh(enum scope_article article);   /* 第十四条 with what it protects */
int scope_article_find(struct str name);  /* or -1; never NONE */

/* Both in one byte, as an event's code has them; 0 is published in full. */
uint8_t scope_code(enum scope scope, enum scope_article article);
enum scope scope_of(uint8_t code);
enum scope_article scope_article_of(uint8_t code);

#endif
