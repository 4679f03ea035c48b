/* daemon/workbench/explain_json.h - an explanation (classifiers/workbench/explain.h) as JSON, for
 * the command and the API. */
#ifndef HUIYING_DAEMON_EXPLAIN_JSON_H
#define HUIYING_DAEMON_EXPLAIN_JSON_H

#include "classifiers/workbench/explain.h"

/* One JSON object and a line's end; `id` is the item's own, or empty. */
void explain_json_write(struct buf *out, struct str id, const struct explanation *e,
                        const struct rules *rules);

/* The cue that the kind, or the request, was taken from. */
const struct explain_set *explain_json_kind_cue(const struct explanation *e);
const struct explain_set *explain_json_request_cue(const struct explanation *e);

enum { EXPLAIN_JSON_DECIDED = 3 };
/* What in the text weighs most for a cue, heaviest first, each once: how many. */
size_t explain_json_decided(const struct explain_set *s,
                            const struct explain_hit *by[EXPLAIN_JSON_DECIDED]);

#endif
