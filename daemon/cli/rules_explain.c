/* rules explain: which terms stand where in an item, and what they decide. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "base/utf8.h"
#include "classifiers/regions/regions.h"
#include "classifiers/workbench/explain.h"
#include "daemon/cli/bench.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/explain_show.h"
#include "daemon/cli/places.h"
#include "daemon/workbench/explain_json.h"

enum { ITEM_MAX = 1024 * 1024 };

struct item {
    struct buf bytes;
    json_t *json; /* NULL: plain text */
    struct str id, title, text, home;
    int64_t published;
    struct judge_context context;
    bool known;          /* context is */
    struct rules *rules; /* in force where it is stored; NULL: it is from a file */
};

static bool is_id(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

/* A stored item by its id, with the rules in force. */
static int get_stored(const char *id, struct item *out)
{
    struct client *c = client_open();
    struct buf path = BUF_INIT;
    int status = c ? 0 : EX_UNAVAILABLE;

    buf_addf(&path, "/api/v1/items/%s", id);
    buf_add_char(&path, '\0');
    if (!status)
        status = buf_ok(&path) ? client_get(c, path.data, &out->json) : EX_OSERR;
    if (!status && json_is_true(json_object_get(out->json, "expired"))) {
        cli_error("%s: 文本已到期 (its text has expired)", id);
        status = EX_NOINPUT;
    }
    if (!status)
        out->rules = corpus_rules(c, &status);
    out->id = member_get(out->json, "id");
    out->title = member_get(out->json, "title");
    out->text = member_get(out->json, "text");
    out->known = corpus_context(out->json, "source_kind", "source_region", &out->context);
    out->context.home = out->home = member_get(out->json, "home");
    clock_parse(member_get(out->json, "published"), &out->published);
    buf_free(&path);
    client_close(c);
    return status;
}

/* The item to explain, stored or from a file. 0 or the exit status after the reason was told. */
static int get_item(const struct cli_args *args, struct item *out)
{
    const char *file = cli_file(args, 0);

    if (is_id(file) && access(file, F_OK) != 0)
        return get_stored(file, out);
    int status = cli_read(file, ITEM_MAX, &out->bytes);
    if (status)
        return status;
    struct str s = str_trim(buf_str(&out->bytes));
    if (!utf8_valid(s)) {
        cli_error_at(file, 0, "不是 UTF-8 (not UTF-8)");
        return EX_DATAERR;
    }
    if (cli_value(args, "text")) {
        out->text = s;
        return 0;
    }
    out->json = json_loadb(s.p ? s.p : "", s.n, 0, NULL);
    if (!json_is_object(out->json)) {
        cli_error_at(file, 0, "应为一个 JSON 对象；纯文本用 --text (not one JSON object; plain text "
                              "takes --text)");
        return EX_DATAERR;
    }
    out->id = member_get(out->json, "id");
    out->title = member_get(out->json, "title");
    out->text = member_get(out->json, "content_text");
    if (!out->text.n)
        out->text = member_get(out->json, "body");
    out->known = corpus_context(out->json, "source", "region", &out->context);
    out->context.home = out->home = member_get(out->json, "home");
    clock_parse(member_get(out->json, "date_published"), &out->published);
    return 0;
}

static int explain(const struct cli_args *args, const struct item *item, const struct rules *rules)
{
    struct judge *j = judge_new(rules);
    struct arena *arena = arena_new();
    struct explanation e;
    struct buf out = BUF_INIT;
    int err = j && arena ? explain_text(j, item->title, item->text, item->published,
                                        item->known ? &item->context : NULL, arena, &e)
                         : ERR_NOMEM;

    if (!err && !item->known) /* a context has a kind of source; home holds without one */
        e.verdict.elsewhere = regions_elsewhere(&e.verdict, item->home);

    if (!err && cli_value(args, "json")) {
        explain_json_write(&out, item->id, &e, rules);
    } else if (!err) {
        explain_show_text(&out, &e, cli_value(args, "all") != NULL);
    }
    if (!err && buf_ok(&out))
        cli_print(buf_str(&out));
    else
        cli_error("%s", err_text(ERR_NOMEM));
    err = err || !buf_ok(&out);
    buf_free(&out);
    arena_free(arena);
    judge_free(j);
    return err ? EX_OSERR : EX_OK;
}

int commands_rules_explain(const struct cli_args *args)
{
    char dir[PLACES_MAX];
    struct item item = {0};
    int status = get_item(args, &item);
    struct rules *rules = NULL;

    if (!status && item.rules && !cli_value(args, "rules")) {
        rules = item.rules;
        item.rules = NULL;
    } else if (!status) {
        rules = bench_rules(places_rules(args, dir));
    }
    if (!status)
        status = rules ? explain(args, &item, rules) : EX_CONFIG;
    rules_free(rules);
    rules_free(item.rules);
    json_decref(item.json);
    buf_free(&item.bytes);
    return status;
}
