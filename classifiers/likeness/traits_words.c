#include "classifiers/likeness/traits_words.h"

#include <assert.h>
#include <stdlib.h>

#include "classifiers/likeness/traits.h"

/* Pairs with one of these say how, not what. */
static const char32_t plain[] =
    U"的了是在就都也不有我你他她它们这那个吗呢吧啊着过把被给让向从到为与及或很太又再还没无请问说去来"
    U"会要想得之其所以因而但且并等每各该某此谁什怎哪几多少些样找看叫用只已才刚能可将对于做呀哦嘛";

static const char32_t numerals[] = U"一二三四五六七八九十百零两〇";
static const char32_t bulletin_cues[] =
    U"通报日报周报月报简报公报快报通告公告公示播报预报预警累计新增通知速报周刊动态";

static void flag(struct traits_words *w, const char32_t *set, uint8_t what)
{
    for (size_t i = 0; set[i]; i++)
        w->chars[set[i] - CHARS_FROM] |= what;
}

static void list_endings(struct traits_words *w)
{
    uint32_t first;

    for (size_t i = traits_ending(0, &first); i-- > 0;) {
        traits_ending(i, &first);
        w->endings[first - CHARS_FROM] = (uint8_t)(i + 1);
    }
}

static void flag_pair(struct traits_words *w, const char32_t *pair, unsigned what)
{
    uint32_t at = traits_words_hash(pair[0], pair[1]) >> (32 - PAIR_BITS);

    w->pairs[at >> 1] |= (uint8_t)(what << (4 * (at & 1)));
}

static void flag_pairs(struct traits_words *w, const char32_t *set, unsigned what)
{
    for (size_t i = 0; set[i]; i += 2)
        flag_pair(w, set + i, what);
}

static int by_first(const void *a, const void *b)
{
    const struct traits_word *x = a, *y = b;
    int order = (x->text[0] > y->text[0]) - (x->text[0] < y->text[0]);

    return order ? order : (x->text[1] > y->text[1]) - (x->text[1] < y->text[1]);
}

static uint32_t first_home(uint32_t a, uint32_t b)
{
    return traits_words_hash(a, b) % FIRSTS;
}

static void list_subjects(struct traits_words *w)
{
    const char32_t *words;

    for (size_t s = 0; s < traits_subject(s, &words); s++)
        while (*words) {
            size_t n = 0;
            while (words[n] && words[n] != U' ')
                n++;
            assert(w->nwords < WORDS_MAX && n >= 2);
            w->words[w->nwords++] = (struct traits_word){words, (uint16_t)n, (uint16_t)s};
            flag_pair(w, words, PAIR_SUBJECT);
            words += n + (words[n] == U' ');
        }
    qsort(w->words, w->nwords, sizeof *w->words, by_first);
    for (size_t i = 0; i < w->nwords; i++) {
        if (i && !by_first(&w->words[i - 1], &w->words[i]))
            continue;
        uint32_t at = first_home(w->words[i].text[0], w->words[i].text[1]);
        while (w->firsts[at])
            at = (at + 1) % FIRSTS;
        w->firsts[at] = (uint16_t)(i + 1);
    }
}

void traits_words_fill(struct traits_words *w)
{
    flag(w, plain, CHAR_PLAIN);
    flag(w, numerals, CHAR_NUMERAL);
    flag_pairs(w, traits_pairs_common, PAIR_COMMON);
    flag_pairs(w, traits_pairs_word, PAIR_WORD);
    flag_pairs(w, bulletin_cues, PAIR_CUE);
    list_endings(w);
    list_subjects(w);
}

const struct traits_word *traits_words_first(const struct traits_words *w, uint32_t a, uint32_t b)
{
    for (uint32_t at = first_home(a, b); w->firsts[at]; at = (at + 1) % FIRSTS) {
        const struct traits_word *first = &w->words[w->firsts[at] - 1];
        if (first->text[0] == a && first->text[1] == b)
            return first;
    }
    return NULL;
}
