/* The options of each command, in the order of the table in commands.c. */
#include "daemon/cli/options.h"

#define RULES_OPTION {"rules", "DIR", "规则目录 (rules folder; default: the shipped one)"}
#define JSON_OPTION {"json", NULL, "输出 JSON (machine-readable output)"}
#define UNIT_OPTION(help) {"unit", "UNIT", help}

const struct cli_option cli_parse_options[] = {
    {"url", "URL", "信源网址，相对链接以此为准 (address fetched; base of relative links)"},
    {"type", "MIME", "收到的内容类型 (Content-Type as received)"},
    {0},
};
const struct cli_option cli_extract_options[] = {
    {"url", "URL", "网页的网址，相对链接以此为准 (address fetched; base of relative links)"},
    {"type", "MIME", "收到的内容类型 (Content-Type as received)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_try_options[] = {
    {"page", "PAGE", "列表页的文件；没有时去取 (a saved list page; without it, it is fetched)"},
    {"detail", "PAGE", "内容页的文件 (a saved page of one item)"},
    {"contact", "TEXT", "邮箱或网址，写进 User-Agent (told to the source when fetching)"},
    {"allow", "CIDR", "内网地址段 (private addresses that may be fetched)"},
    JSON_OPTION,
    {0},
};
#define FEED_FILTERS                                                                               \
    {"state", "STATE",                                                                             \
     "active、failing、silent、quarantined、paused 或 retired (only those in this state)"},       \
        {"kind", "KIND", "news、board 或 official (only this kind)"},                             \
        {"id", "PREFIX", "编号以此开头的 (whose ids begin so)"},                                  \
        {"category", "NAME", "此分类及其下级 (this category and those below)"}
#define FEED_SETTINGS                                                                              \
    {"kind", "KIND", "news、board 或 official；默认 news (default: news)"},                       \
        {"interval", "TIME", "抓取间隔，如 10m (time between polls, such as 10m)"},               \
        {"region", "CODE", "所在地区划代码 (division code of its place)"},                        \
        {"category", "NAME", "分类，上下级以 / 分开 (category; / parts its levels)"},             \
        {"full-text", NULL, "读每条的网页取全文 (read each item's page)"}

const struct cli_option cli_feeds_list_options[] = {FEED_FILTERS, JSON_OPTION, {0}};
const struct cli_option cli_feeds_export_options[] = {FEED_FILTERS, {0}};
const struct cli_option cli_feeds_show_options[] = {JSON_OPTION, {0}};
const struct cli_option cli_feeds_add_options[] = {
    {"id", "ID", "编号；默认由网址得出 (default: made from the address)"},
    {"name", "NAME", "名称；默认为主机名 (default: the host)"},
    FEED_SETTINGS,
    JSON_OPTION,
    {0},
};
const struct cli_option cli_feeds_import_options[] = {
    FEED_SETTINGS,
    {"dry-run", NULL, "只显示将添加什么，不添加 (show what would be added, add nothing)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_feeds_discover_options[] = {
    {"url", "URL", "FILE 的网址 (the address that FILE was fetched from)"},
    {"contact", "TEXT", "邮箱或网址，写进 User-Agent (told to the site when fetching)"},
    {"allow", "CIDR", "内网地址段 (private addresses that may be fetched)"},
    {"add", NULL, "添加找到的信源 (add what is found)"},
    FEED_SETTINGS,
    JSON_OPTION,
    {0},
};
const struct cli_option cli_rules_options[] = {RULES_OPTION, {0}};
const struct cli_option cli_group_options[] = {
    RULES_OPTION,
    {"why", NULL, "写出归并依据 (say why an item joined)"},
    {0},
};
const struct cli_option cli_heat_options[] = {JSON_OPTION, {0}};
const struct cli_option cli_term_options[] = {RULES_OPTION, {0}};
const struct cli_option cli_burst_options[] = {
    {"rules", "DIR", "日历所在的规则目录 (rules folder, for its calendars; default: the shipped one)"},
    {"step", "TIME", "统计步长，1h 至 1d，默认 1h (length of a step, an hour to a day; default: 1h)"},
    {0},
};
const struct cli_option cli_rules_check_options[] = {
    {"config", "FILE", "huiying.yaml：并按其单位和时限检查 (check against its units and deadlines too)"},
    {"corpus", "FILE", "条目（JSON Lines）：找出太常见的词 (items in which to look for too common terms)"},
    {"items", NULL, "在运行中的服务存有的条目里找 (look for them in what the running daemon has stored)"},
    {"share", "PERCENT", "多常见算太常见，默认 2 (of how many of them; default 2)"},
    {"strict", NULL, "有提醒也算失败 (warnings fail too)"},
    {0},
};
#define EDIT_OPTION                                                                                \
    {"edit", "FILE", "用此文件代替该事项在规则里的文件 (a text in the place of that topic's file)"}
#define STATUS_OPTION                                                                              \
    {"status-fd", "FD", "进度逐行写到此描述符 (write progress to this descriptor, line by line)"}
#define MAP_OPTION {"map", "FILE", "事项对应哪些标签 (which labels topics stand for; YAML)"}
#define MARKS_OPTIONS                                                                              \
    {"marks", NULL, "也用操作员的评定，取自服务 (also what operators said, from the daemon)"},          \
        {"since", "TIME", "只用此后的评定：30d 或 RFC 3339 时间 (marks since then)"}
const struct cli_option cli_eval_options[] = {
    MARKS_OPTIONS,
    MAP_OPTION,
    RULES_OPTION,
    {"topic", "TOPIC", "--edit 代替的事项；不写则为新事项 (whose file --edit replaces; none: one more)"},
    EDIT_OPTION,
    STATUS_OPTION,
    JSON_OPTION,
    {0},
};
#define SINCE_OPTION {"since", "TIME", "只看此后收到的：30d、12h 或 RFC 3339 时间 (found since then)"}
const struct cli_option cli_backtest_options[] = {
    SINCE_OPTION,
    {"rules", "DIR", "要试的规则；默认为在用规则的目录 (the rules to try; default: the folder of those "
                     "in force, as it is now)"},
    {"topic", "TOPIC", "--edit 代替的事项；不写则为新事项 (whose file --edit replaces; none: one more)"},
    EDIT_OPTION,
    STATUS_OPTION,
    JSON_OPTION,
    {0},
};
const struct cli_option cli_explain_options[] = {
    {"text", NULL, "输入是纯文本，不是 JSON (the input is plain text, not JSON)"},
    {"all", NULL, "也细说毫无证据的事项 (also topics that nothing speaks for)"},
    RULES_OPTION,
    JSON_OPTION,
    {0},
};
const struct cli_option cli_suggest_options[] = {
    {"topic", "TOPIC", "为此事项建议 (suggest for this topic)"},
    MARKS_OPTIONS,
    MAP_OPTION,
    RULES_OPTION,
    EDIT_OPTION,
    STATUS_OPTION,
    {"apply", NULL, "把有增益的词写进事项文件 (write the terms that gain into the topic's file)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_review_options[] = {
    {"limit", "N", "最多几条；默认 20 (at most so many; default: 20)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_learn_options[] = {
    MARKS_OPTIONS,
    MAP_OPTION,
    RULES_OPTION,
    {"out", "FILE", "模型写到此文件 (write the model to this file)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_robots_options[] = {
    {"agent", "NAME", "抓取程序名 (product token of the crawler)"},
    {0},
};
const struct cli_option cli_due_options[] = {
    {"rule", "ID", "时限规则编号 (deadline rule)"},
    {"from", "RFC3339", "起算时间 (when it starts)"},
    {"list", NULL, "列出时限规则与依据 (list the rules and their basis)"},
    JSON_OPTION,
    RULES_OPTION,
    {0},
};
const struct cli_option cli_route_options[] = {
    {"topic", "TOPIC", "事项 (topic)"},
    {"region", "CODE", "区划代码，默认本地 (division code; default: the town's)"},
    {"grade", "GRADE", "ordinary、larger、major 或 grave，默认事项的 (default: the topic's)"},
    {"request", "REQUEST",
     "enquiry、help、suggestion、complaint 或 report，默认 help (kind of request)"},
    {"source-kind", "KIND", "news、board 或 official，默认 board (kind of source)"},
    {"from", "RFC3339", "发现时间，默认现在 (when it is found; default: now)"},
    {"config", "FILE", "默认 /etc/huiying/huiying.yaml，没有时示范的，不问守护进程 (default: that, else the "
                       "example town's; no daemon is asked)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_listen_options[] = {
    UNIT_OPTION("以单位的密钥接收 (receive over the bus with the unit's key)"),
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"since", "SEQ", "从此序号之后开始；用 --unit 时为单位序号 (after this seq; a unitseq with "
                     "--unit)"},
    {"receiver", "NAME", "接收台名称 (name of this receiving desk; default: cli)"},
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {"endpoint", "ENDPOINT,...", "总线地址；多台的逐个试 (of the bus; those of several machines are "
                                 "tried in turn)"},
    {"once", "N", "收到 N 条后退出 (exit after N events)"},
    {"exec", "PROGRAM", "每条事件运行一次，退出码为 0 才算收到 (run for each event; received once it "
                        "leaves with 0)"},
    {"shell", NULL, "PROGRAM 是一行 sh 命令 (PROGRAM is a line for sh)"},
    {"limit", "SECONDS", "PROGRAM 的时限；默认 60 (time that PROGRAM may take; default: 60)"},
    {"drill", NULL, "只收演练的事件 (receive a drill's events, and no others)"},
    {0},
};
const struct cli_option cli_bridge_options[] = {
    {"check", NULL, "只检查 FILE (check FILE and leave)"},
    {"drill", NULL, "只转演练的警讯 (hand on a drill's alerts, and no others)"},
    {0},
};
const struct cli_option cli_concerns_options[] = {
    {"state", "STATE",
     "open（未办结）、found、declined、accepted 或 closed；不写为全部 (open is not closed; default: all)"},
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    UNIT_OPTION("只看这个单位 (this unit only)"),
    JSON_OPTION,
    {0},
};
#define NOTE_OPTION {"note", "TEXT", "说明，最多 200 字 (a note, at most 200 characters)"}
#define TO_OPTION(help) {"to", "UNIT,...", help}
#define ITEMS_OPTION {"items", "ITEM,...", "条目编号，见 items list (ids of items)"}
#define ACT_OPTIONS NOTE_OPTION, UNIT_OPTION("代表哪个单位 (on whose behalf)"), JSON_OPTION, {0}
const struct cli_option cli_register_options[] = {
    {"topic", "TOPIC", "事项；规则没有标出时必填 (the topic, when no rule tags the page)"},
    {"unit", "UNIT", "以此单位名义；默认为本机操作员 (in the name of this unit)"},
    {"note", "TEXT", "说明，最长 200 字 (why, at most 200 characters)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_erase_options[] = {
    {"code", "CODE", "为何：personal 个人信息、wrong 内容有误、secret 依法不公开、asked 本人申请 (why)"},
    {"reply", NULL, "本台账刊登的答复，如 c12、c12-2 (the text of a reply that the ledger published)"},
    {"drill", "FILE", "录下的演练文件里也去掉 (also out of this recorded day)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_accept_options[] = {
    UNIT_OPTION("代表哪个单位 (on whose behalf)"), JSON_OPTION, {0}};
const struct cli_option cli_act_options[] = {ACT_OPTIONS};
const struct cli_option cli_answer_options[] = {
    {"url", "URL", "公开答复的网址 (address of the published reply)"},
    {"scope", "SCOPE", "full 公开（默认）、summary 摘要、withheld 不公开 (how far it is published)"},
    {"article", "ARTICLE",
     "不公开的依据，政府信息公开条例 article-14、-15、-16 (ground on which it is withheld)"},
    ACT_OPTIONS};
const struct cli_option cli_progress_options[] = {
    {"url", "URL", "公开的网址 (address of what was published)"},
    {"step", "STEP", "first-info 首次发布（默认）、briefing 新闻发布会或 promise 承诺兑现 (what was published)"},
    ACT_OPTIONS};
const struct cli_option cli_draft_options[] = {
    {"text", "FILE", "答复正文所在文件，- 为标准输入 (file that holds the reply; -: standard input)"},
    ACT_OPTIONS};
const struct cli_option cli_sign_options[] = {
    {"draft", "SEQ", "所审答复的送审序号，见 concerns show (of the text that was read)"},
    ACT_OPTIONS};
const struct cli_option cli_hand_out_options[] = {
    {"url", "URL", "该机构公开受理渠道的网址 (address of its public channel)"}, ACT_OPTIONS};
const struct cli_option cli_assess_options[] = {
    {"grade", "GRADE", "ordinary 一般、larger 较大、major 重大、grave 特别重大"},
    {"criteria", "N,...", "符合这一级的哪几条标准，序号见 concerns show (which of its criteria are met)"},
    {"emergency", "yes|no", "是否突发事件；默认如前，起初依事项 (whether it is an emergency; default: as it was)"},
    ACT_OPTIONS};
const struct cli_option cli_dispatch_options[] = {
    TO_OPTION("主办单位，其后为协办单位；默认按路由 (the lead, then who assists; default: by the "
              "routes)"),
    ACT_OPTIONS};
const struct cli_option cli_to_options[] = {TO_OPTION("给哪个单位 (to which unit)"),
                                               ACT_OPTIONS};
const struct cli_option cli_extend_options[] = {
    {"until", "TIME", "延至：日期（至下班）或 RFC 3339 时间 (a day, or RFC 3339)"}, ACT_OPTIONS};
const struct cli_option cli_dismiss_options[] = {
    {"code", "CODE",
     "advertisement 广告、elsewhere 外地、old-news 旧闻、notice 官方通告 (why there is nothing to answer)"},
    ACT_OPTIONS};
const struct cli_option cli_merge_options[] = {
    {"into", "ID", "并入哪件 (the concern that it goes into)"}, ACT_OPTIONS};
const struct cli_option cli_split_options[] = {ITEMS_OPTION, ACT_OPTIONS};
const struct cli_option cli_move_options[] = {
    {"into", "ID", "移到哪件 (the concern that they go to)"}, ITEMS_OPTION, ACT_OPTIONS};
const struct cli_option cli_search_options[] = {
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"since", "TIME", "此后收到的，如 7d、12h 或 RFC 3339 (found since, such as 7d)"},
    {"limit", "N", "最多几条；默认 20 (at most so many; default 20)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_latest_options[] = {
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"source", "SOURCE", "只看这个信源 (this source only)"},
    {"region", "CODE", "只看此地及其下 (this division and those in it)"},
    {"since", "TIME", "此后收到的，如 7d、12h 或 RFC 3339 (found since, such as 7d)"},
    {"until", "TIME", "此前收到的，写法同上 (found before, in the same way)"},
    {"limit", "N", "最多几条；默认 20 (at most so many; default 20)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_status_options[] = {JSON_OPTION, {0}};
const struct cli_option cli_deny_options[] = {
    {"note", "TEXT", "理由 (why)"}, JSON_OPTION, {0}};
#define HTML_OPTION {"html", NULL, "输出网页，可打印 (as a page, for printing)"}
const struct cli_option cli_report_options[] = {
    {"kind", "KIND", "first 初报、follow 续报或 final 终报 (default: the one that is due)"},
    HTML_OPTION,
    {0},
};
const struct cli_option cli_report_month_options[] = {
    {"xlsx", "FILE", "写成工作簿 (write a workbook)"},
    HTML_OPTION,
    {0},
};
const struct cli_option cli_units_import_options[] = {
    {"coordinator", "UNIT", "协调单位，默认首个没有上级的 (default: the first without a parent)"},
    {"out", "FILE", "写到 FILE，默认标准输出 (where it goes; default: standard output)"},
    {0},
};
const struct cli_option cli_drill_record_options[] = {
    {"from", "TIME", "录制的起点，代替 DAY (RFC 3339; in place of DAY)"},
    {"to", "TIME", "录制的终点，不含；与起点相距不过 7 天 (its end, not included; 7 days at most)"},
    {0},
};
const struct cli_option cli_drill_run_options[] = {
    {"config", "FILE", "本地的配置：规则、时限、地名 (the town's configuration; default: "
                       "/etc/huiying/huiying.yaml)"},
    {"units", "FILE", "另用的单位表 (another units.yaml; default: the town's)"},
    {"speed", "N", "时钟快几倍，1 到 3600；默认 1 (how many times as fast; default: 1)"},
    {"after", "TIME", "录制的一天过后再走多久，默认 24h (how long it goes on after the recorded day)"},
    {"dir", "DIR", "演练的目录，须还没有；默认 drill-日期 (its folder, not there yet; default: "
                   "drill-DATE)"},
    {"port", "N", "网页的端口，总线用其后两个；默认 9420 (of the pages, and two after it for the bus)"},
    {"keep", NULL, "演练后留下它的库 (leave the drill's store there)"},
    {0},
};
const struct cli_option cli_drill_report_options[] = {HTML_OPTION, {0}};
const struct cli_option cli_brief_options[] = {
    {"day", "DATE", "截至这一天 08:00，默认最近一次 (up to 08:00 of this day; default: the last one)"},
    HTML_OPTION,
    {0},
};
const struct cli_option cli_keygen_options[] = {
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {0},
};
const struct cli_option cli_store_options[] = {
    {"store", "FILE", "库文件或 Redis 地址 (the ledger's file or address; default: $HUIYING_STORE)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_restore_options[] = {
    {"store", "FILE", "库文件或 Redis 地址 (the ledger's file or address; default: $HUIYING_STORE)"},
    {"replace", NULL, "先清除 Redis 里原有的 (erase what is in Redis first)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_migrate_options[] = {
    {"replace", NULL, "先清除目的库 (erase the second one first)"},
    JSON_OPTION,
    {0},
};
const struct cli_option cli_keys_options[] = {
    {"role", "ROLE", "unit 或 dashboard (a unit's key or a dashboard's)"},
    {"keys", "DIR", "密钥目录，不经服务 (keys folder, past the daemon)"},
    {0},
};
#define ROLE_OPTION(help) {"role", "ROLE", help}

const struct cli_option cli_accounts_add_options[] = {
    ROLE_OPTION("coordinator、unit、operator 或 auditor (what it may do)"),
    UNIT_OPTION("职责为 unit 时的单位 (the unit of the role unit)"),
    {0},
};
const struct cli_option cli_accounts_list_options[] = {JSON_OPTION, {0}};
const struct cli_option cli_accounts_token_options[] = {
    ROLE_OPTION("比账号小的职责 (a role that may less than the account's)"),
    UNIT_OPTION("职责为 unit 时的单位 (the unit of the role unit)"),
    {"days", "N", "有效天数，默认 90 (days that it is good for; default 90)"},
    JSON_OPTION,
    {0},
};
#define AFTER_OPTION {"after", "SEQ", "从此行之后 (rows after this one)"}
const struct cli_option cli_audit_export_options[] = {AFTER_OPTION, {0}};
const struct cli_option cli_audit_verify_options[] = {
    AFTER_OPTION,
    {"end", "SEQ:HASH", "以前记下的末行，须仍在 (a last line noted earlier, which must be there)"},
    {0},
};
const struct cli_option cli_keys_list_options[] = {
    {"keys", "DIR", "密钥目录，不经服务 (keys folder, past the daemon)"},
    {"json", NULL, "逐行输出 JSON (JSON Lines)"},
    {0},
};
