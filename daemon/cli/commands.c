#include "daemon/cli/commands.h"

#define RULES_OPTION {"rules", "DIR", "规则目录 (rules folder; default: the shipped one)"}
#define JSON_OPTION {"json", NULL, "输出 JSON (machine-readable output)"}
#define UNIT_OPTION(help) {"unit", "UNIT", help}

static const struct cli_option parse_options[] = {
    {"url", "URL", "信源网址，相对链接以此为准 (address fetched; base of relative links)"},
    {"type", "MIME", "收到的内容类型 (Content-Type as received)"},
    {0},
};
static const struct cli_option extract_options[] = {
    {"url", "URL", "网页的网址，相对链接以此为准 (address fetched; base of relative links)"},
    {"type", "MIME", "收到的内容类型 (Content-Type as received)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option try_options[] = {
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

static const struct cli_option feeds_list_options[] = {FEED_FILTERS, JSON_OPTION, {0}};
static const struct cli_option feeds_export_options[] = {FEED_FILTERS, {0}};
static const struct cli_option feeds_show_options[] = {JSON_OPTION, {0}};
static const struct cli_option feeds_add_options[] = {
    {"id", "ID", "编号；默认由网址得出 (default: made from the address)"},
    {"name", "NAME", "名称；默认为主机名 (default: the host)"},
    FEED_SETTINGS,
    JSON_OPTION,
    {0},
};
static const struct cli_option feeds_import_options[] = {
    FEED_SETTINGS,
    {"dry-run", NULL, "只显示将添加什么，不添加 (show what would be added, add nothing)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option feeds_discover_options[] = {
    {"url", "URL", "FILE 的网址 (the address that FILE was fetched from)"},
    {"contact", "TEXT", "邮箱或网址，写进 User-Agent (told to the site when fetching)"},
    {"allow", "CIDR", "内网地址段 (private addresses that may be fetched)"},
    {"add", NULL, "添加找到的信源 (add what is found)"},
    FEED_SETTINGS,
    JSON_OPTION,
    {0},
};
static const struct cli_option rules_options[] = {RULES_OPTION, {0}};
static const struct cli_option group_options[] = {
    RULES_OPTION,
    {"why", NULL, "写出归并依据 (say why an item joined)"},
    {0},
};
static const struct cli_option heat_options[] = {JSON_OPTION, {0}};
static const struct cli_option term_options[] = {RULES_OPTION, {0}};
static const struct cli_option burst_options[] = {
    {"rules", "DIR", "日历所在的规则目录 (rules folder, for its calendars; default: the shipped one)"},
    {"step", "TIME", "统计步长，1h 至 1d，默认 1h (length of a step, an hour to a day; default: 1h)"},
    {0},
};
static const struct cli_option rules_check_options[] = {
    {"config", "FILE", "huiying.yaml：并按其单位和时限检查 (check against its units and deadlines too)"},
    {"corpus", "FILE", "条目（JSON Lines）：找出太常见的词 (items in which to look for too common terms)"},
    {"items", NULL, "在运行中的服务存有的条目里找 (look for them in what the running daemon has stored)"},
    {"share", "PERCENT", "多常见算太常见，默认 2 (of how many of them; default 2)"},
    {"strict", NULL, "有提醒也算失败 (warnings fail too)"},
    {0},
};
#define MAP_OPTION {"map", "FILE", "事项对应哪些标签 (which labels topics stand for; YAML)"}
#define MARKS_OPTIONS                                                                              \
    {"marks", NULL, "也用操作员的评定，取自服务 (also what operators said, from the daemon)"},          \
        {"since", "TIME", "只用此后的评定：30d 或 RFC 3339 时间 (marks since then)"}
static const struct cli_option eval_options[] = {MARKS_OPTIONS, MAP_OPTION, RULES_OPTION,
                                                 JSON_OPTION, {0}};
#define SINCE_OPTION {"since", "TIME", "只看此后收到的：30d、12h 或 RFC 3339 时间 (found since then)"}
static const struct cli_option backtest_options[] = {
    SINCE_OPTION,
    {"rules", "DIR", "要试的规则；默认为在用规则的目录 (the rules to try; default: the folder of those "
                     "in force, as it is now)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option explain_options[] = {
    {"text", NULL, "输入是纯文本，不是 JSON (the input is plain text, not JSON)"},
    {"all", NULL, "也细说毫无证据的事项 (also topics that nothing speaks for)"},
    RULES_OPTION,
    JSON_OPTION,
    {0},
};
static const struct cli_option suggest_options[] = {
    {"topic", "TOPIC", "为此事项建议 (suggest for this topic)"},
    MARKS_OPTIONS,
    MAP_OPTION,
    RULES_OPTION,
    {"apply", NULL, "把有增益的词写进事项文件 (write the terms that gain into the topic's file)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option review_options[] = {
    {"limit", "N", "最多几条；默认 20 (at most so many; default: 20)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option learn_options[] = {
    MARKS_OPTIONS,
    MAP_OPTION,
    RULES_OPTION,
    {"out", "FILE", "模型写到此文件 (write the model to this file)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option robots_options[] = {
    {"agent", "NAME", "抓取程序名 (product token of the crawler)"},
    {0},
};
static const struct cli_option due_options[] = {
    {"rule", "ID", "时限规则编号 (deadline rule)"},
    {"from", "RFC3339", "起算时间 (when it starts)"},
    JSON_OPTION,
    RULES_OPTION,
    {0},
};
static const struct cli_option route_options[] = {
    {"topic", "TOPIC", "事项 (topic)"},
    {"region", "CODE", "区划代码，默认本地 (division code; default: the town's)"},
    {"grade", "GRADE", "ordinary、larger、major 或 grave，默认事项的 (default: the topic's)"},
    {"request", "REQUEST",
     "enquiry、help、suggestion、complaint 或 report，默认 help (kind of request)"},
    {"source-kind", "KIND", "news、board 或 official，默认 board (kind of source)"},
    {"from", "RFC3339", "发现时间，默认现在 (when it is found; default: now)"},
    {"config", "FILE", "huiying.yaml；默认守护进程的，没有时示范的 (default: the daemon's, else "
                       "the example town's)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option listen_options[] = {
    UNIT_OPTION("以单位的密钥接收 (receive over the bus with the unit's key)"),
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"since", "SEQ", "从此序号之后开始；用 --unit 时为单位序号 (after this seq; a unitseq with "
                     "--unit)"},
    {"receiver", "NAME", "接收台名称 (name of this receiving desk; default: cli)"},
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {"once", "N", "收到 N 条后退出 (exit after N events)"},
    {"exec", "PROGRAM", "每条事件运行一次，退出码为 0 才算收到 (run for each event; received once it "
                        "leaves with 0)"},
    {"shell", NULL, "PROGRAM 是一行 sh 命令 (PROGRAM is a line for sh)"},
    {"limit", "SECONDS", "PROGRAM 的时限；默认 60 (time that PROGRAM may take; default: 60)"},
    {0},
};
static const struct cli_option bridge_options[] = {
    {"check", NULL, "只检查 FILE (check FILE and leave)"},
    {0},
};
static const struct cli_option concerns_options[] = {
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
static const struct cli_option register_options[] = {
    {"topic", "TOPIC", "事项；规则没有标出时必填 (the topic, when no rule tags the page)"},
    {"unit", "UNIT", "以此单位名义；默认为本机操作员 (in the name of this unit)"},
    {"note", "TEXT", "说明，最长 200 字 (why, at most 200 characters)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option erase_options[] = {
    {"code", "CODE", "为何：personal 个人信息、wrong 内容有误、secret 依法不公开、asked 本人申请 (why)"},
    {"reply", NULL, "本台账刊登的答复，如 c12、c12-2 (the text of a reply that the ledger published)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option accept_options[] = {
    UNIT_OPTION("代表哪个单位 (on whose behalf)"), JSON_OPTION, {0}};
static const struct cli_option act_options[] = {ACT_OPTIONS};
static const struct cli_option answer_options[] = {
    {"url", "URL", "公开答复的网址 (address of the published reply)"},
    {"scope", "SCOPE", "full 公开（默认）、summary 摘要、withheld 不公开 (how far it is published)"},
    {"article", "ARTICLE",
     "不公开的依据，政府信息公开条例 article-14、-15、-16 (ground on which it is withheld)"},
    ACT_OPTIONS};
static const struct cli_option draft_options[] = {
    {"text", "FILE", "答复正文所在文件，- 为标准输入 (file that holds the reply; -: standard input)"},
    ACT_OPTIONS};
static const struct cli_option sign_options[] = {
    {"draft", "SEQ", "所审答复的送审序号，见 concerns show (of the text that was read)"},
    ACT_OPTIONS};
static const struct cli_option hand_out_options[] = {
    {"url", "URL", "该机构公开受理渠道的网址 (address of its public channel)"}, ACT_OPTIONS};
static const struct cli_option assess_options[] = {
    {"grade", "GRADE", "ordinary 一般、larger 较大、major 重大、grave 特别重大"}, ACT_OPTIONS};
static const struct cli_option dispatch_options[] = {
    TO_OPTION("主办单位，其后为协办单位；默认按路由 (the lead, then who assists; default: by the "
              "routes)"),
    ACT_OPTIONS};
static const struct cli_option to_options[] = {TO_OPTION("给哪个单位 (to which unit)"),
                                               ACT_OPTIONS};
static const struct cli_option extend_options[] = {
    {"until", "TIME", "延至：日期（至下班）或 RFC 3339 时间 (a day, or RFC 3339)"}, ACT_OPTIONS};
static const struct cli_option dismiss_options[] = {
    {"code", "CODE",
     "advertisement 广告、elsewhere 外地、old-news 旧闻、notice 官方通告 (why there is nothing to answer)"},
    ACT_OPTIONS};
static const struct cli_option merge_options[] = {
    {"into", "ID", "并入哪件 (the concern that it goes into)"}, ACT_OPTIONS};
static const struct cli_option split_options[] = {ITEMS_OPTION, ACT_OPTIONS};
static const struct cli_option move_options[] = {
    {"into", "ID", "移到哪件 (the concern that they go to)"}, ITEMS_OPTION, ACT_OPTIONS};
static const struct cli_option search_options[] = {
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"since", "TIME", "此后收到的，如 7d、12h 或 RFC 3339 (found since, such as 7d)"},
    {"limit", "N", "最多几条；默认 20 (at most so many; default 20)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option status_options[] = {JSON_OPTION, {0}};
static const struct cli_option deny_options[] = {
    {"note", "TEXT", "理由 (why)"}, JSON_OPTION, {0}};
#define HTML_OPTION {"html", NULL, "输出网页，可打印 (as a page, for printing)"}
static const struct cli_option report_options[] = {
    {"kind", "KIND", "first 初报、follow 续报或 final 终报 (default: the one that is due)"},
    HTML_OPTION,
    {0},
};
static const struct cli_option report_month_options[] = {
    {"xlsx", "FILE", "写成工作簿 (write a workbook)"},
    HTML_OPTION,
    {0},
};
static const struct cli_option units_import_options[] = {
    {"coordinator", "UNIT", "协调单位，默认首个没有上级的 (default: the first without a parent)"},
    {"out", "FILE", "写到 FILE，默认标准输出 (where it goes; default: standard output)"},
    {0},
};
static const struct cli_option brief_options[] = {
    {"day", "DATE", "截至这一天 08:00，默认最近一次 (up to 08:00 of this day; default: the last one)"},
    HTML_OPTION,
    {0},
};
static const struct cli_option keygen_options[] = {
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {0},
};
static const struct cli_option store_options[] = {
    {"store", "FILE", "库文件 (file of the ledger; default: $HUIYING_STORE)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option migrate_options[] = {
    {"replace", NULL, "先清除目的库 (erase the second one first)"},
    JSON_OPTION,
    {0},
};
static const struct cli_option keys_options[] = {
    {"role", "ROLE", "unit 或 dashboard (a unit's key or a dashboard's)"},
    {"keys", "DIR", "密钥目录，不经服务 (keys folder, past the daemon)"},
    {0},
};
#define ROLE_OPTION(help) {"role", "ROLE", help}

static const struct cli_option accounts_add_options[] = {
    ROLE_OPTION("coordinator、unit、operator 或 auditor (what it may do)"),
    UNIT_OPTION("职责为 unit 时的单位 (the unit of the role unit)"),
    {0},
};
static const struct cli_option accounts_list_options[] = {JSON_OPTION, {0}};
static const struct cli_option accounts_token_options[] = {
    ROLE_OPTION("比账号小的职责 (a role that may less than the account's)"),
    UNIT_OPTION("职责为 unit 时的单位 (the unit of the role unit)"),
    {"days", "N", "有效天数，默认 90 (days that it is good for; default 90)"},
    JSON_OPTION,
    {0},
};
#define AFTER_OPTION {"after", "SEQ", "从此行之后 (rows after this one)"}
static const struct cli_option audit_export_options[] = {AFTER_OPTION, {0}};
static const struct cli_option audit_verify_options[] = {
    AFTER_OPTION,
    {"end", "SEQ:HASH", "以前记下的末行，须仍在 (a last line noted earlier, which must be there)"},
    {0},
};
static const struct cli_option keys_list_options[] = {
    {"keys", "DIR", "密钥目录，不经服务 (keys folder, past the daemon)"},
    {"json", NULL, "逐行输出 JSON (JSON Lines)"},
    {0},
};

const struct cli_command cli_commands[] = {
    {"parse", "[--url URL] [--type MIME] [FILE]",
     "信源或网页转为 JSON Feed (any feed to JSON Feed 1.1)", parse_options, 0, 1,
     commands_parse},
    {"extract", "[--url URL] [--type MIME] [--json] [FILE]",
     "取出网页正文 (the main text of a page)", extract_options, 0, 1, commands_extract},
    {"feeds try", "FILE [--page PAGE] [--detail PAGE] [--contact TEXT] [--allow CIDR] [--json]",
     "试信源文件的选择器 (what a source file's selectors find)", try_options, 1, 1,
     commands_feeds_try},
    {"classify", "[--rules DIR] [FILE]", "给 JSON Lines 条目归类 (tag items by the rules)",
     rules_options, 0, 1, commands_classify},
    {"group", "[--rules DIR] [--why] [FILE]", "把条目归并为关切 (which items are one concern)",
     group_options, 0, 1, commands_group},
    {"burst", "[--rules DIR] [--step TIME] [FILE]",
     "哪些事项和词突增 (when topics and terms leave their own pattern)",
     burst_options, 0, 1, commands_burst},
    {"robots", "--agent NAME FILE URL", "robots.txt 是否允许 (0 allowed, 1 disallowed)",
     robots_options, 2, 2, commands_robots},
    {"rules explain", "[--rules DIR] [--text] [--all] [--json] [ITEM.json|ID]",
     "一条内容为何归入或不归入各事项 (why an item is given a topic, or not)", explain_options, 0, 1,
     commands_rules_explain},
    {"rules check", "[--config FILE] [--corpus FILE] [--share PERCENT] [--strict] [DIR]",
     "检查规则并运行其示例，提醒可疑之处 (check and lint rules, run their examples)", rules_check_options, 0, 1,
     commands_rules_check},
    {"rules load", "[DIR] [--json]",
     "让服务换用规则；有误则仍用原规则 (put rules in force; wrong ones leave the old)",
     status_options, 0, 1, commands_rules_load},
    {"rules approve", "STAGE [--json]", "批准他人载入的规则 (put rules in force that another loaded)",
     status_options, 1, 1, commands_rules_approve},
    {"rules deny", "STAGE --note TEXT [--json]",
     "不予批准，说明理由 (leave the old rules in force, and say why)", deny_options, 1, 1,
     commands_rules_deny},
    {"rules term", "[--rules DIR] CODE", "事件里的规则词代号是哪个词 (the term that a code stands for)",
     term_options, 1, 1, commands_rules_term},
    {"rules status", "[--json]", "在用的规则和上次未能换用的原因 (rules in force, and what was refused)",
     status_options, 0, 0, commands_rules_status},
    {"rules eval", "[--marks [--since TIME]] [--map FILE] [--rules DIR] [--json] "
     "[LABELLED.jsonl]...",
     "在标注样本上评测规则 (how often rules are right on labelled items)", eval_options, 0, 1000,
     commands_rules_eval},
    {"rules backtest", "[--since TIME] [--rules DIR] [--json]",
     "在已存条目上比较新旧规则 (old and new rules over the stored items)", backtest_options, 0, 0,
     commands_rules_backtest},
    {"rules suggest", "--topic TOPIC [--marks [--since TIME]] [--map FILE] [--rules DIR] [--apply] "
     "[--json] [LABELLED.jsonl]...",
     "建议增删哪些词，附实测效果 (terms to add or drop, with their measured effect)",
     suggest_options, 0, 1000, commands_rules_suggest},
    {"rules review", "[--limit N] [--json]",
     "最拿不准的条目，供人评定 (the stored items that are most in doubt)", review_options, 0, 0,
     commands_rules_review},
    {"rules learn", "[--marks [--since TIME]] [--map FILE] [--out FILE] [--json] "
     "[LABELLED.jsonl]...",
     "由标注样本学出线性模型 (learn a linear model of labelled items)", learn_options, 0, 1000,
     commands_rules_learn},
    {"complete", "WORD...", "这些词后面可以写什么，供命令行补全 (what may follow these words; for the shell)",
     NULL, 1, 64, commands_complete},
    {"due", "--rule ID --from RFC3339 [--json] [--rules DIR]",
     "按规则算出期限 (when a deadline falls)", due_options, 0, 0, commands_due},
    {"route explain",
     "--topic TOPIC [--region CODE] [--grade GRADE] [--request REQUEST] [--source-kind KIND]",
     "派给谁、为什么、各时限何时到期 (where a concern goes, why, and what is due when)",
     route_options, 0, 0, commands_route_explain},
    {"status", "[--json]", "服务的状态 (how the daemon is)", status_options, 0, 0,
     commands_status},
    {"top", "[--json]", "实时查看：最急的在前；q 退出 (a live view, the most urgent first; q leaves)",
     status_options, 0, 0, commands_top},
    {"concerns list", "[--state STATE] [--topic TOPIC] [--unit UNIT] [--json]",
     "关切列表 (list concerns)", concerns_options, 0, 0, commands_concerns},
    {"concerns show", "ID [--json]", "一件关切的经过 (the life of a concern)", status_options, 1, 1,
     commands_concerns_show},
    {"concerns", "[--state STATE] [--topic TOPIC] [--unit UNIT] [--json]",
     "同 concerns list (the same)", concerns_options, 0, 0, commands_concerns},
    {"report month", "MONTH [--xlsx FILE]", "月度通报 (how units answered in a month)",
     report_month_options, 1, 1, commands_report_month},
    {"report", "ID [--kind KIND]", "初报、续报、终报 (the report of a concern)", report_options, 1, 1,
     commands_report},
    {"brief", "[--day DATE]", "每日信息参阅 (the day up to 08:00, on one page)", brief_options, 0, 0,
     commands_brief},
    {"heat", "[--json]", "未办结的关切，热度高的在前 (open concerns, the hottest first)", heat_options,
     0, 0, commands_heat},
    {"feeds list", "[--state STATE] [--kind KIND] [--id PREFIX] [--category NAME] [--json]",
     "信源列表 (list sources)", feeds_list_options, 0, 0, commands_feeds_list},
    {"feeds show", "ID [--json]", "一个信源的详情和近次抓取 (one source and its last polls)",
     feeds_show_options, 1, 1, commands_feeds_show},
    {"feeds add", "URL|FILE [--id ID] [--name NAME] [--kind KIND] [--interval TIME] …",
     "添加信源：网址或信源文件 (add a source: an address, or a source file)", feeds_add_options, 1,
     1, commands_feeds_add},
    {"feeds remove", "ID...", "移除信源 (remove sources)", NULL, 1, 1000, commands_feeds_remove},
    {"feeds pause", "ID...", "暂停抓取 (stop polling for now)", NULL, 1, 1000,
     commands_feeds_pause},
    {"feeds resume", "ID...", "恢复抓取，也用于已停用或隔离的 (poll again; retired and quarantined "
     "ones too)", NULL, 1, 1000, commands_feeds_resume},
    {"feeds poll", "ID...", "尽快抓取一次 (poll once, as soon as the site allows)", NULL, 1, 1000,
     commands_feeds_poll},
    {"feeds import", "[FILE] [--dry-run] [--kind KIND] [--interval TIME] … [--json]",
     "导入 OPML 清单 (add the feeds of an OPML list)", feeds_import_options, 0, 1,
     commands_feeds_import},
    {"feeds export", "[FILE] [--state STATE] [--kind KIND] [--id PREFIX] [--category NAME]",
     "导出为 OPML 清单 (write the sources as an OPML list)", feeds_export_options, 0, 1,
     commands_feeds_export},
    {"feeds discover", "URL|FILE [--contact TEXT] [--allow CIDR] [--url URL] [--add] [--json]",
     "找出网页所指的信源 (the feeds that a page names)", feeds_discover_options, 1, 1,
     commands_feeds_discover},
    {"assess", "ID --grade GRADE --note TEXT [--unit UNIT] [--json]",
     "研判：定级 (decide the grade)", assess_options, 1, 1, commands_act},
    {"dispatch", "ID [--to UNIT,...] [--note TEXT] [--unit UNIT] [--json]",
     "派单：主办和协办 (send it to who leads and who assists)", dispatch_options, 1, 1, commands_act},
    {"register", "URL [--topic TOPIC] [--unit UNIT] [--note TEXT] [--json]",
     "交办：登记一个已发布的网页，由服务读取和判断 (admit a published page, which is fetched and judged)",
     register_options, 1, 1, commands_register},
    {"accept", "ID [--unit UNIT] [--json]",
     "签收 (accept a concern)", accept_options, 1, 1, commands_act},
    {"progress", "ID --url URL [--note TEXT] [--unit UNIT] [--json]",
     "阶段性答复，仍在办理 (first information; stays open)", answer_options, 1, 1, commands_act},
    {"answer", "ID --url URL [--note TEXT] [--unit UNIT] [--json]",
     "以公开答复办结 (end a concern with its published reply)", answer_options, 1, 1, commands_act},
    {"decline", "ID --note TEXT [--unit UNIT] [--json]",
     "退单，说明理由 (say why it is not yours)", act_options, 1, 1, commands_act},
    {"reassign", "ID --to UNIT [--note TEXT] [--unit UNIT] [--json]",
     "改派 (give it to another unit)", to_options, 1, 1, commands_act},
    {"hand-on", "ID --to UNIT [--note TEXT] [--unit UNIT] [--json]",
     "转派给下级单位 (hand it on, down one's own tree)", to_options, 1, 1, commands_act},
    {"assist", "ID --to UNIT,... [--note TEXT] [--unit UNIT] [--json]",
     "增加协办单位 (units that have to help)", to_options, 1, 1, commands_act},
    {"remind", "ID [--note TEXT] [--unit UNIT] [--json]",
     "催办 (remind the unit)", act_options, 1, 1, commands_act},
    {"extend", "ID --until TIME --note TEXT [--unit UNIT] [--json]",
     "申请或批准延期 (ask for, or approve, more time)", extend_options, 1, 1, commands_act},
    {"draft", "ID --text FILE [--note TEXT] [--unit UNIT] [--json]",
     "拟答复送审，经审签由台账刊登 (a reply that the ledger publishes once another approves)",
     draft_options, 1, 1, commands_act},
    {"approve", "ID [--draft SEQ] [--note TEXT] [--unit UNIT] [--json]",
     "同意延期、无需回应，或审签 (approve what is asked for)", sign_options, 1, 1, commands_act},
    {"deny", "ID --note TEXT [--draft SEQ] [--unit UNIT] [--json]",
     "不予同意：退单、延期、无需回应或审签 (deny what is asked for)", sign_options, 1, 1, commands_act},
    {"return", "ID --note TEXT [--unit UNIT] [--json]",
     "退回重办：答非所问 (the reply does not answer)", act_options, 1, 1, commands_act},
    {"dismiss", "ID --code CODE [--note TEXT] [--unit UNIT] [--json]",
     "无需回应 (nothing to answer)", dismiss_options, 1, 1, commands_act},
    {"hand-out", "ID --url URL --note TEXT [--unit UNIT] [--json]",
     "转有关机构，附其公开渠道 (to a listed body outside)", hand_out_options, 1, 1, commands_act},
    {"close", "ID [--note TEXT] [--unit UNIT] [--json]",
     "办结 (end what was answered in parts)", act_options, 1, 1, commands_act},
    {"reopen", "ID --note TEXT [--unit UNIT] [--json]",
     "重开：新的一轮 (a new round)", act_options, 1, 1, commands_act},
    {"merge", "ID --into ID [--note TEXT] [--unit UNIT] [--json]",
     "并单 (put it into another concern)", merge_options, 1, 1, commands_act},
    {"split", "ID --items ITEM,... [--note TEXT] [--unit UNIT] [--json]",
     "拆分：这些条目另成一件 (items become a concern)", split_options, 1, 1, commands_act},
    {"move", "ID --items ITEM,... --into ID [--note TEXT] [--unit UNIT] [--json]",
     "把条目移到另一件 (items go to another concern)", move_options, 1, 1, commands_act},
    {"items list", "CONCERN [--json]", "一个关切的条目 (the items of a concern)", status_options, 1,
     1, commands_items_list},
    {"items search", "WORDS... [--topic TOPIC] [--since TIME] [--limit N] [--json]",
     "含有这些词的条目，新的在前 (items that hold all these words, the newest first)",
     search_options, 1, 8, commands_items_search},
    {"items redact", "ITEM [--json]",
     "抹去一个条目的标题、正文和链接，不可恢复 (take an item's title, text and link out for good)",
     status_options, 1, 1, commands_items_redact},
    {"erase", "ITEM|URL|CONCERN --code CODE [--json]\n--reply CONCERN[-ROUND] --code CODE [--json]",
     "抹去一个条目、一个网址的条目、一个关切或一份答复的文字，不可恢复 (take texts out for good)",
     erase_options, 1, 1, commands_erase},
    {"corrections list", "[--json]",
     "公众申请的更正与删除 (what people ask to be corrected or erased)", status_options, 0, 0,
     commands_corrections_list},
    {"corrections grant", "CONCERN correct|erase CODE [--json]",
     "同意；文字另用 erase 或更正 (granted; the text itself by erase, or another edition)",
     status_options, 3, 3, commands_corrections_decide},
    {"corrections refuse", "CONCERN correct|erase CODE [--json]", "不同意 (refused)", status_options,
     3, 3, commands_corrections_decide},
    {"mark", "ITEM right|wrong|topic T|request R|kind K [--json]",
     "评定或更正一个条目的判断 (say of an item's verdict that it is right, or correct it)",
     status_options, 2, 3, commands_mark},
    {"listen", "[--unit UNIT] [--topic TOPIC] [--since SEQ] [--receiver NAME] [--keys DIR] "
     "[--once N] [--exec PROGRAM [--shell] [--limit SECONDS] [ARGUMENT]...]",
     "事件逐行输出，先补后续 (events as JSON Lines: replay, then live)", listen_options, 0, 30,
     commands_listen},
    {"bridge", "FILE [--check]",
     "把警讯送到企业微信、钉钉、飞书、网址或邮箱 (hand alerts on to a chat group, a webhook or a mailbox)",
     bridge_options, 1, 1, commands_bridge},
    {"store check", "[FILE|ADDRESS] [--json]",
     "检查库是否完好、前后一致 (whether the ledger keeps what it promises)", status_options, 0,
     1, commands_store_check},
    {"store backup", "DST [--store FILE] [--json]",
     "备份库，服务可照常运行 (copy the ledger while the daemon runs)", store_options, 1, 1,
     commands_store_backup},
    {"store restore", "SRC [--store FILE] [--json]",
     "以备份代替库，先停止服务 (put a backup in the ledger's place; stop the daemon first)",
     store_options, 1, 1, commands_store_restore},
    {"store migrate", "SRC DST [--replace] [--json]",
     "把库搬到 Redis 或搬回，先停止服务 (copy a stopped ledger into Redis, or back into a file)",
     migrate_options, 2, 2, commands_store_migrate},
    {"units import", "[--coordinator UNIT] [--out FILE] [FILE.csv]",
     "由责任分解表生成单位表 (units.yaml from a table of units)", units_import_options, 0, 1,
     commands_units_import},
    {"units keygen", "UNIT [--keys DIR]", "为单位生成密钥 (make a unit's key pair)",
     keygen_options, 1, 1, commands_units_keygen},
    {"units enrol", "UNIT PUBLICKEY|FILE [--keys DIR]",
     "登记单位自己的公钥 (enrol the public key that a unit made)", keygen_options, 2, 2,
     commands_units_enrol},
    {"units revoke", "UNIT [--keys DIR]", "撤销单位的密钥 (revoke a unit's key)", keygen_options, 1, 1,
     commands_units_revoke},
    {"keys enrol", "--role unit|dashboard NAME PUBLICKEY|FILE [--keys DIR]",
     "登记单位或看板的公钥 (enrol a unit's or a dashboard's public key)", keys_options, 2, 2,
     commands_keys_enrol},
    {"keys revoke", "--role unit|dashboard NAME [--keys DIR]",
     "撤销单位或看板的密钥 (revoke a unit's or a dashboard's key)", keys_options, 1, 1,
     commands_keys_revoke},
    {"keys list", "[--keys DIR] [--json]", "已登记的公钥 (the public keys that are enrolled)",
     keys_list_options, 0, 0, commands_keys_list},
    {"accounts add", "ACCOUNT --role ROLE [--unit UNIT] < PASSWORD",
     "建立账号，密码从终端或标准输入读 (make an account; the password is read from the terminal or "
     "standard input)",
     accounts_add_options, 1, 1, commands_accounts_add},
    {"accounts list", "[--json]", "账号和令牌 (accounts and tokens)", accounts_list_options, 0, 0,
     commands_accounts_list},
    {"accounts passwd", "ACCOUNT < PASSWORD",
     "改密码，已登录的随即退出 (change a password; its sessions end)", NULL, 1, 1,
     commands_accounts_passwd},
    {"accounts remove", "ACCOUNT", "停用账号，其令牌作废 (remove an account, with its tokens)", NULL,
     1, 1, commands_accounts_remove},
    {"accounts token", "ACCOUNT [--role ROLE] [--unit UNIT] [--days N] [--json]",
     "为脚本做令牌，只显示一次 (make a token for a script; it is shown once)",
     accounts_token_options, 1, 1, commands_accounts_token},
    {"accounts revoke", "TOKENID", "作废令牌 (revoke a token)", NULL, 1, 1,
     commands_accounts_revoke},
    {"audit export", "[--after SEQ]", "写出审计记录，一行一条 (write the audit trail, a row a line)",
     audit_export_options, 0, 0, commands_audit_export},
    {"audit verify", "[FILE] [--after SEQ] [--end SEQ:HASH]",
     "查审计记录有无改动、缺失、错序 (was a row of the audit trail changed, removed or moved?)",
     audit_verify_options, 0, 1, commands_audit_verify},
    {0},
};
