/* daemon/http/pending.h - requests that sleep until the ledger has done their command. */
#ifndef HUIYING_DAEMON_HTTP_PENDING_H
#define HUIYING_DAEMON_HTTP_PENDING_H

#include "daemon/http/exchange.h"

enum { PENDING_REASON = 320 };

struct pending_outcome {
    bool done;
    int status; /* 0 or ERR_*: ERR_CLOSED while it is not done */
    uint64_t seq;
    char reason[PENDING_REASON]; /* "zh (en)"; empty: none */
};

/* Suspend the exchange's connection and hand the command to the ledger; the connection is resumed
 * when it is done. 0, or ERR_* with nothing suspended. MHD thread. */
int pending_submit(struct exchange *x, const struct command *command);
/* The same for ledger_sources(); its outcome is remembered under `once->key` (repeats_begin()
 * said that it is new), unless that is NULL. */
int pending_sources(struct exchange *x, enum ledger_source_act act, const struct source *sources,
                    size_t count, const struct ledger_once *once);
/* The same for a mark of an item. */
int pending_mark(struct exchange *x, const struct store_mark *mark);
/* The same for what somebody says of a reply. */
int pending_survey(struct exchange *x, uint64_t concern, uint16_t round, bool solved);
/* The same for taking out an item's words. */
int pending_redact(struct exchange *x, const unsigned char ident[STORE_IDENT]);
/* The same for ledger_erase(); `target` stands in the audit trail. */
int pending_erase(struct exchange *x, const struct batch_erasure *what, const char *target);
/* The same for ledger_correct(). */
int pending_correct(struct exchange *x, const struct batch_correction *what);
/* The same for ledger_register(). */
int pending_register(struct exchange *x, struct str url, const struct desk_page *page);
/* The same for reload_ask(); pending_answer() has what became of it. */
int pending_rules(struct exchange *x, const struct reload_order *order);
/* The same for a check of a topic's text in the place of that topic's (empty: of a new one). */
int pending_rules_check(struct exchange *x, struct str topic, struct str text);
/* The same for tryout_ask(); pending_answer() has what was found. */
int pending_tryout(struct exchange *x, struct str yaml, struct str page);
/* The same for a row of the audit trail that this request leaves before it is done. */
int pending_trail(struct exchange *x);
/* The same for ledger_share(). */
int pending_share(struct exchange *x, const struct store_shared *row);
/* The same for a change of access. With a password the hasher makes its hash first, for the
 * account. `target` stands in the audit trail. */
int pending_access(struct exchange *x, const struct batch_access *access, struct str password,
                   const char *target);
/* The same for a log-in: the password is checked against the hash of `a` (empty: there is no such
 * account, which is not told), then its row is in the audit trail; ERR_REFUSED: not logged in. */
int pending_login(struct exchange *x, const struct account *a, struct str password);
/* What is asked for from here on leaves its rows in the audit trail of this ledger. */
void pending_sign(struct ledger *l);

/* The members of a JSON object; empty: none. Borrowed until pending_leave(). MHD thread. */
struct str pending_answer(struct pending *p);
/* Answer the request whose command is over with what pending_answer() gives, or with its error. */
enum MHD_Result pending_reply(struct exchange *x);
/* Remember a text that pending_answer() gives; before it is done. */
void pending_keep(struct pending *p, struct str text);
/* The token that was asked for. Borrowed as above. MHD thread. */
const struct account_token *pending_token(const struct pending *p);
/* What became of each source, in order; NULL when the command was not done. Borrowed until
 * pending_leave(). MHD thread. */
const int *pending_each(struct pending *p, size_t *count);
/* The outcome so far. MHD thread. */
void pending_outcome(struct pending *p, struct pending_outcome *out);
/* The request is over, done or not. Harmless on NULL. MHD thread. */
void pending_leave(struct pending *p);
/* Wake every request of h with ERR_CLOSED; h->stopping must be set before. */
void pending_abandon(struct http *h);

#endif
