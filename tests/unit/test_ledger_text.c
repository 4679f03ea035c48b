/* What is handed on to the machine that leads, written and read again. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/ledger/ledger_state.h"

static const struct trail_row ROW = {.at = 7, .who = "li", .role = "unit", .act = "concern.accept",
                                     .target = "c12"};

static struct message *there(const struct message *m, const struct trail_row *row)
{
    struct buf text = BUF_INIT;
    struct message *out;

    assert_int_equal(ledger_text_write(m, row, &text), 0);
    assert_int_equal(ledger_text_read(buf_str(&text), &out), 0);
    assert_int_equal(out->kind, m->kind);
    buf_free(&text);
    return out;
}

static void assert_str(struct str a, struct str b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
}

static void commands_come_back(void **state)
{
    struct message m = {.kind = MESSAGE_COMMAND};
    struct command *c = &m.command;

    (void)state;
    *c = (struct command){.concern = UINT64_C(1) << 52 | 5, .by = str_from("labour"),
                          .note = str_from("请 \"劳动\" 局\n办理"), .key = str_from("k-1"),
                          .receiver = str_from("desk-1"),
                          .person = UINT64_MAX - 3};
    c->act = (enum command_act)command_find(str_from("dispatch"));
    c->units[c->nunits++] = str_from("health");
    c->units[c->nunits++] = str_from("market");
    const char *reason;
    assert_int_equal(command_check(c, &reason), 0);
    struct message *out = there(&m, &ROW);
    const struct command *d = &out->command;
    assert_true(d->act == c->act && d->concern == c->concern && !d->graded &&
                d->person == c->person && d->nunits == 2 && !d->found);
    assert_str(d->by, c->by);
    assert_str(d->note, c->note);
    assert_str(d->key, c->key);
    assert_str(d->receiver, c->receiver);
    assert_true(command_request(d) == command_request(c));
    assert_str(d->units[1], c->units[1]);
    assert_non_null(out->trail);
    assert_string_equal(out->trail->who, ROW.who);
    assert_string_equal(out->trail->role, ROW.role);
    assert_string_equal(out->trail->act, ROW.act);
    assert_string_equal(out->trail->target, ROW.target);
    ledger_message_free(out);

    *c = (struct command){.concern = 6, .graded = true, .grade = GRADE_GRAVE, .criteria = 5,
                          .emergency = EMERGENCY_NO, .note = str_from("多人发热")};
    c->act = (enum command_act)command_find(str_from("assess"));
    out = there(&m, NULL);
    assert_true(out->command.act == c->act && out->command.graded &&
                out->command.grade == GRADE_GRAVE && out->command.criteria == 5 &&
                out->command.emergency == EMERGENCY_NO && !out->trail);
    ledger_message_free(out);
}

static void the_others_come_back(void **state)
{
    struct batch_access access = {.act = BATCH_TOKEN_ADD,
                                  .account = {.name = "li", .unit = "labour", .role = ACCOUNT_UNIT,
                                              .hash = "$argon2id$", .created = 1, .changed = 2},
                                  .token = {.hash = {0, 1, 255}, .account = "li", .expires = 9,
                                            .role = ACCOUNT_AUDITOR, .drop = true}};
    struct message mark = {.kind = MESSAGE_MARK,
                           .mark = {.ident = {9, 0, 8}, .aspect = 2, .value = 3,
                                    .topic = "epidemic", .rules = UINT64_MAX, .at = 5}};
    struct message redact = {.kind = MESSAGE_REDACT, .mark = {.ident = {1, 2, 3}}};
    struct message survey = {.kind = MESSAGE_SURVEY, .command = {.concern = 3}, .round = 4,
                             .solved = true};
    struct trail_row row = ROW;
    struct message trail = {.kind = MESSAGE_TRAIL, .trail = &row};
    struct message change = {.kind = MESSAGE_ACCESS, .access = &access};

    (void)state;
    struct message *out = there(&mark, NULL);
    assert_memory_equal(out->mark.ident, mark.mark.ident, STORE_IDENT);
    assert_true(out->mark.aspect == 2 && out->mark.value == 3 && out->mark.rules == UINT64_MAX &&
                out->mark.at == 5 && !out->trail);
    assert_string_equal(out->mark.topic, "epidemic");
    ledger_message_free(out);
    out = there(&redact, NULL);
    assert_memory_equal(out->mark.ident, redact.mark.ident, STORE_IDENT);
    ledger_message_free(out);
    out = there(&survey, NULL);
    assert_true(out->command.concern == 3 && out->round == 4 && out->solved);
    ledger_message_free(out);
    out = there(&trail, NULL);
    assert_string_equal(out->trail->act, row.act);
    ledger_message_free(out);
    out = there(&change, &ROW);
    const struct account *a = &out->access->account;
    const struct account_token *t = &out->access->token;
    assert_true(out->access->act == BATCH_TOKEN_ADD && a->role == ACCOUNT_UNIT && !a->disabled &&
                a->created == 1 && a->changed == 2 && t->expires == 9 && t->drop &&
                t->role == ACCOUNT_AUDITOR);
    assert_string_equal(a->name, "li");
    assert_string_equal(a->unit, "labour");
    assert_string_equal(a->hash, "$argon2id$");
    assert_string_equal(t->account, "li");
    assert_memory_equal(t->hash, access.token.hash, ACCOUNT_TOKEN);
    ledger_message_free(out);
}

static void what_receivers_have_comes_back(void **state)
{
    struct store_cursor cursors[] = {{.unit = "labour", .receiver = "desk", .unitseq = 7},
                                     {.unit = "health", .receiver = "cli",
                                      .unitseq = UINT64_C(1) << 52}};
    const struct message had = {.kind = MESSAGE_CURSORS, .cursors = cursors, .ncursors = 2};
    const struct message reach = {.kind = MESSAGE_REACH, .names = str_from("labour health")};

    (void)state;
    struct message *out = there(&had, NULL);
    assert_int_equal(out->ncursors, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(out->cursors[i].unit, cursors[i].unit);
        assert_string_equal(out->cursors[i].receiver, cursors[i].receiver);
        assert_true(out->cursors[i].unitseq == cursors[i].unitseq);
    }
    ledger_message_free(out);
    out = there(&reach, NULL);
    assert_str(out->names, reach.names);
    ledger_message_free(out);
}

static void sources_come_back(void **state)
{
    struct source one = {.id = (char *)"xinhua", .name = (char *)"新华 \"社\"",
                         .url = (char *)"https://example.org/a?b=c", .kind = SOURCE_OFFICIAL,
                         .interval = 600000, .least = 60000, .most = 3600000, .since = 86400000,
                         .zone_minutes = 480, .full_text = true};
    const struct ledger_once once = {.key = "k-9", .request = UINT64_MAX - 1,
                                     .person = UINT64_MAX - 2};

    (void)state;
    struct message *m = ledger_sources_message(LEDGER_SOURCE_ADD, &one, 1, &once);
    assert_non_null(m);
    struct message *out = there(m, &ROW);
    const struct source *s = &out->flat[0];
    assert_true(out->act == LEDGER_SOURCE_ADD && out->nsources == 1 && out->each &&
                out->request == once.request && out->person == once.person);
    assert_string_equal(out->key, "k-9");
    assert_string_equal(s->id, one.id);
    assert_string_equal(s->name, one.name);
    assert_string_equal(s->url, one.url);
    assert_true(s->kind == one.kind && s->interval == one.interval && s->least == one.least &&
                s->most == one.most && s->since == one.since && s->full_text &&
                s->zone_minutes == one.zone_minutes);
    assert_string_equal(out->trail->who, ROW.who);
    ledger_message_free(out);
    ledger_message_free(m);
    m = ledger_sources_message(LEDGER_SOURCE_PAUSE, &one, 1, &(struct ledger_once){0});
    assert_non_null(m);
    out = there(m, NULL);
    assert_true(out->act == LEDGER_SOURCE_PAUSE && out->nsources == 1 && !out->key[0]);
    assert_string_equal(out->flat[0].id, "xinhua");
    ledger_message_free(out);
    ledger_message_free(m);
}

static void pages_and_erasures_come_back(void **state)
{
    const struct desk_page page = {str_from("epidemic"), str_from("office"), str_from("群众来电")};
    const struct batch_erasure erasure = {.what = BATCH_ERASE_REPLY, .code = ERASURE_WRONG,
                                          .ident = {1, 0, 2}, .link = str_from("https://a.example"),
                                          .concern = 9, .round = 3};
    const struct message correct = {.kind = MESSAGE_CORRECT,
                                    .correction = {BATCH_CORRECTION_GRANT, 4, STORE_WISH_ERASE,
                                                   ERASURE_ASKED}};

    (void)state;
    struct message *m = ledger_register_message(str_from("https://a.example/1"), &page);
    struct message *out = there(m, &ROW);
    assert_str(out->url, str_from("https://a.example/1"));
    assert_str(out->asked.page.topic, page.topic);
    assert_str(out->asked.page.by, page.by);
    assert_str(out->asked.page.note, page.note);
    ledger_message_free(m);
    ledger_message_free(out);
    m = ledger_erase_message(&erasure);
    out = there(m, &ROW);
    const struct batch_erasure *e = out->erasure;
    assert_true(e->what == erasure.what && e->code == erasure.code && e->concern == 9 &&
                e->round == 3);
    assert_memory_equal(e->ident, erasure.ident, STORE_IDENT);
    assert_str(e->link, erasure.link);
    ledger_message_free(m);
    ledger_message_free(out);
    out = there(&correct, NULL);
    assert_true(out->correction.act == BATCH_CORRECTION_GRANT && out->correction.concern == 4 &&
                out->correction.wish == STORE_WISH_ERASE &&
                out->correction.reason == ERASURE_ASKED);
    ledger_message_free(out);
}

static void what_all_go_by_comes_back(void **state)
{
    struct store_shared rows[] = {
        {.kind = STORE_SHARED_KEY, .name = "units/hr"},
        {.kind = STORE_SHARED_RULES, .name = "files", .value = {"\0\xff\"x", 4}, .drop = true}};
    struct message share = {.kind = MESSAGE_SHARE, .shared = rows, .nshared = 2};
    struct message load = {.kind = MESSAGE_LOAD, .shared = rows, .nshared = 2, .number = 2,
                           .request = UINT64_MAX};

    (void)state;
    struct message *out = there(&share, &ROW);
    assert_int_equal(out->nshared, 2);
    assert_true(out->shared[0].kind == STORE_SHARED_KEY && !out->shared[0].value.n &&
                !out->shared[0].drop && out->shared[1].drop && out->trail);
    assert_string_equal(out->shared[0].name, "units/hr");
    assert_int_equal(out->shared[1].value.n, 4);
    assert_memory_equal(out->shared[1].value.p, rows[1].value.p, 4);
    ledger_message_free(out);
    out = there(&load, NULL);
    assert_true(out->kind == MESSAGE_LOAD && out->number == 2 && out->request == UINT64_MAX);
    assert_string_equal(out->shared[1].name, "files");
    ledger_message_free(out);
}

static void what_is_the_leaders_stays(void **state)
{
    const struct message m = {.kind = MESSAGE_RULES};
    struct buf text = BUF_INIT;

    (void)state;
    assert_int_equal(ledger_text_write(&m, NULL, &text), ERR_UNSUPPORTED);
    buf_free(&text);
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "[]", "{}", "{\"kind\":\"poll\"}", "{\"kind\":\"trail\"}",
        "{\"kind\":\"command\",\"act\":\"explode\",\"concern\":1}",
        "{\"kind\":\"command\",\"act\":\"assess\",\"concern\":1,\"graded\":1,\"grade\":9}",
        "{\"kind\":\"command\",\"act\":\"accept\",\"concern\":1,\"items\":[\"00\"]}",
        "{\"kind\":\"command\",\"act\":\"dispatch\",\"units\":[1,2,3,4,5,6,7,8,9]}",
        "{\"kind\":\"redact\",\"item\":\"zz\"}", "{\"kind\":\"survey\",\"round\":65536}",
        "{\"kind\":\"access\",\"role\":99}",
        "{\"kind\":\"cursors\",\"cursors\":[[\"labour\"]]}",
        "{\"kind\":\"cursors\",\"cursors\":[[\"labour\",\"desk\",1],7]}",
        "{\"kind\":\"sources\",\"act\":9}", "{\"kind\":\"sources\",\"act\":2,\"sources\":[1]}",
        "{\"kind\":\"sources\",\"sources\":[\"id: a\"]}", "{\"kind\":\"erase\",\"what\":9}",
        "{\"kind\":\"erase\",\"item\":\"00\"}", "{\"kind\":\"correct\",\"wish\":9}",
        "{\"kind\":\"share\"}", "{\"kind\":\"share\",\"rows\":[{\"kind\":9,\"name\":\"a\"}]}",
        "{\"kind\":\"share\",\"rows\":[{\"name\":\"a\",\"value\":\"no base64\"}]}",
        "{\"kind\":\"share\",\"rows\":[{\"value\":\"\"}]}", "{\"kind\":\"load\",\"verb\":3}",
        "{\"kind\":\"survey\",\"row\":{\"role\":\"a role that is longer than any\"}}",
    };
    struct message *out;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(ledger_text_read(str_from(texts[i]), &out), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_come_back),
        cmocka_unit_test(the_others_come_back),
        cmocka_unit_test(what_receivers_have_comes_back),
        cmocka_unit_test(sources_come_back),
        cmocka_unit_test(pages_and_erasures_come_back),
        cmocka_unit_test(what_all_go_by_comes_back),
        cmocka_unit_test(what_is_the_leaders_stays),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests_name("ledger_text", tests, NULL, NULL);
}
