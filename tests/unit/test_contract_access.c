/* store.h on every backend: accounts, tokens and the audit trail. */
#include "tests/unit/contract.h"

#include <stdio.h>
#include <stdlib.h>

static int note_account(void *arg, const struct account *a)
{
    buf_addf(arg, "%s:%s:%s:%d ", a->name, account_role_name(a->role), a->unit, a->disabled);
    return 0;
}

static int note_token(void *arg, const struct account_token *t)
{
    buf_addf(arg, "%s:%d:%s:%d:%d ", t->account, t->hash[0], account_role_name(t->role),
             (int)t->created, (int)t->expires);
    return 0;
}

static struct account sample_account(const char *name, enum account_role role, const char *unit)
{
    struct account a = {.role = (uint8_t)role, .created = 10, .changed = 20};

    snprintf(a.name, sizeof a.name, "%s", name);
    snprintf(a.unit, sizeof a.unit, "%s", unit);
    snprintf(a.hash, sizeof a.hash, "$argon2id$%s", name);
    return a;
}

static struct account_token sample_token(const char *account, unsigned char hash, int64_t created)
{
    struct account_token t = {.hash = {hash}, .role = ACCOUNT_UNIT, .created = created,
                              .expires = 99};

    snprintf(t.account, sizeof t.account, "%s", account);
    snprintf(t.unit, sizeof t.unit, "labour");
    return t;
}

static void assert_access(struct store *s, const char *accounts, const char *tokens)
{
    struct buf b = BUF_INIT;

    assert_int_equal(account_each(s, note_account, &b), 0);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, accounts);
    buf_reset(&b);
    assert_int_equal(account_each_token(s, note_token, &b), 0);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, tokens);
    buf_free(&b);
}

static void accounts_and_their_tokens(void **state)
{
    struct store *s = contract_store(state);
    struct account list[] = {sample_account("wang", ACCOUNT_COORDINATOR, ""),
                             sample_account("li", ACCOUNT_UNIT, "labour")};
    struct account_token tokens[] = {sample_token("wang", 1, 7), sample_token("li", 2, 6),
                                     sample_token("wang", 3, 5)};
    struct account got;
    struct account_token token;
    struct store_batch b = {.accounts = list, .naccounts = 2, .tokens = tokens, .ntokens = 3};

    assert_int_equal(account_find(s, "li", &got), ERR_NOTFOUND);
    assert_int_equal(account_find_token(s, tokens[0].hash, &token), ERR_NOTFOUND);
    assert_int_equal(store_commit(s, &b), 0);
    assert_access(s, "li:unit:labour:0 wang:coordinator::0 ",
                  "li:2:unit:6:99 wang:3:unit:5:99 wang:1:unit:7:99 ");
    assert_int_equal(account_find(s, "li", &got), 0);
    assert_string_equal(got.hash, "$argon2id$li");
    assert_true(got.created == 10 && got.changed == 20);
    assert_int_equal(account_find_token(s, tokens[2].hash, &token), 0);
    assert_string_equal(token.account, "wang");
    assert_string_equal(token.unit, "labour");
    /* one token goes by itself, the others with their account */
    tokens[2].drop = true;
    b = (struct store_batch){.tokens = &tokens[2], .ntokens = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(account_find_token(s, tokens[2].hash, &token), ERR_NOTFOUND);
    list[0].disabled = true;
    list[0].hash[0] = '\0';
    b = (struct store_batch){.accounts = list, .naccounts = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_access(s, "li:unit:labour:0 wang:coordinator::1 ", "li:2:unit:6:99 ");
}

static void accounts_that_make_no_sense(void **state)
{
    struct store *s = contract_store(state);
    struct account wrong[] = {sample_account("", ACCOUNT_AUDITOR, ""),
                              sample_account("a", ACCOUNT_AUDITOR, "labour"),
                              sample_account("a", ACCOUNT_UNIT, ""),
                              sample_account("a", ACCOUNT_ROLES, ""),
                              sample_account("a", ACCOUNT_AUDITOR, "")};
    struct account_token token = sample_token("", 1, 1);

    wrong[4].hash[0] = '\0'; /* nobody could be refused by it */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct store_batch b = {.accounts = &wrong[i], .naccounts = 1};
        assert_int_equal(store_commit(s, &b), ERR_INVALID);
    }
    struct store_batch b = {.tokens = &token, .ntokens = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_access(s, "", "");
}

struct trailed {
    struct trail_check check;
    int rows, faults;
    struct trail_row last;
};

static int follow_trail(void *arg, const struct trail_row *row)
{
    struct trailed *f = arg;
    uint64_t from;

    f->faults += trail_check(&f->check, row, &from) != TRAIL_SOUND;
    f->last = *row;
    f->rows++;
    return 0;
}

static void the_trail_is_a_chain(void **state)
{
    struct store *s = contract_store(state), *r;
    struct trail_row rows[] = {
        {.at = 5, .who = "li", .role = "unit", .act = "concern.accept", .target = "c1"},
        {.at = 6, .role = "socket", .act = "account.add", .target = "li"}};
    struct trail_row nobody = {.at = 5, .who = "li", .act = "login"};
    struct store_batch b = {.trail = rows, .ntrail = 2};
    unsigned char hash[TRAIL_HASH], none[TRAIL_HASH] = {0};
    struct trailed f = {0};
    uint64_t seq = 9;

    assert_int_equal(trail_head(s, &seq, hash), 0);
    assert_true(seq == 0 && !memcmp(hash, none, sizeof hash));
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_commit(s, &b), 0);
    b = (struct store_batch){.trail = &nobody, .ntrail = 1};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(trail_after(r, 0, 100, follow_trail, &f), 0);
    assert_true(f.rows == 4 && f.faults == 0 && f.last.seq == 4 && f.last.at == 6);
    assert_string_equal(f.last.target, "li");
    assert_string_equal(f.last.who, "");
    assert_int_equal(trail_head(r, &seq, hash), 0);
    assert_true(seq == 4 && !memcmp(hash, f.last.hash, sizeof hash));
    store_close(r);
    f = (struct trailed){.check.unknown = true};
    assert_int_equal(trail_after(s, 2, 1, follow_trail, &f), 0);
    assert_true(f.rows == 1 && f.faults == 0 && f.last.seq == 3);
    assert_int_equal(trail_after(s, 4, 1, follow_trail, &f), 0);
    assert_int_equal(f.rows, 1);
    /* the next writer goes on with it */
    struct contract *fixture = *state;
    if (strcmp(fixture->address, "memory:") == 0)
        return;
    store_close(fixture->store);
    assert_int_equal(store_open(fixture->address, &fixture->store), 0);
    b = (struct store_batch){.trail = rows, .ntrail = 2};
    assert_int_equal(store_commit(fixture->store, &b), 0);
    f = (struct trailed){0};
    assert_int_equal(trail_after(fixture->store, 0, 100, follow_trail, &f), 0);
    assert_true(f.rows == 6 && f.faults == 0 && f.last.seq == 6);
}

static int note_shared(void *arg, const struct store_shared *row)
{
    buf_addf(arg, "%d:%s:%lld:%.*s ", row->kind, row->name, (long long)row->at,
             STR_ARG(row->value));
    return 0;
}

static void assert_shared(struct store *s, enum store_shared_kind kind, const char *name,
                          const char *expected)
{
    struct buf b = BUF_INIT;
    int err = store_each_shared(s, kind, name, note_shared, &b);

    assert_int_equal(err, *expected || !*name ? 0 : ERR_NOTFOUND);
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, expected);
    buf_free(&b);
}

static int stop(void *arg, const struct store_shared *row)
{
    (void)arg;
    (void)row;
    return ERR_LIMIT;
}

static void what_all_machines_go_by(void **state)
{
    struct store *s = contract_store(state), *r;
    struct store_shared rows[] = {
        {.kind = STORE_SHARED_KEY, .name = "units/water", .at = 7, .value = STR("w")},
        {.kind = STORE_SHARED_RULES, .name = "head", .at = 9, .value = STR("v1")},
        {.kind = STORE_SHARED_KEY, .name = "units/labour", .at = -8}};
    struct store_batch b = {.shared = rows, .nshared = 3};
    struct store_shared wrong[] = {{.kind = STORE_SHARED_KINDS, .name = "x"}, {.name = ""}};

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(store_commit(s, &(struct store_batch){.shared = &wrong[i], .nshared = 1}),
                         ERR_INVALID);
    assert_shared(s, STORE_SHARED_KEY, "", "");
    assert_int_equal(store_commit(s, &b), 0);
    assert_shared(s, STORE_SHARED_KEY, "", "0:units/labour:-8: 0:units/water:7:w ");
    assert_shared(s, STORE_SHARED_RULES, "", "1:head:9:v1 ");
    assert_shared(s, STORE_SHARED_KEY, "units/labour", "0:units/labour:-8: ");
    assert_shared(s, STORE_SHARED_KEY, "head", "");
    assert_int_equal(store_each_shared(s, STORE_SHARED_KEY, "", stop, NULL), ERR_LIMIT);
    /* a reader sees what replaced it, of any size and any bytes, and what is gone */
    assert_int_equal(store_reader(s, &r), 0);
    char *large = calloc(1, 3 << 20);
    rows[0].value = (struct str){large, 3 << 20};
    rows[2].drop = true;
    assert_int_equal(store_commit(s, &b), 0);
    assert_shared(r, STORE_SHARED_KEY, "units/labour", "");
    struct buf got = BUF_INIT;
    assert_int_equal(store_each_shared(r, STORE_SHARED_KEY, "", note_shared, &got), 0);
    assert_true(got.len > 15 && !memcmp(got.data, "0:units/water:7", 15));
    buf_free(&got);
    free(large);
    store_close(r);
    rows[2].drop = false;
    rows[2].value = STR("again");
    b = (struct store_batch){.shared = &rows[2], .nshared = 1};
    assert_int_equal(store_commit(s, &b), 0);
    assert_shared(s, STORE_SHARED_KEY, "units/labour", "0:units/labour:-8:again ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(accounts_that_make_no_sense),
        ALL(accounts_and_their_tokens),
        ALL(the_trail_is_a_chain),
        ALL(what_all_machines_go_by),
    };
    return CONTRACT_RUN("contract: access", tests);
}
