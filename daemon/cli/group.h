/* daemon/cli/group.h - reading one line of `huiying group`. */
#ifndef HUIYING_DAEMON_CLI_GROUP_H
#define HUIYING_DAEMON_CLI_GROUP_H

#include <jansson.h>

#include "classifiers/verdict.h"

/* What classify wrote of an item (id, tags, regions, kind, request), read back into *out from
 * `arena`. 0; ERR_SYNTAX with *problem static text; ERR_NOMEM. The sketch is left alone. */
int group_read_verdict(const json_t *item, struct arena *arena, struct verdict *out,
                       const char **problem);

/* Stands in for the sketch of a classified line that carries no text: equal hits at equal places,
 * two or more apart, are taken for the same text, anything else is like no other item. */
void group_hit_sketch(const json_t *item, uint32_t sketch[static VERDICT_SKETCH]);

#endif
