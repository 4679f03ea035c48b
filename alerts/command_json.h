/* alerts/command_json.h - a command as a JSON object has it, on the bus and over HTTP: the members
 * of command.h's forms. */
#ifndef HUIYING_ALERTS_COMMAND_JSON_H
#define HUIYING_ALERTS_COMMAND_JSON_H

#include "alerts/command.h"
#include "base/buf.h"

struct json_t;

enum {
    COMMAND_URL_MAX = 2000,
    COMMAND_NOTE_MAX = 2000, /* bytes, before the gate counts letters */
    COMMAND_TEXT_MAX = 8000  /* the same of a reply */
};

/* Read url, note, units (an array of ids), grade, until (RFC 3339), code, other ("c12"), text,
 * draft (a number) and items (an array of 32 hex digits each) into *out, whose act is set, and
 * check them against its form. Members that the form does not name are an error. Others are passed
 * over, or, when `envelope` is given (names, NULL-ended), must be among those. Texts are borrowed
 * from object. 0; ERR_INVALID, ERR_SYNTAX or ERR_LIMIT with *reason a static "zh (en)" text. */
int command_json_read(const struct json_t *object, const char *const *envelope,
                      struct command *out, const char **reason);
/* Append what the form takes, `extra` (NULL: nothing more) among it: {"url","note"?,"unit"?}. */
void command_json_expected(enum command_act act, const char *extra, struct buf *out);

#endif
