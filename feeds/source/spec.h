/* feeds/source/spec.h - a board's selectors in YAML: the maps `select` and `detail` of sources and
 * presets. */
#ifndef HUIYING_FEEDS_SPEC_H
#define HUIYING_FEEDS_SPEC_H

#include "base/conf.h"
#include "feeds/formats/parse.h"

/* Schemas of the two maps. No key is required: a preset may give the others. */
extern const struct conf_key spec_select_keys[], spec_detail_keys[];

/* Put the selectors of the maps (either may be NULL) over those in *spec, whose texts are copies
 * for spec_clear(). What does not compile is a problem at its line. 0 or ERR_NOMEM. */
int spec_load(const struct conf_node *select, const struct conf_node *detail,
              struct board_spec *spec, struct problems *problems);
void spec_clear(struct board_spec *spec);
/* Append the maps as YAML, none of what is empty. */
void spec_write(const struct board_spec *spec, struct buf *out);
/* The page of an item is read by selectors of its own. */
bool spec_has_detail(const struct board_spec *spec);

#endif
