/* Requests that wait for what the selectors of a source that is not there yet find. */
#include "base/err.h"
#include "daemon/http/pending_state.h"
#include "daemon/http/tryout_view.h"

static void tried(void *arg, int err, const struct tryout_found *found)
{
    struct pending *p = arg;
    struct buf answer = BUF_INIT;

    if (!err)
        tryout_view(&answer, found);
    if (!buf_ok(&answer))
        err = ERR_NOMEM;
    else
        pending_keep(p, buf_str(&answer));
    buf_free(&answer);
    pending_finished(p, err, NULL, 0);
}

int pending_tryout(struct exchange *x, struct str yaml, struct str page)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = conf->tryout ? tryout_ask(conf->tryout, yaml, page, tried, p) : ERR_CLOSED;
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}
