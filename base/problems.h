/* base/problems.h - everything that is wrong with some input, collected before it is told. */
#ifndef HUIYING_BASE_PROBLEMS_H
#define HUIYING_BASE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct problems;

struct problems *problems_new(void);
void problems_free(struct problems *p);

/* Note one problem; line 0 means the whole file. TEXT is Chinese first, then English in
 * parentheses, says what is wrong and what is expected. Keeps the first 1000. */
void problems_add(struct problems *p, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same where the column is known too, in code points from 1; 0: it is not. */
void problems_add_at(struct problems *p, const char *file, int line, int column,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Note what is not wrong but most likely not meant, once where the very same is told again. Such
 * warnings are counted and kept apart: problems_count() and problems_get() know none of them. */
void problems_warn(struct problems *p, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
size_t problems_warnings(const struct problems *p);
/* The i-th kept warning, as problems_get(). */
void problems_get_warning(const struct problems *p, size_t i, const char **file, int *line,
                          const char **text);

/* All noted, the ones past the kept 1000 included. */
size_t problems_count(const struct problems *p);

/* The i-th kept problem (i < count and < 1000), in file and line order after problems_sort(). */
void problems_get(const struct problems *p, size_t i, const char **file, int *line,
                  const char **text);
/* The column of the i-th kept problem, 0 when it is not known. */
int problems_column(const struct problems *p, size_t i);
void problems_sort(struct problems *p);

/* Print each as "huiying: FILE:LINE: text", warnings among them as "huiying: FILE:LINE: 提醒
 * (warning): text". */
void problems_print(const struct problems *p, FILE *to);

#endif
