/* daemon/config/source_json.h - a source as JSON with the keys that huiying.yaml has for it. */
#ifndef HUIYING_DAEMON_SOURCE_JSON_H
#define HUIYING_DAEMON_SOURCE_JSON_H

#include "feeds/source/source.h"

/* Append one object that the API's POST /api/v1/sources reads back to an equal source; without its
 * headers and proxy unless `secrets`: either may hold a key of the operator's. 0 or ERR_NOMEM. */
int source_json_write(const struct source *s, bool secrets, struct buf *out);

#endif
