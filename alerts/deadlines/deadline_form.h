/* alerts/deadlines/deadline_form.h - between the two files that read deadlines.yaml. */
#ifndef HUIYING_ALERTS_DEADLINE_FORM_H
#define HUIYING_ALERTS_DEADLINE_FORM_H

#include "alerts/deadlines/deadline.h"
#include "base/conf.h"

extern const struct conf_key deadline_choice_element; /* form of a row of `choose` */
extern const char *const deadline_grades[];           /* NULL-ended */

/* Read the rows of `choose` (NULL: none) against the rules that are read already. 0 or ERR_NOMEM.
 */
int deadline_read_choices(struct deadlines *d, const struct conf_node *list,
                          struct problems *problems);

/* deadline_reopen.c: the form of `reopen`, and what it says; without it (NULL) what is usual. */
extern const struct conf_key deadline_reopen_keys[];
void deadline_read_reopen(struct deadline_reopen *r, const struct conf_node *node,
                          struct problems *problems);

#endif
