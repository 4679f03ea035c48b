#include "daemon/routes/query.h"

#include <inttypes.h>
#include <limits.h>

#include "alerts/event.h"
#include "alerts/units/duty.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/exchange.h"
#include "store/store.h"

int query_choice(const char *text, const char *const *choices)
{
    for (int i = 0; choices[i]; i++)
        if (strcmp(text, choices[i]) == 0)
            return i;
    return -1;
}

bool query_slug(const char *text)
{
    if (!text)
        return true;
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n < SLUG_MAX && text[n] == '\0';
}

bool query_key(const char *key)
{
    size_t n = 0;

    if (!key)
        return true;
    while (key[n] > ' ' && key[n] < 0x7f)
        n++;
    return n > 0 && n < STORE_KEY_MAX && key[n] == '\0';
}

const struct calendar *query_calendar(struct exchange *x)
{
    exchange_rules(x); /* holds them */
    const struct deadlines *deadlines = rule_set_town(x->rules)->deadlines;

    return deadlines ? deadlines->calendar : NULL;
}

/* 值守: who stands in for the lead now reads what is in hand, which it may accept. */
static bool stands_in(struct exchange *x, const struct concern *c, const char *own)
{
    return c->state != CONCERN_FOUND && c->state != CONCERN_CLOSED &&
           duty_stands_in(exchange_units(x), str_from(c->unit), str_from(own), query_calendar(x),
                          clock_now());
}

bool query_own(struct exchange *x, const struct concern *c)
{
    const char *own = caller_own(x);
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);

    if (!own || concern_involves(c, own) || stands_in(x, c, own) ||
        units_below(exchange_units(x), str_from(c->unit), str_from(own)))
        return true;
    for (size_t i = 0; i < n; i++)
        if (units_below(exchange_units(x), str_from(parties[i].unit), str_from(own)))
            return true;
    return false;
}

/* The unit is the approver of the one whose text waits. */
static bool may_sign(struct exchange *x, const struct concern *c)
{
    const struct units *units = exchange_units(x);
    int wrote = *c->drafter ? units_find(units, str_from(c->drafter)) : units->coordinator;
    int approver = c->draft && wrote >= 0 ? units->list[wrote].approver : -1;

    return approver >= 0 && strcmp(units->list[approver].id, caller_own(x)) == 0;
}

bool query_reads(struct exchange *x, const struct concern *c)
{
    return query_own(x, c) || may_sign(x, c);
}

int query_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    long long n;

    if (!text)
        return 0;
    if (max > LLONG_MAX)
        max = LLONG_MAX;
    if (str_int(str_from(text), (long long)min, (long long)max, &n))
        return ERR_SYNTAX;
    *out = (uint64_t)n;
    return 0;
}

int query_cursor(const char *text, char order, int64_t *key, uint64_t *id)
{
    long long k, n;

    if (!text)
        return 0;
    if (order && *text++ != order)
        return ERR_SYNTAX;
    const char *dot = strchr(text, '.');
    if (!dot || str_int((struct str){text, (size_t)(dot - text)}, LLONG_MIN, LLONG_MAX, &k) ||
        str_int(str_from(dot + 1), 1, LLONG_MAX, &n))
        return ERR_SYNTAX;
    *key = k;
    *id = (uint64_t)n;
    return 0;
}

void query_cursor_put(struct buf *out, char order, int64_t key, uint64_t id)
{
    if (order)
        buf_add_char(out, order);
    buf_addf(out, "%" PRId64 ".%" PRIu64, key, id);
}

int query_since(const char *text, int64_t now, int64_t *out)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'m', 60000}, {'h', 3600000}, {'d', CLOCK_DAY}};
    struct str s = str_from(text);
    long long n;

    if (!text)
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units && s.n; i++)
        if (s.p[s.n - 1] == units[i].unit) {
            if (str_int((struct str){s.p, s.n - 1}, 1, 100000, &n))
                return ERR_SYNTAX;
            *out = now - n * units[i].ms;
            return 0;
        }
    return clock_parse(s, out);
}

bool query_host(const char *host, uint16_t port, const char *site)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    struct str all = str_from(host);
    long long given = 80;

    if (site && str_eq_nocase(all, str_from(site + sizeof "https://" - 1)))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct str name = str_from(names[i]);
        if (all.n < name.n || !str_eq_nocase((struct str){all.p, name.n}, name))
            continue;
        struct str rest = {all.p + name.n, all.n - name.n};
        if (rest.n && (rest.p[0] != ':' ||
                       str_int((struct str){rest.p + 1, rest.n - 1}, 1, 65535, &given)))
            return false;
        return given == port;
    }
    return false;
}
