/* What is handed on to the machine that leads, written and read again. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "daemon/ledger_state.h"

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
    assert_str(d->units[1], c->units[1]);
    assert_non_null(out->trail);
    assert_string_equal(out->trail->who, ROW.who);
    assert_string_equal(out->trail->role, ROW.role);
    assert_string_equal(out->trail->act, ROW.act);
    assert_string_equal(out->trail->target, ROW.target);
    ledger_message_free(out);

    *c = (struct command){.concern = 6, .graded = true, .grade = GRADE_GRAVE,
                          .note = str_from("多人发热")};
    c->act = (enum command_act)command_find(str_from("assess"));
    out = there(&m, NULL);
    assert_true(out->command.act == c->act && out->command.graded &&
                out->command.grade == GRADE_GRAVE && !out->trail);
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

static void what_is_the_leaders_stays(void **state)
{
    const struct message m = {.kind = MESSAGE_SOURCES};
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
        cmocka_unit_test(what_is_the_leaders_stays),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests_name("ledger_text", tests, NULL, NULL);
}
