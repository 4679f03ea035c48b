/* alerts/gate/gate_match.h - finds acts against posts or their posters in a short text. */
#ifndef HUIYING_ALERTS_GATE_MATCH_H
#define HUIYING_ALERTS_GATE_MATCH_H

#include "base/str.h"

/* Valid UTF-8 in; 0, ERR_REFUSED with *reason set to static "zh (en)" text, or ERR_NOMEM. An act
 * counts with its object: 约谈发帖人 is refused, 约谈开发商 passes; so does a text that forbids the
 * act (严禁删帖), tells that it happened (被删帖), or names what the person raised
 * (核实投诉人反映的问题). Any thread. */
int gate_match(struct str text, const char **reason);

#endif
