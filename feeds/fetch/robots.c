#include "feeds/fetch/robots.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/err.h"

/* RFC 9309 §2.5 asks for at least 500 KiB. */
enum { READ_MAX = 512 * 1024 };

enum field { FIELD_OTHER, FIELD_AGENT, FIELD_ALLOW, FIELD_DISALLOW, FIELD_DELAY };

/* With the misspellings that publishers are known to use (§2.2.4 lets crawlers be lenient). */
static const struct {
    const char *name;
    enum field field;
} fields[] = {
    {"user-agent", FIELD_AGENT},  {"useragent", FIELD_AGENT},   {"user agent", FIELD_AGENT},
    {"allow", FIELD_ALLOW},       {"disallow", FIELD_DISALLOW}, {"dissallow", FIELD_DISALLOW},
    {"dissalow", FIELD_DISALLOW}, {"disalow", FIELD_DISALLOW},  {"diasllow", FIELD_DISALLOW},
    {"disallaw", FIELD_DISALLOW}, {"crawl-delay", FIELD_DELAY}, {"crawldelay", FIELD_DELAY},
};

static enum field field_of(struct str key)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (str_eq_nocase(key, str_from(fields[i].name)))
            return fields[i].field;
    return FIELD_OTHER;
}

static struct str cut_text(struct str s)
{
    if (s.n > READ_MAX) {
        s.n = READ_MAX;
        /* Half a rule is another rule. */
        while (s.n && s.p[s.n - 1] != '\n' && s.p[s.n - 1] != '\r')
            s.n--;
    }
    if (str_starts(s, STR("\xEF\xBB\xBF"))) {
        s.p += 3;
        s.n -= 3;
    }
    return s;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

/* "disallow /x": the colon is missing, and there are exactly two words. */
static size_t missing_colon(struct str line)
{
    size_t at = 0, end;

    while (at < line.n && !blank(line.p[at]))
        at++;
    for (end = at; end < line.n && blank(line.p[end]);)
        end++;
    for (size_t i = end; i < line.n; i++)
        if (blank(line.p[i]))
            return line.n;
    return end < line.n ? at : line.n;
}

/* The next line that says something: false at the end of text. */
static bool next_line(struct str *text, enum field *field, struct str *value)
{
    while (text->n) {
        size_t end = 0, colon;
        while (end < text->n && text->p[end] != '\n' && text->p[end] != '\r')
            end++;
        struct str line = {text->p, end};
        text->p += end + (end < text->n);
        text->n -= end + (end < text->n);

        const char *comment = line.n ? memchr(line.p, '#', line.n) : NULL;
        if (comment)
            line.n = (size_t)(comment - line.p);
        line = str_trim(line);
        if (!line.n)
            continue;
        const char *at = memchr(line.p, ':', line.n);
        colon = at ? (size_t)(at - line.p) : missing_colon(line);
        if (colon >= line.n)
            continue;
        *field = field_of(str_trim((struct str){line.p, colon}));
        *value = str_trim((struct str){line.p + colon + 1, line.n - colon - 1});
        return true;
    }
    return false;
}

/* The leading product token: letters, '_' and '-' (§2.2.1), so "huiying/0.1" is "huiying". */
static struct str token(struct str s)
{
    size_t n = 0;

    while (n < s.n && (isalpha((unsigned char)s.p[n]) || s.p[n] == '_' || s.p[n] == '-'))
        n++;
    return (struct str){s.p, n};
}

/* agent.n == 0 stands for the '*' group. */
static bool names_agent(struct str value, struct str agent)
{
    if (!agent.n)
        return value.n && value.p[0] == '*' && (value.n == 1 || blank(value.p[1]));
    return str_eq_nocase(token(value), agent);
}

typedef void rule_fn(void *arg, enum field field, struct str value);

/* Call fn on each rule and delay of the groups that name agent, all groups merged (§2.2.1):
 * whether there was one. Only a rule ends a run of user-agent lines; other records do not. */
static bool each_rule(struct str text, struct str agent, rule_fn *fn, void *arg)
{
    bool naming = false, ours = false, found = false;
    enum field field;
    struct str value;

    for (text = cut_text(text); next_line(&text, &field, &value);) {
        if (field == FIELD_AGENT) {
            ours = names_agent(value, agent) || (naming && ours);
            naming = true;
            found |= ours;
        } else if (field != FIELD_OTHER) {
            naming = naming && field == FIELD_DELAY;
            if (ours)
                fn(arg, field, value);
        }
    }
    return found;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool unreserved(unsigned char c)
{
    return c < 0x80 && (isalnum(c) || strchr("-._~", c)) && c;
}

/* One octet in the form both sides are compared in: unreserved ones bare, '/' and ':' of a query
 * and everything outside printable ASCII as %XX, the other reserved ones as they were written. */
static void add_octet(struct buf *out, unsigned char c, bool escaped, bool query)
{
    bool bare = unreserved(c) ||
                (!escaped && c > 0x20 && c < 0x7f && !(query && (c == '/' || c == ':')));

    if (bare)
        buf_add_char(out, (char)c);
    else
        buf_addf(out, "%%%02X", c);
}

/* §2.2.2 and the table under it. In a pattern '*', and '$' at the end, keep their meaning; in an
 * address they are octets that only %2A and %24 of a pattern match. */
static void normalise(struct str s, bool pattern, struct buf *out)
{
    bool query = false;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool escaped = c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
        if (escaped) {
            c = (unsigned char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
            i += 2;
        }
        bool special = !escaped && (c == '*' || c == '$');
        if (special && pattern && (c == '*' || i + 1 == s.n))
            buf_add_char(out, (char)c);
        else
            add_octet(out, c, escaped || special, query);
        query = query || (c == '?' && !escaped);
    }
}

/* Pieces between '*' are looked for from left to right; the leftmost find is always right, and
 * memmem() keeps a hostile pattern linear. */
static bool matches(struct str pattern, struct str path)
{
    bool anchored = pattern.n && pattern.p[pattern.n - 1] == '$';
    size_t at = 0;
    bool first = true;

    pattern.n -= anchored;
    for (;;) {
        const char *star = pattern.n ? memchr(pattern.p, '*', pattern.n) : NULL;
        struct str piece = {pattern.p, star ? (size_t)(star - pattern.p) : pattern.n};
        struct str rest = {path.p + at, path.n - at};
        if (!star && anchored && !first) {
            return rest.n >= piece.n &&
                   str_eq((struct str){rest.p + rest.n - piece.n, piece.n}, piece);
        }
        size_t found = first ? (str_starts(rest, piece) ? 0 : (size_t)-1)
                             : str_find(rest, piece, 0);
        if (found == (size_t)-1)
            return false;
        at += found + piece.n;
        if (!star)
            return !anchored || at == path.n;
        pattern.p += piece.n + 1;
        pattern.n -= piece.n + 1;
        first = false;
    }
}

/* Path and query of an address, or of what was given as a bare path. */
static struct str path_of(struct str url)
{
    size_t from = 0, scheme = str_find(url, STR("://"), 0);
    size_t mark = 0;

    while (mark < url.n && !strchr("/?#", url.p[mark]))
        mark++;
    if (scheme != (size_t)-1 && scheme < mark)
        from = scheme + 3;
    else if (str_starts(url, STR("//")))
        from = 2;
    while (from < url.n && !strchr("/?#;", url.p[from]))
        from++;
    url.p += from;
    url.n -= from;
    const char *fragment = url.n ? memchr(url.p, '#', url.n) : NULL;
    if (fragment)
        url.n = (size_t)(fragment - url.p);
    return url;
}

struct answer {
    struct str path;
    struct buf pattern;
    size_t allow, disallow; /* length of the longest match + 1; 0: none */
    double delay;
    bool failed;
};

static void weigh(void *arg, enum field field, struct str value)
{
    struct answer *a = arg;
    char number[32];

    if (field == FIELD_DELAY) {
        if (value.n && value.n < sizeof number) {
            memcpy(number, value.p, value.n);
            number[value.n] = '\0';
            char *end;
            double delay = strtod(number, &end);
            if (end != number && !*end && delay >= 0 && delay < 1e9 && delay > a->delay)
                a->delay = delay;
        }
        return;
    }
    if (!value.n)
        return;
    buf_reset(&a->pattern);
    normalise(value, true, &a->pattern);
    if (!buf_ok(&a->pattern)) {
        a->failed = true;
        return;
    }
    size_t *longest = field == FIELD_ALLOW ? &a->allow : &a->disallow;
    if (a->pattern.len + 1 > *longest && matches(buf_str(&a->pattern), a->path))
        *longest = a->pattern.len + 1;
}

bool robots_allowed(struct str robots_txt, struct str agent, struct str url, double *crawl_delay)
{
    struct answer a = {.delay = -1};
    struct buf path = BUF_INIT;
    struct str raw = path_of(url);
    struct str name = token(agent);

    if (!raw.n || raw.p[0] != '/')
        buf_add_char(&path, '/');
    normalise(raw, false, &path);
    a.path = buf_str(&path);
    a.failed = !buf_ok(&path);
    if (!name.n || !each_rule(robots_txt, name, weigh, &a))
        each_rule(robots_txt, STR_NONE, weigh, &a);
    if (crawl_delay)
        *crawl_delay = a.delay;
    /* Without memory nothing is known, and what is not known is not fetched. */
    bool allowed = !a.failed && (a.allow >= a.disallow || str_is(a.path, "/robots.txt"));
    buf_free(&a.pattern);
    buf_free(&path);
    return allowed;
}

static void copy_rule(void *arg, enum field field, struct str value)
{
    static const char *const names[] = {
        [FIELD_ALLOW] = "allow:", [FIELD_DISALLOW] = "disallow:", [FIELD_DELAY] = "crawl-delay:"};

    buf_add_text(arg, names[field]);
    buf_add_str(arg, value);
    buf_add_char(arg, '\n');
}

int robots_reduce(struct str robots_txt, struct str agent, struct buf *out)
{
    struct str name = token(agent);

    buf_add_text(out, "user-agent:*\n");
    if (!name.n || !each_rule(robots_txt, name, copy_rule, out))
        each_rule(robots_txt, STR_NONE, copy_rule, out);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
