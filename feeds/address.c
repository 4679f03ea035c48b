#define _GNU_SOURCE
#include "feeds/address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <libpsl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "feeds/idna.h"

bool address_literal(const char *host, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return true;
    }
    return false;
}

void address_clear(struct address *a)
{
    free(a->url);
    free(a->host);
    free(a->origin);
    free(a->domain);
    *a = (struct address){0};
}

static bool loopback(const struct address *a)
{
    return strncmp(a->host, "127.", 4) == 0 || strcmp(a->host, "::1") == 0 ||
           strcmp(a->host, "localhost") == 0;
}

static char *domain_of(const struct address *a)
{
    char *out = NULL;

    if ((a->literal || strcmp(a->host, "localhost") == 0) && loopback(a))
        return asprintf(&out, "%s:%u", a->host, a->port) < 0 ? NULL : out;
    const char *registrable =
        a->literal ? NULL : psl_registrable_domain(psl_builtin(), a->host);
    return strdup(registrable ? registrable : a->host);
}

/* Does the host end in a number, so that some resolver would read it as an address (WHATWG URL §3.5)?
 * libcurl knew no address in it, and no top-level domain is a number. */
static bool ends_in_number(struct str host)
{
    size_t from = host.n;

    while (from && host.p[from - 1] != '.')
        from--;
    struct str last = {host.p + from, host.n - from};
    size_t hex = str_starts(last, STR("0x")) ? 2 : 0;
    for (size_t i = hex; i < last.n; i++)
        if (!strchr(hex ? "0123456789abcdef" : "0123456789", last.p[i]))
            return false;
    return last.n > 0;
}

/* Its ASCII form goes back into u, so that url, Host and SNI are all of one form. */
static int take_host(CURLU *u, struct address *out)
{
    struct buf ascii = BUF_INIT;
    char *host = NULL;
    int err = ERR_SYNTAX;
    struct sockaddr_storage ignored;

    if (curl_url_get(u, CURLUPART_HOST, &host, 0))
        return ERR_SYNTAX;
    struct str s = str_from(host);
    bool bracket = s.n > 2 && s.p[0] == '[';
    if (bracket)
        s = (struct str){s.p + 1, s.n - 2};
    if ((err = idna_ascii(s, &ascii)))
        goto done;
    err = ERR_NOMEM;
    /* "a.example." is a.example: its robots.txt, its turn and its certificate are the same. */
    if (!(out->host = strndup(ascii.data, ascii.len - (ascii.data[ascii.len - 1] == '.'))))
        goto done;
    out->literal = address_literal(out->host, 0, &ignored);
    err = ERR_SYNTAX;
    if (!out->host[0] || (!out->literal && ends_in_number(str_from(out->host))))
        goto done;
    err = bracket != (out->literal && strchr(out->host, ':')) ||
                  (!bracket && curl_url_set(u, CURLUPART_HOST, out->host, 0))
              ? ERR_SYNTAX
              : 0;
done:
    curl_free(host);
    buf_free(&ascii);
    return err;
}

static int take_scheme_and_port(CURLU *u, struct address *out)
{
    char *scheme = NULL, *port = NULL;
    int err = ERR_NOMEM;
    long long number;

    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0))
        goto done;
    out->https = strcmp(scheme, "https") == 0;
    err = ERR_UNSUPPORTED;
    if (!out->https && strcmp(scheme, "http") != 0)
        goto done;
    err = ERR_SYNTAX;
    if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
        str_int(str_from(port), 1, 65535, &number))
        goto done;
    out->port = (uint16_t)number;
    err = 0;
done:
    curl_free(scheme);
    curl_free(port);
    return err;
}

static int take(CURLU *u, struct address *out)
{
    char *url = NULL;
    int err;

    *out = (struct address){0};
    curl_url_set(u, CURLUPART_USER, NULL, 0);
    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(u, CURLUPART_OPTIONS, NULL, 0);
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    if ((err = take_scheme_and_port(u, out)) || (err = take_host(u, out)))
        goto fail;
    err = ERR_NOMEM;
    if (curl_url_get(u, CURLUPART_URL, &url, CURLU_NO_DEFAULT_PORT) || !(out->url = strdup(url)))
        goto fail;
    bool v6 = strchr(out->host, ':') != NULL;
    if (asprintf(&out->origin, "%s://%s%s%s:%u", out->https ? "https" : "http", v6 ? "[" : "",
                 out->host, v6 ? "]" : "", out->port) < 0) {
        out->origin = NULL;
        goto fail;
    }
    if (!(out->domain = domain_of(out)))
        goto fail;
    curl_free(url);
    return 0;
fail:
    curl_free(url);
    address_clear(out);
    return err;
}

static int set(CURLU *u, const char *url)
{
    /* Publishers write spaces and Chinese into Location; both are escaped, not refused. */
    CURLUcode code = curl_url_set(u, CURLUPART_URL, url, CURLU_URLENCODE | CURLU_ALLOW_SPACE);

    return code == CURLUE_OK                   ? 0
           : code == CURLUE_OUT_OF_MEMORY      ? ERR_NOMEM
           : code == CURLUE_UNSUPPORTED_SCHEME ? ERR_UNSUPPORTED
                                               : ERR_SYNTAX;
}

int address_parse(const char *url, struct address *out)
{
    CURLU *u = curl_url();
    int err = u ? set(u, url) : ERR_NOMEM;

    *out = (struct address){0};
    if (!err)
        err = take(u, out);
    curl_url_cleanup(u);
    return err;
}

int address_join(const struct address *base, const char *location, struct address *out)
{
    CURLU *u = curl_url();
    int err = u ? set(u, base->url) : ERR_NOMEM;

    *out = (struct address){0};
    if (!err)
        err = set(u, location);
    if (!err)
        err = take(u, out);
    curl_url_cleanup(u);
    return err;
}
