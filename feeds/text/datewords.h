/* feeds/text/datewords.h - dates in Chinese words: 二〇二三年, and those told from today. */
#ifndef HUIYING_FEEDS_DATEWORDS_H
#define HUIYING_FEEDS_DATEWORDS_H

#include <stdint.h>

#include "feeds/text/datescan.h"

enum { DATEWORDS_MAX = 640 };

/* s (at most 512 bytes) with full-width digits and the numerals before a unit of time as plain
 * digits: 二〇二三年七月二十五日 is 2023年7月25日, 十分钟前 is 10分钟前. The result is in out. */
struct str datewords_plain(struct str s, char out[static DATEWORDS_MAX]);

/* 刚刚, 3天前, 1小时20分钟前, 昨晚8点, 前天, 上周五 10:30, 2 hours ago, after datewords_plain().
 * Such a date at c, told from now (ms) in the zone: 0 and *ms, or ERR_SYNTAX. */
int datewords_relative(struct datescan c, int zone, int64_t now, int64_t *ms);

#endif
