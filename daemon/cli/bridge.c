#include "daemon/cli/bridge.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alerts/event.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/listen.h"

enum {
    SECRET_MAX = 4096,
    TIMEOUT_MS = 30000,
    MINUTE_MOST = 60,
    BOT_MINUTE = 20, /* messages that these services take of one robot in a minute */
    MAIL_MOST = CARRY_MOST,
    POST_MOST = 5 /* their lines stay within the 2048 bytes that 企业微信 takes */
};

static const char *const presets[] = {"wecom", "dingtalk", "feishu", "json", NULL};
static const char *const tls[] = {"required", "none", NULL};
static const struct conf_key one_text = {NULL, CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL};
static const struct conf_key webhook_keys[] = {
    {"preset", CONF_CHOICE, true, NULL, NULL, presets, 0, 0, NULL},
    {"url_file", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"secret_file", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {0},
};
static const struct conf_key mail_keys[] = {
    {"url", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"from", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"to", CONF_LIST, true, NULL, &one_text, NULL, 0, 0, NULL},
    {"user", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"password_file", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"tls", CONF_CHOICE, false, NULL, NULL, tls, 0, 0, NULL},
    {0},
};
static const struct conf_key brief_keys[] = {
    {"at", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"cursor", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {0},
};
static const struct conf_key keys[] = {
    {"unit", CONF_SLUG, false, NULL, NULL, NULL, 0, 0, NULL},
    {"receiver", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"keys", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"endpoints", CONF_LIST, false, NULL, &one_text, NULL, 0, 0, NULL},
    {"address", CONF_URL, true, NULL, NULL, NULL, 0, 0, NULL},
    {"types", CONF_LIST, false, NULL, &one_text, NULL, 0, 0, NULL},
    {"webhook", CONF_MAP, false, webhook_keys, NULL, NULL, 0, 0, NULL},
    {"mail", CONF_MAP, false, mail_keys, NULL, NULL, 0, 0, NULL},
    {"brief", CONF_MAP, false, brief_keys, NULL, NULL, 0, 0, NULL},
    {"ca_file", CONF_TEXT, false, NULL, NULL, NULL, 0, 0, NULL},
    {"per_minute", CONF_INT, false, NULL, NULL, NULL, 1, MINUTE_MOST, NULL},
    {"digest", CONF_DURATION, false, NULL, NULL, NULL, 1000, 86400000, NULL},
    {"timeout", CONF_DURATION, false, NULL, NULL, NULL, 1000, 300000, NULL},
    {0},
};
static const char *const of_alerts[] = {"unit",    "keys",       "endpoints", "types",
                                        "webhook", "per_minute", "digest",    NULL};

/* What somebody has to do something about. */
static const enum event_type usual[] = {
    EVENT_OPENED,   EVENT_DISPATCHED, EVENT_REMINDED,    EVENT_OVERDUE,     EVENT_ESCALATED,
    EVENT_PROPOSED, EVENT_DECLINED,   EVENT_REASSIGNED,  EVENT_HANDED_ON,   EVENT_ASSISTED,
    EVENT_EXTENSION_ASKED, EVENT_DISMISSAL_ASKED, EVENT_RETURNED, EVENT_REOPENED,
    EVENT_REPLY_GONE, EVENT_BURST, EVENT_UNIT_OFFLINE, EVENT_CALENDAR_MISSING,
    EVENT_SOURCE_SKIPPED,
};

bool bridge_wants(const struct bridge *b, const json_t *event)
{
    int type = event_type_find(str_from(human_text(event, "type", NULL)));

    for (size_t i = 0; b->types && i < conf_count(b->types); i++)
        if (event_type_find(conf_text(conf_at(b->types, i))) == type && type >= 0)
            return true;
    for (size_t i = 0; !b->types && i < sizeof usual / sizeof *usual; i++)
        if ((int)usual[i] == type)
            return true;
    return false;
}

static bool wanted(void *arg, const json_t *event)
{
    return bridge_wants(arg, event);
}

/* The one line of a file that nobody else may read: the service's credential of that name, else the
 * file itself. */
static void read_secret(const struct conf_node *node, struct buf *out, struct problems *problems)
{
    const char *name = conf_text(node).p;
    char *credential = name ? file_credential(name) : NULL;
    const char *path = credential ? credential : name;
    struct buf file = BUF_INIT;
    struct stat st;

    if (!path)
        return;
    int err = stat(path, &st) ? ERR_NOTFOUND : file_read(path, SECRET_MAX, &file);
    struct str line = str_trim(buf_str(&file));
    if (err)
        conf_problem(problems, node, "%s: %s", path, err_text(err));
    else if (st.st_mode & S_IRWXO)
        conf_problem(problems, node, "%s: 其他用户可读，应为 0600 或 0640 (others may read it; make it "
                                     "0600 or 0640)", path);
    else if (!line.n || memchr(line.p, '\n', line.n))
        conf_problem(problems, node, "%s: 应为一行 (expected one line)", path);
    buf_add_str(out, line);
    buf_add_char(out, '\0');
    if (file.data)
        sodium_memzero(file.data, file.len);
    buf_free(&file);
    free(credential);
}

static void read_webhook(struct bridge *b, const struct conf_node *map, struct problems *problems)
{
    const struct conf_node *url = conf_get(map, "url_file");

    for (int i = 0; presets[i]; i++)
        if (str_is(conf_text(conf_get(map, "preset")), presets[i]))
            b->form = (enum bridge_form)i;
    read_secret(url, &b->url, problems);
    read_secret(conf_get(map, "secret_file"), &b->secret, problems);
    if (b->url.len > 1 && strncmp(b->url.data, "https://", 8) && strncmp(b->url.data, "http://", 7))
        conf_problem(problems, url, "文件应存有 http(s) 网址 (expected an http(s) address in it)");
}

static void read_mail(struct bridge *b, const struct conf_node *map, struct problems *problems)
{
    struct str url = conf_text(conf_get(map, "url"));

    b->form = BRIDGE_MAIL;
    b->from = conf_text(conf_get(map, "from")).p;
    b->user = conf_text(conf_get(map, "user")).p;
    b->to = conf_get(map, "to");
    b->plain = str_is(conf_text(conf_get(map, "tls")), "none");
    read_secret(conf_get(map, "password_file"), &b->password, problems);
    buf_add_str(&b->url, url);
    buf_add_char(&b->url, '\0');
    if (url.p && !str_starts(url, STR("smtp://")) && !str_starts(url, STR("smtps://")))
        conf_problem(problems, map, "url: 应以 smtp:// 或 smtps:// 开头 (expected smtp:// or smtps://)");
    if (b->plain && b->user)
        conf_problem(problems, map, "tls: none 时不可登录 (no log-in without TLS)");
}

/* The day that a brief tells of ends at 08:00: it is not to be had before. */
static void read_brief(struct bridge *b, const struct conf_node *root,
                       const struct conf_node *map, struct problems *problems)
{
    const struct conf_node *node = conf_get(map, "at");
    struct str at = node ? conf_text(node) : STR("08:00");
    char text[48];
    int64_t ms;

    b->brief = true;
    b->cursor = conf_text(conf_get(map, "cursor")).p;
    snprintf(text, sizeof text, "1970-01-02T%.5s:00Z", at.p);
    if (at.n != 5 || clock_parse(str_from(text), &ms) || ms < CLOCK_DAY + CLOCK_DAY / 3 ||
        ms >= 2 * CLOCK_DAY)
        conf_problem(problems, node ? node : map,
                     "at: 应为 08:00 至 23:59 (expected a time from 08:00 to 23:59)");
    else
        b->at = ms - CLOCK_DAY;
    for (size_t i = 0; of_alerts[i]; i++)
        if (conf_get(root, of_alerts[i]))
            conf_problem(problems, conf_get(root, of_alerts[i]),
                         "%s: 与 brief 不能同用 (not together with brief)", of_alerts[i]);
    if (!conf_get(root, "mail"))
        conf_problem(problems, map, "brief 须有 mail (brief needs mail)");
}

static void read_all(struct bridge *b, struct problems *problems)
{
    const struct conf_node *root = conf_root(b->doc);
    const struct conf_node *webhook = conf_get(root, "webhook"), *mail = conf_get(root, "mail");
    const struct conf_node *brief = conf_get(root, "brief");
    int64_t digest = conf_int(conf_get(root, "digest"), 0);

    b->unit = conf_text(conf_get(root, "unit")).p;
    b->receiver = conf_text(conf_get(root, "receiver")).p;
    b->keys = conf_text(conf_get(root, "keys")).p;
    b->address = conf_text(conf_get(root, "address")).p;
    b->ca_file = conf_text(conf_get(root, "ca_file")).p;
    b->timeout = conf_int(conf_get(root, "timeout"), TIMEOUT_MS);
    b->types = conf_get(root, "types");
    for (size_t i = 0; i < conf_count(conf_get(root, "endpoints")); i++)
        buf_addf(&b->endpoints, "%s%s", i ? "," : "",
                 conf_text(conf_at(conf_get(root, "endpoints"), i)).p);
    if (b->endpoints.len)
        buf_add_char(&b->endpoints, '\0');
    for (size_t i = 0; i < conf_count(b->types); i++)
        if (event_type_find(conf_text(conf_at(b->types, i))) < 0)
            conf_problem(problems, conf_at(b->types, i), "types: 没有此类事件 (no such type)");
    if (brief)
        read_brief(b, root, brief, problems);
    else if (!b->unit)
        conf_problem(problems, root, "缺少 unit (unit is missing)");
    if (!brief && !webhook == !mail)
        conf_problem(problems, root, "webhook 与 mail 应有且只有其一 (exactly one of webhook and mail)");
    else if (webhook)
        read_webhook(b, webhook, problems);
    else if (mail)
        read_mail(b, mail, problems);
    b->carrier = (struct carrier){
        .most = !digest ? 1 : mail ? MAIL_MOST : POST_MOST, .gather = digest,
        .a_minute = (unsigned)conf_int(conf_get(root, "per_minute"),
                                       b->form <= BRIDGE_FEISHU ? BOT_MINUTE : 0),
        .wanted = wanted, .start = bridge_send_start, .turn = bridge_send_turn};
}

int bridge_read(struct bridge *b, const char *file)
{
    struct problems *problems = problems_new();
    int status = EX_CONFIG;

    *b = (struct bridge){.form = BRIDGE_MAIL};
    if (!problems)
        return EX_OSERR;
    b->doc = conf_load(file, keys, problems);
    if (b->doc)
        read_all(b, problems);
    if (b->doc && !problems_count(problems))
        status = 0;
    problems_sort(problems);
    problems_print(problems, stderr);
    problems_free(problems);
    return status;
}

static void wipe(struct buf *b)
{
    if (b->data)
        sodium_memzero(b->data, b->len);
    buf_free(b);
}

void bridge_clear(struct bridge *b)
{
    bridge_send_close(b);
    wipe(&b->url);
    wipe(&b->secret);
    wipe(&b->password);
    buf_free(&b->endpoints);
    conf_free(b->doc);
}

int commands_bridge(const struct cli_args *args)
{
    struct bridge b;
    int status = sodium_init() < 0 ? EX_OSERR : bridge_read(&b, args->rest[0]);
    struct listen l = {.carrier = &b.carrier, .carrier_arg = &b, .left = UINT64_MAX};

    l.drill = b.drill = cli_value(args, "drill") != NULL;
    if (!status && b.brief && !cli_value(args, "check")) {
        status = bridge_send_open(&b) ? EX_OSERR : bridge_brief(&b);
    } else if (!status && !cli_value(args, "check")) {
        l.unit = b.unit;
        l.receiver = b.receiver;
        l.keys = b.keys;
        l.endpoints = b.endpoints.len ? b.endpoints.data : NULL;
        status = bridge_send_open(&b) ? EX_OSERR : listen_bus(&l);
    }
    bridge_clear(&b);
    return status;
}
