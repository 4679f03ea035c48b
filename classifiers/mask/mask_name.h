/* classifiers/mask/mask_name.h - what the masker knows of personal names. Texts and offsets as in
 * mask_scan.h. */
#ifndef HUIYING_CLASSIFIERS_MASK_NAME_H
#define HUIYING_CLASSIFIERS_MASK_NAME_H

#include "classifiers/mask/mask_scan.h"

enum family { FAMILY_NONE, FAMILY_RARE, FAMILY_COMMON, FAMILY_COMPOUND };
enum { GIVEN_WEAK = 1, GIVEN_STRONG };

/* Byte after a family name at i, else 0 and FAMILY_NONE. FAMILY_RARE: mostly an ordinary word. */
size_t name_family(const struct scan *s, size_t i, enum family *kind);
/* The family names of two characters, NULL-ended. */
const char *const *name_compound(void);
/* How much the character speaks for a given name: 0, GIVEN_WEAK or GIVEN_STRONG. */
unsigned name_given(uint32_t cp);
/* A word that begins like a name stands at i. */
bool name_is_word(const struct scan *s, size_t i);
/* What goes on a sentence after a name stands at i: 1, a single character; 2, a longer word. */
unsigned name_followed(const struct scan *s, size_t i);
/* [from, to) ends as the name of an office, a trade or a place does. */
bool name_is_office(const struct scan *s, size_t from, size_t to);
/* Byte after at most `max` Han characters, and how many. */
size_t name_run(const struct scan *s, size_t i, unsigned max, unsigned *n);
/* Hide a name, and remember it. */
void name_hide(struct scan *s, size_t from, size_t to);
/* Byte after a name at i that the cue allows, else 0. */
size_t name_end(const struct scan *s, size_t i, enum name_cue cue);
/* Two or three Chinese characters by themselves, whatever the first, else 0. */
size_t name_apart(const struct scan *s, size_t i);

/* Nobody is called what begins at i. */
bool name_plain(const struct scan *s, size_t i);
/* Byte after a word at i that people are called too (向阳, and after a sure cue 平安), else 0. */
size_t name_both(const struct scan *s, size_t i, bool sure);
/* One of the characters that 桑吉卓玛 and its like are written with. */
bool name_sounds(uint32_t cp);
/* What stands at i up to the next mark is a firm, an estate or a thing. */
bool name_of_firm(const struct scan *s, size_t i);
/* May a family name, a word that people are called too, or a name_foreign() begin with it? */
bool name_opens(uint32_t cp);
/* Byte after 阿迪力·买买提, or a foreigner's name, else 0. */
size_t name_dotted(const struct scan *s, size_t i);
/* Byte after a name without a family name, 桑吉卓玛, else 0. */
size_t name_foreign(const struct scan *s, size_t i);

/* [i, end) seems a name of an unusual family and goes on as a place: 楚熙水郡, 七宝山煤矿. */
bool name_goes_on(const struct scan *s, size_t i, size_t end);

enum stated {
    STATED_SELF,  /* 我叫, 姓名：, 联系人： */
    STATED_LABEL, /* 业主：, which also heads what somebody said */
    STATED_ROLE   /* 护士叫, 负责人是: with a family name only */
};

/* Byte after what must be a name because nothing else is said there, else 0. */
size_t name_stated(const struct scan *s, size_t i, enum stated how);

/* Byte after what stands at i before 女士 or 老师 that end a clause: who is called so is somebody. */
size_t name_with_honour(const struct scan *s, size_t i);
/* Byte after a name that goes on as one does who introduces himself (本人明月，男), else 0. */
size_t name_introduced(const struct scan *s, size_t i);

enum likely { NAME_UNLIKELY, NAME_LIKELY, NAME_SURE };

/* How much [from, to) is a name by itself: a usual family name and what given names are made of. */
unsigned name_likely(const struct scan *s, size_t from, size_t to);

void stated_prepare(void);
void role_prepare(void);
void family_prepare(void); /* before the first use */
/* Set the bits of the code points, all in the BMP, that family names begin with. */
void family_openings(uint64_t *bits);
/* What a code point of the BMP is as a family name by itself; *two: does it begin one of two? */
enum family family_opening(uint32_t cp, bool *two);

#endif
