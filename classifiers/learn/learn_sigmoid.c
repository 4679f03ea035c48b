/* Platt's sigmoid by Newton's method with backtracking, as Lin, Lin and Weng (2007) state it. */
#include "classifiers/learn/learn_fit.h"

#include <math.h>

enum { ROUNDS = 100 };

struct sums {
    double h11, h22, h21, g1, g2;
};

static double target(bool is, double with, double without)
{
    return is ? (with + 1) / (with + 2) : 1 / (without + 2);
}

static double loss(const double *x, const bool *is, size_t n, double with, double a, double b)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double t = target(is[i], with, (double)n - with), y = x[i] * a + b;
        sum += y >= 0 ? t * y + log1p(exp(-y)) : (t - 1) * y + log1p(exp(y));
    }
    return sum;
}

static struct sums derive(const double *x, const bool *is, size_t n, double with, double a,
                          double b)
{
    struct sums s = {.h11 = 1e-12, .h22 = 1e-12};

    for (size_t i = 0; i < n; i++) {
        double y = x[i] * a + b, e = exp(-fabs(y));
        double p = y >= 0 ? e / (1 + e) : 1 / (1 + e);
        double d2 = p * (1 - p), d1 = target(is[i], with, (double)n - with) - p;
        s.h11 += x[i] * x[i] * d2;
        s.h22 += d2;
        s.h21 += x[i] * d2;
        s.g1 += x[i] * d1;
        s.g2 += d1;
    }
    return s;
}

void learn_fit_sigmoid(const double *x, const bool *is, size_t n, struct learn_label *l)
{
    double with = 0, a = 0;

    for (size_t i = 0; i < n; i++)
        with += is[i];
    double b = log(((double)n - with + 1) / (with + 1));
    double now = loss(x, is, n, with, a, b);
    for (int round = 0; round < ROUNDS; round++) {
        struct sums s = derive(x, is, n, with, a, b);
        if (fabs(s.g1) < 1e-5 && fabs(s.g2) < 1e-5)
            break;
        double det = s.h11 * s.h22 - s.h21 * s.h21;
        double da = -(s.h22 * s.g1 - s.h21 * s.g2) / det;
        double db = -(s.h11 * s.g2 - s.h21 * s.g1) / det;
        double slope = s.g1 * da + s.g2 * db, step = 1, next = now;
        for (; step >= 1e-10; step /= 2) {
            next = loss(x, is, n, with, a + step * da, b + step * db);
            if (next < now + 1e-4 * step * slope)
                break;
        }
        if (step < 1e-10)
            break;
        a += step * da;
        b += step * db;
        now = next;
    }
    /* A label that the margins tell nothing of, or the opposite: no margin makes it likelier. */
    l->slope = (float)fmin(a, 0);
    l->offset = (float)b;
}
