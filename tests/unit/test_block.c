/* Blocks of compiled rules that somebody damaged: refused, or judged by safely. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "classifiers/judge.h"
#include "classifiers/rules/rules_block.h"
#include "tests/unit/paths.h"

static int seal(const char *data, size_t n)
{
    int fd = memfd_create("damaged", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_int_equal(file_write_all(fd, (struct str){data, n}), 0);
    assert_int_equal(file_seal(fd), 0);
    return fd;
}

static void sign(char *copy, size_t n)
{
    size_t from = offsetof(struct block_header, ntopics);
    uint64_t sum = XXH3_64bits(copy + from, n - from);

    memcpy(copy + offsetof(struct block_header, checksum), &sum, sizeof sum);
}

static void judge_something(const struct rules *r)
{
    struct judge *j = judge_new(r);
    struct buf out = BUF_INIT;
    const char *problem;

    assert_non_null(j);
    judge_json_line(j, STR("{\"title\":\"北京拖欠工资\",\"content_text\":\"请问老板拖欠工资，食堂饭菜发霉，"
                           "疫情期间停课，上海路没人管。小区停水3天，自来水浑浊，断了水\"}"),
                    0, &out, &problem);
    buf_free(&out);
    judge_free(j);
}

static void damage(const char *name, int turns)
{
    struct problems *p = problems_new();
    char dir[4096];
    int survivors = 0;
    struct rules *r = rules_compile(paths_source(name, dir), p);

    problems_print(p, stderr);
    assert_non_null(r);
    size_t n = r->size;
    char *copy = malloc(n);
    for (int turn = 0; turn < turns; turn++) {
        memcpy(copy, r->head, n);
        size_t where = turn % 8 == 0   ? (size_t)rand() % sizeof *r->head
                       : turn % 8 == 1 ? (size_t)rand() % n
                                       : (size_t)rand() % r->head->matcher.off;
        copy[where] ^= (char)(1 + rand() % 255);
        bool resigned = turn % 2;
        if (resigned)
            sign(copy, n); /* as one who wants to get past the checksum would */
        int fd = seal(copy, n);
        struct rules *bad = rules_map(fd);
        if (!resigned)
            assert_null(bad);
        if (bad) {
            judge_something(bad);
            survivors++;
        }
        rules_free(bad);
        close(fd);
    }
    print_message("%d resigned blocks were taken and judged safely\n", survivors);
    memcpy(copy, r->head, n);
    int fd = seal(copy, n - 8);
    assert_null(rules_map(fd));
    close(fd);
    fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(file_write_all(fd, (struct str){copy, n}), 0);
    assert_null(rules_map(fd)); /* not sealed: somebody could still write */
    close(fd);
    free(copy);
    rules_free(r);
    problems_free(p);
}

static void damaged_blocks(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    damage("rules", 500);
    damage("tests/data/language-rules", 2500);
}

/* What evaluation counts on beyond each number's own range. */
static void contradictory_blocks(void **state)
{
    struct problems *p = problems_new();
    char dir[4096];
    struct rules *r = rules_compile(paths_source("tests/data/language-rules", dir), p);
    (void)state;

    assert_non_null(r);
    const struct block_header *h = r->head;
    size_t terms = h->terms.off, size = sizeof(struct block_term);
    uint32_t two = 0, whole = h->patterns.count;
    while (r->terms[two].nuses < 2)
        two++;
    for (uint32_t i = 0; i < h->patterns.count && whole == h->patterns.count; i++)
        whole = r->patterns[i].ngroups > 1 ? i : whole;
    assert_in_range(whole, 0, h->patterns.count - 1);
    const struct {
        size_t at;
        uint32_t value;
    } lies[] = {
        {terms + two * size + offsetof(struct block_term, nuses), r->terms[two].nuses - 1},
        {terms + size + offsetof(struct block_term, first_use), r->terms[0].first_use},
        {terms + two * size + offsetof(struct block_term, nplaces), r->terms[two].nplaces + 1},
        {h->patterns.off + whole * sizeof(struct block_pattern) +
             offsetof(struct block_pattern, ngroups),
         r->patterns[whole].ngroups - 1},
    };
    for (size_t i = 0; i <= sizeof lies / sizeof *lies; i++) {
        char *copy = malloc(r->size);
        memcpy(copy, r->head, r->size);
        if (i)
            memcpy(copy + lies[i - 1].at, &lies[i - 1].value, sizeof lies->value);
        sign(copy, r->size);
        int fd = seal(copy, r->size);
        struct rules *mapped = rules_map(fd);
        assert_int_equal(mapped == NULL, i > 0); /* the first is as it was made */
        rules_free(mapped);
        close(fd);
        free(copy);
    }
    rules_free(r);
    problems_free(p);
}

int main(void)
{
    char path[4096];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_blocks),
        cmocka_unit_test(contradictory_blocks),
    };
    rules_set_shipped(paths_source("rules", path));
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
