#define _GNU_SOURCE
#include "base/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP = 1000 };

struct problem {
    char *file;
    char *text;
    int line;
};

struct problems {
    struct problem kept[KEEP];
    size_t nkept, count;
};

struct problems *problems_new(void)
{
    return calloc(1, sizeof(struct problems));
}

void problems_free(struct problems *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->nkept; i++) {
        free(p->kept[i].file);
        free(p->kept[i].text);
    }
    free(p);
}

void problems_add(struct problems *p, const char *file, int line, const char *format, ...)
{
    va_list ap;

    p->count++;
    if (p->nkept == KEEP)
        return;
    struct problem *one = &p->kept[p->nkept];
    va_start(ap, format);
    int n = vasprintf(&one->text, format, ap);
    va_end(ap);
    one->file = strdup(file);
    one->line = line;
    if (n < 0 || !one->file) { /* counted still, so that the input is not taken for good */
        free(one->file);
        if (n >= 0)
            free(one->text);
        return;
    }
    p->nkept++;
}

size_t problems_count(const struct problems *p)
{
    return p->count;
}

void problems_get(const struct problems *p, size_t i, const char **file, int *line,
                  const char **text)
{
    *file = p->kept[i].file;
    *line = p->kept[i].line;
    *text = p->kept[i].text;
}

static int by_place(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    int files = strcmp(x->file, y->file);

    return files ? files : (x->line > y->line) - (x->line < y->line);
}

void problems_sort(struct problems *p)
{
    qsort(p->kept, p->nkept, sizeof *p->kept, by_place);
}

void problems_print(const struct problems *p, FILE *to)
{
    for (size_t i = 0; i < p->nkept; i++) {
        const struct problem *one = &p->kept[i];
        if (one->line)
            fprintf(to, "huiying: %s:%d: %s\n", one->file, one->line, one->text);
        else
            fprintf(to, "huiying: %s: %s\n", one->file, one->text);
    }
    if (p->count > p->nkept)
        fprintf(to, "huiying: 另有 %zu 处 (%zu more)\n", p->count - p->nkept, p->count - p->nkept);
}
