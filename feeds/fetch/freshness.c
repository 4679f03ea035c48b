#include "feeds/fetch/freshness.h"

#include <curl/curl.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

/* The next "name" or "name=value" of a comma-separated list: false at its end. */
static bool next_directive(struct str *list, struct str *name, struct str *value)
{
    if (!list->n)
        return false;
    const char *comma = memchr(list->p, ',', list->n);
    struct str one = {list->p, comma ? (size_t)(comma - list->p) : list->n};
    size_t used = one.n + (comma != NULL);

    list->p += used;
    list->n -= used;
    const char *equals = one.n ? memchr(one.p, '=', one.n) : NULL;
    *name = str_trim((struct str){one.p, equals ? (size_t)(equals - one.p) : one.n});
    *value = equals ? str_trim((struct str){equals + 1, one.n - (size_t)(equals + 1 - one.p)})
                    : STR_NONE;
    if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
        *value = (struct str){value->p + 1, value->n - 2};
    return true;
}

int64_t freshness_ms(const char *cache_control, const char *expires, const char *date)
{
    struct str list = str_from(cache_control), name, value;
    long long seconds = -1, age;

    while (next_directive(&list, &name, &value)) {
        if (str_eq_nocase(name, STR("no-cache")) || str_eq_nocase(name, STR("no-store")))
            return 0;
        if (!str_eq_nocase(name, STR("max-age")))
            continue;
        int err = str_int(value, 0, CLOCK_DAY / 1000, &age);
        if (!err)
            seconds = age;
        else if (err == ERR_LIMIT && value.p[0] != '-')
            seconds = CLOCK_DAY / 1000;
    }
    if (seconds < 0 && expires) {
        int64_t until = curl_getdate(expires, NULL);
        int64_t from = date ? curl_getdate(date, NULL) : clock_now() / 1000;
        /* "Expires: 0", and anything else that is no date, has expired. */
        seconds = until < 0 || from < 0 ? 0 : until - from;
    }
    return (seconds < 0 ? 0 : seconds > CLOCK_DAY / 1000 ? CLOCK_DAY / 1000 : seconds) * 1000;
}
