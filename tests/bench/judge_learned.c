#define _GNU_SOURCE
#include "tests/bench/judge_learned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "classifiers/learn/learn.h"

static bool learn(struct samples *s, const struct rules *plain, const struct str *texts, size_t n,
                  struct buf *out)
{
    struct learn_model *model = NULL;
    bool ok = true;

    for (size_t i = 0; i < n && ok; i++) {
        char source[8];
        int label = samples_label(s, rules_topic(plain, i % JUDGE_LABELS).id);
        snprintf(source, sizeof source, "s%zu", i % 5);
        ok = label >= 0 && !samples_add(s, STR_NONE, STR_NONE, texts[i], str_from(source),
                                        UINT64_C(1) << label, NULL);
    }
    ok = ok && !learn_train(s, 0, &model) && !learn_write(model, out);
    learn_free(model);
    return ok;
}

struct rules *judge_learned_make(const char *dir, const struct rules *plain,
                                 const struct str *texts, size_t n)
{
    char folder[3000], path[3100], command[12000];
    const char *tmp = getenv("TMPDIR");
    struct problems *problems = problems_new();
    struct samples *samples = samples_new();
    struct buf model = BUF_INIT;
    struct rules *rules = NULL;

    snprintf(folder, sizeof folder, "%s/huiying-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (problems && samples && mkdtemp(folder)) {
        snprintf(command, sizeof command, "cp -r '%s'/. %s", dir, folder);
        snprintf(path, sizeof path, "%s/model.bin", folder);
        if (learn(samples, plain, texts, n, &model) && !system(command) &&
            !file_replace(path, buf_str(&model), 0600))
            rules = rules_compile(folder, problems);
        problems_print(problems, stderr);
        snprintf(command, sizeof command, "rm -r %s", folder);
        if (system(command))
            perror(folder);
    }
    if (!rules)
        fputs("bench_judge: no rules with a model\n", stderr);
    buf_free(&model);
    samples_free(samples);
    problems_free(problems);
    return rules;
}
