#include "daemon/http/http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/http/access.h"
#include "daemon/http/exchange.h"
#include "daemon/http/hasher.h"
#include "daemon/http/kept.h"
#include "daemon/http/lockout.h"
#include "daemon/http/metrics.h"
#include "daemon/http/pages.h"
#include "daemon/http/patience.h"
#include "daemon/http/pending.h"
#include "daemon/http/socket.h"
#include "daemon/http/stream.h"
#include "store/cluster.h"

enum {
    HTTP_CONNECTIONS = STREAMS_MAX + 200, /* of a side: streams leave room for requests */
    HTTP_IDLE_S = 30,       /* longer than a stream's heartbeat */
    HTTP_MEMORY = 32 * 1024 /* headers and buffers of one connection */
};

/* Takes fd. The daemon's one thread runs every handler and stream of this side. */
static int start_side(struct http *h, struct http_side *side, int fd)
{
    side->http = h;
    int err = store_reader(h->conf.writer, &side->reader);
    if (err)
        goto fail;
    side->kept = kept_new();
    err = side->kept ? 0 : ERR_NOMEM;
    if (err)
        goto fail;
    side->mhd = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, exchange_handle,
        side, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, patience_notify,
        h->patience, MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, side,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    err = side->mhd ? 0 : ERR_IO;
    if (err)
        goto fail;
    return 0;
fail:
    close(fd);
    return err;
}

/* Both are bound before either is served: whoever asks may be told the other's port. */
static int listen_both(struct http *h)
{
    const struct config *config = h->conf.config;
    int tcp = socket_listen_tcp(config->http, &h->tcp.port);
    int err = tcp < 0 ? tcp : 0;

    if (err) {
        log_error("http.listen", "address=%s err=%s", config->http, err_name(err));
        return err;
    }
    h->local.commands = true;
    int local = socket_listen_unix(config->socket_path);
    err = local < 0 ? local : start_side(h, &h->local, local);
    if (err) {
        log_error("http.listen", "socket=\"%s\" err=%s", config->socket_path, err_name(err));
        close(tcp);
        return err;
    }
    err = start_side(h, &h->tcp, tcp);
    if (err)
        log_error("http.listen", "address=%s err=%s", config->http, err_name(err));
    return err;
}

struct http *http_start(const struct http_conf *conf)
{
    const char *missing = access_missing();
    struct http *h = missing ? NULL : calloc(1, sizeof *h);

    if (missing) /* a route that nobody thought of is served to nobody */
        log_error("http.access", "path=%s", missing);
    if (!h)
        return NULL;
    h->conf = *conf;
    atomic_init(&h->stopping, false);
    atomic_init(&h->accounts, false);
    h->pages = pages_load(conf->config->dashboard_dir, conf->config->chart_js);
    h->streams = h->pages ? streams_start(conf->shown) : NULL;
    h->metrics = metrics_new(store_head(conf->writer));
    const struct cluster_conf among = {conf->config->store, conf->config->node,
                                       conf->config->public_url, conf->config->lease};
    h->sessions = sessions_new(conf->node ? &among : NULL);
    h->lockout = lockout_new();
    h->hasher = hasher_start();
    h->patience = patience_start();
    pending_sign(conf->ledger);
    if (!h->streams || !h->metrics || !h->sessions || !h->lockout || !h->hasher ||
        !h->patience || listen_both(h)) {
        http_stop(h);
        return NULL;
    }
    log_info("http.listening", "address=%s port=%u socket=\"%s\"", conf->config->http,
             (unsigned)h->tcp.port, conf->config->socket_path);
    return h;
}

uint16_t http_port(const struct http *h)
{
    return h->tcp.port;
}

void http_committed(struct http *h, uint64_t head)
{
    streams_committed(h->streams, head);
}

static void stop_side(struct http_side *side)
{
    if (side->mhd)
        MHD_stop_daemon(side->mhd);
    kept_free(side->kept);
    store_close(side->reader);
}

void http_stop(struct http *h)
{
    if (!h)
        return;
    /* Sleeping connections must be awake before their daemon stops: libmicrohttpd aborts if not. */
    atomic_store(&h->stopping, true);
    if (h->streams)
        streams_end(h->streams);
    pending_abandon(h);
    bool bound = h->local.mhd != NULL;
    stop_side(&h->local);
    stop_side(&h->tcp);
    if (bound)
        unlink(h->conf.config->socket_path);
    hasher_stop(h->hasher);
    patience_stop(h->patience);
    lockout_free(h->lockout);
    sessions_free(h->sessions);
    streams_free(h->streams);
    metrics_free(h->metrics);
    pages_free(h->pages);
    free(h);
}
