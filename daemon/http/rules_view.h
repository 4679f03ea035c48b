/* daemon/http/rules_view.h - the JSON forms of rules: those in force, and loads of others. */
#ifndef HUIYING_DAEMON_HTTP_RULES_VIEW_H
#define HUIYING_DAEMON_HTTP_RULES_VIEW_H

#include "base/buf.h"
#include "daemon/reload/reload.h"

/* The members of what a load says, without braces: version, topics, previous, changed, seq, and
 * problems when there are some. */
void rules_view_outcome(struct buf *b, const struct reload_outcome *outcome);
/* What a check found, as one object: version (of the whole with the text; null: it has problems),
 * in_force, changed, examples, problems and warnings, whose file is null when it is the text. */
void rules_view_checked(struct buf *b, const struct reload_checked *checked);
/* The rules in force, those that wait for a second person or were denied, and the last load when it
 * was refused: members, without braces. `whole`: with folders and problems, which are for the
 * operators of this machine; else their count alone. `staff`: with who loaded and why it was
 * denied. */
void rules_view_status(struct buf *b, struct rulebook *book, bool whole, bool staff);

#endif
