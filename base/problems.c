#define _GNU_SOURCE
#include "base/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP = 1000 };

struct problem {
    char *file;
    char *text;
    int line, column;
};

struct problem_list { /* of one kind */
    struct problem kept[KEEP];
    size_t nkept, count;
};

struct problems {
    struct problem_list errors, warnings;
};

struct problems *problems_new(void)
{
    return calloc(1, sizeof(struct problems));
}

static void drop(struct problem *one)
{
    free(one->file);
    free(one->text);
    *one = (struct problem){0};
}

void problems_free(struct problems *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->errors.nkept; i++)
        drop(&p->errors.kept[i]);
    for (size_t i = 0; i < p->warnings.nkept; i++)
        drop(&p->warnings.kept[i]);
    free(p);
}

/* The new one, to be kept or dropped; NULL when there is no room or memory for it: it is counted
 * still, so that the input is not taken for good. */
static struct problem *note(struct problem_list *h, const char *file, int line, const char *format,
                            va_list ap)
{
    struct problem *one = &h->kept[h->nkept];

    h->count++;
    if (h->nkept == KEEP)
        return NULL;
    one->line = line;
    one->column = 0;
    one->file = strdup(file);
    if (vasprintf(&one->text, format, ap) < 0)
        one->text = NULL;
    if (one->file && one->text)
        return one;
    drop(one);
    return NULL;
}

void problems_add(struct problems *p, const char *file, int line, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    p->errors.nkept += note(&p->errors, file, line, format, ap) != NULL;
    va_end(ap);
}

void problems_add_at(struct problems *p, const char *file, int line, int column,
                     const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    struct problem *one = note(&p->errors, file, line, format, ap);
    va_end(ap);
    if (!one)
        return;
    one->column = column;
    p->errors.nkept++;
}

static bool same(const struct problem *a, const struct problem *b)
{
    return a->line == b->line && strcmp(a->text, b->text) == 0 && strcmp(a->file, b->file) == 0;
}

void problems_warn(struct problems *p, const char *file, int line, const char *format, ...)
{
    struct problem_list *h = &p->warnings;
    va_list ap;

    va_start(ap, format);
    struct problem *one = note(h, file, line, format, ap);
    va_end(ap);
    if (!one)
        return;
    for (size_t i = 0; i < h->nkept; i++)
        if (same(&h->kept[i], one)) {
            drop(one);
            h->count--;
            return;
        }
    h->nkept++;
}

size_t problems_count(const struct problems *p)
{
    return p->errors.count;
}

size_t problems_warnings(const struct problems *p)
{
    return p->warnings.count;
}

static void get(const struct problem_list *h, size_t i, const char **file, int *line,
                const char **text)
{
    *file = h->kept[i].file;
    *line = h->kept[i].line;
    *text = h->kept[i].text;
}

void problems_get(const struct problems *p, size_t i, const char **file, int *line,
                  const char **text)
{
    get(&p->errors, i, file, line, text);
}

void problems_get_warning(const struct problems *p, size_t i, const char **file, int *line,
                          const char **text)
{
    get(&p->warnings, i, file, line, text);
}

int problems_column(const struct problems *p, size_t i)
{
    return p->errors.kept[i].column;
}

static int by_place(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    int files = strcmp(x->file, y->file);

    if (files || x->line != y->line)
        return files ? files : x->line < y->line ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

void problems_sort(struct problems *p)
{
    qsort(p->errors.kept, p->errors.nkept, sizeof *p->errors.kept, by_place);
    qsort(p->warnings.kept, p->warnings.nkept, sizeof *p->warnings.kept, by_place);
}

static void print(const struct problem *one, const char *kind, FILE *to)
{
    if (one->line)
        fprintf(to, "huiying: %s:%d: %s%s\n", one->file, one->line, kind, one->text);
    else
        fprintf(to, "huiying: %s: %s%s\n", one->file, kind, one->text);
}

void problems_print(const struct problems *p, FILE *to)
{
    const struct problem_list *e = &p->errors, *w = &p->warnings;
    size_t i = 0, k = 0;
    size_t more = e->count - e->nkept + w->count - w->nkept;

    while (i < e->nkept || k < w->nkept) {
        bool error = k == w->nkept ||
                     (i < e->nkept && by_place(&e->kept[i], &w->kept[k]) <= 0);
        if (error)
            print(&e->kept[i++], "", to);
        else
            print(&w->kept[k++], "提醒 (warning): ", to);
    }
    if (more)
        fprintf(to, "huiying: 另有 %zu 处 (%zu more)\n", more, more);
}
