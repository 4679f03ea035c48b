/* Regular expressions that some text makes run away. The pattern is read once for what it repeats;
 * texts are made that repeat it too and then break off, and the pattern is tried on them. */
#include <limits.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "classifiers/lint/lint_draft.h"
#include "classifiers/rules/rules_regex.h"

enum {
    TEXT_MAX = 2 * REGEX_REACH,
    PUMP_MAX = 24,
    PUMPS_MAX = 48,
    BEFORE_MAX = 16,
    QUANTIFIERS_MAX = 40,
    LOOSE = 8 /* a repetition with so many more turns than it must have is worth a look */
};

/* How a text breaks off: by nothing, by a character that no rule has, and by that or the end of a
 * line before the one that the pattern ends with, without which PCRE2 does not begin. */
static const struct {
    uint32_t cp;
    bool last;
} breaks[] = {{0xE000, false}, {0xE000, true}, {'\n', true}, {0, false}};
enum { BREAKS = sizeof breaks / sizeof *breaks };

struct piece {
    uint32_t cp[PUMP_MAX];
    size_t n;
};

struct beginning {
    uint32_t cp[TEXT_MAX];
    size_t n;
};

struct probe {
    const uint32_t *cp; /* the pattern */
    size_t n, at;
    uint32_t path[TEXT_MAX]; /* a text that fits what was read */
    size_t npath;
    struct piece pumps[PUMPS_MAX];
    size_t npumps;
    struct beginning before[BEFORE_MAX];
    size_t nbefore;
    struct { size_t start, end; } loose[QUANTIFIERS_MAX]; /* in path */
    size_t nloose, weight; /* weight: how much there is to explode */
    uint32_t alphabet[REGEX_BYTES_MAX + 16];
    size_t nalphabet;
};

static uint32_t here(const struct probe *p)
{
    return p->at < p->n ? p->cp[p->at] : 0;
}

static void push(struct probe *p, uint32_t cp)
{
    if (p->npath < TEXT_MAX)
        p->path[p->npath++] = cp;
}

static void add_pump(struct probe *p, size_t start, size_t end)
{
    size_t n = end > start ? end - start : 0;

    if (!n || n > PUMP_MAX || p->npumps == PUMPS_MAX)
        return;
    for (size_t i = 0; i < p->npumps; i++)
        if (p->pumps[i].n == n && !memcmp(p->pumps[i].cp, p->path + start, n * sizeof *p->path))
            return;
    struct piece *one = &p->pumps[p->npumps++];
    memcpy(one->cp, p->path + start, n * sizeof *p->path);
    one->n = n;
}

static void add_before(struct probe *p, size_t n)
{
    for (size_t i = 0; i < p->nbefore; i++)
        if (p->before[i].n == n && !memcmp(p->before[i].cp, p->path, n * sizeof *p->path))
            return;
    if (p->nbefore == BEFORE_MAX || n > TEXT_MAX / 2)
        return;
    struct beginning *one = &p->before[p->nbefore++];
    memcpy(one->cp, p->path, n * sizeof *p->path);
    one->n = n;
}

/* One character that this piece of the pattern, a set, takes: the pattern's own first. */
static void push_member(struct probe *p, size_t start)
{
    struct buf text = BUF_INIT, why = BUF_INIT;
    char bytes[4];
    size_t from, to, had = p->npath, members = 0;
    bool empty;

    for (size_t i = start; i < p->at && i < p->n; i++)
        buf_add(&text, bytes, utf8_put(p->cp[i], bytes));
    struct regex *x = buf_ok(&text) ? regex_new(buf_str(&text), &empty, &why) : NULL;
    for (size_t i = 0; x && i < p->nalphabet && members < 3; i++)
        if (regex_try(x, &p->alphabet[i], 1, &from, &to) == REGEX_FOUND) {
            p->npath = had;
            push(p, p->alphabet[i]);
            add_pump(p, had, p->npath);
            members++;
        }
    regex_free(x);
    buf_free(&text);
    buf_free(&why);
}

static void skip_past(struct probe *p, uint32_t end)
{
    while (p->at < p->n && p->cp[p->at] != end)
        p->at += p->cp[p->at] == '\\' ? 2 : 1;
    p->at++;
}

static void read_class(struct probe *p)
{
    size_t start = p->at - 1;

    p->at += here(p) == '^';
    p->at += here(p) == ']';
    while (p->at < p->n && p->cp[p->at] != ']') {
        if (p->cp[p->at] == '[' && p->at + 1 < p->n && p->cp[p->at + 1] == ':')
            skip_past(p, ']');
        else
            p->at += p->cp[p->at] == '\\' ? 2 : 1;
    }
    p->at++;
    push_member(p, start);
}

static void read_escape(struct probe *p)
{
    uint32_t cp = here(p);
    size_t start = p->at - 1;

    p->at++;
    if (cp >= 0x80 || !fold_is_latin(cp | 0x20)) {
        push(p, cp);
        return;
    }
    if (here(p) == '{' && strchr("xopPgk", (int)cp))
        skip_past(p, '}');
    if (strchr("dDwWsShHvVpPRNxon", (int)cp))
        push_member(p, start);
}

static void read_choice(struct probe *p);

/* After "(": 1: it stands for nothing in the text (looking around, a comment). */
static bool read_group_head(struct probe *p)
{
    if (here(p) != '?')
        return false;
    p->at++;
    uint32_t kind = here(p), next = p->at + 1 < p->n ? p->cp[p->at + 1] : 0;
    if (kind == '#') {
        skip_past(p, ')');
        p->at--;
        return true;
    }
    bool around = kind == '=' || kind == '!' || (kind == '<' && (next == '=' || next == '!'));
    if (around)
        p->at += kind == '<' ? 2 : 1;
    else if (kind == '<' || kind == 'P' || kind == '\'')
        skip_past(p, kind == '\'' ? '\'' : '>');
    else
        while (p->at < p->n && here(p) != ')' && p->cp[p->at++] != ':')
            if (p->cp[p->at - 1] == '>' || p->cp[p->at - 1] == '|')
                break;
    return around;
}

static void read_group(struct probe *p)
{
    size_t start = p->npath;
    bool nothing = read_group_head(p);

    read_choice(p);
    p->at += here(p) == ')';
    if (nothing)
        p->npath = start;
}

static bool read_number(struct probe *p, long *out)
{
    size_t before = p->at;

    for (*out = 0; here(p) >= '0' && here(p) <= '9' && *out < 100000; p->at++)
        *out = *out * 10 + (long)(here(p) - '0');
    return p->at > before;
}

/* {n}, {n,} or {n,m}; anything else is text. */
static bool read_braces(struct probe *p, long *least, long *most)
{
    size_t before = p->at++;
    bool number = read_number(p, least);

    *most = *least;
    if (here(p) == ',') {
        p->at++;
        if (!read_number(p, most))
            *most = LONG_MAX;
    }
    if (number && here(p) == '}') {
        p->at++;
        return true;
    }
    p->at = before;
    return false;
}

static bool read_quantifier(struct probe *p, long *least, long *most)
{
    uint32_t cp = here(p);

    *least = *most = 1;
    if (cp == '{')
        return read_braces(p, least, most);
    if (cp != '*' && cp != '+' && cp != '?')
        return false;
    p->at++;
    *least = cp == '+';
    *most = cp == '?' ? 1 : LONG_MAX;
    return true;
}

/* A repetition of what stands from `start` to the path's end. */
static void add_loose(struct probe *p, size_t start, bool group)
{
    size_t end = p->npath;

    add_before(p, start);
    add_before(p, end);
    add_pump(p, start, end);
    p->weight += group ? 2 : 1;
    for (size_t i = 0; i < p->nloose; i++) {
        if (p->loose[i].end > start)
            continue; /* of another branch, or inside */
        add_pump(p, p->loose[i].end, start);
        add_pump(p, p->loose[i].start, start);
        add_pump(p, p->loose[i].end, end);
    }
    if (p->nloose < QUANTIFIERS_MAX) {
        p->loose[p->nloose].start = start;
        p->loose[p->nloose++].end = end;
    }
}

static void read_atom(struct probe *p)
{
    uint32_t cp = p->cp[p->at++];

    if (cp == '(')
        read_group(p);
    else if (cp == '[')
        read_class(p);
    else if (cp == '\\')
        read_escape(p);
    else if (cp == '.')
        push_member(p, p->at - 1);
    else if (cp != '^' && cp != '$')
        push(p, cp);
}

static void read_row(struct probe *p)
{
    while (p->at < p->n && here(p) != '|' && here(p) != ')') {
        size_t start = p->npath;
        bool group = here(p) == '(';
        long least, most;
        read_atom(p);
        size_t end = p->npath;
        while (read_quantifier(p, &least, &most)) { /* a second one makes it lazy or possessive */
            if (most - least >= LOOSE)
                add_loose(p, start, group);
            for (long i = 1; i < least && p->npath < TEXT_MAX / 2; i++)
                for (size_t k = start; k < end; k++)
                    push(p, p->path[k]);
        }
    }
}

/* The path goes on with the first alternative; each is worth a repetition. */
static void read_choice(struct probe *p)
{
    uint32_t first[TEXT_MAX];
    size_t start = p->npath, n = 0;

    for (bool more = true, kept = false; more; kept = true) {
        p->npath = start;
        read_row(p);
        add_pump(p, start, p->npath);
        if (!kept) {
            n = p->npath - start;
            memcpy(first, p->path + start, n * sizeof *first);
        }
        more = here(p) == '|';
        p->at += more;
    }
    memcpy(p->path + start, first, n * sizeof *first);
    p->npath = start + n;
}

static void read_all(struct probe *p)
{
    static const uint32_t common[] = {0x7684, 0x4E00, '5', 'a', ' ', '-', ',', '_', 0x3001};

    for (size_t i = 0; i < p->n && p->nalphabet < REGEX_BYTES_MAX; i++)
        if (p->cp[i] >= 0x80 || fold_is_latin(p->cp[i]))
            p->alphabet[p->nalphabet++] = p->cp[i];
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        p->alphabet[p->nalphabet++] = common[i];
    while (p->at < p->n) { /* a ")" too many does not compile */
        read_choice(p);
        p->at += p->at < p->n;
    }
    for (size_t i = p->npath; i > 0; i--)
        add_pump(p, i - 1, i);
}

static bool runs_away(const struct probe *p, const struct regex *x, const struct beginning *before,
                      const struct piece *pump, size_t way)
{
    uint32_t text[TEXT_MAX];
    size_t n = before->n;

    memcpy(text, before->cp, n * sizeof *text);
    while (n + pump->n + 2 <= TEXT_MAX) {
        memcpy(text + n, pump->cp, pump->n * sizeof *text);
        n += pump->n;
    }
    if (breaks[way].cp)
        text[n++] = breaks[way].cp;
    if (breaks[way].last && p->npath)
        text[n++] = p->path[p->npath - 1];
    return regex_runs_away(x, text, n);
}

static void put(struct buf *out, const uint32_t *cp, size_t n)
{
    char bytes[4];

    buf_reset(out);
    for (size_t i = 0; i < n; i++)
        buf_add(out, bytes, utf8_put(cp[i], bytes));
}

static bool try_all(const struct probe *p, const struct regex *x, struct buf *before,
                    struct buf *pump)
{
    for (size_t b = 0; b < p->nbefore; b++)
        for (size_t i = 0; i < BREAKS * p->npumps; i++) {
            const struct piece *one = &p->pumps[i / BREAKS];
            if (!runs_away(p, x, &p->before[b], one, i % BREAKS))
                continue;
            put(before, p->before[b].cp, p->before[b].n);
            put(pump, one->cp, one->n);
            return true;
        }
    return false;
}

bool lint_regex_explodes(struct str folded, struct buf *before, struct buf *pump)
{
    struct probe *p = calloc(1, sizeof *p);
    uint32_t *cp = calloc(folded.n + 1, sizeof *cp);
    struct buf why = BUF_INIT;
    bool empty, found = false;

    if (p && cp) {
        p->cp = cp;
        for (size_t at = 0; at < folded.n;)
            cp[p->n++] = utf8_next(folded, &at);
        read_all(p);
        /* One repetition of single characters takes as many steps as there are characters. */
        struct regex *x = p->weight > 1 ? regex_new(folded, &empty, &why) : NULL;
        found = x && try_all(p, x, before, pump);
        regex_free(x);
    }
    free(cp);
    free(p);
    buf_free(&why);
    return found;
}
