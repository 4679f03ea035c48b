#include "tests/bench/fetch_bare.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/fetch_cost.h"
#include "tests/bench/fetch_server.h"

struct body {
    char *data;
    size_t n;
};

static size_t keep(char *data, size_t size, size_t n, void *arg)
{
    struct body *b = arg;
    char *more = realloc(b->data, b->n + size * n);

    if (!more)
        return 0;
    memcpy(more + b->n, data, size * n);
    b->data = more;
    b->n += size * n;
    return size * n;
}

static void aim(CURL *easy, const struct fetch_bare_conf *conf, size_t turn)
{
    unsigned i = (unsigned)(turn % conf->addresses);
    char url[100];

    snprintf(url, sizeof url, "http://127.1.%u.%u:%u%s", i >> 8 & 255, i & 255, conf->port,
             conf->path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
}

static CURL *make(struct curl_slist *headers, struct body *body)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        exit(1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, body);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "huiying/bench (+mailto:desk@example.org)");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return easy;
}

static void check(const struct fetch_bare_conf *conf, const CURLMsg *m, struct body *body)
{
    long status;

    curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (m->data.result || status != (conf->conditional ? 304 : 200) ||
        (!conf->conditional && body->n < FETCH_SERVER_BODY)) {
        fprintf(stderr, "bare loop: %s, status %ld\n", curl_easy_strerror(m->data.result), status);
        exit(1);
    }
    free(body->data);
    *body = (struct body){0};
}

double fetch_bare_run(const struct fetch_bare_conf *conf)
{
    struct curl_slist *headers = curl_slist_append(
        NULL, "Accept: application/rss+xml,application/atom+xml,application/feed+json,"
              "text/html;q=.8,*/*;q=.9");
    if (conf->conditional) {
        headers = curl_slist_append(headers, "If-None-Match: \"5d8c72a5edda8-4a3f\"");
        headers = curl_slist_append(headers,
                                    "If-Modified-Since: Sat, 21 Nov 2026 08:12:31 GMT");
    }
    CURLM *multi = curl_multi_init();
    CURL **easy = calloc(conf->at_once, sizeof *easy);
    struct body *bodies = calloc(conf->at_once, sizeof *bodies);
    size_t begun = 0, done = 0;
    double since = 0;
    int running, left;
    CURLMsg *m;

    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)conf->addresses + 8);
    for (unsigned i = 0; i < conf->at_once; i++) {
        easy[i] = make(headers, &bodies[i]);
        aim(easy[i], conf, begun++);
        curl_multi_add_handle(multi, easy[i]);
    }
    while (done < conf->warm + conf->polls) {
        curl_multi_perform(multi, &running);
        while ((m = curl_multi_info_read(multi, &left))) {
            CURL *e = m->easy_handle;
            struct body *got = NULL;
            curl_easy_getinfo(e, CURLINFO_PRIVATE, (char **)&got);
            check(conf, m, got);
            curl_multi_remove_handle(multi, e);
            aim(e, conf, begun++);
            curl_multi_add_handle(multi, e);
            if (++done == conf->warm)
                since = fetch_cost_cpu();
        }
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    double spent = fetch_cost_cpu() - since;
    for (unsigned i = 0; i < conf->at_once; i++)
        curl_easy_cleanup(easy[i]);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    free(easy);
    free(bodies);
    return spent;
}
