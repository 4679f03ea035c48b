#define _GNU_SOURCE
#include "feeds/fetch/address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <libpsl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "feeds/fetch/idna.h"

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
    free(a->url); /* and with it the others */
    *a = (struct address){0};
}

/* The registrable domain, or the host where there is none. */
static struct str domain_of(struct str host, bool literal, const char *text, uint8_t domain_at)
{
    if (domain_at && domain_at <= host.n)
        return str_from(text + domain_at - 1);
    const char *registrable = literal ? NULL : psl_registrable_domain(psl_builtin(), text);

    return registrable ? str_from(registrable) : host;
}

static bool loopback(struct str host, bool literal)
{
    return str_is(host, "localhost") ||
           (literal && (str_starts(host, STR("127.")) || str_is(host, "::1")));
}

static char *put(char *to, struct str s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

/* ":PORT" into text; its length. printf() costs as much as all else here. */
static size_t write_port(uint16_t port, char text[8])
{
    char digits[5];
    size_t n = 0, at = 1;

    do
        digits[n++] = (char)('0' + port % 10);
    while (port /= 10);
    text[0] = ':';
    while (n)
        text[at++] = digits[--n];
    return at;
}

/* out->port, https and literal are set; the rest goes into one block. */
static int pack(struct str url, struct str host, uint8_t domain_at, struct address *out)
{
    char port[8];
    struct str number = {port, write_port(out->port, port)};
    struct str scheme = out->https ? STR("https://") : STR("http://");
    bool v6 = out->literal && memchr(host.p, ':', host.n);
    char *at = malloc(url.n + 3 * host.n + scheme.n + 2 * number.n + 6);

    if (!at)
        return ERR_NOMEM;
    out->url = at;
    at = put(put(at, url), (struct str){"", 1});
    out->host = at;
    at = put(put(at, host), (struct str){"", 1});
    out->origin = at;
    at = put(put(at, scheme), v6 ? STR("[") : STR(""));
    at = put(put(at, host), v6 ? STR("]") : STR(""));
    at = put(put(at, number), (struct str){"", 1});
    out->domain = at;
    if (loopback(host, out->literal))
        put(put(put(at, host), number), (struct str){"", 1});
    else
        put(put(at, domain_of(host, out->literal, out->host, domain_at)), (struct str){"", 1});
    return 0;
}

/* Does the host end in a number, so that some resolver would read it as an address (WHATWG URL
 * §3.5)? libcurl knew no address in it, and no top-level domain is a number. */
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
static int take_host(CURLU *u, struct address *out, struct buf *ascii)
{
    char *host = NULL;
    int err = ERR_SYNTAX;
    struct sockaddr_storage ignored;

    if (curl_url_get(u, CURLUPART_HOST, &host, 0))
        return ERR_SYNTAX;
    struct str s = str_from(host);
    bool bracket = s.n > 2 && s.p[0] == '[';
    if (bracket)
        s = (struct str){s.p + 1, s.n - 2};
    if ((err = idna_ascii(s, ascii)))
        goto done;
    /* "a.example." is a.example: its robots.txt, its turn and its certificate are the same. */
    ascii->len -= ascii->data[ascii->len - 1] == '.';
    err = ERR_NOMEM;
    if (buf_add_char(ascii, '\0'))
        goto done;
    ascii->len--;
    out->literal = address_literal(ascii->data, 0, &ignored);
    err = ERR_SYNTAX;
    if (!ascii->len || (!out->literal && ends_in_number(buf_str(ascii))))
        goto done;
    err = bracket != (out->literal && strchr(ascii->data, ':')) ||
                  (!bracket && curl_url_set(u, CURLUPART_HOST, ascii->data, 0))
              ? ERR_SYNTAX
              : 0;
done:
    curl_free(host);
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
    struct buf host = BUF_INIT;
    char *url = NULL;
    int err;

    *out = (struct address){0};
    curl_url_set(u, CURLUPART_USER, NULL, 0);
    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(u, CURLUPART_OPTIONS, NULL, 0);
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    if (!(err = take_scheme_and_port(u, out)) && !(err = take_host(u, out, &host)))
        err = curl_url_get(u, CURLUPART_URL, &url, CURLU_NO_DEFAULT_PORT)
                  ? ERR_NOMEM
                  : pack(str_from(url), buf_str(&host), 0, out);
    curl_free(url);
    buf_free(&host);
    if (err)
        *out = (struct address){0};
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

static struct str after(struct str s, size_t n)
{
    return (struct str){s.p + n, s.n - n};
}

/* Whether a host is of labels that stay as they are, the last one no number. */
static bool normal_host(struct str host)
{
    size_t label = 0;

    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] != '.')
            label++;
        else if (!label)
            return false;
        else
            label = 0;
        if (label > 63)
            return false;
    }
    return label && host.n < 254 && !ends_in_number(host);
}

enum { IN_HOST = 1, IN_PATH = 2, DIGIT = 4 };

/* What a plain address is made of; strspn() makes its table anew each time. */
static const uint8_t plain[256] = {
    ['/'] = IN_PATH, ['_'] = IN_PATH, ['~'] = IN_PATH, ['?'] = IN_PATH, ['='] = IN_PATH,
    ['&'] = IN_PATH, ['-'] = IN_PATH | IN_HOST, ['.'] = IN_PATH | IN_HOST,
    ['A' ... 'Z'] = IN_PATH, ['a' ... 'z'] = IN_PATH | IN_HOST,
    ['0' ... '9'] = IN_PATH | IN_HOST | DIGIT,
};

static size_t span(struct str s, uint8_t kind)
{
    size_t n = 0;

    while (n < s.n && plain[(uint8_t)s.p[n]] & kind)
        n++;
    return n;
}

/* Most polls are of an address that has been through here before. One that is plainly in the normal
 * form is cut up at a fifteenth of the cost of asking libcurl; false for all the rest. */
static bool cut(const char *text, uint8_t domain_at, struct address *out, int *err)
{
    struct str url = str_from(text), rest = url;
    long long port = 0;

    *out = (struct address){.https = str_starts(url, STR("https://"))};
    if (!out->https && !str_starts(url, STR("http://")))
        return false;
    rest = after(rest, out->https ? 8 : 7);
    struct str host = {rest.p, span(rest, IN_HOST)};
    rest = after(rest, host.n);
    out->port = out->https ? 443 : 80;
    if (rest.n && rest.p[0] == ':') {
        struct str digits = {rest.p + 1, span(after(rest, 1), DIGIT)};
        if (!digits.n || digits.p[0] == '0' || str_int(digits, 1, 65535, &port) ||
            port == out->port)
            return false;
        out->port = (uint16_t)port;
        rest = after(rest, 1 + digits.n);
    }
    if (!rest.n || rest.p[0] != '/' || rest.p[rest.n - 1] == '?' || !normal_host(host) ||
        span(rest, IN_PATH) < rest.n ||
        str_find(rest, STR("/."), 0) != (size_t)-1)
        return false;
    *err = pack(url, host, domain_at, out);
    if (*err)
        *out = (struct address){0};
    return true;
}

uint8_t address_domain_at(const struct address *a)
{
    size_t host = strlen(a->host), domain = strlen(a->domain);

    if (domain > host || host > UINT8_MAX - 1 ||
        memcmp(a->host + host - domain, a->domain, domain) != 0)
        return 0;
    return (uint8_t)(host - domain + 1);
}

int address_parse(const char *url, struct address *out)
{
    return address_parse_again(url, 0, out);
}

int address_parse_again(const char *url, uint8_t domain_at, struct address *out)
{
    int err;

    if (cut(url, domain_at, out, &err))
        return err;
    CURLU *u = curl_url();
    err = u ? set(u, url) : ERR_NOMEM;
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
