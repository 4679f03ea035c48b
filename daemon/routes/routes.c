#include "daemon/routes/routes.h"

static const struct route routes[] = {
    {"GET", "/api/v1/status", routes_status},
    {"GET", "/api/v1/concerns", routes_concerns},
    {"GET", "/api/v1/concerns/{id}", routes_concern},
    {"POST", "/api/v1/concerns/{id}/accept", routes_accept},
    {"POST", "/api/v1/concerns/{id}/answer", routes_answer},
    {"GET", "/api/v1/events", routes_events},
    {"GET", "/api/v1/sources", routes_sources},
    {"GET", "/api/v1/units", routes_units},
    {"GET", "/api/v1/topics", routes_topics},
    {"GET", "/", routes_page},
    {"GET", "/index.html", routes_page},
    {"GET", "/app.css", routes_page},
    {"GET", "/app.js", routes_page},
    {"GET", "/format.js", routes_page},
    {"GET", "/favicon.svg", routes_page},
};

static bool path_fits(struct str pattern, struct str url, uint64_t *concern)
{
    size_t hole = str_find(pattern, STR("{id}"), 0);

    *concern = 0;
    if (hole == (size_t)-1)
        return str_eq(pattern, url);
    struct str before = {pattern.p, hole}, after = {pattern.p + hole + 4, pattern.n - hole - 4};
    if (!str_starts(url, before) || url.n < before.n + after.n ||
        !str_eq((struct str){url.p + url.n - after.n, after.n}, after))
        return false;
    *concern = concern_parse_id((struct str){url.p + hole, url.n - before.n - after.n});
    return *concern != 0;
}

const struct route *routes_find(const char *url, const char *method, uint64_t *concern,
                                const char **allow)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!path_fits(str_from(routes[i].path), str_from(url), concern))
            continue;
        if (strcmp(routes[i].method, wanted) == 0)
            return &routes[i];
        *allow = strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method;
    }
    *concern = 0;
    return NULL;
}
