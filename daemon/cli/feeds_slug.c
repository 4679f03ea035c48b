#include "daemon/cli/feeds_slug.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/str.h"
#include "feeds/fetch/address.h"

enum { OWN = 9 }; /* "-" and eight digits */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Words that say no more than that it is a feed. */
static bool is_idle(struct str word)
{
    static const char *const idle[] = {"www",  "rss",  "feed", "feeds", "xml",  "rdf",  "atom",
                                       "json", "html", "htm",  "php",   "aspx", "index", "default"};

    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (str_is(word, idle[i]))
            return true;
    return false;
}

/* Words of a-z and 0-9, joined by "-", as far as there is room: false when something was left
 * out that tells one address from another. */
static bool add_words(struct str text, char *out, size_t *n, size_t room)
{
    char word[FEEDS_SLUG];
    size_t len = 0;
    bool whole = true;

    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        c = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        if (is_plain(c)) {
            if (len == room)
                return false;
            word[len++] = c;
            continue;
        }
        if (len && !is_idle((struct str){word, len})) {
            if (*n + len + 1 > room)
                return false;
            if (*n)
                out[(*n)++] = '-';
            memcpy(out + *n, word, len);
            *n += len;
        }
        len = 0;
        if (c == '%') { /* an escaped byte makes no word */
            whole = false;
            i += 2;
        }
    }
    return whole;
}

static bool make(const char *url, bool own, char out[static FEEDS_SLUG])
{
    struct address a;
    size_t n = 0, room = FEEDS_SLUG - 1 - OWN;

    if (address_parse(url, &a))
        return false;
    const char *path = strchr(strstr(a.url, "://") + 3, '/');
    bool digit = a.host[0] >= '0' && a.host[0] <= '9';
    add_words(digit ? STR("site") : STR_NONE, out, &n, room);
    bool whole = add_words(str_from(a.host), out, &n, room) &&
                 add_words(str_from(path), out, &n, room);
    if (!n || !(out[0] >= 'a' && out[0] <= 'z')) {
        memcpy(out, "site", 4);
        n = 4;
        whole = false;
    }
    if (own || !whole)
        n += (size_t)snprintf(out + n, FEEDS_SLUG - n, "-%08x",
                              (unsigned)XXH3_64bits(a.url, strlen(a.url)));
    out[n] = '\0';
    address_clear(&a);
    return true;
}

bool feeds_slug(const char *url, char out[static FEEDS_SLUG])
{
    return make(url, false, out);
}

bool feeds_slug_own(const char *url, char out[static FEEDS_SLUG])
{
    return make(url, true, out);
}

bool feeds_host(const char *url, char out[static FEEDS_SLUG])
{
    struct address a;

    if (address_parse(url, &a))
        return false;
    snprintf(out, FEEDS_SLUG, "%s", a.host);
    address_clear(&a);
    return true;
}
