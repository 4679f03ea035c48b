/* daemon/routes/intake.h - sources as a request brings them: JSON with the keys of huiying.yaml,
 * each checked by itself, so that one that is refused does not keep the others out. */
#ifndef HUIYING_DAEMON_ROUTES_INTAKE_H
#define HUIYING_DAEMON_ROUTES_INTAKE_H

#include "daemon/ledger/ledger.h"

enum { INTAKE_ERRORS = 8 };

/* What is wrong with one member; "zh (en)" text that may quote what the operator sent. */
struct intake_error {
    char field[32]; /* empty: the whole source */
    char *detail;
};

struct intake_entry {
    char id[SLUG_MAX];     /* as sent, cut; "" when it has none */
    struct source *source; /* NULL: refused already */
    const char *code;      /* why: "invalid", "address-refused" (a person's page, a word search) */
    struct intake_error errors[INTAKE_ERRORS];
    size_t nerrors;
};

struct intake {
    bool single; /* one object, not a list */
    size_t count, good;
    struct intake_entry *entries;
    struct source *sources; /* the good ones, borrowing from the entries; for ledger_sources() */
};

/* Read a body: 0 and *out, even when every source in it is refused; ERR_SYNTAX (not JSON, not an
 * object or a list of objects), ERR_LIMIT (an empty list, or over LEDGER_SOURCES_MAX),
 * ERR_NOMEM. */
int intake_read(struct str body, struct intake **out);
/* Harmless on NULL. */
void intake_free(struct intake *in);

#endif
