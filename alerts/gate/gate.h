/* alerts/gate/gate.h - the one gate for every text that a person or unit writes (law 3). */
#ifndef HUIYING_ALERTS_GATE_H
#define HUIYING_ALERTS_GATE_H

#include "base/buf.h"

/* Check and mask `text` (name, reason, note, <= 200 characters) into out: 0; ERR_LIMIT; ERR_SYNTAX
 * (not UTF-8); ERR_REFUSED when it asks for an act against a post or its poster (删帖, 封号, 控评,
 * 约谈发帖人, 落地查人, 稳控 …: the act with its object), *reason then names the rule. */
int gate_text(struct str text, struct buf *out, const char **reason);

/* The same for the text of a reply that the ledger publishes, of at most GATE_REPLY_MAX characters;
 * ERR_INVALID when it says nothing. */
enum { GATE_REPLY_MAX = 2000 };
int gate_reply(struct str text, struct buf *out, const char **reason);

/* A reply's address: http(s), public form, no user part, <= 2000 bytes. 0 or ERR_INVALID. */
int gate_reply_url(struct str url, const char **reason);

#endif
