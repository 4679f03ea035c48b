#include "daemon/routes/routes.h"

#include <stdio.h>

#include "daemon/http/pages.h"
#include "daemon/routes/query.h"

enum { SOURCES_BODY = 1024 * 1024, LOGIN_BODY = 4096, SURVEY_BODY = 512,
       EXPLAIN_BODY = 512 * 1024, /* 64 kB of text, each byte escaped */
       SAMPLES_BODY = 8 * 1024 * 1024, /* some thousands of labelled texts */
       CHECK_BODY = 256 * 1024 /* the longest of the shipped topics is 30 kB */ };

/* Most requests bring little or nothing; LONG ones more than that, by their measure. */
#define ROUTE(method, path, handle) {method, path, handle, 0, false}
#define LONG(method, path, handle, body_max) {method, path, handle, body_max, false}
#define FORM(path, handle, body_max) {"POST", path, handle, body_max, true}
#define ACT(verb) ROUTE("POST", "/api/v1/concerns/{id}/" verb, routes_act)

static const struct route routes[] = {
    ROUTE("GET", "/api/v1/status", routes_status),
    ROUTE("GET", "/api/v1/concerns", routes_concerns),
    ROUTE("GET", "/api/v1/concerns/{id}", routes_concern),
    ROUTE("GET", "/api/v1/concerns/{id}/items", routes_concern_items),
    ROUTE("GET", "/api/v1/concerns/{id}/similar", routes_similar),
    ROUTE("GET", "/api/v1/headlines", routes_headlines),
    ACT("accept"),
    ACT("answer"),
    ACT("assess"),
    ACT("dispatch"),
    ACT("progress"),
    ACT("decline"),
    ACT("reassign"),
    ACT("hand-on"),
    ACT("assist"),
    ACT("remind"),
    ACT("extend"),
    ACT("approve"),
    ACT("deny"),
    ACT("return"),
    ACT("dismiss"),
    ACT("hand-out"),
    ACT("close"),
    ACT("reopen"),
    ACT("merge"),
    ACT("split"),
    ACT("move"),
    ACT("draft"),
    ROUTE("GET", "/api/v1/replies/{reply}", routes_reply),
    ROUTE("GET", "/replies/{reply}", routes_reply_page),
    ROUTE("GET", "/survey/{id}", routes_survey),
    FORM("/survey/{id}", routes_survey_answer, SURVEY_BODY),
    ROUTE("GET", "/ledger", routes_ledger),
    ROUTE("GET", "/ledger.atom", routes_ledger_atom),
    ROUTE("GET", "/ledger.csv", routes_ledger_csv),
    ROUTE("GET", "/ledger.json", routes_ledger_json),
    ROUTE("GET", "/ledger/{id}", routes_ledger_concern),
    ROUTE("GET", "/ledger/month/{month}", routes_ledger_month),
    ROUTE("GET", "/ledger/rules", routes_ledger_rules),
    ROUTE("GET", "/ledger/sources", routes_ledger_sources),
    ROUTE("GET", "/reports/{id}", routes_report_concern),
    ROUTE("GET", "/overview", routes_overview),
    ROUTE("GET", "/reports/daily", routes_report_daily),
    ROUTE("GET", "/reports/drill", routes_report_drill),
    ROUTE("GET", "/reports/month/{month}", routes_report_month),
    ROUTE("GET", "/api/v1/mending/{month}", routes_mending),
    ROUTE("GET", "/privacy", routes_privacy),
    ROUTE("GET", "/api/v1/statistics", routes_statistics),
    ROUTE("GET", "/api/v1/asked", routes_asked),
    ROUTE("GET", "/correct/{id}", routes_correct),
    FORM("/correct/{id}", routes_correct_ask, SURVEY_BODY),
    ROUTE("GET", "/api/v1/corrections", routes_corrections),
    ROUTE("POST", "/api/v1/corrections", routes_corrections_decide),
    ROUTE("POST", "/api/v1/register", routes_register),
    ROUTE("GET", "/api/v1/items", routes_search),
    ROUTE("GET", "/api/v1/items/{item}", routes_item),
    ROUTE("GET", "/api/v1/items/{item}/why", routes_item_why),
    ROUTE("PUT", "/api/v1/items/{item}/mark", routes_mark),
    ROUTE("POST", "/api/v1/items/{item}/redact", routes_redact),
    ROUTE("GET", "/api/v1/marks", routes_marks),
    ROUTE("GET", "/api/v1/corpus", routes_corpus),
    ROUTE("GET", "/api/v1/review", routes_review),
    ROUTE("GET", "/api/v1/events", routes_events),
    ROUTE("GET", "/api/v1/sources", routes_sources),
    LONG("POST", "/api/v1/sources", routes_sources_add, SOURCES_BODY),
    LONG("POST", "/api/v1/sources/try", routes_source_try, SOURCES_BODY),
    ROUTE("GET", "/api/v1/sources/{source}", routes_source),
    ROUTE("DELETE", "/api/v1/sources/{source}", routes_source_remove),
    ROUTE("POST", "/api/v1/sources/{source}/pause", routes_source_pause),
    ROUTE("POST", "/api/v1/sources/{source}/resume", routes_source_resume),
    ROUTE("POST", "/api/v1/sources/{source}/poll", routes_source_poll),
    ROUTE("GET", "/api/v1/units", routes_units),
    ROUTE("GET", "/api/v1/keys", routes_keys),
    ROUTE("PUT", "/api/v1/keys/units/{source}", routes_unit_enrol),
    ROUTE("DELETE", "/api/v1/keys/units/{source}", routes_unit_revoke),
    ROUTE("PUT", "/api/v1/keys/dashboards/{source}", routes_dashboard_enrol),
    ROUTE("DELETE", "/api/v1/keys/dashboards/{source}", routes_dashboard_revoke),
    ROUTE("POST", "/api/v1/erase", routes_erase),
    ROUTE("GET", "/api/v1/topics", routes_topics),
    ROUTE("GET", "/api/v1/deadlines", routes_deadlines),
    ROUTE("GET", "/api/v1/rules", routes_rules),
    ROUTE("GET", "/api/v1/rules/block", routes_rules_block),
    ROUTE("GET", "/api/v1/rules/topics/{source}", routes_rules_topic),
    LONG("POST", "/api/v1/rules/check", routes_rules_check, CHECK_BODY),
    ROUTE("GET", "/api/v1/rules/edits", routes_rules_edits),
    LONG("POST", "/api/v1/rules/edits", routes_rules_edit, CHECK_BODY),
    ROUTE("POST", "/api/v1/rules/edits/{source}/restore", routes_rules_restore),
    LONG("POST", "/api/v1/rules/eval", routes_rules_eval, SAMPLES_BODY),
    LONG("POST", "/api/v1/rules/backtest", routes_rules_backtest, CHECK_BODY),
    LONG("POST", "/api/v1/rules/suggest", routes_rules_suggest, SAMPLES_BODY),
    ROUTE("GET", "/api/v1/rules/jobs", routes_rules_jobs),
    ROUTE("GET", "/api/v1/rules/jobs/{source}", routes_rules_job),
    ROUTE("DELETE", "/api/v1/rules/jobs/{source}", routes_rules_job_cancel),
    LONG("POST", "/api/v1/rules/explain", routes_rules_explain, EXPLAIN_BODY),
    ROUTE("POST", "/api/v1/rules/load", routes_rules_load),
    ROUTE("POST", "/api/v1/rules/staged/{source}/approve", routes_rules_approve),
    ROUTE("POST", "/api/v1/rules/staged/{source}/deny", routes_rules_deny),
    ROUTE("GET", "/login", routes_login_page),
    FORM("/login", routes_login_form, LOGIN_BODY),
    FORM("/logout", routes_logout_form, SURVEY_BODY),
    ROUTE("GET", "/api/v1/session", routes_session),
    LONG("POST", "/api/v1/session", routes_login, LOGIN_BODY),
    ROUTE("DELETE", "/api/v1/session", routes_logout),
    ROUTE("GET", "/api/v1/accounts", routes_accounts),
    LONG("POST", "/api/v1/accounts", routes_account_add, LOGIN_BODY),
    ROUTE("DELETE", "/api/v1/accounts/{source}", routes_account_remove),
    LONG("PUT", "/api/v1/accounts/{source}/password", routes_account_password, LOGIN_BODY),
    LONG("POST", "/api/v1/accounts/{source}/tokens", routes_token_add, LOGIN_BODY),
    ROUTE("DELETE", "/api/v1/tokens/{source}", routes_token_remove),
    ROUTE("GET", "/api/v1/audit", routes_audit),
    ROUTE("GET", "/metrics", routes_metrics),
    ROUTE("GET", "/{page}", routes_page),
};

/* What stands in the hole of a pattern, which is of the form BEFORE{NAME}AFTER. */
static bool fill_hole(struct str before, struct str after, struct str url, struct str *out)
{
    if (url.n < before.n + after.n || !str_starts(url, before) ||
        !str_eq((struct str){url.p + url.n - after.n, after.n}, after))
        return false;
    *out = (struct str){url.p + before.n, url.n - before.n - after.n};
    return true;
}

static bool path_fits(const char *pattern, struct str url, uint64_t *concern,
                      char slug[static SLUG_MAX])
{
    const char *hole = strchr(pattern, '{'), *end = hole ? strchr(hole, '}') : NULL;
    struct str in;

    *concern = 0;
    slug[0] = '\0';
    if (!end)
        return str_is(url, pattern);
    struct str name = {hole + 1, (size_t)(end - hole) - 1};
    if (str_is(name, "page"))
        return pages_find(url) >= 0;
    if (!fill_hole((struct str){pattern, (size_t)(hole - pattern)}, str_from(end + 1), url, &in))
        return false;
    if (str_is(name, "id"))
        return (*concern = concern_parse_id(in)) != 0;
    if (!in.n || in.n >= SLUG_MAX)
        return false;
    memcpy(slug, in.p, in.n);
    slug[in.n] = '\0';
    return query_slug(slug);
}

static void allow_also(char allow[static ROUTES_ALLOW], const char *method)
{
    size_t n = strlen(allow);

    snprintf(allow + n, ROUTES_ALLOW - n, "%s%s", n ? ", " : "",
             strcmp(method, "GET") == 0 ? "GET, HEAD" : method);
}

const struct route *routes_at(size_t i)
{
    return i < sizeof routes / sizeof *routes ? &routes[i] : NULL;
}

const struct route *routes_find(const char *url, const char *method, uint64_t *concern,
                                char slug[static SLUG_MAX], char allow[static ROUTES_ALLOW])
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    struct str asked = str_from(url);

    allow[0] = '\0';
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!path_fits(routes[i].path, asked, concern, slug))
            continue;
        if (strcmp(routes[i].method, wanted) == 0)
            return &routes[i];
        allow_also(allow, routes[i].method);
    }
    *concern = 0;
    slug[0] = '\0';
    return NULL;
}
