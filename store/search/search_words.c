/* Words that are looked for, and where they stand in an item. */
#include <stdlib.h>

#include "base/err.h"
#include "store/search/search_state.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word of text from *at on; also the ideographic space parts words. */
static struct str next_word(struct str text, size_t *at)
{
    static const struct str wide = {"\xE3\x80\x80", 3};
    size_t i = *at, start;

    for (;;) {
        if (i < text.n && is_space(text.p[i]))
            i++;
        else if (str_starts((struct str){text.p + i, text.n - i}, wide))
            i += wide.n;
        else
            break;
    }
    start = i;
    while (i < text.n && !is_space(text.p[i]) &&
           !str_starts((struct str){text.p + i, text.n - i}, wide))
        i++;
    *at = i;
    return (struct str){text.p + start, i - start};
}

static int add_word(struct search_words *w, struct str word, struct fold *fold)
{
    size_t before = w->grams.n;
    int err = fold_text(word, SIZE_MAX, fold);

    if (err)
        return err;
    if (w->n == SEARCH_WORDS || fold->n > SEARCH_WORD)
        return ERR_LIMIT;
    if (fold->n < 2)
        return ERR_INVALID;
    memcpy(w->list[w->n].cp, fold->cp, fold->n * sizeof *fold->cp);
    w->list[w->n++].n = fold->n;
    err = grams_add(&w->grams, fold->cp, fold->n, 0);
    return err ? err : w->grams.n == before ? ERR_INVALID : 0;
}

int search_words_read(struct str text, struct search_words **out)
{
    struct search_words *w = calloc(1, sizeof *w);
    struct fold fold = FOLD_INIT;
    int err = w ? 0 : ERR_NOMEM;

    for (size_t at = 0; !err;) {
        struct str word = next_word(text, &at);
        if (!word.n)
            break;
        err = add_word(w, word, &fold);
    }
    if (!err && !w->n)
        err = ERR_SYNTAX;
    if (!err)
        err = grams_sort(&w->grams);
    for (size_t i = 0; !err && i < w->grams.n; i++)
        w->grams.list[i] >>= GRAMS_DOC_BITS;
    fold_free(&fold);
    if (err) {
        search_words_free(w);
        w = NULL;
    }
    *out = w;
    return err;
}

void search_words_free(struct search_words *w)
{
    if (!w)
        return;
    grams_free(&w->grams);
    free(w);
}

/* A Latin word stands whole, or not at all. */
static bool stands_at(const struct fold *f, size_t at, const uint32_t *cp, size_t n)
{
    if (memcmp(f->cp + at, cp, n * sizeof *cp) != 0)
        return false;
    if (at > 0 && fold_is_latin(cp[0]) && fold_is_latin(f->cp[at - 1]))
        return false;
    return at + n == f->n || !fold_is_latin(cp[n - 1]) || !fold_is_latin(f->cp[at + n]);
}

static int by_place(const void *a, const void *b)
{
    const struct search_hit *x = a, *y = b;

    if (x->in_title != y->in_title)
        return x->in_title ? -1 : 1;
    return x->start != y->start ? (x->start > y->start) - (x->start < y->start)
                                : (x->end > y->end) - (x->end < y->end);
}

/* The hits of one word; the first one always finds room. */
static bool find_word(const struct fold *f, struct str whole, size_t title, const uint32_t *cp,
                      size_t n, struct search_hit *hits, size_t *count, size_t room)
{
    bool found = false;

    for (size_t i = 0; n <= f->n && i + n <= f->n && (!found || *count < room); i++) {
        if (f->cp[i] != cp[0] || !stands_at(f, i, cp, n))
            continue;
        size_t start = f->start[i], end = fold_end(f, whole, i + n - 1);
        bool in_title = start < title;
        size_t base = in_title ? 0 : title + 1;
        hits[(*count)++] = (struct search_hit){in_title, start - base, end - base};
        found = true;
        i += n - 1;
    }
    return found;
}

int search_words_match(const struct search_words *w, const struct store_item *item,
                       struct search_hit *hits)
{
    struct fold fold = FOLD_INIT;
    struct buf whole = BUF_INIT;
    size_t count = 0;

    buf_add_str(&whole, item->title);
    buf_add_char(&whole, '\n');
    buf_add_str(&whole, item->text);
    int err = buf_ok(&whole) ? fold_text(buf_str(&whole), item->title.n, &fold) : ERR_NOMEM;
    bool all = !err;
    for (size_t i = 0; i < w->n && all; i++) /* each may fill no more than its share */
        all = find_word(&fold, buf_str(&whole), item->title.n, w->list[i].cp, w->list[i].n, hits,
                        &count, SEARCH_HITS * (i + 1) / w->n);
    if (all)
        qsort(hits, count, sizeof *hits, by_place);
    fold_free(&fold);
    buf_free(&whole);
    return err ? err : all ? (int)count : 0;
}
