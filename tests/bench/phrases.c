#include "tests/bench/phrases.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/text/fold.h"

enum { TEXT_BYTES = 2048, MADE_TEXTS = 1000, MADE_WORDS = 220000, MADE_CHARACTERS = 5000 };

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, offsetof(struct phrase, count));
}

static int by_count(const void *a, const void *b)
{
    const struct phrase *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_text(a, b);
}

/* Sort, and make one of those that are equal, their counts added. */
static size_t unite(struct phrase *list, size_t n)
{
    size_t kept = 0;

    qsort(list, n, sizeof *list, by_text);
    for (size_t i = 0; i < n; i++)
        if (kept && by_text(&list[kept - 1], &list[i]) == 0)
            list[kept - 1].count += list[i].count;
        else
            list[kept++] = list[i];
    return kept;
}

static void shuffle(struct phrase *list, size_t n)
{
    uint64_t state = 7;

    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(next(&state) % i);
        struct phrase swap = list[i - 1];
        list[i - 1] = list[k];
        list[k] = swap;
    }
}

/* Sums of 1 / (rank + shift) ^ power. */
static double *ranks(size_t n, double shift, double power)
{
    double *sums = malloc(n * sizeof *sums), sum = 0;

    for (size_t i = 0; sums && i < n; i++)
        sums[i] = sum += pow((double)i + shift, -power);
    return sums;
}

static size_t draw(const double *sums, size_t n, uint64_t *state)
{
    double at = (double)next(state) / 2147483648.0 * sums[n - 1];
    size_t low = 0, high = n - 1;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sums[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Frequent ones are spread over the block; those that folding changes are stepped over. */
static uint32_t make_character(size_t rank)
{
    char bytes[4];
    struct fold f = FOLD_INIT;
    uint32_t cp = 0x4E00 + (uint32_t)(rank * 2477 % 20902), folded;

    do {
        cp = cp == 0x9FA5 ? 0x4E00 : cp + 1;
        struct str s = {bytes, utf8_put(cp, bytes)};
        folded = fold_text(s, SIZE_MAX, &f) ? cp : f.cp[0];
    } while (folded != cp);
    fold_free(&f);
    return cp;
}

static struct phrase make_word(const double *characters, uint64_t *state)
{
    static const unsigned char lengths[] = {1, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                            2, 2, 3, 3, 3, 3, 4, 4, 4, 4};
    struct phrase word = {.n = lengths[next(state) % sizeof lengths]};

    for (uint32_t i = 0; i < word.n; i++)
        word.cp[i] = make_character(draw(characters, MADE_CHARACTERS, state));
    return word;
}

static void add_word(const struct phrase *word, struct buf *out)
{
    char bytes[4];

    for (uint32_t i = 0; i < word->n; i++)
        buf_add(out, bytes, utf8_put(word->cp[i], bytes));
}

static void make_texts(struct phrases *p, struct phrase *words, size_t n, const double *uses)
{
    uint64_t state = 3;

    while (p->ntexts < MADE_TEXTS) {
        for (size_t i = 1, end = p->texts.len + TEXT_BYTES; p->texts.len < end; i++) {
            struct phrase *word = &words[draw(uses, n, &state)];
            word->count++;
            add_word(word, &p->texts);
            if (i % 7 == 0)
                buf_add_text(&p->texts, i % 28 ? "," : "。");
        }
        p->end[p->ntexts++] = p->texts.len;
    }
}

/* Terms have two characters or more. */
static size_t drop_short(struct phrase *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (list[i].n > 1)
            list[kept++] = list[i];
    return kept;
}

int phrases_make(struct phrases *p)
{
    struct phrase *words = calloc(MADE_WORDS, sizeof *words);
    double *characters = ranks(MADE_CHARACTERS, 30, 1.3), *uses = ranks(MADE_WORDS, 3, 1);
    uint64_t state = 1;
    int err = ERR_NOMEM;

    *p = (struct phrases){.end = calloc(MADE_TEXTS, sizeof *p->end),
                          .rare = calloc(MADE_WORDS, sizeof *p->rare)};
    if (words && characters && uses && p->end && p->rare) {
        for (size_t i = 0; i < MADE_WORDS; i++)
            words[i] = make_word(characters, &state);
        size_t n = unite(words, MADE_WORDS);
        shuffle(words, n);
        make_texts(p, words, n, uses);
        n = drop_short(words, n);
        memcpy(p->rare, words, n * sizeof *words);
        shuffle(p->rare, n);
        qsort(words, n, sizeof *words, by_count);
        p->frequent = words;
        p->nrare = p->nfrequent = n;
        words = NULL;
        err = buf_ok(&p->texts) ? 0 : ERR_NOMEM;
    }
    free(words);
    free(characters);
    free(uses);
    return err;
}

static int add_folded(struct str s, struct buf *out)
{
    struct fold f = FOLD_INIT;
    char bytes[4];
    int err = fold_text(s, SIZE_MAX, &f);

    for (size_t i = 0; i < f.n && !err; i++)
        buf_add(out, bytes, utf8_put(f.cp[i], bytes));
    fold_free(&f);
    return err ? err : buf_add_text(out, "\n\n"); /* two, which folding again does not undo */
}

static int read_posts(const char *dir, const char *name, struct buf *out)
{
    char path[4096], line[65536];

    snprintf(path, sizeof path, "%s/boards/%s", dir, name);
    FILE *in = fopen(path, "r");
    if (!in)
        return ERR_IO;
    while (fgets(line, sizeof line, in)) {
        json_t *post = json_loads(line, 0, NULL);
        for (size_t i = 0; i < 3; i++) {
            const char *s = json_string_value(
                json_object_get(post, i == 0 ? "title" : i == 1 ? "body" : "reply"));
            if (s)
                add_folded(str_from(s), out);
        }
        json_decref(post);
    }
    fclose(in);
    return 0;
}

static int read_titles(const char *dir, struct buf *out)
{
    char path[4096], line[4096];

    snprintf(path, sizeof path, "%s/titles/thucnews_dev.txt", dir);
    FILE *in = fopen(path, "r");
    if (!in)
        return ERR_IO;
    while (fgets(line, sizeof line, in))
        add_folded((struct str){line, strcspn(line, "\t\n")}, out);
    fclose(in);
    return 0;
}

/* All runs of two to four Chinese characters, each once. */
static struct phrase *runs(const struct buf *text, size_t *n)
{
    struct phrase *list = malloc((text->len + PHRASE_MAX) * sizeof *list), run = {0};
    size_t used = 0;

    for (size_t at = 0; list && at < text->len;) {
        uint32_t cp = utf8_next(buf_str(text), &at), held = run.n;
        if (!fold_is_han(cp)) {
            run.n = 0;
            continue;
        }
        if (held == PHRASE_MAX)
            memmove(run.cp, run.cp + 1, --held * sizeof *run.cp);
        run.cp[held] = cp;
        run.n = held + 1;
        for (uint32_t k = 2; k <= run.n; k++) {
            struct phrase part = {.n = k, .count = 1};
            memcpy(part.cp, run.cp + run.n - k, k * sizeof *part.cp);
            list[used++] = part;
        }
    }
    *n = list ? unite(list, used) : 0;
    return list;
}

static void cut(struct phrases *p)
{
    size_t at = 0;

    for (size_t from = 0; at < p->texts.len;) {
        utf8_next(buf_str(&p->texts), &at);
        if (at - from >= TEXT_BYTES)
            from = p->end[p->ntexts++] = at;
    }
    p->texts.len = p->ntexts ? p->end[p->ntexts - 1] : 0;
}

int phrases_read(const char *dir, struct phrases *p)
{
    struct buf titles = BUF_INIT;

    *p = (struct phrases){0};
    int err = read_posts(dir, "posts_495_labelled.jsonl", &p->texts);
    if (!err)
        err = read_posts(dir, "posts_100_with_replies.jsonl", &p->texts);
    if (!err)
        err = read_titles(dir, &titles);
    p->end = calloc(p->texts.len / TEXT_BYTES + 1, sizeof *p->end);
    if (!err && p->end && buf_ok(&p->texts) && buf_ok(&titles)) {
        cut(p);
        p->rare = runs(&titles, &p->nrare);
        p->frequent = runs(&p->texts, &p->nfrequent);
        shuffle(p->rare, p->nrare);
        if (p->frequent)
            qsort(p->frequent, p->nfrequent, sizeof *p->frequent, by_count);
    }
    buf_free(&titles);
    return err ? err : p->rare && p->frequent ? 0 : ERR_NOMEM;
}

void phrases_free(struct phrases *p)
{
    buf_free(&p->texts);
    free(p->end);
    free(p->rare);
    free(p->frequent);
    *p = (struct phrases){0};
}
