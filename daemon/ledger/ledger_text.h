/* daemon/ledger/ledger_text.h - inside of ledger_text.c: the kinds of messages that are handed
 * on. */
#ifndef HUIYING_DAEMON_LEDGER_TEXT_H
#define HUIYING_DAEMON_LEDGER_TEXT_H

#include <jansson.h>

#include "daemon/ledger/ledger_state.h"

struct ledger_text_kind {
    const char *name; /* NULL: the table ends */
    enum message_kind kind;
    void (*write)(json_t *o, const struct message *m);
    int (*read)(const json_t *o, struct message **m); /* 0, ERR_CORRUPT, ERR_NOMEM */
};

/* What is no act on a concern or account. */
extern const struct ledger_text_kind ledger_text_town[];

/* ledger_share.c */
void ledger_share_write(json_t *o, const struct message *m);
int ledger_share_read(const json_t *o, struct message **m);
void ledger_share_write_load(json_t *o, const struct message *m);
int ledger_share_read_load(const json_t *o, struct message **m);

#endif
