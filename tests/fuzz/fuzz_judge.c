/* libFuzzer entry: any text through mask, fold, match and rules; $HUIYING_RULES names the rules. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "classifiers/judge.h"

static struct judge *start(void)
{
    const char *dir = getenv("HUIYING_RULES");
    struct problems *p = problems_new();

    rules_set_shipped(dir ? dir : "rules");
    struct rules *rules = rules_compile(dir ? dir : "rules", p);
    problems_print(p, stderr);
    problems_free(p);
    struct judge *j = rules ? judge_new(rules) : NULL;
    if (!j)
        exit(1);
    return j;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct judge *j;
    static struct arena *arena;
    struct str text = {(const char *)data, size};
    struct verdict v;

    if (!j) {
        j = start();
        arena = arena_new();
    }
    arena_reset(arena);
    size_t cut = utf8_cut(text, size / 3);
    if (judge_text(j, (struct str){text.p, cut}, (struct str){text.p + cut, size - cut}, 0,
                   NULL, arena, &v))
        abort();
    for (size_t i = 0; i < v.ntags; i++)
        for (size_t k = 0; k < v.tags[i].nhits; k++)
            if (v.tags[i].hits[k].end > v.title.n + 1 + v.text.n)
                abort();
    if (utf8_valid(text) && (!utf8_valid(v.title) || !utf8_valid(v.text)))
        abort();
    return 0;
}
