#include "daemon/cli/get.h"

#include "base/err.h"
#include "build-config.h"
#include "daemon/cli/cli.h"

static int run(const struct fetch_conf *conf, const struct source *s, const char *url,
               struct page_got *got)
{
    struct page_refusal why = {0};
    struct queue *out = queue_new(4);
    int err = out ? page_get(conf, s, url, out, got, &why) : ERR_NOMEM;

    queue_free(out);
    if (err == ERR_REFUSED)
        cli_error("%s: %s (%s, HTTP %d)", url ? url : s->url,
                  why.problem ? why.problem : "没有取到 (not got)",
                  fetch_outcome_name(why.outcome), why.status);
    else if (err)
        cli_error("%s: %s", url ? url : s->url, err_text(err));
    bool forbidden = why.outcome == FETCH_DISALLOWED || why.outcome == FETCH_REFUSED;
    return !err                 ? 0
           : err != ERR_REFUSED ? EX_SOFTWARE
           : forbidden          ? EX_NOPERM
                                : EX_UNAVAILABLE;
}

int cli_get(const struct source *s, const char *url, const char *contact, const char *allow,
            struct page_got *got)
{
    const char *const cidrs[] = {allow, NULL};
    struct buf agent = BUF_INIT;
    int status = EX_SOFTWARE;

    *got = (struct page_got){0};
    buf_addf(&agent, "huiying/%s (+%s; feeds try)", PACKAGE_VERSION, contact);
    buf_add_char(&agent, '\0');
    struct fetch_conf conf = {.user_agent = agent.data, .allow = cidrs, .max_transfers = 1,
                              .domain_spacing = 1000, .robots = true};
    if (buf_ok(&agent))
        status = run(&conf, s, url, got);
    buf_free(&agent);
    return status;
}
