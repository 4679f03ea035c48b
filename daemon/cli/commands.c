#include "daemon/cli/commands.h"

#define RULES_OPTION {"rules", "DIR", "规则目录 (rules folder; default: the shipped one)"}
#define JSON_OPTION {"json", NULL, "输出 JSON (machine-readable output)"}
#define UNIT_OPTION(help) {"unit", "UNIT", help}

static const struct cli_option parse_options[] = {
    {"url", "URL", "来源网址，相对链接以此为准 (address fetched; base of relative links)"},
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
static const struct cli_option rules_options[] = {RULES_OPTION, {0}};
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
static const struct cli_option listen_options[] = {
    UNIT_OPTION("以单位的密钥接收 (receive over the bus with the unit's key)"),
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    {"since", "SEQ", "从此序号之后开始；用 --unit 时为单位序号 (after this seq; a unitseq with "
                     "--unit)"},
    {"receiver", "NAME", "接收台名称 (name of this receiving desk; default: cli)"},
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {"once", "N", "收到 N 条后退出 (exit after N events)"},
    {0},
};
static const struct cli_option concerns_options[] = {
    {"state", "STATE", "open、accepted 或 closed；不写为全部 (open is not closed; default: all)"},
    {"topic", "TOPIC", "只看这类事项 (this topic only)"},
    UNIT_OPTION("只看这个单位 (this unit only)"),
    JSON_OPTION,
    {0},
};
static const struct cli_option accept_options[] = {
    UNIT_OPTION("代表哪个单位 (on whose behalf)"),
    JSON_OPTION,
    {0},
};
static const struct cli_option answer_options[] = {
    {"url", "URL", "公开答复的网址 (address of the published reply)"},
    UNIT_OPTION("代表哪个单位 (on whose behalf)"),
    JSON_OPTION,
    {0},
};
static const struct cli_option status_options[] = {JSON_OPTION, {0}};
static const struct cli_option keygen_options[] = {
    {"keys", "DIR", "密钥目录 (keys folder; default: $HUIYING_KEYS)"},
    {0},
};

const struct cli_command cli_commands[] = {
    {"parse", "[--url URL] [--type MIME] [FILE]",
     "信息源或网页转为 JSON Feed (any feed to JSON Feed 1.1)", parse_options, 0, 1,
     commands_parse},
    {"extract", "[--url URL] [--type MIME] [--json] [FILE]",
     "取出网页正文 (the main text of a page)", extract_options, 0, 1, commands_extract},
    {"feeds try", "FILE [--page PAGE] [--detail PAGE] [--contact TEXT] [--allow CIDR] [--json]",
     "试来源文件的选择器 (what a source file's selectors find)", try_options, 1, 1,
     commands_feeds_try},
    {"classify", "[--rules DIR] [FILE]", "给 JSON Lines 条目归类 (tag items by the rules)",
     rules_options, 0, 1, commands_classify},
    {"group", "[--rules DIR] [FILE]", "把条目归并为关切 (which items are one concern)",
     rules_options, 0, 1, commands_group},
    {"robots", "--agent NAME FILE URL", "robots.txt 是否允许 (0 allowed, 1 disallowed)",
     robots_options, 2, 2, commands_robots},
    {"rules check", "[DIR]", "检查规则并运行其示例 (check rules and run their examples)", NULL, 0,
     1, commands_rules_check},
    {"due", "--rule ID --from RFC3339 [--json] [--rules DIR]",
     "按规则算出期限 (when a deadline falls)", due_options, 0, 0, commands_due},
    {"status", "[--json]", "服务的状态 (how the daemon is)", status_options, 0, 0,
     commands_status},
    {"concerns", "[--state STATE] [--topic TOPIC] [--unit UNIT] [--json]",
     "关切列表 (list concerns)", concerns_options, 0, 0, commands_concerns},
    {"accept", "ID [--unit UNIT] [--json]", "签收 (accept a concern)", accept_options, 1, 1,
     commands_accept},
    {"answer", "ID --url URL [--unit UNIT] [--json]",
     "以公开答复办结 (end a concern with its published reply)", answer_options, 1, 1,
     commands_answer},
    {"listen", "[--unit UNIT] [--topic TOPIC] [--since SEQ] [--receiver NAME] [--keys DIR] "
     "[--once N]",
     "事件逐行输出，先补后续 (events as JSON Lines: replay, then live)", listen_options, 0, 0,
     commands_listen},
    {"units keygen", "UNIT [--keys DIR]", "为单位生成密钥 (make a unit's key pair)",
     keygen_options, 1, 1, commands_units_keygen},
    {0},
};
