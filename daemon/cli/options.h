/* daemon/cli/options.h - the options of each command; each list is ended as cli.h says. */
#ifndef HUIYING_DAEMON_CLI_OPTIONS_H
#define HUIYING_DAEMON_CLI_OPTIONS_H

#include "daemon/cli/cli.h"

extern const struct cli_option cli_parse_options[], cli_extract_options[], cli_try_options[],
    cli_feeds_list_options[], cli_feeds_export_options[], cli_feeds_show_options[],
    cli_feeds_add_options[], cli_feeds_import_options[], cli_feeds_discover_options[],
    cli_rules_options[], cli_group_options[], cli_heat_options[], cli_term_options[],
    cli_burst_options[], cli_rules_check_options[], cli_eval_options[], cli_backtest_options[],
    cli_explain_options[], cli_suggest_options[], cli_review_options[], cli_learn_options[],
    cli_robots_options[], cli_due_options[], cli_route_options[], cli_listen_options[],
    cli_bridge_options[], cli_concerns_options[], cli_register_options[], cli_erase_options[],
    cli_accept_options[], cli_act_options[], cli_answer_options[], cli_progress_options[],
    cli_draft_options[],
    cli_sign_options[], cli_hand_out_options[], cli_assess_options[], cli_dispatch_options[],
    cli_to_options[], cli_extend_options[], cli_dismiss_options[], cli_merge_options[],
    cli_split_options[], cli_move_options[], cli_search_options[], cli_latest_options[],
    cli_status_options[],
    cli_deny_options[], cli_report_options[], cli_report_month_options[],
    cli_units_import_options[], cli_brief_options[], cli_keygen_options[], cli_store_options[],
    cli_migrate_options[], cli_restore_options[], cli_keys_options[], cli_accounts_add_options[],
    cli_accounts_list_options[], cli_accounts_token_options[], cli_audit_export_options[],
    cli_audit_verify_options[], cli_keys_list_options[],
    cli_drill_record_options[], cli_drill_run_options[], cli_drill_report_options[];

#endif
