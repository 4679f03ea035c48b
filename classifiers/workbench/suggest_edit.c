/* A topic file changed by whole lines, so that its comments and order stay as people wrote them. */
#include "classifiers/workbench/suggest.h"

#include "base/err.h"

enum { CONTEXT = 3 };

struct block { /* of the key `any` */
    size_t begin;  /* after the key's line */
    size_t end;    /* after its last element */
    size_t indent; /* of an element's dash */
    bool found, one_line; /* one_line: its value stands on the key's line */
};

static struct str line_at(struct str text, size_t at)
{
    size_t end = str_find(text, STR("\n"), at);

    end = end == (size_t)-1 ? text.n : end + 1;
    return (struct str){text.p + at, end - at};
}

static size_t indent_of(struct str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

static bool is_blank(struct str line)
{
    struct str t = str_trim(line);

    return !t.n || t.p[0] == '#';
}

static struct block find_any(struct str text)
{
    struct block b = {.indent = 2};

    for (size_t at = 0; at < text.n;) {
        struct str line = line_at(text, at), t = str_trim(line);
        at += line.n;
        if (is_blank(line))
            continue;
        size_t indent = indent_of(line);
        bool element = t.p[0] == '-' && (t.n == 1 || t.p[1] == ' ');
        if (b.found && !indent && !element)
            break;
        if (b.found) {
            if (element && b.end == b.begin)
                b.indent = indent;
            b.end = at;
        } else if (!indent && str_starts(line, STR("any:"))) {
            b = (struct block){.begin = at, .end = at, .indent = 2, .found = true,
                               .one_line = !is_blank((struct str){t.p + 4, t.n - 4})};
        }
    }
    return b;
}

/* Would YAML read it as the text that it is, without quotes? */
static bool is_plain(struct str term)
{
    static const struct str words[] = {STR("true"), STR("false"), STR("null"), STR("yes"),
                                       STR("no"), STR("on"), STR("off")};

    for (size_t i = 0; i < term.n; i++) {
        unsigned char c = (unsigned char)term.p[i];
        if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
            return false;
    }
    return term.n && !str_among_nocase(term, words, sizeof words / sizeof *words);
}

int suggest_element(struct str term, double weight, struct buf *out)
{
    buf_add_text(out, "- ");
    if (weight != 1)
        buf_add_text(out, "{term: ");
    if (is_plain(term))
        buf_add_str(out, term);
    else
        buf_add_json(out, term);
    if (weight != 1)
        buf_addf(out, ", weight: %g}", weight);
    return buf_ok(out) ? 0 : ERR_NOMEM;
}

int suggest_insert(struct str text, struct str term, double weight, struct buf *out)
{
    struct block b = find_any(text);
    size_t before = out->len;

    if (b.one_line)
        return ERR_UNSUPPORTED;
    if (!b.found)
        b.end = text.n;
    buf_add(out, text.p, b.end);
    if (b.end && text.p[b.end - 1] != '\n')
        buf_add_char(out, '\n');
    if (!b.found)
        buf_add_text(out, "any:\n");
    buf_addf(out, "%*s", (int)b.indent, "");
    suggest_element(term, weight, out);
    buf_add_char(out, '\n');
    buf_add(out, text.p + b.end, text.n - b.end);
    if (buf_ok(out))
        return 0;
    out->len = before;
    return ERR_NOMEM;
}

/* The text of an element `- TERM` or `- {term: TERM, …}`, without quotes. */
static struct str element_term(struct str line)
{
    struct str t = str_trim(line);
    size_t n = 0;

    if (t.n < 3 || t.p[0] != '-')
        return STR_NONE;
    t = str_trim((struct str){t.p + 1, t.n - 1});
    if (t.p[0] == '{') {
        size_t key = str_find(t, STR("term:"), 0);
        if (key == (size_t)-1)
            return STR_NONE;
        t = str_trim((struct str){t.p + key + 5, t.n - key - 5});
        while (n < t.n && t.p[n] != ',' && t.p[n] != '}')
            n++;
    } else {
        size_t note = str_find(t, STR(" #"), 0);
        n = note == (size_t)-1 ? t.n : note;
    }
    t = str_trim((struct str){t.p, n});
    if (t.n >= 2 && (t.p[0] == '"' || t.p[0] == '\'') && t.p[t.n - 1] == t.p[0])
        t = (struct str){t.p + 1, t.n - 2};
    return t;
}

int suggest_remove(struct str text, struct str term, struct buf *out)
{
    struct block b = find_any(text);
    size_t before = out->len;

    for (size_t at = b.begin; b.found && at < b.end;) {
        struct str line = line_at(text, at);
        if (!is_blank(line) && str_eq(element_term(line), term)) {
            buf_add(out, text.p, at);
            buf_add(out, text.p + at + line.n, text.n - at - line.n);
            if (buf_ok(out))
                return 0;
            out->len = before;
            return ERR_NOMEM;
        }
        at += line.n;
    }
    return ERR_NOTFOUND;
}

static size_t count_lines(struct str text)
{
    size_t n = 0;

    for (size_t at = 0; at < text.n; n++)
        at += line_at(text, at).n;
    return n;
}

/* Lines from..to of the text, from 0, each after `mark`. */
static void add_lines(struct buf *out, struct str text, size_t from, size_t to, char mark)
{
    size_t number = 0;

    for (size_t at = 0; at < text.n && number < to; number++) {
        struct str line = line_at(text, at);
        at += line.n;
        if (number < from)
            continue;
        buf_add_char(out, mark);
        buf_add_str(out, line);
        if (line.p[line.n - 1] != '\n')
            buf_add_text(out, "\n\\ No newline at end of file\n");
    }
}

int suggest_diff(const char *name, struct str before, struct str after, struct buf *out)
{
    size_t a = 0, b = 0, first = 0, tail = 0, na = count_lines(before), nb = count_lines(after);

    while (a < before.n && b < after.n && str_eq(line_at(before, a), line_at(after, b))) {
        a += line_at(before, a).n;
        b += line_at(after, b).n;
        first++;
    }
    size_t end_a = before.n, end_b = after.n;
    while (end_a > a && end_b > b) {
        size_t la = end_a - 1, lb = end_b - 1;
        while (la > a && before.p[la - 1] != '\n')
            la--;
        while (lb > b && after.p[lb - 1] != '\n')
            lb--;
        struct str line = {before.p + la, end_a - la};
        if (!str_eq(line, (struct str){after.p + lb, end_b - lb}))
            break;
        end_a = la;
        end_b = lb;
        tail++;
    }
    if (first == na && first == nb)
        return 0;
    size_t from = first > CONTEXT ? first - CONTEXT : 0;
    size_t after_a = na - tail + CONTEXT < na ? na - tail + CONTEXT : na;
    size_t after_b = nb - tail + CONTEXT < nb ? nb - tail + CONTEXT : nb;
    buf_addf(out, "--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", name, name, from + 1, after_a - from,
             from + 1, after_b - from);
    add_lines(out, before, from, first, ' ');
    add_lines(out, before, first, na - tail, '-');
    add_lines(out, after, first, nb - tail, '+');
    add_lines(out, before, na - tail, after_a, ' ');
    return buf_ok(out) ? 0 : ERR_NOMEM;
}
