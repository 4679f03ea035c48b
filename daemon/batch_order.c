#include "daemon/batch_order.h"

#include <stdlib.h>

#include "alerts/event.h"
#include "base/err.h"

enum { GRADES = GRADE_GRAVE + 2 }; /* and below them all: what alerts nobody */

/* 0, or 1 + the highest grade that its tags propose. */
static int grade_of(const struct verdict *v)
{
    int most = 0;

    for (size_t i = 0; i < v->ntags; i++) {
        int grade = 1 + event_grade_find(v->tags[i].grade);
        grade = grade ? grade : 1 + GRADE_ORDINARY;
        most = grade > most ? grade : most;
    }
    return most;
}

void batch_order_items(const struct verdicts *v, size_t *order)
{
    size_t n = 0;

    for (int grade = GRADES - 1; grade >= 0; grade--)
        for (size_t i = 0; i < v->count; i++)
            if (grade_of(&v->list[i]) == grade)
                order[n++] = i;
}

static int highest(const struct verdicts *v)
{
    int most = 0;

    for (size_t i = 0; v && i < v->count; i++) {
        int grade = grade_of(&v->list[i]);
        most = grade > most ? grade : most;
    }
    return most;
}

int batch_order_polls(const struct batch_waiting *polls, size_t n, size_t *order)
{
    int *grades = calloc(n + 1, sizeof *grades);
    size_t out = 0;

    if (!grades)
        return ERR_NOMEM;
    for (size_t i = n; i-- > 0;) { /* a later poll lifts those of its source before it */
        grades[i] = highest(polls[i].verdicts);
        for (size_t k = i + 1; k < n; k++)
            if (polls[k].source == polls[i].source && grades[k] > grades[i])
                grades[i] = grades[k];
    }
    for (int grade = GRADES - 1; grade >= 0; grade--)
        for (size_t i = 0; i < n; i++)
            if (grades[i] == grade)
                order[out++] = i;
    free(grades);
    return 0;
}
