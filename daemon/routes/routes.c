#include "daemon/routes/routes.h"

#include <stdio.h>

#include "daemon/http/pages.h"
#include "daemon/routes/query.h"

enum { SOURCES_BODY = 1024 * 1024, LOGIN_BODY = 4096, SURVEY_BODY = 512,
       EXPLAIN_BODY = 512 * 1024, /* 64 kB of text, each byte escaped */
       SAMPLES_BODY = 8 * 1024 * 1024, /* some thousands of labelled texts */
       CHECK_BODY = 256 * 1024 /* the longest of the shipped topics is 30 kB */ };

static const struct route routes[] = {
    {"GET", "/api/v1/status", routes_status, 0, false},
    {"GET", "/api/v1/concerns", routes_concerns, 0, false},
    {"GET", "/api/v1/concerns/{id}", routes_concern, 0, false},
    {"POST", "/api/v1/concerns/{id}/accept", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/answer", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/assess", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/dispatch", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/progress", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/decline", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/reassign", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/hand-on", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/assist", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/remind", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/extend", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/approve", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/deny", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/return", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/dismiss", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/hand-out", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/close", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/reopen", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/merge", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/split", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/move", routes_act, 0, false},
    {"POST", "/api/v1/concerns/{id}/draft", routes_act, 0, false},
    {"GET", "/api/v1/replies/{reply}", routes_reply, 0, false},
    {"GET", "/replies/{reply}", routes_reply_page, 0, false},
    {"GET", "/survey/{id}", routes_survey, 0, false},
    {"POST", "/survey/{id}", routes_survey_answer, SURVEY_BODY, true},
    {"GET", "/ledger", routes_ledger, 0, false},
    {"GET", "/ledger.atom", routes_ledger_atom, 0, false},
    {"GET", "/ledger.csv", routes_ledger_csv, 0, false},
    {"GET", "/ledger.json", routes_ledger_json, 0, false},
    {"GET", "/ledger/{id}", routes_ledger_concern, 0, false},
    {"GET", "/ledger/month/{month}", routes_ledger_month, 0, false},
    {"GET", "/ledger/rules", routes_ledger_rules, 0, false},
    {"GET", "/ledger/sources", routes_ledger_sources, 0, false},
    {"GET", "/reports/{id}", routes_report_concern, 0, false},
    {"GET", "/overview", routes_overview, 0, false},
    {"GET", "/reports/daily", routes_report_daily, 0, false},
    {"GET", "/reports/drill", routes_report_drill, 0, false},
    {"GET", "/reports/month/{month}", routes_report_month, 0, false},
    {"GET", "/api/v1/mending/{month}", routes_mending, 0, false},
    {"GET", "/privacy", routes_privacy, 0, false},
    {"GET", "/api/v1/statistics", routes_statistics, 0, false},
    {"GET", "/api/v1/asked", routes_asked, 0, false},
    {"GET", "/correct/{id}", routes_correct, 0, false},
    {"POST", "/correct/{id}", routes_correct_ask, SURVEY_BODY, true},
    {"GET", "/api/v1/corrections", routes_corrections, 0, false},
    {"POST", "/api/v1/corrections", routes_corrections_decide, 0, false},
    {"POST", "/api/v1/register", routes_register, 0, false},
    {"GET", "/api/v1/items", routes_search, 0, false},
    {"GET", "/api/v1/items/{item}", routes_item, 0, false},
    {"GET", "/api/v1/items/{item}/why", routes_item_why, 0, false},
    {"PUT", "/api/v1/items/{item}/mark", routes_mark, 0, false},
    {"POST", "/api/v1/items/{item}/redact", routes_redact, 0, false},
    {"GET", "/api/v1/marks", routes_marks, 0, false},
    {"GET", "/api/v1/corpus", routes_corpus, 0, false},
    {"GET", "/api/v1/review", routes_review, 0, false},
    {"GET", "/api/v1/events", routes_events, 0, false},
    {"GET", "/api/v1/sources", routes_sources, 0, false},
    {"POST", "/api/v1/sources", routes_sources_add, SOURCES_BODY, false},
    {"POST", "/api/v1/sources/try", routes_source_try, SOURCES_BODY, false},
    {"GET", "/api/v1/sources/{source}", routes_source, 0, false},
    {"DELETE", "/api/v1/sources/{source}", routes_source_remove, 0, false},
    {"POST", "/api/v1/sources/{source}/pause", routes_source_pause, 0, false},
    {"POST", "/api/v1/sources/{source}/resume", routes_source_resume, 0, false},
    {"POST", "/api/v1/sources/{source}/poll", routes_source_poll, 0, false},
    {"GET", "/api/v1/units", routes_units, 0, false},
    {"GET", "/api/v1/keys", routes_keys, 0, false},
    {"PUT", "/api/v1/keys/units/{source}", routes_unit_enrol, 0, false},
    {"DELETE", "/api/v1/keys/units/{source}", routes_unit_revoke, 0, false},
    {"PUT", "/api/v1/keys/dashboards/{source}", routes_dashboard_enrol, 0, false},
    {"DELETE", "/api/v1/keys/dashboards/{source}", routes_dashboard_revoke, 0, false},
    {"POST", "/api/v1/erase", routes_erase, 0, false},
    {"GET", "/api/v1/topics", routes_topics, 0, false},
    {"GET", "/api/v1/rules", routes_rules, 0, false},
    {"GET", "/api/v1/rules/block", routes_rules_block, 0, false},
    {"GET", "/api/v1/rules/topics/{source}", routes_rules_topic, 0, false},
    {"POST", "/api/v1/rules/check", routes_rules_check, CHECK_BODY, false},
    {"POST", "/api/v1/rules/eval", routes_rules_eval, SAMPLES_BODY, false},
    {"POST", "/api/v1/rules/backtest", routes_rules_backtest, CHECK_BODY, false},
    {"POST", "/api/v1/rules/suggest", routes_rules_suggest, SAMPLES_BODY, false},
    {"GET", "/api/v1/rules/jobs", routes_rules_jobs, 0, false},
    {"GET", "/api/v1/rules/jobs/{source}", routes_rules_job, 0, false},
    {"DELETE", "/api/v1/rules/jobs/{source}", routes_rules_job_cancel, 0, false},
    {"POST", "/api/v1/rules/explain", routes_rules_explain, EXPLAIN_BODY, false},
    {"POST", "/api/v1/rules/load", routes_rules_load, 0, false},
    {"POST", "/api/v1/rules/staged/{source}/approve", routes_rules_approve, 0, false},
    {"POST", "/api/v1/rules/staged/{source}/deny", routes_rules_deny, 0, false},
    {"GET", "/login", routes_login_page, 0, false},
    {"POST", "/login", routes_login_form, LOGIN_BODY, true},
    {"POST", "/logout", routes_logout_form, SURVEY_BODY, true},
    {"GET", "/api/v1/session", routes_session, 0, false},
    {"POST", "/api/v1/session", routes_login, LOGIN_BODY, false},
    {"DELETE", "/api/v1/session", routes_logout, 0, false},
    {"GET", "/api/v1/accounts", routes_accounts, 0, false},
    {"POST", "/api/v1/accounts", routes_account_add, LOGIN_BODY, false},
    {"DELETE", "/api/v1/accounts/{source}", routes_account_remove, 0, false},
    {"PUT", "/api/v1/accounts/{source}/password", routes_account_password, LOGIN_BODY, false},
    {"POST", "/api/v1/accounts/{source}/tokens", routes_token_add, LOGIN_BODY, false},
    {"DELETE", "/api/v1/tokens/{source}", routes_token_remove, 0, false},
    {"GET", "/api/v1/audit", routes_audit, 0, false},
    {"GET", "/metrics", routes_metrics, 0, false},
    {"GET", "/{page}", routes_page, 0, false},
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
