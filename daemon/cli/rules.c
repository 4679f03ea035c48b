#include "classifiers/rules/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/human.h"
#include "daemon/cli/lines.h"
#include "daemon/cli/places.h"
#include "daemon/config/config_rules.h"

struct corpus { /* items in which terms are counted: of a file, or the daemon's */
    struct lines lines;
    json_t *item;
    struct str (*kept)[2]; /* title and text, in the arena */
    size_t nkept, at;
    struct arena *arena;
    int status, items;
};

/* A share needs no more of them, and they lie in memory. */
enum { KEPT_MAX = 20000, ENOUGH = -1 };

static bool next_item(void *arg, struct str *title, struct str *text)
{
    struct corpus *c = arg;
    struct str line;

    while (lines_next(&c->lines, &line)) {
        json_decref(c->item);
        c->item = json_loadb(line.p, line.n, 0, NULL);
        *title = member_get(c->item, "title");
        *text = member_get(c->item, "content_text");
        if (!text->n)
            *text = member_get(c->item, "body");
        if (title->n || text->n) {
            c->items++;
            return true;
        }
        if (!c->status)
            cli_error_at(c->lines.name, c->lines.number,
                         "不是有 title 或 content_text 的条目 (not an item with a title or "
                         "content_text)");
        c->status = EX_DATAERR;
    }
    return false;
}

static bool next_kept(void *arg, struct str *title, struct str *text)
{
    struct corpus *c = arg;

    if (c->at == c->nkept)
        return false;
    *title = c->kept[c->at][0];
    *text = c->kept[c->at++][1];
    c->items++;
    return true;
}

static int keep_page(void *arg, const struct backtest_item *items, size_t n,
                     const struct corpus_info *info)
{
    struct corpus *c = arg;

    (void)info;
    for (size_t i = 0; i < n; i++) {
        if (c->nkept == KEPT_MAX)
            return ENOUGH;
        struct str *one = c->kept[c->nkept++];
        one[0] = arena_str(c->arena, items[i].title);
        one[1] = arena_str(c->arena, items[i].text);
        if ((items[i].title.n && !one[0].p) || (items[i].text.n && !one[1].p)) {
            cli_error("%s", err_text(ERR_NOMEM));
            return EX_OSERR;
        }
    }
    return 0;
}

/* The stored items of the running daemon. 0, or the exit status after the reason was told. */
static int keep_stored(struct corpus *c)
{
    struct client *client = client_open();
    struct corpus_info info;
    int status = client ? 0 : EX_UNAVAILABLE;

    c->arena = arena_new();
    c->kept = calloc(KEPT_MAX, sizeof *c->kept);
    if (!status && (!c->arena || !c->kept)) {
        cli_error("%s", err_text(ERR_NOMEM));
        status = EX_OSERR;
    }
    if (!status)
        status = corpus_read(client, NULL, keep_page, c, &info);
    client_close(client);
    return status == ENOUGH ? 0 : status;
}

/* PERCENT, or PERCENT%: a share, or -1 after it was told to be none. */
static double read_share(const char *text)
{
    char *end;
    double percent = text ? strtod(text, &end) : 2;

    if (!text || (end > text && (!*end || strcmp(end, "%") == 0) && percent > 0 && percent <= 100))
        return percent / 100;
    cli_error("--share %s: 应为 0 到 100 之间的百分数 (a percentage is expected)", text);
    return -1;
}

/* Without a configuration there is no town: topics are not checked against units and deadlines.
 * Returns the count of warnings in *warnings. */
static struct rules *check(const char *dir, const struct config *config, const struct lint *lint,
                           size_t *examples, size_t *warnings)
{
    static const struct config nowhere;
    struct problems *problems = problems_new();

    if (!problems) {
        cli_error("%s", err_text(ERR_NOMEM));
        return NULL;
    }
    places_set_shipped();
    struct rules *rules = config_rules_check(config ? config : &nowhere, dir, lint, problems,
                                             examples);
    problems_print(problems, stderr);
    *warnings = problems_warnings(problems);
    if (!rules && !problems_count(problems))
        cli_error("%s: %s", dir, err_text(ERR_NOMEM));
    problems_free(problems);
    return rules;
}

static void print_checked(const struct rules *rules, size_t run, const struct corpus *corpus)
{
    if (corpus->lines.from || corpus->kept)
        cli_printf("%d 条语料 (%d items looked at)\n", corpus->items, corpus->items);
    cli_printf("%zu 个事项，%zu 个示例，规则版本 %s (%zu topics, %zu examples, version %s)\n",
               rules_topics(rules), run, rules_version(rules), rules_topics(rules), run,
               rules_version(rules));
}

static int check_with(const struct cli_args *args, const struct config *config)
{
    const char *file = cli_value(args, "corpus");
    struct corpus corpus = {0};
    char shipped[PLACES_MAX];
    size_t run = 0, warnings = 0;
    bool stored = cli_value(args, "items") != NULL;
    struct lint lint = {.now = clock_now(), .arg = &corpus,
                        .next = file     ? next_item
                                : stored ? next_kept
                                         : NULL,
                        .share = read_share(cli_value(args, "share"))};
    int status = lint.share < 0 ? EX_USAGE : 0;

    if (!status && file && stored) {
        cli_error("--corpus 与 --items 只取其一 (one of --corpus and --items)");
        status = EX_USAGE;
    }
    if (!status)
        status = file ? lines_open(&corpus.lines, file) : stored ? keep_stored(&corpus) : 0;
    if (status)
        goto done;
    const char *dir = args->count ? args->rest[0]
                      : config    ? config->rules_dir
                                  : places_rules(args, shipped);
    struct rules *rules = check(dir, config, &lint, &run, &warnings);
    if (rules)
        print_checked(rules, run, &corpus);
    status = !rules || (warnings && cli_value(args, "strict")) ? EX_CONFIG : corpus.status;
    rules_free(rules);
done:
    json_decref(corpus.item);
    int cut = lines_close(&corpus.lines);
    free(corpus.kept);
    arena_free(corpus.arena);
    return status ? status : cut;
}

int commands_rules_check(const struct cli_args *args)
{
    const char *path = cli_value(args, "config");
    /* All of it must be in order: a daemon starts on no less. */
    struct config *config = path ? config_load_told(path) : NULL;
    int status = path && !config ? EX_CONFIG : check_with(args, config);

    config_free(config);
    return status;
}

/* The daemon may stand in another folder. */
static json_t *load_body(const struct cli_args *args)
{
    json_t *body = json_object();

    if (!args->count)
        return body;
    char *folder = realpath(args->rest[0], NULL);
    if (folder)
        json_object_set_new(body, "folder", json_string(folder));
    else
        cli_error_at(args->rest[0], 0, "读不了 (cannot read): %s", strerror(errno));
    free(folder);
    if (json_object_size(body))
        return body;
    json_decref(body);
    return NULL;
}

static void print_loaded(const json_t *answer)
{
    json_int_t topics = json_integer_value(json_object_get(answer, "topics"));

    const char *staged = human_text(answer, "staged", NULL);

    if (*staged)
        cli_printf("已检查，待另一人批准 (checked; waits for another person)：huiying rules approve %s\n",
                   staged);
    else if (json_is_true(json_object_get(answer, "changed")))
        cli_printf("规则 %s → %s，%" JSON_INTEGER_FORMAT " 个事项 (topics)，台账序号 %" JSON_INTEGER_FORMAT
                   " (seq)\n",
                   human_text(answer, "previous", NULL), human_text(answer, "version", NULL),
                   topics, json_integer_value(json_object_get(answer, "seq")));
    else
        cli_printf("规则 %s 已在用，无需更改 (in force already, nothing to change)\n",
                   human_text(answer, "version", NULL));
    human_gone(answer);
}

int commands_rules_load(const struct cli_args *args)
{
    json_t *body = load_body(args), *answer = NULL;
    struct client *c = body ? client_open() : NULL;
    int status = body ? EX_UNAVAILABLE : EX_NOINPUT;

    if (c)
        status = client_post(c, "/api/v1/rules/load", body, &answer);
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        print_loaded(answer);
    }
    json_decref(answer);
    json_decref(body);
    client_close(c);
    return status;
}

/* A person's account, or what is known of one at this machine. */
static const char *who(const json_t *stage)
{
    const char *by = human_text(stage, "by", NULL);

    return *by ? by : "本机用户 (a user of this machine)";
}

static void print_stages(const json_t *answer)
{
    const json_t *staged = json_object_get(answer, "staged");
    const json_t *denied = json_object_get(answer, "denied");
    const char *unread = human_text(answer, "unread", NULL);

    if (*unread)
        cli_printf("待批 Staged    读不出，正在重试 (cannot be read, it is tried again)：%s\n", unread);
    if (json_is_object(staged))
        cli_printf("待批 Staged    %s  %s  %s\n  版本 version %s，%" JSON_INTEGER_FORMAT
                   " 个事项 (topics)，载入 by %s\n",
                   human_text(staged, "at", NULL), human_text(staged, "stage", NULL),
                   human_text(staged, "folder", NULL), human_text(staged, "version", NULL),
                   json_integer_value(json_object_get(staged, "topics")), who(staged));
    if (json_is_object(denied))
        cli_printf("不予批准 Denied %s  %s  by %s：%s\n", human_text(denied, "at", NULL),
                   human_text(denied, "stage", NULL), who(denied),
                   human_text(denied, "reason", NULL));
}

static void print_status(const json_t *answer)
{
    const json_t *refused = json_object_get(answer, "refused"), *one;
    size_t i;

    cli_printf("规则 Rules     %s，%" JSON_INTEGER_FORMAT " 个事项 (topics)\n",
               human_text(answer, "version", NULL),
               json_integer_value(json_object_get(answer, "topics")));
    cli_printf("启用 Loaded    %s  %s\n", human_text(answer, "loaded", NULL),
               human_text(answer, "folder", NULL));
    human_gone(answer);
    print_stages(answer);
    if (!json_is_object(refused))
        return;
    cli_printf("上次未换 Refused %s  %s\n", human_text(refused, "at", NULL),
               human_text(refused, "folder", NULL));
    json_array_foreach(json_object_get(refused, "problems"), i, one)
        cli_printf("  %s:%" JSON_INTEGER_FORMAT ": %s\n", human_text(one, "file", NULL),
                   json_integer_value(json_object_get(one, "line")),
                   human_text(one, "detail", NULL));
}

int commands_rules_status(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;

    if (!c)
        return EX_UNAVAILABLE;
    int status = client_get(c, "/api/v1/rules", &answer);
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        print_status(answer);
    }
    json_decref(answer);
    client_close(c);
    return status;
}
