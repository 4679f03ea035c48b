/* daemon/cli/criteria.h - what a concern meets of the criteria of a grade, for people. */
#ifndef HUIYING_DAEMON_CLI_CRITERIA_H
#define HUIYING_DAEMON_CLI_CRITERIA_H

#include <jansson.h>

/* Of the grade that waits for 研判, or that it decided on, in lines on standard output: the measures
 * of heat, and the criteria by their numbers, with what was ticked of them. Nothing of a concern
 * that is closed, or that no 研判 is asked of. `concern` as /api/v1/concerns/ID has it. */
void criteria_print(const json_t *concern);

#endif
