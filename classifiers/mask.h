/* classifiers/mask.h - take people out of texts before they leave the worker (DESIGN.md §1.1). */
#ifndef HUIYING_CLASSIFIERS_MASK_H
#define HUIYING_CLASSIFIERS_MASK_H

#include "base/buf.h"

/* Mask in place phones, identity and bank numbers, e-mail, plates, house and room numbers after a
 * street, WeChat and QQ ids and personal names after cue words, @handles, quote headers
 * (`X 发表于`, `回复 X:`), by-lines and signatures. Each code point is replaced by one of equal
 * UTF-8 length ('*' for one byte, U+00D7 for two, U+3007 for three, U+1F7EA for four), so byte
 * offsets hold.
 * Hotlines (12345, 110 …), 文号, dates and prices stay. Text must be valid UTF-8. Any thread. */
void mask_text(char *text, size_t n);

/* mask_text() in the shape that parse_write_json() wants. */
void mask_buf(void *unused, struct buf *text);

#endif
