/* libFuzzer entry: any text through mask, fold, match and rules: the shipped ones, ones that use
 * every form, and these in a block that somebody damaged. $HUIYING_RULES names the shipped. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/utf8.h"
#include "classifiers/judge.h"
#include "classifiers/rules/rules_block.h"

static struct rules *compile(const char *dir)
{
    struct problems *p = problems_new();
    struct rules *rules = rules_compile(dir, p);

    problems_print(p, stderr);
    problems_free(p);
    if (!rules)
        exit(1);
    return rules;
}

/* A block that is whole and signed but for one changed byte; NULL when it is not taken. */
static struct rules *damage(const struct rules *rules, const uint8_t *data)
{
    uint32_t where;
    int fd = memfd_create("damaged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    char *copy = malloc(rules->size);
    size_t from = offsetof(struct block_header, ntopics);
    struct rules *bad = NULL;

    memcpy(&where, data, sizeof where);
    if (copy && fd >= 0) {
        memcpy(copy, rules->head, rules->size);
        copy[from + where % (rules->size - from)] ^= (char)data[4];
        uint64_t sum = XXH3_64bits(copy + from, rules->size - from);
        memcpy(copy + offsetof(struct block_header, checksum), &sum, sizeof sum);
        if (!file_write_all(fd, (struct str){copy, rules->size}) && !file_seal(fd))
            bad = rules_map(fd);
    }
    if (fd >= 0)
        close(fd);
    free(copy);
    return bad;
}

static void judge(struct judge *j, struct str text, size_t cut, struct arena *arena)
{
    static const char *const homes[] = {"110000", "430102", "", "999999999"};
    unsigned first = text.n ? (unsigned char)text.p[0] : 0;
    struct judge_context context = {(enum source_kind)(first % 3), str_from(homes[first / 4 % 4]),
                                    STR_NONE, str_from(homes[first / 16 % 4]),
                                    INT64_C(1775000000000)};
    struct verdict v;

    arena_reset(arena);
    if (judge_text(j, (struct str){text.p, cut}, (struct str){text.p + cut, text.n - cut}, first,
                   first & 1 ? &context : NULL, arena, &v))
        abort();
    for (size_t i = 0; i < v.ntags; i++)
        for (size_t k = 0; k < v.tags[i].nhits; k++)
            if (v.tags[i].hits[k].end > v.title.n + 1 + v.text.n ||
                v.tags[i].hits[k].start >= v.tags[i].hits[k].end)
                abort();
    if (utf8_valid(text) && (!utf8_valid(v.title) || !utf8_valid(v.text)))
        abort();
}

static struct rules *every;
static struct judge *shipped, *language;
static struct arena *arena;

/* Not with the first input: under sanitizers, on a busy machine, compiling takes longer than an
 * input may. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *dir = getenv("HUIYING_RULES");
    char path[4096];

    (void)argc;
    (void)argv;
    dir = dir ? dir : "rules";
    rules_set_shipped(dir);
    snprintf(path, sizeof path, "%s/../tests/data/language-rules", dir);
    every = compile(path);
    shipped = judge_new(compile(dir));
    language = judge_new(every);
    arena = arena_new();
    if (!shipped || !language || !arena)
        exit(1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    size_t cut = utf8_cut(text, size / 3);
    judge(shipped, text, cut, arena);
    judge(language, text, cut, arena);
    /* A block takes a hundred times as long to make as a text to judge: one input in sixteen. */
    struct rules *bad = size > 6 && data[5] % 16 == 0 ? damage(every, data) : NULL;
    struct judge *j = bad ? judge_new(bad) : NULL;
    if (j)
        judge(j, text, cut, arena);
    judge_free(j);
    rules_free(bad);
    return 0;
}
