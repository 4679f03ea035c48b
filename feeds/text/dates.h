/* feeds/text/dates.h - the dates that feeds and boards print. */
#ifndef HUIYING_FEEDS_DATES_H
#define HUIYING_FEEDS_DATES_H

#include <stdint.h>

#include "base/str.h"

/* Read RFC 822/2822 (two-digit years, missing week day or seconds, named zones, GMT+8 …),
 * RFC 3339 and W3CDTF (from the year alone), 2023/7/5 10:30, 2023年7月25日 10时30分, 07-25 10:30,
 * 上午/下午, 刚刚, N分钟前, 2小时前, 今天/昨天/前天 10:30, Unix seconds and milliseconds, with
 * other text before and after ("发表于 2023-7-25 10:30"). A time that states no zone is in
 * zone_minutes east of UTC; relative ones count from now (ms). 0 and *ms, or ERR_SYNTAX. Any
 * thread. */
int dates_parse(struct str text, int zone_minutes, int64_t now, int64_t *ms);

/* What tells another date when it is read so much later was told from the day of reading: 3 天前,
 * 7月25日. */
#define DATES_LATER (3 * 366 * 24 * 3600 * INT64_C(1000))

#endif
