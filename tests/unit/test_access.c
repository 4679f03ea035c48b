/* Who may what: the table, and the API as every kind of caller. */
#include "tests/unit/http_fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/http/access.h"
#include "daemon/http/caller.h"
#include "daemon/http/lockout.h"
#include "daemon/routes/routes.h"

#define PASSWORD "三号楼 duty officer"

static void the_table_is_whole_and_ordered(void **state)
{
    (void)state;
    assert_null(access_missing());
    assert_null(access_find("GET", "/api/v1/nothing"));
    for (int r = 0; r < ACCESS_ROLES; r++) {
        assert_true(access_within(ACCESS_PUBLIC, (enum access_role)r));
        assert_true(access_within((enum access_role)r, ACCESS_SOCKET));
        assert_true(access_within((enum access_role)r, (enum access_role)r));
    }
    assert_true(access_within(ACCESS_UNIT, ACCESS_COORDINATOR));
    assert_false(access_within(ACCESS_COORDINATOR, ACCESS_UNIT));
    assert_false(access_within(ACCESS_AUDITOR, ACCESS_COORDINATOR));
    assert_false(access_within(ACCESS_OPERATOR, ACCESS_COORDINATOR));
    assert_false(access_within(ACCESS_COORDINATOR, ACCESS_OPERATOR));
    /* an auditor changes nothing, nor does who is not logged in, but for logging in and out */
    const char *const reads[] = {"GET", "POST", "PUT", "DELETE"};
    for (size_t m = 1; m < 4; m++) {
        const struct access_row *row = access_find(reads[m], "/api/v1/sources");
        assert_true(!row || access_may(row, ACCESS_AUDITOR) == ACCESS_NEVER);
    }
    const struct access_row *accept = access_find("POST", "/api/v1/concerns/{id}/accept");
    assert_int_equal(access_may(accept, ACCESS_UNIT), ACCESS_OWN);
    assert_int_equal(access_may(accept, ACCESS_COORDINATOR), ACCESS_ALL);
    assert_int_equal(access_may(accept, ACCESS_AUDITOR), ACCESS_NEVER);
    assert_int_equal(access_may(accept, ACCESS_GUEST), ACCESS_NEVER);
}

/* The walk over the description as every role misses no route. */
static void every_route_is_described(void **state)
{
    const char *src = getenv("srcdir");
    struct buf text = BUF_INIT;
    char path[512];
    const struct route *route;

    (void)state;
    snprintf(path, sizeof path, "%s/docs/openapi.yaml", src ? src : "..");
    assert_int_equal(file_read(path, 1 << 24, &text), 0);
    for (size_t i = 0; (route = routes_at(i)); i++) {
        snprintf(path, sizeof path, "\n  %s:\n", route->path);
        if (strncmp(route->path, "/api/", 5) == 0 &&
            str_find(buf_str(&text), str_from(path), 0) == (size_t)-1)
            fail_msg("not in openapi.yaml: %s", route->path);
    }
    buf_free(&text);
}

static struct account sample(const char *name, enum account_role role, const char *unit)
{
    struct account a = {.role = (uint8_t)role, .created = 1, .changed = 1};

    snprintf(a.name, sizeof a.name, "%s", name);
    snprintf(a.unit, sizeof a.unit, "%s", unit);
    assert_int_equal(crypto_pwhash_str(a.hash, PASSWORD, strlen(PASSWORD),
                                       crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN), 0);
    return a;
}

static void commit_accounts(const struct account *list, size_t n)
{
    struct store_batch b = {.accounts = list, .naccounts = n};

    assert_int_equal(store_commit(http_town.store, &b), 0);
}

static int ask(const char *method, const char *path, const char *headers, const char *body,
               struct buf *a)
{
    char head[1024];

    snprintf(head, sizeof head, "%s %s HTTP/1.1%s%s", method, path, headers[0] ? "\r\n" : "",
             headers);
    return http_ask(false, head, body, a);
}

#define LOGIN "Content-Type: application/json"

/* Log in: the cookie and CSRF headers of what follows. */
static void log_in(const char *account, char cookie[static 256], char csrf[static 256])
{
    struct buf a = BUF_INIT;
    char body[256];

    snprintf(body, sizeof body, "{\"account\":\"%s\",\"password\":\"" PASSWORD "\"}", account);
    assert_int_equal(ask("POST", "/api/v1/session", LOGIN, body, &a), 200);
    const char *set = strstr(a.data, "Set-Cookie: huiying=");
    assert_non_null(set);
    assert_non_null(strstr(set, "; Path=/; HttpOnly; SameSite=Strict\r\n"));
    snprintf(cookie, 256, "Cookie: %.*s", (int)strcspn(set + 12, ";"), set + 12);
    json_t *told = http_json(&a);
    snprintf(csrf, 256, "%s\r\nX-CSRF-Token: %s", cookie, http_text_at(told, "csrf", NULL));
    json_decref(told);
    buf_free(&a);
}

static void who_is_not_logged_in_sees_what_is_public(void **state)
{
    struct account list[] = {sample("boss", ACCOUNT_COORDINATOR, "")};
    struct buf a = BUF_INIT;

    (void)state;
    /* until the first account is made, this machine reads */
    assert_int_equal(ask("GET", "/api/v1/concerns", "", NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/corpus", "", NULL, &a), 403);
    commit_accounts(list, 1);
    assert_int_equal(ask("GET", "/api/v1/concerns", "", NULL, &a), 401);
    assert_non_null(strstr(a.data, "WWW-Authenticate: Bearer"));
    assert_int_equal(ask("GET", "/api/v1/topics", "", NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/session", "", NULL, &a), 200);
    json_t *who = http_json(&a);
    assert_string_equal(http_text_at(who, "role", NULL), "public");
    json_decref(who);
    /* and that stays so when the last account goes */
    list[0].disabled = true;
    commit_accounts(list, 1);
    assert_int_equal(ask("GET", "/api/v1/concerns", "", NULL, &a), 401);
    assert_int_equal(http_ask(true, "GET /api/v1/concerns HTTP/1.1", NULL, &a), 200);
    buf_free(&a);
}

static void a_session_needs_its_token_to_change(void **state)
{
    struct account list[] = {sample("boss", ACCOUNT_COORDINATOR, ""),
                             sample("li", ACCOUNT_UNIT, "labour-office")};
    struct buf a = BUF_INIT;
    char cookie[256], csrf[256];

    (void)state;
    commit_accounts(list, 2);
    log_in("boss", cookie, csrf);
    assert_int_equal(ask("GET", "/api/v1/concerns", cookie, NULL, &a), 200);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/assess", cookie, "{\"x\":1}", &a), 403);
    assert_non_null(strstr(a.data, "\"csrf\""));
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/assess", csrf, "{\"x\":1}", &a), 422);
    assert_int_equal(ask("GET", "/api/v1/audit", cookie, NULL, &a), 403);
    /* a new password ends it */
    list[0].changed = 2;
    commit_accounts(list, 1);
    assert_int_equal(ask("GET", "/api/v1/concerns", cookie, NULL, &a), 401);
    log_in("boss", cookie, csrf);
    assert_int_equal(ask("DELETE", "/api/v1/session", cookie, NULL, &a), 403);
    assert_int_equal(ask("DELETE", "/api/v1/session", csrf, NULL, &a), 200);
    assert_non_null(strstr(a.data, "Max-Age=0"));
    assert_int_equal(ask("GET", "/api/v1/concerns", cookie, NULL, &a), 401);
    buf_free(&a);
}

static void what_is_another_units_is_refused(void **state)
{
    struct account li = sample("li", ACCOUNT_UNIT, "labour-office");
    struct account far = sample("far", ACCOUNT_UNIT, "culture");
    struct buf a = BUF_INIT;
    char cookie[256], csrf[256];

    (void)state;
    commit_accounts(&li, 1);
    commit_accounts(&far, 1);
    log_in("li", cookie, csrf);
    assert_int_equal(ask("GET", "/api/v1/concerns", cookie, NULL, &a), 200);
    json_t *page = http_json(&a);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 3);
    json_decref(page);
    assert_int_equal(ask("GET", "/api/v1/concerns/c1", cookie, NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/concerns?unit=town-hall", cookie, NULL, &a), 403);
    assert_int_equal(ask("GET", "/api/v1/events?unit=town-hall", cookie, NULL, &a), 403);
    assert_int_equal(ask("GET", "/api/v1/items?q=%E6%AC%A0%E8%96%AA", cookie, NULL, &a), 403);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/accept", csrf, "{\"unit\":\"town-hall\"}",
                         &a), 403);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/assess", csrf, "{}", &a), 403);
    /* the unit of the account is the one that acts */
    http_town.ledger.refuse = ERR_AGAIN;
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/accept", csrf, "{}", &a), 503);
    http_town.ledger.refuse = 0;
    log_in("far", cookie, csrf);
    assert_int_equal(ask("GET", "/api/v1/concerns/c1", cookie, NULL, &a), 403);
    assert_int_equal(ask("GET", "/api/v1/items/01000000000000000000000000000000", cookie, NULL,
                         &a), 403);
    assert_int_equal(ask("GET", "/api/v1/concerns", cookie, NULL, &a), 200);
    page = http_json(&a);
    assert_int_equal(json_array_size(json_object_get(page, "items")), 0);
    json_decref(page);
    buf_free(&a);
}

static void tokens_live_as_long_as_is_said(void **state)
{
    struct account list[] = {sample("boss", ACCOUNT_COORDINATOR, ""),
                             sample("ops", ACCOUNT_OPERATOR, "")};
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    commit_accounts(list, 2);
    assert_int_equal(http_ask(true, "POST /api/v1/accounts/nobody/tokens HTTP/1.1", "{}", &a),
                     404);
    assert_int_equal(http_ask(true, "POST /api/v1/accounts/boss/tokens HTTP/1.1",
                              "{\"role\":\"auditor\"}", &a), 422);
    assert_int_equal(http_ask(true, "POST /api/v1/accounts/boss/tokens HTTP/1.1",
                              "{\"role\":\"unit\",\"unit\":\"labour-office\",\"days\":1}",
                              &a), 200);
    json_t *made = http_json(&a);
    assert_string_equal(http_text_at(made, "role", NULL), "unit");
    snprintf(head, sizeof head, "Authorization: Bearer %s", http_text_at(made, "token", NULL));
    assert_int_equal(ask("GET", "/api/v1/concerns", head, NULL, &a), 200);
    /* a script needs no CSRF token: no browser sends its header by itself */
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/accept", head, "{\"x\":1}", &a), 422);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/merge", head, "{}", &a), 403);
    /* operators group, in no unit's name, and decide nothing */
    json_t *grouping;
    char operator[256];
    assert_int_equal(http_ask(true, "POST /api/v1/accounts/ops/tokens HTTP/1.1",
                              "{\"role\":\"operator\",\"days\":1}", &a), 200);
    grouping = http_json(&a);
    snprintf(operator, sizeof operator, "Authorization: Bearer %s",
             http_text_at(grouping, "token", NULL));
    json_decref(grouping);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/merge", operator, "{\"x\":1}", &a), 422);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/merge", operator,
                         "{\"other\":\"c2\",\"unit\":\"labour-office\"}", &a), 403);
    assert_int_equal(ask("POST", "/api/v1/concerns/c1/reopen", operator, "{\"x\":1}", &a), 403);
    assert_int_equal(ask("GET", "/api/v1/concerns", "Authorization: Bearer hy_nonsense", NULL, &a),
                     401);
    char drop[128];
    snprintf(drop, sizeof drop, "DELETE /api/v1/tokens/%s HTTP/1.1",
             http_text_at(made, "id", NULL));
    assert_int_equal(http_ask(true, drop, NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/concerns", head, NULL, &a), 401);
    assert_int_equal(http_ask(true, drop, NULL, &a), 404);
    json_decref(made);
    /* one that has run out */
    char token[CALLER_TOKEN];
    struct account_token old = {.account = "boss", .created = 1, .expires = clock_now()};
    caller_token_new(token, old.hash);
    struct store_batch b = {.tokens = &old, .ntokens = 1};
    assert_int_equal(store_commit(http_town.store, &b), 0);
    snprintf(head, sizeof head, "Authorization: Bearer %s", token);
    assert_int_equal(ask("GET", "/api/v1/concerns", head, NULL, &a), 401);
    buf_free(&a);
}

static int note_act(void *arg, const struct trail_row *row)
{
    buf_addf(arg, "%s/%s/%s/%s ", row->who, row->role, row->act, row->target);
    return 0;
}

static void log_ins_and_lockouts_leave_rows(void **state)
{
    struct account list[] = {sample("li", ACCOUNT_UNIT, "labour-office")};
    struct account spare = sample("spare", ACCOUNT_AUDITOR, "");
    struct buf a = BUF_INIT, rows = BUF_INIT;
    char cookie[256], csrf[256];

    (void)state;
    commit_accounts(list, 1);
    log_in("li", cookie, csrf);
    assert_int_equal(ask("DELETE", "/api/v1/session", csrf, NULL, &a), 200);
    static const char wrong[] = "{\"account\":\"li\",\"password\":\"not that one\"}";
    assert_int_equal(ask("POST", "/api/v1/session", "Content-Type: text/plain", wrong, &a), 415);
    for (int i = 0; i < LOCKOUT_TRIES; i++)
        assert_int_equal(ask("POST", "/api/v1/session", LOGIN, wrong, &a), 401);
    assert_int_equal(ask("POST", "/api/v1/session", LOGIN, wrong, &a), 429);
    assert_non_null(strstr(a.data, "Retry-After: "));
    /* a name that nobody has is answered alike, and stands nowhere */
    static const char none[] = "{\"account\":\"my-secret\",\"password\":\"not that one\"}";
    for (int i = 0; i < LOCKOUT_TRIES; i++)
        assert_int_equal(ask("POST", "/api/v1/session", LOGIN, none, &a), 401);
    assert_int_equal(ask("POST", "/api/v1/session", LOGIN, none, &a), 429);
    assert_int_equal(trail_after(http_town.store, 0, 100, note_act, &rows), 0);
    buf_add_char(&rows, '\0');
    assert_string_equal(rows.data, "li/unit/login/ li/unit/logout/ li/unit/lockout/ ");
    /* nobody is let in whose row cannot be kept */
    commit_accounts(&spare, 1);
    http_town.ledger.refuse = ERR_AGAIN;
    assert_int_equal(ask("POST", "/api/v1/session", LOGIN,
                         "{\"account\":\"spare\",\"password\":\"" PASSWORD "\"}", &a), 503);
    assert_null(strstr(a.data, "Set-Cookie"));
    http_town.ledger.refuse = 0;
    buf_free(&rows);
    buf_free(&a);
}

static void accounts_are_the_sockets(void **state)
{
    struct buf a = BUF_INIT, rows = BUF_INIT;
    char cookie[256], csrf[256];
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"{\"account\":\"li\",\"role\":\"unit\",\"unit\":\"labour-office\","
         "\"password\":\"" PASSWORD "\"}", 200},
        {"{\"account\":\"li\",\"role\":\"king\",\"password\":\"" PASSWORD "\"}", 422},
        {"{\"account\":\"li\",\"role\":\"unit\",\"password\":\"" PASSWORD "\"}", 422},
        {"{\"account\":\"li\",\"role\":\"unit\",\"unit\":\"moon\",\"password\":\"" PASSWORD "\"}",
         422},
        {"{\"account\":\"li\",\"role\":\"auditor\",\"unit\":\"town-hall\",\"password\":\"" PASSWORD
         "\"}", 422},
        {"{\"account\":\"Li Wei\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\"}", 422},
        {"{\"account\":\"li\",\"role\":\"auditor\",\"password\":\"short\"}", 422},
        {"{\"account\":\"li\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\",\"x\":1}", 422},
        {"[]", 422},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = http_ask(true, "POST /api/v1/accounts HTTP/1.1", cases[i].body, &a);
        if (status != cases[i].status)
            fail_msg("%s: %d %s", cases[i].body, status, a.data);
    }
    log_in("li", cookie, csrf);
    assert_int_equal(ask("POST", "/api/v1/accounts", csrf, cases[0].body, &a), 403);
    assert_int_equal(ask("GET", "/api/v1/accounts", cookie, NULL, &a), 403);
    assert_int_equal(http_ask(true, "GET /api/v1/accounts HTTP/1.1", NULL, &a), 200);
    assert_null(strstr(a.data, "argon2"));
    assert_int_equal(trail_after(http_town.store, 0, 100, note_act, &rows), 0);
    buf_add_char(&rows, '\0');
    assert_string_equal(rows.data, "/socket/account.add/li li/unit/login/ ");
    buf_free(&rows);
    buf_free(&a);
}

static void the_trail_is_the_auditors(void **state)
{
    struct account list[] = {sample("zhou", ACCOUNT_AUDITOR, "")};
    struct buf a = BUF_INIT;
    char cookie[256], csrf[256];

    (void)state;
    commit_accounts(list, 1);
    log_in("zhou", cookie, csrf);
    assert_int_equal(ask("GET", "/api/v1/corpus", cookie, NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/marks", cookie, NULL, &a), 200);
    assert_int_equal(ask("GET", "/api/v1/marks?with=text", cookie, NULL, &a), 200);
    assert_int_equal(ask("POST", "/api/v1/rules/load", csrf, "{}", &a), 403);
    assert_int_equal(ask("GET", "/api/v1/audit?limit=2", cookie, NULL, &a), 200);
    json_t *page = http_json(&a), *items = json_object_get(page, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(http_text_at(page, "next_cursor", NULL), "2");
    assert_string_equal(http_text_at(json_array_get(items, 1), "act", NULL), "read.corpus");
    assert_string_equal(http_text_at(json_array_get(items, 1), "who", NULL), "zhou");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(page, "head"), "seq")), 3);
    json_decref(page);
    /* what cannot be put on record is not handed out */
    http_town.ledger.refuse = ERR_AGAIN;
    assert_int_equal(ask("GET", "/api/v1/corpus", cookie, NULL, &a), 503);
    http_town.ledger.refuse = 0;
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole_and_ordered),
        cmocka_unit_test(every_route_is_described),
        CASE(who_is_not_logged_in_sees_what_is_public),
        CASE(a_session_needs_its_token_to_change),
        CASE(what_is_another_units_is_refused),
        CASE(tokens_live_as_long_as_is_said),
        CASE(log_ins_and_lockouts_leave_rows),
        CASE(accounts_are_the_sockets),
        CASE(the_trail_is_the_auditors),
    };

    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
