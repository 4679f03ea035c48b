/* Requests that wait for a password's hash, for a change of access, or for their row of the audit
 * trail. */
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/http/hasher.h"
#include "daemon/http/lockout.h"
#include "daemon/http/pending_state.h"

int pending_trail(struct exchange *x)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_trail(x->side->http->conf.ledger, &p->row, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_share(struct exchange *x, const struct store_shared *row)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_share(x->side->http->conf.ledger, row, 1, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

static void submit_access(struct pending *p)
{
    int err = ledger_access(p->http->conf.ledger, &p->access, pending_finished, p);

    if (err)
        pending_finished(p, err, NULL, 0);
}

static void hashed(void *arg, int err, const char *hash)
{
    struct pending *p = arg;

    if (err) {
        pending_finished(p, err, NULL, 0);
        return;
    }
    snprintf(p->access.account.hash, sizeof p->access.account.hash, "%s", hash);
    submit_access(p);
}

int pending_access(struct exchange *x, const struct batch_access *access, struct str password,
                   const char *target)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    p->access = *access;
    snprintf(p->row.target, sizeof p->row.target, "%s", target);
    if (!password.n)
        submit_access(p);
    else if ((err = hasher_make(x->side->http->hasher, password, hashed, p)))
        pending_finished(p, err, NULL, 0);
    return 0;
}

static void trace_login(struct pending *p, const char *act, ledger_done *done, void *arg)
{
    struct trail_row row = {0};

    memcpy(row.who, p->account.name, sizeof row.who);
    snprintf(row.role, sizeof row.role, "%s", account_role_name(p->account.role));
    snprintf(row.act, sizeof row.act, "%s", act);
    int err = ledger_trail(p->http->conf.ledger, &row, done, arg);
    if (err && done)
        done(arg, err, NULL, 0);
    else if (err)
        log_error("http.trail", "act=%s err=%s", act, err_name(err));
}

static void checked(void *arg, int err, const char *hash)
{
    struct pending *p = arg;
    const char *name = p->account.name;

    (void)hash;
    if (!err)
        trace_login(p, "login", pending_finished, p);
    else if (err == ERR_REFUSED && p->account.hash[0] &&
             lockout_failed(p->http->lockout, name, clock_mono()))
        trace_login(p, "lockout", NULL, NULL);
    if (err)
        pending_finished(p, err, NULL, 0);
}

int pending_login(struct exchange *x, const struct account *a, struct str password)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    p->account = *a;
    err = hasher_check(x->side->http->hasher, password, a->hash, checked, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}
