/* alerts/command_json.h - a command as a JSON object has it, on the bus and over HTTP: the members
 * of command.h's forms. */
#ifndef HUIYING_ALERTS_COMMAND_JSON_H
#define HUIYING_ALERTS_COMMAND_JSON_H

#include "alerts/command.h"

struct json_t;

enum {
    COMMAND_URL_MAX = 2000,
    COMMAND_NOTE_MAX = 2000 /* bytes, before the gate counts letters */
};

/* Read url, note, units (an array of ids), grade, until (RFC 3339), code, other ("c12") and items
 * (an array of 32 hex digits each) into *out, whose act is set, and check them against its form.
 * Members that the form does not name are an error, others are passed over. Texts are borrowed from
 * object. 0; ERR_INVALID, ERR_SYNTAX or ERR_LIMIT with *reason a static "zh (en)" text. */
int command_json_read(const struct json_t *object, struct command *out, const char **reason);

#endif
