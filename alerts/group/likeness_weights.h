/* alerts/group/likeness_weights.h - what each piece of evidence is worth. Pure. */
#ifndef HUIYING_ALERTS_LIKENESS_WEIGHTS_H
#define HUIYING_ALERTS_LIKENESS_WEIGHTS_H

#include <stdint.h>

#include "alerts/group/likeness.h"

enum { LIKENESS_ENOUGH = 13 }; /* to be held for one matter: four of five, by the fit alone */

/* Tenths of log-odds that two texts, which no rule keeps apart, are one matter. */
int likeness_points(const int8_t e[static LIKENESS_EVIDENCE]);

#endif
