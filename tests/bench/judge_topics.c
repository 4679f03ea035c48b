#define _GNU_SOURCE
#include "tests/bench/judge_topics.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "classifiers/rules/refuse.h"

enum { TERMS = 60 };

static struct refuse *refuse;

/* Two to four Chinese characters in a row from anywhere in the text. */
static struct str cut_word(struct str text, unsigned *seed)
{
    struct refuse_hit why;

    for (;;) {
        size_t at = (size_t)rand_r(seed) % (text.n - 16), end;
        int left = 2 + rand_r(seed) % 3;
        while (((unsigned char)text.p[at] & 0xC0) == 0x80)
            at++;
        for (end = at; left; left--) {
            uint32_t cp = utf8_next(text, &end);
            if (cp < 0x4E00 || cp >= 0x9FA6)
                break;
        }
        struct str word = {text.p + at, end - at};
        if (!left && !refuse_text(refuse, word, &why))
            return word;
    }
}

static void write_topic(int number, bool found, struct str text, unsigned *seed, struct buf *out)
{
    static const char *const forms[] = {
        "  - {near: {terms: [%s%.*s, %s%.*s元], within: 20}}\n",
        "  - {and: [%s%.*s, {not: [%s%.*s]}], weight: 0.3}\n",
        "  - {regex: '%s%.*s.{0,9}%s%.*s\\d+'}\n",
    };
    char mark[20] = "";

    if (!found) /* a number before a word makes it one that no text holds */
        snprintf(mark, sizeof mark, "%d号", number);
    buf_reset(out);
    buf_addf(out, "id: t%d\nname: {zh: t, en: t}\nunit: u\ndeadlines: [d]\nany:\n", number);
    for (int i = 0; i < TERMS; i++) {
        struct str word = cut_word(text, seed);
        if (i || !found)
            buf_addf(out, "  - %d号%.*s\n", number * TERMS + i, STR_ARG(word));
        else
            buf_addf(out, "  - {term: %.*s, weight: 0.2}\n", STR_ARG(word));
    }
    for (int i = 0; i < 3; i++) {
        struct str a = cut_word(text, seed), b = cut_word(text, seed);
        buf_addf(out, forms[i], mark, STR_ARG(a), mark, STR_ARG(b));
    }
    struct str veto = cut_word(text, seed);
    buf_addf(out, "none:\n  - {near: {terms: [%s%.*s, %d号], within: 20}}\n", mark,
             STR_ARG(veto), number);
}

struct rules *judge_topics_make(struct str text, int found_every)
{
    char folder[3000], path[3100], command[3100];
    const char *tmp = getenv("TMPDIR");
    struct problems *problems = problems_new();
    struct buf topic = BUF_INIT;
    struct rules *rules = NULL;
    unsigned seed = 1;

    snprintf(folder, sizeof folder, "%s/huiying-topics-XXXXXX", tmp ? tmp : "/tmp");
    refuse = refuse_new();
    if (!problems || !refuse ||
        refuse_load(refuse, HUIYING_SRCDIR "/rules/refused.yaml", problems) || !mkdtemp(folder))
        goto done;
    snprintf(path, sizeof path, "%s/topics", folder);
    bool failed = file_make_dirs(path) != 0;
    for (int i = 0; i < JUDGE_TOPICS && !failed; i++) {
        write_topic(i, i % found_every == 0, text, &seed, &topic);
        snprintf(path, sizeof path, "%s/topics/t%d.yaml", folder, i);
        failed = file_replace(path, buf_str(&topic), 0600) != 0;
    }
    if (!failed)
        rules = rules_compile(folder, problems);
    problems_print(problems, stderr);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    failed = system(command) != 0;
done:
    refuse_free(refuse);
    buf_free(&topic);
    problems_free(problems);
    return rules;
}
