/* classifiers/mask/mask.h - take people out of texts before they leave the worker (law 1). */
#ifndef HUIYING_CLASSIFIERS_MASK_H
#define HUIYING_CLASSIFIERS_MASK_H

#include "base/buf.h"

/* Mask in place what says who somebody is. Each code point is replaced by one of equal UTF-8
 * length ('*' for one byte, U+00D7 for two, U+3007 for three, U+1F7EA for four), so byte offsets
 * hold.
 *
 * Masked: phones (mobile, land-line, 400 and 800; with blanks, dashes, full-width or Chinese
 * digits), identity numbers (18 by the check digit of GB 11643 or a birthday, 15), bank cards
 * (Luhn, or 62 and 16 to 19 digits; any long number after 卡号, 账号), e-mail, plates, WeChat and QQ
 * ids after cue words, house and room numbers after a street, estate or village or several
 * together (号, 栋, 室 stay), accounts of boards (A000…, UU0…), @handles, quote headers
 * (`X 发表于`, `回复 X:`), openings (网友“X”, X，您好, 尊敬的张先生), by-lines, signatures, and names
 * after cue words (姓名, 我叫, 业主, 我父亲 …) and before 先生, 女士, 同志.
 * Kept: 公文文号, dates, amounts, hotlines, numbers after 单号 or 编号, roads, bus lines, phases (3期),
 * offices and companies; 张某某, and 王女士 when she is spoken of.
 *
 * Limits: a name with no cue word beside it stays (李四打了人). After 姓名：, 联系人：, 我叫 what
 * stands up to the next mark is a name unless it plainly is none (未填写, 保密, 物业); after 业主,
 * 本人, 我父亲 a family name must begin it, and where that is mostly a word (于, 常) the given
 * characters must speak for a name too. Some words pass for names there (队长高山). Numbers in words
 * other than whole phone numbers are not seen.
 *
 * Text must be valid UTF-8. Any thread. */
void mask_text(char *text, size_t n);
/* The same of a text whose code points have been read (codes.h): they stay what the text says. The
 * bytes where they begin may be counted from anywhere. */
void mask_codes(char *text, size_t n, uint32_t *cp, const uint32_t *start, size_t codes);

/* mask_text() in the shape that parse_write_json() wants. */
void mask_buf(void *unused, struct buf *text);

#endif
