/* Who may what: the table, sessions, lock-out, passwords; and the API as every kind of caller. */
#include "tests/unit/http_fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/http/access.h"
#include "daemon/http/caller.h"
#include "daemon/http/hasher.h"
#include "daemon/http/lockout.h"
#include "daemon/http/sessions.h"
#include "daemon/routes/routes.h"

#define MINUTE (60 * INT64_C(1000))
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

static void sessions_end_by_themselves(void **state)
{
    struct sessions *s = sessions_new(NULL);
    struct account li = {.name = "li", .changed = 7}, other = {.name = "wang"};
    char id[SESSIONS_TOKEN], first[SESSIONS_TOKEN], last[SESSIONS_TOKEN];
    struct session got, opened;
    int64_t now = 1000;

    (void)state;
    sessions_open(s, &li, now, id, &opened);
    assert_int_equal(strlen(id), SESSIONS_TOKEN - 1);
    assert_int_equal(sessions_find(s, "", now, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, opened.csrf, now, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, id, now, &got), 0);
    assert_string_equal(got.account, "li");
    assert_string_equal(got.csrf, opened.csrf);
    assert_string_not_equal(got.csrf, id);
    assert_true(got.changed == 7);
    /* used every 29 minutes it lives 12 hours, unused 30 minutes */
    for (; now + 29 * MINUTE < 1000 + 12 * 60 * MINUTE;) {
        now += 29 * MINUTE;
        assert_int_equal(sessions_find(s, id, now, &got), 0);
    }
    assert_int_equal(sessions_find(s, id, 1000 + 12 * 60 * MINUTE, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_count(s), 0);
    sessions_open(s, &li, now, id, &opened);
    assert_int_equal(sessions_find(s, id, now + 30 * MINUTE, &got), ERR_NOTFOUND);
    sessions_open(s, &li, now, id, &opened);
    sessions_close(s, id, "li");
    assert_int_equal(sessions_find(s, id, now, &got), ERR_NOTFOUND);
    /* one account cannot push the others out */
    sessions_open(s, &other, now, id, &opened);
    sessions_open(s, &li, now + 1, first, &opened);
    for (int i = 0; i < SESSIONS_EACH; i++)
        sessions_open(s, &li, now + 2 + i, last, &opened);
    assert_int_equal(sessions_count(s), SESSIONS_EACH + 1);
    assert_int_equal(sessions_find(s, first, now + 99, &got), ERR_NOTFOUND);
    assert_int_equal(sessions_find(s, last, now + 99, &got), 0);
    assert_int_equal(sessions_find(s, id, now + 99, &got), 0);
    /* nor do many accounts grow it */
    for (int i = 0; i < SESSIONS_MAX + 10; i++) {
        snprintf(li.name, sizeof li.name, "a-%d", i);
        sessions_open(s, &li, now + 100 + i, last, &opened);
    }
    assert_int_equal(sessions_count(s), SESSIONS_MAX);
    assert_int_equal(sessions_find(s, last, now + 9999, &got), 0);
    sessions_free(s);
}

static void tries_cost_more_and_more(void **state)
{
    struct lockout *l = lockout_new();
    int64_t now = 1, wait = 0, before = 0;

    (void)state;
    for (int i = 0; i < LOCKOUT_TRIES; i++) {
        assert_true(lockout_try(l, "li", now) == 0);
        assert_int_equal(lockout_failed(l, "li", now), i == LOCKOUT_TRIES - 1);
    }
    for (int i = 0; i < 10; i++) {
        wait = lockout_try(l, "li", now);
        assert_true(wait > before || wait == LOCKOUT_MOST_MS);
        assert_true(wait <= LOCKOUT_MOST_MS);
        before = wait;
        assert_true(lockout_try(l, "li", now + wait - 1) == 1);
        now += wait;
        assert_true(lockout_try(l, "li", now) == 0);
    }
    assert_true(wait == LOCKOUT_MOST_MS);
    assert_true(lockout_try(l, "wang", now) == 0); /* another name is not locked */
    lockout_passed(l, "li");
    assert_true(lockout_try(l, "li", now) == 0);
    /* what was not looked at does not count */
    for (int i = 0; i < 3 * LOCKOUT_TRIES; i++) {
        assert_true(lockout_try(l, "zhao", now) == 0);
        lockout_undo(l, "zhao");
    }
    lockout_free(l);
    /* all names together */
    l = lockout_new();
    char name[16];
    int passed = 0;
    for (int i = 0; i < 3 * LOCKOUT_BURST; i++) {
        snprintf(name, sizeof name, "n%d", i);
        passed += lockout_try(l, name, now) == 0;
    }
    assert_int_equal(passed, LOCKOUT_BURST);
    assert_true(lockout_try(l, "later", now + LOCKOUT_EACH_MS) == 0);
    lockout_free(l);
}

static void weak_passwords_are_refused(void **state)
{
    static const struct {
        const char *password;
        bool good;
    } cases[] = {
        {"short", false},         {"九个字的密码还不够", false}, {"十个字的密码就够长了呀", true},
        {"1234567890", false},    {"Password123", false},       {"password-of-the-town", true},
        {"aaaaaaaaaaaa", false},  {"abababababab", false},      {"wang-li2024", false},
        {"wang-li and the river", true}, {"correct horse battery", true},
        {"\xff\xfe bad utf-8", false},
        {"qwertyuiop1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = hasher_objection(str_from(cases[i].password), "wang-li");
        if ((why == NULL) != cases[i].good)
            fail_msg("%s: %s", cases[i].password, why ? why : "passes");
    }
}

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int err, times;
    char hash[ACCOUNT_HASH];
};

static void hear(void *arg, int err, const char *hash)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    h->err = err;
    h->times++;
    if (hash)
        snprintf(h->hash, sizeof h->hash, "%s", hash);
    pthread_cond_signal(&h->came);
    pthread_mutex_unlock(&h->lock);
}

static int outcome(struct heard *h, int times)
{
    pthread_mutex_lock(&h->lock);
    while (h->times < times)
        pthread_cond_wait(&h->came, &h->lock);
    int err = h->err;
    pthread_mutex_unlock(&h->lock);
    return err;
}

static void hashes_are_made_and_checked(void **state)
{
    struct hasher *hasher = hasher_start();
    struct heard h = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};
    struct str password = STR(PASSWORD);
    int asked = 0, err;

    (void)state;
    assert_int_equal(hasher_make(hasher, password, hear, &h), 0);
    assert_int_equal(outcome(&h, 1), 0);
    assert_int_equal(strncmp(h.hash, "$argon2id$", 10), 0);
    assert_int_equal(hasher_check(hasher, password, h.hash, hear, &h), 0);
    assert_int_equal(outcome(&h, 2), 0);
    assert_int_equal(hasher_check(hasher, STR("another one"), h.hash, hear, &h), 0);
    assert_int_equal(outcome(&h, 3), ERR_REFUSED);
    assert_int_equal(hasher_check(hasher, password, "", hear, &h), 0);
    assert_int_equal(outcome(&h, 4), ERR_REFUSED);
    /* no more wait than there is room for, and who waits at the end is told */
    while ((err = hasher_check(hasher, password, h.hash, hear, &h)) == 0)
        asked++;
    assert_int_equal(err, ERR_AGAIN);
    assert_true(asked >= HASHER_WAITING);
    hasher_stop(hasher);
    assert_int_equal(h.times, 4 + asked);
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
    struct account list[] = {sample("boss", ACCOUNT_COORDINATOR, "")};
    struct buf a = BUF_INIT;
    char head[256];

    (void)state;
    commit_accounts(list, 1);
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, http_setup, http_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole_and_ordered),
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(sessions_end_by_themselves),
        cmocka_unit_test(tries_cost_more_and_more),
        cmocka_unit_test(weak_passwords_are_refused),
        cmocka_unit_test(hashes_are_made_and_checked),
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
