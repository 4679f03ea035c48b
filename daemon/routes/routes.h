/* daemon/routes/routes.h - which address is answered by whom. */
#ifndef HUIYING_DAEMON_ROUTES_ROUTES_H
#define HUIYING_DAEMON_ROUTES_ROUTES_H

#include "daemon/http/exchange.h"

struct frame;

struct route {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* "{id}" stands for a concern's id, "{source}" for a source's, "{item}"
                           for an item's, "{reply}" for "c12" or "c12-2", "{month}" for
                           "2026-11", "/{page}" for whatever pages_find() knows */
    enum MHD_Result (*handle)(struct exchange *x);
    size_t body_max;    /* bytes that a request may bring; 0: EXCHANGE_BODY_MAX */
    bool form;          /* a page's form, which cannot send a header: it guards itself by a token */
};

enum { ROUTES_ALLOW = 64 };

/* The route of an address: NULL when none; allow then names the methods that the address has, or is
 * empty. *concern receives the number in the path, 0 none; slug the source's or item's id, or
 * empty. */
const struct route *routes_find(const char *url, const char *method, uint64_t *concern,
                                char slug[static SLUG_MAX], char allow[static ROUTES_ALLOW]);

/* The i-th route, NULL past the last. */
const struct route *routes_at(size_t i);

/* routes/accounts.c */
enum MHD_Result routes_accounts(struct exchange *x);
enum MHD_Result routes_account_add(struct exchange *x);
enum MHD_Result routes_account_remove(struct exchange *x);
enum MHD_Result routes_account_password(struct exchange *x);
enum MHD_Result routes_token_add(struct exchange *x);
enum MHD_Result routes_token_remove(struct exchange *x);
/* routes/audit.c */
enum MHD_Result routes_audit(struct exchange *x);
/* routes/session.c */
enum MHD_Result routes_session(struct exchange *x);
enum MHD_Result routes_login(struct exchange *x);
enum MHD_Result routes_logout(struct exchange *x);
/* routes/login_page.c */
enum MHD_Result routes_login_page(struct exchange *x);
enum MHD_Result routes_login_form(struct exchange *x);
enum MHD_Result routes_logout_form(struct exchange *x);
/* routes/status.c */
enum MHD_Result routes_status(struct exchange *x);
/* routes/sources.c */
enum MHD_Result routes_sources(struct exchange *x);
enum MHD_Result routes_source(struct exchange *x);
/* routes/source_commands.c */
enum MHD_Result routes_sources_add(struct exchange *x);
enum MHD_Result routes_source_remove(struct exchange *x);
enum MHD_Result routes_source_pause(struct exchange *x);
enum MHD_Result routes_source_resume(struct exchange *x);
enum MHD_Result routes_source_poll(struct exchange *x);
/* routes/metrics.c */
enum MHD_Result routes_metrics(struct exchange *x);
/* routes/lists.c */
enum MHD_Result routes_units(struct exchange *x);
enum MHD_Result routes_topics(struct exchange *x);
enum MHD_Result routes_deadlines(struct exchange *x);
/* routes/rules.c */
enum MHD_Result routes_rules(struct exchange *x);
enum MHD_Result routes_rules_block(struct exchange *x);
enum MHD_Result routes_rules_load(struct exchange *x);
enum MHD_Result routes_rules_approve(struct exchange *x);
enum MHD_Result routes_rules_deny(struct exchange *x);
/* routes/rules_edit.c */
enum MHD_Result routes_asked(struct exchange *x);
/* What is asked most, as a table of a page, or a line that there is nothing: 0 or ERR_NOMEM. */
int routes_put_asked(struct frame *f);
enum MHD_Result routes_source_try(struct exchange *x);
enum MHD_Result routes_rules_topic(struct exchange *x);
enum MHD_Result routes_rules_check(struct exchange *x);
/* routes/rules_edits.c */
enum MHD_Result routes_rules_edit(struct exchange *x);
enum MHD_Result routes_rules_restore(struct exchange *x);
enum MHD_Result routes_rules_edits(struct exchange *x);
/* routes/rules_jobs.c */
enum MHD_Result routes_rules_eval(struct exchange *x);
enum MHD_Result routes_rules_backtest(struct exchange *x);
enum MHD_Result routes_rules_suggest(struct exchange *x);
enum MHD_Result routes_rules_jobs(struct exchange *x);
enum MHD_Result routes_rules_job(struct exchange *x);
enum MHD_Result routes_rules_job_cancel(struct exchange *x);
/* routes/concern_items.c */
enum MHD_Result routes_concern_items(struct exchange *x);
/* routes/concern_list.c */
enum MHD_Result routes_concerns(struct exchange *x);
/* routes/concerns.c */
enum MHD_Result routes_concern(struct exchange *x);
/* routes/similar.c */
enum MHD_Result routes_similar(struct exchange *x);
/* routes/headlines.c */
enum MHD_Result routes_headlines(struct exchange *x);
/* routes/replies.c */
enum MHD_Result routes_correct(struct exchange *x);
enum MHD_Result routes_correct_ask(struct exchange *x);
enum MHD_Result routes_corrections(struct exchange *x);
enum MHD_Result routes_corrections_decide(struct exchange *x);
enum MHD_Result routes_erase(struct exchange *x);
enum MHD_Result routes_reply(struct exchange *x);
/* "c12", or of a later round "c12-2". */
bool routes_reply_name(struct str text, uint64_t *concern, uint16_t *round);
enum MHD_Result routes_reply_page(struct exchange *x);
/* routes/survey.c */
enum MHD_Result routes_survey(struct exchange *x);
enum MHD_Result routes_survey_answer(struct exchange *x);
/* routes/ledger_list.c */
enum MHD_Result routes_ledger(struct exchange *x);
/* routes/ledger_feeds.c */
enum MHD_Result routes_ledger_atom(struct exchange *x);
enum MHD_Result routes_ledger_csv(struct exchange *x);
enum MHD_Result routes_ledger_json(struct exchange *x);
/* routes/ledger_concern.c */
enum MHD_Result routes_ledger_concern(struct exchange *x);
/* routes/ledger_month.c */
enum MHD_Result routes_ledger_month(struct exchange *x);
/* routes/ledger_pages.c */
enum MHD_Result routes_ledger_rules(struct exchange *x);
enum MHD_Result routes_ledger_sources(struct exchange *x);
enum MHD_Result routes_privacy(struct exchange *x);
/* routes/overview.c */
enum MHD_Result routes_overview(struct exchange *x);
/* routes/report_concern.c */
enum MHD_Result routes_report_concern(struct exchange *x);
/* routes/report_daily.c */
enum MHD_Result routes_report_daily(struct exchange *x);
/* routes/report_month.c */
enum MHD_Result routes_report_month(struct exchange *x);
enum MHD_Result routes_report_drill(struct exchange *x);
enum MHD_Result routes_mending(struct exchange *x);
/* routes/statistics.c */
enum MHD_Result routes_statistics(struct exchange *x);
/* routes/commands.c */
enum MHD_Result routes_act(struct exchange *x);
/* routes/keys.c */
enum MHD_Result routes_keys(struct exchange *x);
enum MHD_Result routes_unit_enrol(struct exchange *x);
enum MHD_Result routes_unit_revoke(struct exchange *x);
enum MHD_Result routes_dashboard_enrol(struct exchange *x);
enum MHD_Result routes_dashboard_revoke(struct exchange *x);
/* routes/items.c */
enum MHD_Result routes_item(struct exchange *x);
enum MHD_Result routes_redact(struct exchange *x);
enum MHD_Result routes_register(struct exchange *x);
/* routes/item_list.c; for routes_search(), when nothing is searched for */
enum MHD_Result routes_item_list(struct exchange *x);

/* routes/search.c */
enum MHD_Result routes_search(struct exchange *x);
/* routes/marks.c */
enum MHD_Result routes_mark(struct exchange *x);
enum MHD_Result routes_marks(struct exchange *x);
/* routes/corpus.c */
enum MHD_Result routes_corpus(struct exchange *x);
/* routes/review.c */
enum MHD_Result routes_review(struct exchange *x);
/* routes/events.c */
enum MHD_Result routes_events(struct exchange *x);
/* routes/explain.c */
enum MHD_Result routes_item_why(struct exchange *x);
enum MHD_Result routes_rules_explain(struct exchange *x);
/* routes/page.c */
enum MHD_Result routes_page(struct exchange *x);

#endif
