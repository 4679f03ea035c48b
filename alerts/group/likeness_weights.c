/* Fitted by tests/helpers/fit_likeness.py: a logistic regression (L2 of 1) over the pairs of
 * tests/data/pairs*.tsv that no rule keeps apart, each weight held to the sign that it must have.
 * Run it again when words or names in classifiers/ change: it prints this table, and what precision
 * and recall each file has under weights that were fitted on all the others. */
#include "alerts/group/likeness_weights.h"

#include <stddef.h>

enum { ALWAYS = -13 };

static const struct {
    uint8_t evidence;
    int8_t least, points; /* of that much and more */
} weights[] = {
    {LIKENESS_SPOT, 28, 8},       {LIKENESS_SPOT, 40, 2},       {LIKENESS_NAMES, 2, 13},
    {LIKENESS_SUBJECTS, 1, 28},   {LIKENESS_MENTIONS, 1, 17},   {LIKENESS_CONTRARY, 1, -15},
    {LIKENESS_BESIDE, 1, -17},    {LIKENESS_SILENT, 1, -13},    {LIKENESS_WORDS, 1, 12},
    {LIKENESS_SPARE, 1, 8},       {LIKENESS_CHARS, 1, 5},       {LIKENESS_TOPIC, 1, 3},
    {LIKENESS_COUNT, 1, 1},
};

int likeness_points(const int8_t e[static LIKENESS_EVIDENCE])
{
    int points = ALWAYS;

    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        if (e[weights[i].evidence] >= weights[i].least)
            points += weights[i].points;
    return points;
}
