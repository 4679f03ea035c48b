#include "daemon/cli/get.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/queue.h"
#include "build-config.h"
#include "daemon/cli/cli.h"
#include "feeds/fetch.h"

enum { WAIT_MS = 120000 };

static int take(const struct source *s, struct fetched *f, struct cli_got *got)
{
    if (f->outcome != FETCH_BODY) {
        cli_error("%s: %s (%s, HTTP %d)", s->url, f->problem ? f->problem : "没有取到 (not got)",
                  fetch_outcome_name(f->outcome), f->status);
        return f->outcome == FETCH_DISALLOWED || f->outcome == FETCH_REFUSED ? EX_NOPERM
                                                                            : EX_UNAVAILABLE;
    }
    got->body = f->body;
    got->mime = f->mime;
    got->url = f->final_url;
    f->body = (struct buf)BUF_INIT;
    f->mime = f->final_url = NULL;
    return 0;
}

static int run(const struct fetch_conf *conf, const struct source *s, struct cli_got *got)
{
    struct roster *roster = roster_new();
    struct queue *out = queue_new(4);
    struct fetch *fetch = NULL;
    struct fetched *f = NULL;
    uint32_t index;
    int err = roster && out ? roster_add(roster, s, &index) : ERR_NOMEM, status = EX_SOFTWARE;

    if (!err && (!(fetch = fetch_new(conf, roster, out)) || fetch_run(fetch)))
        err = ERR_IO;
    if (!err) {
        fetch_soon(fetch, index);
        err = queue_take(out, (void **)&f, 1, WAIT_MS) == 1 ? 0 : ERR_TIMEOUT;
    }
    if (err)
        cli_error("%s: %s", s->url, err_text(err));
    else
        status = take(s, f, got);
    fetch_fetched_free(f);
    fetch_stop(fetch);
    queue_free(out);
    roster_free(roster);
    return status;
}

int cli_get(const struct source *s, const char *url, const char *contact, const char *allow,
            struct cli_got *got)
{
    struct source page = *s;
    const char *const cidrs[] = {allow, NULL};
    struct buf agent = BUF_INIT;
    int status = EX_SOFTWARE;

    *got = (struct cli_got){0};
    page.url = url ? (char *)url : s->url;
    buf_addf(&agent, "huiying/%s (+%s; feeds try)", PACKAGE_VERSION, contact);
    buf_add_char(&agent, '\0');
    struct fetch_conf conf = {.user_agent = agent.data, .allow = cidrs, .max_transfers = 1,
                              .domain_spacing = 1000, .robots = true};
    if (buf_ok(&agent))
        status = run(&conf, &page, got);
    buf_free(&agent);
    return status;
}

void cli_get_clear(struct cli_got *got)
{
    buf_free(&got->body);
    free(got->mime);
    free(got->url);
    *got = (struct cli_got){0};
}
