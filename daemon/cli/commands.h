/* daemon/cli/commands.h - what each command's file offers to the table. */
#ifndef HUIYING_DAEMON_CLI_COMMANDS_H
#define HUIYING_DAEMON_CLI_COMMANDS_H

#include "daemon/cli/cli.h"

int commands_parse(const struct cli_args *args);       /* texts.c */
int commands_classify(const struct cli_args *args);
int commands_extract(const struct cli_args *args);     /* pages.c */
int commands_feeds_try(const struct cli_args *args);
int commands_robots(const struct cli_args *args);      /* robots.c */
int commands_rules_backtest(const struct cli_args *args); /* rules_backtest.c */
int commands_rules_check(const struct cli_args *args); /* rules.c */
int commands_rules_test(const struct cli_args *args);
int commands_rules_explain(const struct cli_args *args); /* rules_explain.c */
int commands_rules_load(const struct cli_args *args);
int commands_rules_approve(const struct cli_args *args); /* rules_approve.c */
int commands_rules_deny(const struct cli_args *args);
int commands_rules_edits(const struct cli_args *args);
int commands_rules_topic(const struct cli_args *args);
int commands_rules_restore(const struct cli_args *args);
int commands_rules_status(const struct cli_args *args);
int commands_rules_term(const struct cli_args *args);
int commands_rules_eval(const struct cli_args *args);  /* rules_eval.c */
int commands_rules_learn(const struct cli_args *args); /* rules_learn.c */
int commands_rules_review(const struct cli_args *args); /* rules_review.c */
int commands_rules_suggest(const struct cli_args *args); /* rules_suggest.c */
int commands_complete(const struct cli_args *args);    /* complete.c */
int commands_drill_record(const struct cli_args *args); /* drill_record.c */
int commands_drill_run(const struct cli_args *args);   /* drill_run.c */
int commands_drill_update(const struct cli_args *args);   /* drill_update.c */
int commands_drill_report(const struct cli_args *args); /* report.c */
int commands_due(const struct cli_args *args);         /* due.c */
int commands_route_explain(const struct cli_args *args); /* route.c */
int commands_group(const struct cli_args *args);       /* group.c */
int commands_burst(const struct cli_args *args);       /* burst.c */
int commands_heat(const struct cli_args *args);        /* concerns.c */
int commands_listen(const struct cli_args *args);      /* listen.c */
int commands_bridge(const struct cli_args *args);      /* bridge.c */
int commands_concerns(const struct cli_args *args);    /* concerns.c */
int commands_concerns_show(const struct cli_args *args); /* concern.c */
int commands_act(const struct cli_args *args);         /* steps.c */
int commands_feeds_list(const struct cli_args *args);  /* feeds_list.c */
int commands_feeds_show(const struct cli_args *args);
int commands_feeds_add(const struct cli_args *args);   /* feeds_change.c */
int commands_feeds_remove(const struct cli_args *args);
int commands_feeds_pause(const struct cli_args *args);
int commands_feeds_resume(const struct cli_args *args);
int commands_feeds_poll(const struct cli_args *args);
int commands_feeds_import(const struct cli_args *args); /* feeds_opml.c */
int commands_feeds_export(const struct cli_args *args);
int commands_feeds_discover(const struct cli_args *args); /* feeds_discover.c */
int commands_report(const struct cli_args *args);        /* report.c */
int commands_report_month(const struct cli_args *args);
int commands_brief(const struct cli_args *args);
int commands_mark(const struct cli_args *args);         /* mark.c */
int commands_items_list(const struct cli_args *args);
int commands_register(const struct cli_args *args);
int commands_items_redact(const struct cli_args *args);
int commands_erase(const struct cli_args *args);
int commands_corrections_list(const struct cli_args *args);
int commands_corrections_decide(const struct cli_args *args);
int commands_items_search(const struct cli_args *args); /* search.c */
int commands_items_latest(const struct cli_args *args); /* the same */
int commands_status(const struct cli_args *args);      /* status.c */
int commands_top(const struct cli_args *args);         /* top.c */
int commands_store_check(const struct cli_args *args);  /* store.c */
int commands_store_migrate(const struct cli_args *args); /* migrate.c */
/* Of a store in Redis, for store check, backup and restore: the exit status. */
int migrate_check(const char *address, bool json);
int migrate_fail(const char *address, int err); /* tells why */
int migrate_backup(const char *address, const char *file, bool json);
int migrate_restore(const char *file, const char *address, bool replace, bool json);
int commands_store_backup(const struct cli_args *args);
int commands_store_restore(const struct cli_args *args);
int commands_units_import(const struct cli_args *args); /* units_import.c */
int commands_units_keygen(const struct cli_args *args); /* units.c */
int commands_units_enrol(const struct cli_args *args); /* keys.c */
int commands_units_revoke(const struct cli_args *args);
int commands_keys_enrol(const struct cli_args *args);
int commands_keys_revoke(const struct cli_args *args);
int commands_keys_list(const struct cli_args *args);
int commands_accounts_add(const struct cli_args *args); /* accounts.c */
int commands_accounts_list(const struct cli_args *args);
int commands_accounts_passwd(const struct cli_args *args);
int commands_accounts_remove(const struct cli_args *args);
int commands_accounts_token(const struct cli_args *args);
int commands_accounts_revoke(const struct cli_args *args);
int commands_audit_export(const struct cli_args *args); /* audit.c */
int commands_audit_verify(const struct cli_args *args);

#endif
