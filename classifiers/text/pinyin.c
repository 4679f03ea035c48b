#include "classifiers/text/pinyin.h"

#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

enum { LETTERS = 32 };

static const struct {
    uint16_t cp;
    char plain;
} toned[] = {
    {0x101, 'a'}, {0xE1, 'a'},  {0x1CE, 'a'}, {0xE0, 'a'},  {0x113, 'e'}, {0xE9, 'e'},
    {0x11B, 'e'}, {0xE8, 'e'},  {0x12B, 'i'}, {0xED, 'i'},  {0x1D0, 'i'}, {0xEC, 'i'},
    {0x14D, 'o'}, {0xF3, 'o'},  {0x1D2, 'o'}, {0xF2, 'o'},  {0x16B, 'u'}, {0xFA, 'u'},
    {0x1D4, 'u'}, {0xF9, 'u'},  {0x1D6, 'v'}, {0x1D8, 'v'}, {0x1DA, 'v'}, {0x1DC, 'v'},
    {0xFC, 'v'},
};

static const char *const initials[] = {"zh", "ch", "sh", "b", "p", "m", "f", "d", "t",
                                       "n",  "l",  "g",  "k", "h", "j", "q", "x", "r",
                                       "z",  "c",  "s",  "y", "w", NULL};
static const char *const finals[] = {
    "iang", "iong", "uang", "ang", "eng", "ong", "ing", "iao", "ian", "uai", "uan", "ai",
    "ei",   "ao",   "ou",   "an",  "en",  "er",  "ia",  "ie",  "iu",  "in",  "ua",  "uo",
    "ui",   "un",   "ue",   "ve",  "a",   "o",   "e",   "i",   "u",   "v",   NULL};

static size_t begins(const char *text, size_t n, const char *with)
{
    size_t m = strlen(with);

    return m <= n && memcmp(text, with, m) == 0 ? m : 0;
}

/* Whole text splits into syllables. Short, so that trying every split is cheap. */
static bool syllables(const char *text, size_t n)
{
    if (n == 0)
        return true;
    for (size_t i = 0; i <= sizeof initials / sizeof *initials - 1; i++) {
        size_t head = initials[i] ? begins(text, n, initials[i]) : 0;
        if (initials[i] && !head)
            continue;
        for (size_t k = 0; finals[k]; k++) {
            size_t tail = begins(text + head, n - head, finals[k]);
            bool bare = !head && strchr("iuv", finals[k][0]);
            if (tail && !bare && syllables(text + head + tail, n - head - tail))
                return true;
        }
    }
    return false;
}

static char plain_letter(uint32_t cp)
{
    if (cp >= 'a' && cp <= 'z')
        return (char)cp;
    if (cp >= 'A' && cp <= 'Z')
        return (char)(cp + 32);
    for (size_t i = 0; i < sizeof toned / sizeof *toned; i++)
        if (toned[i].cp == cp)
            return toned[i].plain;
    return 0;
}

bool pinyin_is(struct str s)
{
    char word[LETTERS];
    size_t n = 0, words = 0;

    for (size_t at = 0; at <= s.n;) {
        uint32_t cp = at < s.n ? utf8_next(s, &at) : (at++, ' ');
        char c = plain_letter(cp);
        if (c) {
            if (n == LETTERS)
                return false;
            word[n++] = c;
            continue;
        }
        bool tone = n && cp >= '1' && cp <= '5';
        if (!tone && cp != ' ' && cp != '\'' && cp != 0x2019)
            return false;
        if (n && !syllables(word, n))
            return false;
        words += n != 0;
        n = 0;
    }
    return words != 0;
}
