/* classifiers/mask/mask_scan.h - what the files of the masker share. All text is UTF-8 in place. */
#ifndef HUIYING_CLASSIFIERS_MASK_SCAN_H
#define HUIYING_CLASSIFIERS_MASK_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum { SCAN_NAMES = 8, SCAN_NAME = 24 };

struct scan {
    char *t;
    size_t n;
    /* The code points of a part of it and the bytes where they begin, counted from `base`; hiding
     * changes them too. */
    uint32_t *cp;
    const uint32_t *start;
    size_t codes, base, end; /* end: the byte after it */
    size_t hidden; /* byte after the last that has been hidden */
    size_t phone_until; /* numbers that begin before it follow 电话 and may be short */
    size_t account_until; /* … follow 卡号, 身份证 and may be long */
    size_t keep_until;  /* … follow 单号, 编号 and say nothing of a person */
    char names[SCAN_NAMES][SCAN_NAME]; /* names that were hidden, to be found again; 0-ended */
    unsigned named;
};

enum { SCAN_END = 0xFFFFFFFF };

/* Code point at i and the byte after it; SCAN_END (and *next = n) at the end. */
static inline uint32_t scan_cp(const struct scan *s, size_t i, size_t *next)
{
    *next = i;
    if (i < s->n)
        return utf8_read((struct str){s->t, s->n}, next);
    *next = s->n;
    return SCAN_END;
}

/* Code point that ends before i and where it begins; SCAN_END at the start. */
uint32_t scan_before(const struct scan *s, size_t i, size_t *start);
/* Index of the first of the code points that begins at byte i or after it. */
size_t scan_place(const struct scan *s, size_t i);
/* Replace what stands in [from, to), line ends excepted. */
void scan_hide(struct scan *s, size_t from, size_t to);
/* The first eight bytes of what stands at i, the rest 0 at the end: of all of them but the last few
 * this is one load. No word that is looked for holds a NUL. */
static inline uint64_t scan_head(const struct scan *s, size_t i)
{
    size_t left = i < s->n ? s->n - i : 0;
    uint64_t head = 0;

    if (left >= sizeof head)
        memcpy(&head, s->t + i, sizeof head);
    else
        memcpy(&head, s->t + i, left);
    return head;
}

/* Byte after `word` when it stands at i, else 0. Most words differ in their first byte: a loop ends
 * sooner than strlen() and memcmp(). */
static inline size_t scan_word(const struct scan *s, size_t i, const char *word)
{
    size_t k = 0;

    while (word[k] && i + k < s->n && s->t[i + k] == word[k])
        k++;
    return word[k] ? 0 : i + k;
}

/* Byte after the first of the NULL-ended words that stands at i, else 0. */
size_t scan_any(const struct scan *s, size_t i, const char *const *words);
/* The same over many words: one look tells for most places that none of them begins there. */
enum { SCAN_BUCKETS = 256 };

struct scan_list {
    const char *const *words; /* NULL-ended; at one place the first that fits counts */
    uint16_t bucket[SCAN_BUCKETS]; /* 1 + where its words begin; 0: it has none */
};

#define SCAN_LIST(...) {.words = (const char *const[]){__VA_ARGS__, NULL}}

void scan_index(struct scan_list *list); /* before the first use, in one thread */
static inline uint32_t scan_bucket(uint32_t cp)
{
    return cp * 0x9E3779B1u >> 24;
}

/* Set the bits of the code points that its words begin with. */
void scan_openings(const struct scan_list *list, uint64_t *bits);

/* For scan_listed(): among the words of a bucket that has some. */
size_t scan_chained(const struct scan *s, size_t i, uint16_t bucket, unsigned *which);

/* Byte after the word, and which it is, else 0. */
static inline size_t scan_listed(const struct scan *s, size_t i, const struct scan_list *list,
                                 unsigned *which)
{
    size_t next;
    uint16_t link = list->bucket[scan_bucket(scan_cp(s, i, &next))];

    return link ? scan_chained(s, i, link, which) : 0;
}

/* Byte after blanks (not line ends) from i on. Mostly there are none. */
size_t scan_past_blanks(const struct scan *s, size_t i);
static inline size_t scan_blanks(const struct scan *s, size_t i)
{
    unsigned char c = i < s->n ? (unsigned char)s->t[i] : 0;

    return c == ' ' || c == '\t' || c == 0xC2 || c == 0xE3 ? scan_past_blanks(s, i) : i;
}
/* 0-9 of an ASCII or full-width digit, else -1. */
static inline int scan_digit(uint32_t cp)
{
    if (cp - '0' < 10)
        return (int)(cp - '0');
    return cp - 0xFF10 < 10 ? (int)(cp - 0xFF10) : -1;
}

static inline bool scan_alnum(uint32_t cp) /* ASCII letter, digit */
{
    return cp - '0' < 10 || (cp | 0x20) - 'a' < 26;
}

static inline bool scan_han(uint32_t cp)
{
    return cp - 0x3400 < 0xA000 - 0x3400 || cp - 0x20000 < 0x10000;
}

enum { SCAN_MARKS = 0x10000, SCAN_DELIMITS = 1, SCAN_SPOKEN = 2 };

extern uint8_t scan_marks[SCAN_MARKS];
void scan_prepare(void); /* before the next two are called */

/* Ends a word: blank, punctuation or the end of the text. */
static inline bool scan_delimits(uint32_t cp)
{
    return cp < SCAN_MARKS ? scan_marks[cp] & SCAN_DELIMITS : cp == SCAN_END;
}

static inline bool scan_spoken(uint32_t cp) /* a Chinese digit, or 十 */
{
    return cp < SCAN_MARKS && scan_marks[cp] & SCAN_SPOKEN;
}

/* A word or a name ends before i: what stands there delimits it, or is a digit. */
static inline bool scan_ends(const struct scan *s, size_t i)
{
    size_t next;
    uint32_t cp = scan_cp(s, i, &next);

    return scan_delimits(cp) || scan_digit(cp) >= 0;
}

/* Each looks at what begins at i and returns the byte to go on from: past what it hid, or 0 when
 * there was nothing for it. */
size_t number_mask(struct scan *s, size_t i);  /* phones, identity and bank numbers */
/* Byte after the number that follows 单号, 编号: none of a person, and kept. i: after the cue. */
size_t number_serial(const struct scan *s, size_t i);
size_t number_after(struct scan *s, size_t i); /* the same past a colon or 是; i: after 电话 */
size_t number_spoken(struct scan *s, size_t i); /* a phone in Chinese digits, or some */
/* "转802", "-6012": the extension of a phone that ends at i. Byte after it, or i. */
size_t number_extension(struct scan *s, size_t i);
size_t number_plate(struct scan *s, size_t i); /* province sign, letter, digits */
enum address {
    ADDRESS_ANY,
    ADDRESS_STREET, /* i: after a street's name */
    ADDRESS_HOME    /* i: after 我住, 楼上: a room alone will do */
};

size_t address_mask(struct scan *s, size_t i, enum address kind); /* 12号3栋402室 */
size_t handle_mask(struct scan *s, size_t i);  /* '@': e-mail, @name */
size_t handle_chat(struct scan *s, size_t i);  /* i: after 微信, QQ … */
size_t handle_token(struct scan *s, size_t i); /* i: after 昵称, 用户名 … and a colon */
size_t handle_poster(struct scan *s, size_t i);  /* i: after 网友, 用户 … */
size_t handle_dear(struct scan *s, size_t i);    /* i: after 尊敬的 */
size_t handle_account(struct scan *s, size_t i); /* i: an account's name as boards give them out */
/* i: start of a line: openings, quote headers. Only in the first HANDLE_LINE code points after
 * blanks and up to 。, ！ or the line's end do its words stand. */
enum { HANDLE_LINE = 33 };
size_t handle_line(struct scan *s, size_t i);

enum name_cue {
    NAME_LABEL,  /* 联系人： a colon, then the name */
    NAME_NAMED,  /* "…人：": a name by itself */
    NAME_CALLED, /* 我叫: a name follows */
    NAME_MAYBE,  /* 业主: only what can be nothing but a name */
    NAME_SELF,   /* 本人: that too, or what goes on as who introduces himself does */
    NAME_BYLINE, /* 记者: that too, or what a blank sets apart */
};

bool name_begins(const struct scan *s, size_t i); /* a family name stands at i */
void address_prepare(void); /* what each needs before its first use */
void spoken_prepare(void);
/* Set the bits of the code points that units of an address begin with; that stand for a figure. */
void address_units(uint64_t *bits);
void spoken_figures(uint64_t *bits);
void name_prepare(void);
void line_prepare(void);

/* i: after 护照, 工号, 尾号; how few digits are one's own depends on the word. */
enum paper { PAPER_PERSON, PAPER_BADGE, PAPER_TAIL };
size_t paper_mask(struct scan *s, size_t i, enum paper kind);

/* 张三先生, and 张先生 when it is who is greeted. [from, end): the 先生. */
size_t name_honoured(struct scan *s, size_t from, size_t end);
size_t name_mask(struct scan *s, size_t i, enum name_cue cue); /* i: after the cue */
size_t name_before_sex(struct scan *s, size_t from, size_t to); /* 张三，男 */
/* 三组的覃友亮, 6组覃友亮: who belongs to a place. [from, end): the cue. */
size_t name_from(struct scan *s, size_t from, size_t end);
void name_roles(struct scan *s); /* names after a trade or a kin that no cue word is of */
void name_again(struct scan *s); /* what was hidden once, wherever else it stands */
void name_lists(struct scan *s); /* 张三、李四 with no cue before them */
/* A name beside somebody's number, which begins (or has ended) at i. */
void name_before_number(struct scan *s, size_t i);
void name_after_number(struct scan *s, size_t i);
void name_opening(struct scan *s);   /* "X：" that a title or a text opens with */
void name_signature(struct scan *s); /* the end of the text */

#endif
