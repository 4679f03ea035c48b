/* feeds/source/preset.h - selectors for the common board engines, shipped as
 * rules/boards/NAME.yaml. */
#ifndef HUIYING_FEEDS_PRESET_H
#define HUIYING_FEEDS_PRESET_H

#include "base/conf.h"
#include "feeds/formats/parse.h"

/* The folder of presets; the text is copied. Once, before threads. */
void preset_set_folder(const char *dir);

/* Read the preset that the node names into *spec, which is empty: 0 with problems noted when there
 * is no such preset or it is wrong; ERR_NOMEM. The texts are copies for spec_clear(). */
int preset_load(const struct conf_node *name, struct board_spec *spec, struct problems *problems);

#endif
