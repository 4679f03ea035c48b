/* The distinct words of a text's hits, and what they say for the cues, counted by hand too. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "classifiers/rules/rules_voices.h"
#include "tests/unit/folder.h"

enum { HITS = 60, TITLE = 40, FEW_TERMS = 12 };
#define TITLE_FACTOR 1.5f

static struct rules *rules;
static struct words *words;
static struct voices *voices;

/* A term that is a cue's too counts in titles only, and one in some places only. */
static int set_up(void **state)
{
    struct problems *p = problems_new();

    if (!p || folder_set_up(state))
        return -1;
    folder_put("topics", "a.yaml", HEAD "any:\n  - 停水\n  - {term: 严重, in: title}\n"
                                        "  - {term: 建议, regions: [430000]}\n  - 水管\n");
    rules = rules_compile(folder, p);
    problems_print(p, stderr);
    problems_free(p);
    words = rules ? words_new(rules) : NULL;
    voices = words ? voices_new(rules, words) : NULL;
    return voices ? 0 : -1;
}

static int tear_down(void **state)
{
    voices_free(voices);
    words_free(words);
    rules_free(rules);
    return folder_tear_down(state);
}

static uint32_t term_of(const char *word)
{
    for (uint32_t i = 0; i < rules->head->terms.count; i++)
        if (str_is(block_str(rules, rules->terms[i].text), word))
            return i;
    fail_msg("no such term: %s", word);
    return 0;
}

static bool is_apart(uint32_t term)
{
    return term == term_of("严重") || term == term_of("建议");
}

/* Hits of few terms, so that most come again; the apart ones among them. */
static void make_hits(struct matcher_hit *list, size_t n)
{
    uint32_t few[FEW_TERMS] = {term_of("严重"), term_of("建议"), term_of("停水")};

    for (size_t i = 3; i < FEW_TERMS; i++)
        few[i] = (uint32_t)rand() % rules->head->terms.count;
    for (size_t i = 0; i < n; i++)
        list[i] = (struct matcher_hit){few[rand() % FEW_TERMS], (uint32_t)i * 2,
                                       (uint32_t)i * 2 + 2};
}

static bool met_before(const struct matcher_hit *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (list[k].term == list[i].term)
            return true;
    return false;
}

static void check_words(const struct matcher_hit *list, size_t n, const struct words_found *found)
{
    uint32_t counts[HITS] = {0};
    size_t number = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct words_word *word = &found->list[found->of[i]];
        assert_true(found->of[i] < found->n);
        assert_int_equal(word->term, list[i].term);
        counts[found->of[i]]++;
        if (met_before(list, i) && !is_apart(list[i].term))
            continue;
        assert_int_equal(found->of[i], number++);
        assert_int_equal(word->hit, i);
    }
    assert_int_equal(found->n, number);
    for (size_t i = 0; i < number; i++) {
        assert_int_equal(found->counts[i], counts[i]);
        assert_int_equal(found->abouts[i].apart, is_apart(found->list[i].term));
    }
}

static void check_voices(const struct matcher_hit *list, size_t n,
                         const struct words_found *found)
{
    const struct matcher_hits hits = {(struct matcher_hit *)list, n, n};
    float sum[BLOCK_CUES], expected[BLOCK_CUES] = {0};

    for (size_t i = 0; i < n; i++) {
        const struct block_term *term = &rules->terms[list[i].term];
        for (uint32_t k = term->first_use; k < term->first_use + term->nuses; k++)
            if (voices_takes(voices, &rules->uses[k]) && !met_before(list, i))
                expected[rules->uses[k].set - rules->head->ntopics] +=
                    rules->uses[k].weight * (list[i].start < TITLE ? TITLE_FACTOR : 1);
    }
    voices_sum(voices, found, &hits, TITLE, TITLE_FACTOR, sum);
    for (int cue = 0; cue < BLOCK_CUES; cue++)
        assert_float_equal(sum[cue], expected[cue], 1e-3f);
}

static void as_counted_by_hand(void **state)
{
    struct matcher_hit list[HITS];
    struct words_found found;
    unsigned seed = 5;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int turn = 0; turn < 3000; turn++) {
        size_t n = (size_t)rand() % (HITS + 1);
        const struct matcher_hits hits = {list, n, n};
        make_hits(list, n);
        assert_int_equal(words_gather(words, &hits, &found), 0);
        check_words(list, n, &found);
        check_voices(list, n, &found);
    }
}

/* What a cue's word says is the cue's; what a topic's says, or only in some places, is not. */
static void takes_the_cues_words(void **state)
{
    unsigned taken = 0, left = 0;

    (void)state;
    for (uint32_t i = 0; i < rules->head->uses.count; i++) {
        const struct block_use *use = &rules->uses[i];
        bool cue = use->what == BLOCK_ANY && use->set >= rules->head->ntopics;
        assert_int_equal(voices_takes(voices, use), cue && !use->scope && !use->field);
        taken += cue;
        left += use->what == BLOCK_ANY && !cue;
    }
    assert_true(taken > 1000);
    assert_int_equal(left, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_counted_by_hand),
        cmocka_unit_test(takes_the_cues_words),
    };
    return cmocka_run_group_tests_name("words", tests, set_up, tear_down);
}
