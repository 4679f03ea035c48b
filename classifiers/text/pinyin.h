/* classifiers/text/pinyin.h - is this Latin text the sound of Chinese words? */
#ifndef HUIYING_CLASSIFIERS_PINYIN_H
#define HUIYING_CLASSIFIERS_PINYIN_H

#include <stdbool.h>

#include "base/str.h"

/* s is one or more pinyin syllables, with or without tone marks or numbers, spaces or
 * apostrophes: "tuō qiàn", "gong1zi1". */
bool pinyin_is(struct str s);

#endif
